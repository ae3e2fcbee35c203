/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/parcel.h"

#include <string.h>
#include <sys/stat.h>

#include "builder/layer/decompress.h"
#include "builder/layer/tar_apply.h"
#include "libcommon/fd.h"

#define DOCKERFILE_LIMIT ((size_t) 64 * 1024 * 1024)

/* The bytes that were read to look at them, and then the rest. */
struct rest {
	struct source source, *from;
	char begin[TAR_READ_MAGIC];
	size_t at, length;
};

static ssize_t
read_rest(struct source *source, void *bytes, size_t n, struct error *err)
{
	struct rest *rest = (struct rest *) source; /* its first member */
	size_t left = rest->length - rest->at;

	if (left == 0)
		return stream_read(rest->from, bytes, n, err);
	if (n > left)
		n = left;
	memcpy(bytes, rest->begin + rest->at, n);
	rest->at += n;
	return (ssize_t) n;
}

/* Whoever made the archive, the files are root's once they are in an image. */
static int
unpack(struct parcel *parcel, struct store *store, struct source *from, struct error *err)
{
	const struct text_list nothing = { 0 };
	const struct tar_apply_options options = {
		.form = TAR_APPLY_ARCHIVE,
		.place = { .ignore_owner = true, .keep_root = true },
	};

	TRY(draft_begin(&parcel->tree, store, &nothing, err));
	scoped_fd place = GET(draft_make_place(&parcel->path, &parcel->tree, "context", err));
	return tar_apply(from, place, &options, NULL, err);
}

static int
keep_dockerfile(struct parcel *parcel, struct source *from, struct error *err)
{
	struct stream_to_buffer end;

	stream_to_buffer(&end, &parcel->dockerfile);
	TRY(stream_copy(from, &end.sink, err));
	if (parcel->dockerfile.length > DOCKERFILE_LIMIT)
		return fail(err, "standard input is neither an archive nor a Dockerfile");
	return 0;
}

int
parcel_open(struct parcel *parcel, struct store *store, int fd, struct error *err)
{
	struct stream_from_fd file;
	scoped_decompress plain = { 0 };
	struct rest rest = { .source.read = read_rest };

	stream_from_fd(&file, fd, "standard input");
	TRY(decompress_init(&plain, &file.source, err));
	rest.from = &plain.source;
	rest.length =
		(size_t) GET(stream_read_all(&plain.source, rest.begin, sizeof(rest.begin), err));
	if (tar_read_begins(rest.begin, rest.length))
		return unpack(parcel, store, &rest.source, err);
	return keep_dockerfile(parcel, &rest.source, err);
}

void
parcel_done(struct parcel *parcel)
{
	buffer_done(&parcel->dockerfile);
	draft_done(&parcel->tree);
}
