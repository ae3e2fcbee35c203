/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/contents.h"

#include <errno.h>
#include <unistd.h>

#include "builder/layer/entry.h"
#include "builder/layer/stream.h"

#define AT_ONCE ((uint64_t) 1 << 30)

/* Within the kernel, sharing blocks where the file system can. Returns 0 or less if it cannot. */
static ssize_t
copy_inside(int to, int from, uint64_t offset, uint64_t n)
{
	off_t in = (off_t) offset, out = (off_t) offset;

	return copy_file_range(from, &in, to, &out, (size_t) (n < AT_ONCE ? n : AT_ONCE), 0);
}

static int
write_at(int to, const char *bytes, size_t n, uint64_t offset, const char *path, struct error *err)
{
	while (n > 0) {
		ssize_t put = pwrite(to, bytes, n, (off_t) offset);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return fail_errno(err, "\"%s\": write to it", entry_shown(path).text);
		bytes += put;
		offset += (uint64_t) put;
		n -= (size_t) put;
	}
	return 0;
}

int
contents_write(int to, const void *bytes, size_t n, uint64_t offset, const char *path, struct error *err)
{
	return write_at(to, bytes, n, offset, path, err);
}

static int
copy_by_hand(int to, int from, uint64_t offset, uint64_t end, const char *path, struct error *err)
{
	scoped_buffer block = { 0 };
	char *room = buffer_room(&block, STREAM_BLOCK);

	while (offset < end) {
		size_t wanted = end - offset < STREAM_BLOCK ? (size_t) (end - offset) : STREAM_BLOCK;
		ssize_t got = pread(from, room, wanted, (off_t) offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, "\"%s\": read its content", entry_shown(path).text);
		if (got == 0)
			return fail(err, "\"%s\" changed while it was read: it became shorter", entry_shown(path).text);
		TRY(write_at(to, room, (size_t) got, offset, path, err));
		offset += (uint64_t) got;
	}
	return 0;
}

static int
copy_range(int to, int from, uint64_t offset, uint64_t end, const char *path, struct error *err)
{
	while (offset < end) {
		ssize_t n = copy_inside(to, from, offset, end - offset);
		if (n <= 0)
			return copy_by_hand(to, from, offset, end, path, err);
		offset += (uint64_t) n;
	}
	return 0;
}

static int
end_in_hole(int to, uint64_t size, const char *path, struct error *err)
{
	if (ftruncate(to, (off_t) size) < 0)
		return fail_errno(err, "\"%s\": make its end", entry_shown(path).text);
	return 0;
}

/* Holes stay holes. On a file system that knows of none, all is data. */
int
contents_copy(int to, int from, uint64_t size, const char *path, struct error *err)
{
	for (uint64_t at = 0; at < size;) {
		off_t data = lseek(from, (off_t) at, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			return end_in_hole(to, size, path, err);
		off_t hole = data < 0 ? -1 : lseek(from, data, SEEK_HOLE);
		uint64_t begin = data < 0 ? at : (uint64_t) data;
		uint64_t end = hole < 0 || (uint64_t) hole > size ? size : (uint64_t) hole;
		if (begin >= size)
			return end_in_hole(to, size, path, err);
		TRY(copy_range(to, from, begin, end, path, err));
		at = end;
	}
	return 0;
}
