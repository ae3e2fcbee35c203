/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/file.h"

int
stream_write(struct sink *sink, const void *bytes, size_t n, struct error *err)
{
	return n == 0 ? 0 : sink->write(sink, bytes, n, err);
}

int
stream_finish(struct sink *sink, struct error *err)
{
	for (; sink != NULL; sink = sink->next)
		if (sink->finish != NULL)
			TRY(sink->finish(sink, err));
	return 0;
}

ssize_t
stream_read(struct source *source, void *bytes, size_t n, struct error *err)
{
	return source->read(source, bytes, n, err);
}

ssize_t
stream_read_all(struct source *source, void *bytes, size_t n, struct error *err)
{
	size_t sofar = 0;

	while (sofar < n) {
		ssize_t got = GET(stream_read(source, (char *) bytes + sofar, n - sofar, err));
		if (got == 0)
			break;
		sofar += (size_t) got;
	}
	return (ssize_t) sofar;
}

int
stream_copy(struct source *source, struct sink *sink, struct error *err)
{
	scoped_buffer block = { 0 };
	char *room = buffer_room(&block, STREAM_BLOCK);

	for (;;) {
		ssize_t got = GET(stream_read(source, room, STREAM_BLOCK, err));
		if (got == 0)
			return 0;
		TRY(stream_write(sink, room, (size_t) got, err));
	}
}

int
stream_drain(struct source *source, struct error *err)
{
	struct stream_to_nowhere nowhere;

	stream_to_nowhere(&nowhere);
	return stream_copy(source, &nowhere.sink, err);
}

/* ---- ends of chains --------------------------------------------------------------------------- */

static int
write_to_fd(struct sink *sink, const void *bytes, size_t n, struct error *err)
{
	struct stream_to_fd *end = (struct stream_to_fd *) sink;

	TRY(file_write(end->fd, end->name, bytes, n, err));
	end->size += n;
	return 0;
}

void
stream_to_fd(struct stream_to_fd *end, int fd, const char *name)
{
	*end = (struct stream_to_fd){ .sink.write = write_to_fd, .fd = fd, .name = name };
}

static int
write_to_buffer(struct sink *sink, const void *bytes, size_t n, struct error *err)
{
	(void) err;
	buffer_add(((struct stream_to_buffer *) sink)->buffer, bytes, n);
	return 0;
}

void
stream_to_buffer(struct stream_to_buffer *end, struct buffer *buffer)
{
	*end = (struct stream_to_buffer){ .sink.write = write_to_buffer, .buffer = buffer };
}

static int
write_to_nowhere(struct sink *sink, const void *bytes, size_t n, struct error *err)
{
	(void) sink;
	(void) bytes;
	(void) n;
	(void) err;
	return 0;
}

void
stream_to_nowhere(struct stream_to_nowhere *end)
{
	*end = (struct stream_to_nowhere){ .sink.write = write_to_nowhere };
}

static ssize_t
read_from_fd(struct source *source, void *bytes, size_t n, struct error *err)
{
	struct stream_from_fd *start = (struct stream_from_fd *) source;
	ssize_t got;

	do
		got = read(start->fd, bytes, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? fail_errno(err, "read %s", start->name) : got;
}

void
stream_from_fd(struct stream_from_fd *start, int fd, const char *name)
{
	*start = (struct stream_from_fd){ .source.read = read_from_fd, .fd = fd, .name = name };
}

static ssize_t
read_from_memory(struct source *source, void *bytes, size_t n, struct error *err)
{
	struct stream_from_memory *start = (struct stream_from_memory *) source;
	size_t got = n < start->n ? n : start->n;

	(void) err;
	if (got == 0)
		return 0;
	memcpy(bytes, start->bytes, got);
	start->bytes += got;
	start->n -= got;
	return (ssize_t) got;
}

void
stream_from_memory(struct stream_from_memory *start, const void *bytes, size_t n)
{
	*start = (struct stream_from_memory){ .source.read = read_from_memory, .bytes = bytes, .n = n };
}
