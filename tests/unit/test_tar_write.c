/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/layer/diff.h"
#include "builder/layer/hash.h"
#include "builder/layer/tar_write.h"
#include "scratch.h"

/* The entries as an archive: into a file `x.tar`, and its digest. */
static void
write_archive(struct scratch *scratch, const struct entry *entries, size_t n, char digest[HASH_TEXT_SIZE])
{
	struct error err = { 0 };
	scoped_fd fd = openat(scratch->fd, "x.tar", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	struct stream_to_fd end;
	scoped_hash_sink hash;
	scoped_tar_writer tar;

	stream_to_fd(&end, fd, "x.tar");
	hash_sink_init(&hash, HASH_SHA256, &end.sink);
	tar_write_init(&tar, &hash.sink);
	for (size_t i = 0; i < n; i++) {
		CHECK_OK(tar_write_entry(&tar, &entries[i], &err), err);
		for (uint64_t at = 0; at < entries[i].size; at++)
			CHECK_OK(tar_write_data(&tar, "x", 1, &err), err);
	}
	CHECK_OK(tar_write_end(&tar, &err), err);
	CHECK_OK(stream_finish(&hash.sink, &err), err);
	(void) strcpy(digest, hash.text);
}

#define FILE_AT(name) { .path = name, .mode = S_IFREG | 0644, .mtime.tv_sec = 1000000000 }

TEST(the_bytes_of_an_archive_never_change)
{
	scoped_scratch struct scratch scratch = scratch_make();
	static const struct entry_attribute attributes[] = {
		{ "security.capability", "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20 },
		{ "user.note", "with\nlines and \0 NUL", 20 },
	};
	const struct entry entries[] = {
		{ .path = ".", .mode = S_IFDIR | 0755 },
		{ .path = "dir", .mode = S_IFDIR | 01777, .uid = 1, .gid = 2, .mtime.tv_sec = 1 },
		{ .path = "dir/file", .mode = S_IFREG | 04755, .size = 3, .mtime = { 1000000000, 5 } },
		{ .path = "dir/link", .mode = S_IFLNK | 0777, .link = "../elsewhere" },
		{ .path = "dir/other", .mode = S_IFREG | 0644, .is_hard_link = true, .link = "dir/file" },
		{ .path = "null", .mode = S_IFCHR | 0666, .major = 1, .minor = 3 },
		{ .path = "loop", .mode = S_IFBLK | 0660, .major = 7, .minor = 0 },
		{ .path = "pipe", .mode = S_IFIFO | 0600 },
		{ .path = "big", .mode = S_IFREG | 0600, .uid = 3000000, .gid = 4294967294,
		  .attributes = attributes, .attribute_count = 2, .mtime.tv_sec = -1 },
	};
	char digest[HASH_TEXT_SIZE];

	write_archive(&scratch, entries, COUNT(entries), digest);
	CHECK_TEXT(scratch_says(&scratch, "TZ=UTC tar --numeric-owner --full-time -tvf x.tar"),
		   "drwxr-xr-x 0/0               0 1970-01-01 00:00:00 ./\n"
		   "drwxrwxrwt 1/2               0 1970-01-01 00:00:01 dir/\n"
		   "-rwsr-xr-x 0/0               3 2001-09-09 01:46:40 dir/file\n"
		   "lrwxrwxrwx 0/0               0 1970-01-01 00:00:00 dir/link -> ../elsewhere\n"
		   "hrw-r--r-- 0/0               0 1970-01-01 00:00:00 dir/other link to dir/file\n"
		   "crw-rw-rw- 0/0             1,3 1970-01-01 00:00:00 null\n"
		   "brw-rw---- 0/0             7,0 1970-01-01 00:00:00 loop\n"
		   "prw------- 0/0               0 1970-01-01 00:00:00 pipe\n"
		   "-rw------- 3000000/4294967294 0 1969-12-31 23:59:59 big");
	CHECK_TEXT(digest, "sha256:0ef42976ecd9fd98fafc6bb6e8e39eed3730e0ff34996d39a98babc72f85bd07");
}

TEST(long_names_are_cut_at_a_slash_or_become_records)
{
	scoped_scratch struct scratch scratch = scratch_make();
	char name[5][600], link[300], digest[HASH_TEXT_SIZE];
	struct entry entries[6];

	/* 100 fits; 101 without a slash does not; 100 + 1 + 155 does; 257 does not; a component of 255 */
	memset(name, 'n', sizeof(name));
	name[0][100] = name[1][101] = name[2][256] = name[3][257] = name[4][511] = '\0';
	name[2][155] = name[3][155] = name[4][255] = '/';
	for (size_t i = 0; i < 5; i++)
		entries[i] = (struct entry)FILE_AT(name[i]);
	memset(link, 'l', sizeof(link));
	link[299] = '\0';
	entries[5] = (struct entry){ .path = "link", .mode = S_IFLNK | 0777, .link = link };
	write_archive(&scratch, entries, 6, digest);
	for (size_t i = 0; i < 5; i++)
		CHECK_TEXT(scratch_says(&scratch, "tar -tf x.tar | sed -n %zup", i + 1), name[i]);
	CHECK_TEXT(scratch_says(&scratch, "tar -tvf x.tar link | sed 's/.*> //'"), link);
	CHECK_TEXT(scratch_says(&scratch, "grep -ac PaxHeaders x.tar"), "4");
}

TEST(a_directory_whose_name_just_fits_keeps_its_slash)
{
	scoped_scratch struct scratch scratch = scratch_make();
	char name[101], digest[HASH_TEXT_SIZE];

	memset(name, 'd', sizeof(name));
	for (size_t n = 98; n <= 100; n++) {
		name[100] = '\0';
		name[n] = '\0';
		struct entry entry = { .path = name, .mode = S_IFDIR | 0755 };
		write_archive(&scratch, &entry, 1, digest);
		CHECK_TEXT(scratch_says(&scratch, "tar -tf x.tar | tr -d 'd\\n'"), "/");
		CHECK_EQ(strlen(scratch_says(&scratch, "tar -tf x.tar")), n + 1);
		name[n] = 'd';
	}
}

TEST(names_are_bytes)
{
	scoped_scratch struct scratch scratch = scratch_make();
	const struct entry entries[] = { FILE_AT("line\nend"), FILE_AT("\xff\xfe"), FILE_AT("back\\slash"),
					 FILE_AT("gr\xc3\xbc\xc3\x9f" "e") };
	char digest[HASH_TEXT_SIZE];

	write_archive(&scratch, entries, COUNT(entries), digest);
	CHECK_TEXT(scratch_says(&scratch, "LC_ALL=C tar --quoting-style=escape -tf x.tar"),
		   "line\\nend\n\\377\\376\nback\\\\slash\ngr\\303\\274\\303\\237e");
}

/* The size field of the header, without writing nine gigabytes. */
TEST(a_size_beyond_eight_gigabytes_is_told_twice_and_the_same)
{
	struct error err = { 0 };
	scoped_buffer out = { 0 };
	struct stream_to_buffer end;
	scoped_tar_writer tar;
	struct entry entry = FILE_AT("huge");

	entry.size = UINT64_C(9) << 30;
	stream_to_buffer(&end, &out);
	tar_write_init(&tar, &end.sink);
	CHECK_OK(tar_write_entry(&tar, &entry, &err), err);
	CHECK(memcmp(out.bytes + 512, "19 size=9663676416\n", 19) == 0);
	CHECK(memcmp(out.bytes + 1024 + 124, "\x80\0\0\0\0\0\0\2\x40\0\0\0", 12) == 0);
}

TEST(a_file_that_changes_while_it_is_read_is_an_error)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_buffer out = { 0 };
	struct stream_to_buffer end;

	scratch_run(&scratch, "printf 12345 > f");
	for (uint64_t claimed = 4; claimed <= 6; claimed++) {
		scoped_fd fd = openat(scratch.fd, "f", O_RDONLY | O_CLOEXEC);
		scoped_tar_writer tar;
		struct entry entry = FILE_AT("f");

		entry.size = claimed;
		stream_to_buffer(&end, &out);
		tar_write_init(&tar, &end.sink);
		if (claimed == 5)
			CHECK_OK(tar_write_file(&tar, &entry, fd, &err), err);
		else
			CHECK_FAILS(tar_write_file(&tar, &entry, fd, &err), err,
				    claimed < 5 ? "\"f\" changed while it was read: it became longer"
						: "\"f\" changed while it was read: it became shorter");
	}
}
