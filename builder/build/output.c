/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/output.h"

#include <fcntl.h>
#include <unistd.h>

#include "builder/dockerfile/csv.h"
#include "builder/image/export.h"
#include "builder/image/publish.h"
#include "builder/image/unpack.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/text.h"
#include "libcommon/word.h"

static const struct word type_words[] = {
	{ "image", OUTPUT_IMAGE }, { "oci", OUTPUT_OCI },     { "docker", OUTPUT_DOCKER },
	{ "tar", OUTPUT_TAR },     { "local", OUTPUT_LOCAL }, { NULL, 0 },
};

/* ---- what was said --------------------------------------------------------------------------- */

static int
read_type(struct output *output, const char *value, struct error *err)
{
	int type = word_value(type_words, value == NULL ? "" : value);

	if (type < 0)
		return fail(err, "type \"%s\" is not one of: image, oci, docker, tar, local",
			    value == NULL ? "" : value);
	output->type = (enum output_type) type;
	return 0;
}

static int
read_option(struct output *output, const struct pair *option, bool *compressed, struct error *err)
{
	bool tar = true;

	if (text_equal(option->key, "type"))
		return read_type(output, option->value, err);
	if (option->value == NULL)
		return fail(err, "\"%s\" needs a value", option->key);
	if (text_equal(option->key, "dest") || text_equal(option->key, "destination")) {
		output->destination = option->value;
		return 0;
	}
	if (text_equal(option->key, "compression")) {
		*compressed = true;
		return compress_read_options(&output->compression, option->value, err);
	}
	if (!text_equal(option->key, "tar"))
		return fail(err, "the option \"%s\" is not known", option->key);
	TRY(csv_claim(&tar, option->value, err));
	output->is_directory = !tar;
	return 0;
}

/* Only where to: "-" is a tar, anything else a directory. */
static int
read_short(struct output *output, const char *text)
{
	*output = (struct output){
		.type = text_equal(text, "-") ? OUTPUT_TAR : OUTPUT_LOCAL,
		.destination = text,
	};
	return 0;
}

int
output_read(struct output *output, const char *text, struct arena *arena, struct error *err)
{
	struct text_list fields = { 0 };
	bool compressed = false;

	if (strchr(text, '=') == NULL)
		return read_short(output, text);
	*output = (struct output){ .type = OUTPUT_IMAGE };
	if (csv_split(&fields, text, arena, err) < 0)
		return error_prefix(err, "--output");
	FOR_EACH(field, &fields) {
		const struct pair option = csv_option(*field, arena);
		if (read_option(output, &option, &compressed, err) < 0)
			return error_prefix(err, "--output");
	}
	if (output->type != OUTPUT_IMAGE && output->destination == NULL)
		return fail(err, "--output: \"%s\" does not say where to (dest=…)", text);
	if (output->type == OUTPUT_OCI && !compressed)
		output->compression.kind = MEDIA_GZIP;
	return 0;
}

/* ---- writing --------------------------------------------------------------------------------- */

static int
open_directory(const char *path, struct error *err)
{
	TRY(file_make_directories(AT_FDCWD, path, 0755, err));
	return file_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, err);
}

/* Returns the fd, also of standard output. */
static int
open_file(const char *path, struct error *err)
{
	if (text_equal(path, "-")) {
		if (isatty(STDOUT_FILENO))
			return fail(err, "an archive is not for a terminal");
		return fd_copy(STDOUT_FILENO, err);
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return fd < 0 ? fail_errno(err, "create \"%s\"", path) : fd;
}

static int
write_published(const struct output *output, struct store *store,
		const struct oci_descriptor *manifest, const struct text_list *names,
		struct arena *arena, struct error *err)
{
	const struct publish_options options = { .compression = output->compression };
	struct export_item item = { .names = *names };
	const struct export_items items = { &item, 1 };
	struct stream_to_fd end;

	TRY(publish_image(&item.target, store, manifest, &options, arena, err));
	if (output->is_directory) {
		scoped_fd directory = GET(open_directory(output->destination, err));
		return export_layout(directory, store, &items, err);
	}
	scoped_fd file = GET(open_file(output->destination, err));
	stream_to_fd(&end, file, output->destination);
	if (output->type == OUTPUT_DOCKER)
		TRY(export_docker_archive(&end.sink, store, &items, NULL, err));
	else
		TRY(export_oci_archive(&end.sink, store, &items, err));
	return stream_finish(&end.sink, err);
}

static int
write_root(const struct output *output, struct store *store, const struct oci_descriptor *manifest,
	   struct arena *arena, struct error *err)
{
	struct image image;
	struct stream_to_fd end;

	if (GET(image_open(&image, store, manifest, NULL, arena, err)) > 0)
		return fail(err, "the image is not in the store any more");
	if (output->type == OUTPUT_LOCAL) {
		scoped_fd directory = GET(open_directory(output->destination, err));
		const struct place_options ours = { .skip_devices = true, .ignore_owner = true };
		return unpack_directory(directory, store, &image, output->is_ours ? &ours : NULL, err);
	}
	scoped_fd file = GET(open_file(output->destination, err));
	stream_to_fd(&end, file, output->destination);
	TRY(export_root_tar(&end.sink, store, &image, NULL, err));
	return stream_finish(&end.sink, err);
}

int
output_write(const struct output *output, struct store *store,
	     const struct oci_descriptor *manifest, const struct text_list *names,
	     struct arena *arena, struct error *err)
{
	switch (output->type) {
	case OUTPUT_IMAGE: return 0;
	case OUTPUT_OCI:
	case OUTPUT_DOCKER: return write_published(output, store, manifest, names, arena, err);
	case OUTPUT_TAR:
	case OUTPUT_LOCAL: return write_root(output, store, manifest, arena, err);
	}
	return 0;
}
