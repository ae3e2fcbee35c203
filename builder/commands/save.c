/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/build/finder.h"
#include "builder/commands.h"
#include "builder/globals.h"
#include "builder/image/export.h"
#include "builder/image/publish.h"
#include "builder/store/names.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/text.h"

struct save_args {
	struct text_list images;
	const char *output, *compression;
	int32_t format;
};

enum save_format { SAVE_DOCKER_ARCHIVE, SAVE_OCI_ARCHIVE, SAVE_OCI_DIRECTORY };

static const struct word format_words[] = {
	{ "docker-archive", SAVE_DOCKER_ARCHIVE }, { "docker", SAVE_DOCKER_ARCHIVE },
	{ "oci-archive", SAVE_OCI_ARCHIVE },       { "oci", SAVE_OCI_ARCHIVE },
	{ "oci-dir", SAVE_OCI_DIRECTORY },         { NULL, 0 },
};

/* clang-format off */
#define SELF struct save_args
static const struct option_row save_options[] = {
	OPERAND_LIST(images, "IMAGE", .required = true),
	OPTION(output,       'o', "output", "FILE", "write there; a directory for oci-dir"),
	OPTION_WORD(format,  0,   "format", "FORMAT", format_words, "docker-archive, oci-archive or oci-dir"),
	OPTION(compression,  0,   "compression", "HOW", "of layers: uncompressed, gzip or zstd", .fallback = "uncompressed"),
};
#undef SELF
/* clang-format on */

static int
find_images(struct export_items *items, struct store *store, const struct save_args *args,
	    struct arena *arena, struct error *err)
{
	struct publish_options options = { 0 };

	TRY(compress_read_options(&options.compression, args->compression, err));
	FOR_EACH(text, &args->images) {
		struct export_item item = { 0 };
		struct name found = { 0 };

		TRY(finder_resolve(&found, store, *text, arena, err));
		TRY(publish_image(&item.target, store, &found.target, &options, arena, err));
		if (found.text != NULL)
			list_add(&item.names, arena, found.text);
		list_add(items, arena, item);
	}
	return 0;
}

static int
save_directory(struct store *store, const struct export_items *items, const char *path,
	       struct error *err)
{
	if (path == NULL)
		return fail(err, "oci-dir needs --output");
	TRY(file_make_directories(AT_FDCWD, path, 0755, err));
	scoped_fd directory = GET(file_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, err));
	return export_layout(directory, store, items, err);
}

static int
write_archive(int fd, const char *path, struct store *store, const struct export_items *items,
	      int32_t format, struct error *err)
{
	struct stream_to_fd end;

	stream_to_fd(&end, fd, path);
	if (format == SAVE_DOCKER_ARCHIVE)
		TRY(export_docker_archive(&end.sink, store, items, NULL, err));
	else
		TRY(export_oci_archive(&end.sink, store, items, err));
	return stream_finish(&end.sink, err);
}

/* Returns 1 for what is there and no file, a pipe, a device or a link: it is written to as it is. */
static int
look_at(const char *path, struct error *err)
{
	struct stat about = { .st_mode = S_IFREG };

	if (lstat(path, &about) < 0 && errno != ENOENT)
		return fail_errno(err, "look at \"%s\"", path);
	return !S_ISREG(about.st_mode);
}

/* Whole or not at all, and what was there before stays until then. */
static int
save_file(struct store *store, const struct export_items *items, const struct save_args *args,
	  struct arena *arena, struct error *err)
{
	const char *beside = arena_format(arena, "%s.part", args->output);

	(void) unlink(beside); /* of one who was killed */
	scoped_fd file = GET(file_create(AT_FDCWD, beside, 0644, err));
	int result = write_archive(file, args->output, store, items, args->format, err);
	if (result == 0 && rename(beside, args->output) < 0)
		result = fail_errno(err, "rename \"%s\" to \"%s\"", beside, args->output);
	if (result < 0)
		(void) unlink(beside); /* the first error is the one to tell */
	return result;
}

static int
save_archive(struct store *store, const struct export_items *items, const struct save_args *args,
	     struct arena *arena, struct error *err)
{
	if (args->output == NULL && isatty(STDOUT_FILENO))
		return fail(err, "an archive is not for a terminal: use --output or a pipe");
	if (args->output == NULL)
		return write_archive(STDOUT_FILENO, "standard output", store, items, args->format,
				     err);
	if (GET(look_at(args->output, err)) == 0)
		return save_file(store, items, args, arena, err);
	scoped_fd file = open(args->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (file < 0)
		return fail_errno(err, "create \"%s\"", args->output);
	return write_archive(file, args->output, store, items, args->format, err);
}

static int
save_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct cooper_globals *globals = data;
	const struct save_args *args = parsed;
	scoped_store store = STORE_CLOSED;
	struct export_items items = { 0 };

	TRY(store_open(&store, globals->root, err));
	TRY(find_images(&items, &store, args, arena, err));
	if (args->format == SAVE_OCI_DIRECTORY)
		return save_directory(&store, &items, args->output, err);
	return save_archive(&store, &items, args, arena, err);
}

const struct command save_command = COMMAND("save", "write images to an archive or a layout",
					    save_options, struct save_args, save_run);
