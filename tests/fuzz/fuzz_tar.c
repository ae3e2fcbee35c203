/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an archive. What is read of it must be as tar_read promises, and must be the same again
 * after it was written and read once more. Checksums are made right first, or nothing would get far.
 */
#include "tests/fuzz/archives.h"

#include "builder/layer/tar_read.h"
#include "builder/layer/tar_write.h"

/* Files may claim to be huge and have nothing in them but a hole. */
#define SIZE_WRITTEN ((uint64_t) 1 << 20)

static void
check_path(const char *path)
{
	size_t n = strlen(path);

	DEMAND(n > 0 && path[0] != '/' && path[n - 1] != '/' && strstr(path, "//") == NULL);
	DEMAND(strcmp(path, "..") != 0 && strncmp(path, "../", 3) != 0 && strstr(path, "/../") == NULL);
	DEMAND(n < 3 || strcmp(path + n - 3, "/..") != 0);
	DEMAND(strstr(path, "/./") == NULL && strncmp(path, "./", 2) != 0);
}

static void
check_entry(const struct entry *entry)
{
	check_path(entry->path);
	DEMAND(strcmp(entry->path, ".") != 0 || S_ISDIR(entry->mode));
	DEMAND((entry->mode & ~(mode_t) (S_IFMT | 07777)) == 0);
	DEMAND(entry->size == 0 || (S_ISREG(entry->mode) && !entry->is_hard_link));
	DEMAND(entry->size <= tar_read_limits.file_size);
	DEMAND((entry->link != NULL) == (entry->is_hard_link || S_ISLNK(entry->mode)));
	DEMAND(entry->link == NULL || entry->link[0] != '\0');
	DEMAND(entry->attribute_count <= tar_read_limits.attributes);
	if (entry->is_hard_link)
		check_path(entry->link);
}

/* All of an entry in one line, and its bytes with the holes filled in. */
static int
describe(struct buffer *out, struct tar_reader *reader, const struct entry *entry, struct tar_writer *again,
	 struct error *err)
{
	static const char zeroes[4096];
	bool written = again != NULL && entry->size <= SIZE_WRITTEN;
	struct error ignored;
	const void *bytes;
	size_t n;
	uint64_t offset, end = 0;

	if (entry->size <= SIZE_WRITTEN) {
		buffer_add_format(out, "%o %u %u %llu %lld %u:%u %d %s %s ", entry->mode, entry->uid, entry->gid,
				  (unsigned long long) entry->size, (long long) entry->mtime.tv_sec, entry->major,
				  entry->minor, entry->is_hard_link, entry->path, entry->link != NULL ? entry->link : "");
		for (size_t i = 0; i < entry->attribute_count && !entry->is_hard_link; i++) {
			buffer_add_text(out, entry->attributes[i].name);
			buffer_add(out, entry->attributes[i].value, entry->attributes[i].size);
		}
	}
	if (written)
		DEMAND(tar_write_entry(again, entry, &ignored) == 0);
	for (int more; (more = tar_read_piece(reader, &bytes, &n, &offset, err)) != 0;) {
		if (more < 0)
			return -1;
		DEMAND(n > 0 && offset >= end && offset + n <= entry->size);
		for (; written && end < offset; end += offset - end < sizeof(zeroes) ? offset - end : sizeof(zeroes))
			DEMAND(tar_write_data(again, zeroes, offset - end < sizeof(zeroes) ? (size_t) (offset - end)
											       : sizeof(zeroes), &ignored) == 0);
		if (written)
			DEMAND(tar_write_data(again, bytes, n, &ignored) == 0);
		end = offset + n;
	}
	for (; written && end < entry->size;) {
		size_t part = entry->size - end < sizeof(zeroes) ? (size_t) (entry->size - end) : sizeof(zeroes);
		DEMAND(tar_write_data(again, zeroes, part, &ignored) == 0);
		end += part;
	}
	return 0;
}

/* What whole entries there are, described; the archive may break off with an error. */
static int
read_all(struct buffer *out, const struct buffer *bytes, struct tar_writer *again, struct error *err)
{
	struct stream_from_memory from;
	struct entry entry;
	scoped_tar_reader reader;
	int more;

	stream_from_memory(&from, buffer_text(bytes), bytes->length);
	tar_read_open(&reader, &from.source, NULL);
	while ((more = tar_read_next(&reader, &entry, err)) == 1) {
		check_entry(&entry);
		TRY(describe(out, &reader, &entry, again, err));
	}
	DEMAND(more < 0 || from.n == 0);
	return more;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct error err = { .code = 0 };
	scoped_buffer first = { 0 }, written = { 0 }, one = { 0 }, two = { 0 };
	struct stream_to_buffer end;
	scoped_tar_writer writer;

	buffer_add(&first, bytes, n);
	archives_fix(&first);
	stream_to_buffer(&end, &written);
	tar_write_init(&writer, &end.sink);
	if (read_all(&one, &first, &writer, &err) < 0) {
		DEMAND(err.text[0] != '\0');
		return 0;
	}
	DEMAND(tar_write_end(&writer, &err) == 0);
	DEMAND(read_all(&two, &written, NULL, &err) == 0);
	DEMAND(one.length == two.length && memcmp(buffer_text(&one), buffer_text(&two), one.length) == 0);
	return 0;
}
