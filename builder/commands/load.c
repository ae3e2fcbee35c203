/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/commands.h"
#include "builder/globals.h"
#include "builder/image/import.h"
#include "builder/store/names.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/text.h"
#include "oci-spec/reference.h"

struct load_args {
	const char *input, *operand;
	struct text_list tags;
	bool quiet;
};

/* clang-format off */
#define SELF struct load_args
static const struct option_row load_options[] = {
	OPERAND(operand, "FILE"),
	OPTION(input,    'i', "input", "FILE", "an archive, or the directory of a layout; without it standard input"),
	OPTION_LIST(tags, 't', "tag",  "NAME", "what to call the image, if it is the only one"),
	FLAG(quiet,      'q', "quiet",         "do not tell what was loaded"),
};
#undef SELF
/* clang-format on */

static int
import(struct import_items *items, struct store *store, const char *path, struct arena *arena,
       struct error *err)
{
	struct stream_from_fd file;
	struct stat about;
	scoped_fd fd = -1;

	if (path == NULL || text_equal(path, "-")) {
		stream_from_fd(&file, STDIN_FILENO, "standard input");
		return import_archive(items, store, &file.source, arena, err);
	}
	fd = GET(file_open(AT_FDCWD, path, O_RDONLY, err));
	if (fstat(fd, &about) < 0)
		return fail_errno(err, "look at \"%s\"", path);
	if (S_ISDIR(about.st_mode))
		return import_layout(items, store, fd, arena, err);
	stream_from_fd(&file, fd, path);
	return import_archive(items, store, &file.source, arena, err);
}

/* A layout's "latest" is a tag of nothing; and what is no name of ours is there without it. */
static struct text_list
choose_names(const struct text_list *texts, struct arena *arena)
{
	struct text_list names = { 0 };

	FOR_EACH(text, texts) {
		struct reference reference;
		struct error unused;

		if (strpbrk(*text, ":/") != NULL &&
		    reference_parse_full(&reference, arena, *text, &unused) == 0 &&
		    reference.digest == NULL)
			list_add(&names, arena, reference_text(&reference, arena));
	}
	return names;
}

static int
read_tags(struct text_list *names, const struct text_list *tags, struct arena *arena,
	  struct error *err)
{
	FOR_EACH(tag, tags) {
		struct reference reference;

		TRY(reference_parse_full(&reference, arena, *tag, err));
		list_add(names, arena, reference_text(&reference, arena));
	}
	return 0;
}

static int
name_item(struct buffer *out, struct store *store, const struct import_item *item,
	  const struct text_list *tags, struct arena *arena, struct error *err)
{
	struct text_list names = choose_names(&item->names, arena);

	TRY(read_tags(&names, tags, arena, err));
	if (names.count == 0) {
		buffer_add_format(out, "Loaded image: %s\n", item->target.digest);
		return names_set(store, NULL, &item->target, err);
	}
	FOR_EACH(name, &names)
		buffer_add_format(out, "Loaded image: %s\n", *name);
	return names_set_all(store, &names, &item->target, err);
}

static int
load_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct cooper_globals *globals = data;
	const struct load_args *args = parsed;
	const char *path = args->input != NULL ? args->input : args->operand;
	scoped_store store = STORE_CLOSED;
	scoped_buffer out = { 0 };
	struct import_items items = { 0 };

	TRY(store_open(&store, globals->root, err));
	TRY(import(&items, &store, path, arena, err));
	if (args->tags.count > 0 && items.count != 1)
		return fail(err, "--tag names one image, and there are %zu", items.count);
	FOR_EACH(item, &items)
		TRY(name_item(&out, &store, item, &args->tags, arena, err));
	if (args->quiet)
		return 0;
	return file_write(STDOUT_FILENO, "standard output", out.bytes, out.length, err);
}

const struct command load_command = COMMAND("load", "read images from an archive or a layout",
					    load_options, struct load_args, load_run);
