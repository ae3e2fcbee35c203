/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "builder/build/finder.h"
#include "builder/build/realm.h"
#include "builder/commands.h"
#include "builder/globals.h"
#include "builder/store/names.h"
#include "builder/store/sweep.h"
#include "libcommon/file.h"
#include "libcommon/text.h"
#include "libcommon/timestamp.h"
#include "oci-spec/reference.h"

struct rmi_args {
	struct text_list images;
	bool force, all;
};

/* clang-format off */
#define SELF struct rmi_args
static const struct option_row rmi_options[] = {
	OPERAND_LIST(images, "IMAGE"),
	FLAG(force, 'f', "force", "remove all names of an image, and do not mind if there is none"),
	FLAG(all,   'a', "all",   "remove all images"),
};
#undef SELF
/* clang-format on */

static size_t
count_names(const struct name_list *names, const char *digest)
{
	size_t n = 0;

	FOR_EACH(name, names)
		n += name->text != NULL && text_equal(name->target.digest, digest);
	return n;
}

/* What is found by a digest has a name, too; but it was not meant. */
static bool
is_name(const char *text, const char *name, struct arena *arena)
{
	struct reference reference;
	struct error unused;

	return reference_parse_full(&reference, arena, text, &unused) == 0 &&
	       text_equal(reference_text(&reference, arena), name);
}

/* By a name: that name goes, and with the last one the image. By a digest: all of it. */
static int
remove_image(struct buffer *out, struct store *store, const char *text, bool force,
	     struct arena *arena, struct error *err)
{
	struct name_list names = { 0 };
	struct name found = { 0 };

	if (GET(finder_look(&found, store, text, arena, err)) > 0)
		return force ? 0 : fail(err, "the image \"%s\" is not in the store", text);
	TRY(names_list(&names, store, arena, err));
	size_t count = count_names(&names, found.target.digest);
	bool by_name = is_name(text, found.text, arena);
	if (!by_name && count > 1 && !force)
		return fail(err, "\"%s\" has %zu names: remove them, or use --force", text, count);
	if (by_name && !force) {
		(void) GET(names_remove(store, found.text, err));
		buffer_add_format(out, "Untagged: %s\n", found.text);
		if (count > 1)
			return 0;
	}
	(void) GET(names_remove_target(store, found.target.digest, err));
	buffer_add_format(out, "Deleted: %s\n", found.target.digest);
	return 0;
}

static int
list_all(struct text_list *images, struct store *store, struct arena *arena, struct error *err)
{
	struct name_list names = { 0 };

	TRY(names_list(&names, store, arena, err));
	FOR_EACH(name, &names)
		list_add(images, arena, name->target.digest);
	return 0;
}

static int
rmi_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct cooper_globals *globals = data;
	const struct rmi_args *args = parsed;
	const struct sweep_options options = { .now = timestamp_now().tv_sec };
	scoped_store store = STORE_CLOSED;
	scoped_buffer out = { 0 };
	struct text_list images = args->images;
	struct sweep_result swept;

	if (images.count == 0 && !args->all)
		return fail(err, "say which image, or --all");
	(void) GET(realm_enter(err)); /* what the image's layers hold may be anybody's */
	TRY(store_open(&store, globals->root, err));
	if (args->all)
		TRY(list_all(&images, &store, arena, err));
	FOR_EACH(image, &images)
		TRY(remove_image(&out, &store, *image, args->force || args->all, arena, err));
	TRY(sweep_run(&swept, &store, &options, err));
	return file_write(STDOUT_FILENO, "standard output", out.bytes, out.length, err);
}

const struct command rmi_command =
	COMMAND("rmi", "remove images", rmi_options, struct rmi_args, rmi_run);
