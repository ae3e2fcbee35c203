/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "builder/build/epoch.h"
#include "builder/build/planner.h"
#include "builder/build/realm.h"
#include "builder/commands.h"
#include "builder/dockerfile/parse.h"
#include "builder/globals.h"
#include "builder/image/import.h"
#include "builder/instructions/meaning.h"
#include "builder/store/names.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/text.h"
#include "oci-spec/reference.h"

struct import_args {
	const char *file, *name, *message;
	struct text_list changes;
	bool quiet;
};

/* clang-format off */
#define SELF struct import_args
static const struct option_row import_options[] = {
	OPERAND(file, "FILE", .required = true),
	OPERAND(name, "NAME"),
	OPTION_LIST(changes, 'c', "change",  "INSTRUCTION", "as in a Dockerfile: CMD, ENV, LABEL, …"),
	OPTION(message,      'm', "message", "TEXT", "a remark for the history"),
	FLAG(quiet,          'q', "quiet",           "only print the image's id"),
};
#undef SELF
/* clang-format on */

/* There is nothing that an instruction which needs an image could begin with. */
static int
find_nothing(void *data, struct base_image *base, const char *reference,
	     const struct oci_platform *platform, struct arena *arena, struct error *err)
{
	(void) data;
	(void) base;
	(void) platform;
	(void) arena;
	return fail(err, "\"%s\" has no place in a change", reference);
}

static bool
only_describes(enum instruction_id id)
{
	switch (id) {
	case INSTRUCTION_CMD:
	case INSTRUCTION_ENTRYPOINT:
	case INSTRUCTION_ENV:
	case INSTRUCTION_EXPOSE:
	case INSTRUCTION_HEALTHCHECK:
	case INSTRUCTION_LABEL:
	case INSTRUCTION_MAINTAINER:
	case INSTRUCTION_ONBUILD:
	case INSTRUCTION_SHELL:
	case INSTRUCTION_STOPSIGNAL:
	case INSTRUCTION_USER:
	case INSTRUCTION_VOLUME:
	case INSTRUCTION_WORKDIR: return true;
	default: return false;
	}
}

static int
judge_changes(const struct dockerfile *file, struct error *err)
{
	const struct stage *stage = &file->stages.items[0];

	if (file->stages.count != 1)
		return fail(err, "FROM has no place in a change");
	for (size_t i = 0; i < stage->count; i++)
		if (!only_describes(stage->statements[i].row->id))
			return fail(err, "%s changes files, and has no place in a change",
				    stage->statements[i].row->word);
	return 0;
}

/* The changes are a Dockerfile without files: what it says of its image is what we want. */
static int
read_changes(struct oci_image *image, const struct import_args *args,
	     const struct oci_platform *platform, struct arena *arena, struct error *err)
{
	scoped_buffer text = { 0 };
	struct dockerfile file;
	struct plan plan;
	const struct image_finder finder = { .find = find_nothing };
	const struct plan_options options = { .platform = *platform,
					      .network = "none",
					      .finder = &finder };
	struct oci_image_config *config = arena_new(arena, struct oci_image_config);

	buffer_add_text(&text, "FROM scratch\n");
	FOR_EACH(change, &args->changes)
		buffer_add_format(&text, "%s\n", *change);
	TRY(parse_file(&file, arena, "--change", arena_text(arena, buffer_text(&text)), text.length,
		       err));
	TRY(judge_changes(&file, err));
	TRY(plan_make(&plan, &file, &options, meaning_table, arena, err));
	*config = plan_config(plan.target, arena);
	*image = (struct oci_image){
		.architecture = platform->architecture,
		.variant = platform->variant,
		.os = platform->os,
		.author = plan.target->author,
		.config = config,
	};
	return 0;
}

static int
import_from(struct oci_descriptor *manifest, struct store *store, const char *path,
	    const struct import_root *root, struct arena *arena, struct error *err)
{
	struct stream_from_fd file;
	scoped_fd fd = -1;

	if (!text_equal(path, "-"))
		fd = GET(file_open(AT_FDCWD, path, O_RDONLY, err));
	stream_from_fd(&file, fd < 0 ? STDIN_FILENO : fd, fd < 0 ? "standard input" : path);
	return import_root_tar(manifest, store, &file.source, root, arena, err);
}

static int
name_image(struct store *store, const struct oci_descriptor *manifest, const char *name,
	   struct arena *arena, struct error *err)
{
	struct reference reference;

	if (name == NULL)
		return names_set(store, NULL, manifest, err);
	TRY(reference_parse_full(&reference, arena, name, err));
	return names_set(store, reference_text(&reference, arena), manifest, err);
}

static int
tell_id(struct store *store, const struct oci_descriptor *manifest, struct arena *arena,
	struct error *err)
{
	struct image image;

	if (GET(image_open(&image, store, manifest, NULL, arena, err)) > 0)
		return fail(err, "the image is not in the store any more");
	const char *line = arena_format(arena, "%s\n", image.id);
	return file_write(STDOUT_FILENO, "standard output", line, strlen(line), err);
}

static int
import_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct cooper_globals *globals = data;
	const struct import_args *args = parsed;
	scoped_store store = STORE_CLOSED;
	struct oci_descriptor manifest;
	struct oci_image image;
	struct utsname machine;

	if (uname(&machine) < 0)
		return fail_errno(err, "learn what this machine is");
	const struct oci_platform platform = platform_of_machine(machine.machine);
	TRY(read_changes(&image, args, &platform, arena, err));
	struct import_root root = {
		.config = &image,
		.comment = args->message == NULL ? "imported" : args->message,
		.platform = &platform,
	};
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	if (!text_is_empty(epoch))
		TRY(epoch_read(&root.created, epoch, err));
	(void) GET(realm_enter(err));
	TRY(store_open(&store, globals->root, err));
	TRY(import_from(&manifest, &store, args->file, &root, arena, err));
	TRY(name_image(&store, &manifest, args->name, arena, err));
	return tell_id(&store, &manifest, arena, err);
}

const struct command import_command =
	COMMAND("import", "make an image from an archive of a root file system", import_options,
		struct import_args, import_run);
