/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/finder.h"
#include "builder/commands.h"
#include "builder/globals.h"
#include "builder/store/names.h"
#include "oci-spec/reference.h"

struct tag_args {
	const char *image;
	struct text_list names;
};

/* clang-format off */
#define SELF struct tag_args
static const struct option_row tag_options[] = {
	OPERAND(image, "IMAGE", .required = true),
	OPERAND_LIST(names, "NAME", .required = true),
};
#undef SELF
/* clang-format on */

static int
tag_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct cooper_globals *globals = data;
	const struct tag_args *args = parsed;
	scoped_store store = STORE_CLOSED;
	struct text_list names = { 0 };
	struct name found = { 0 };

	FOR_EACH(name, &args->names) {
		struct reference reference;

		TRY(reference_parse_full(&reference, arena, *name, err));
		if (reference.digest != NULL)
			return fail(err, "\"%s\" has a digest, which is not for us to choose",
				    *name);
		list_add(&names, arena, reference_text(&reference, arena));
	}
	TRY(store_open(&store, globals->root, err));
	TRY(finder_resolve(&found, &store, args->image, arena, err));
	return names_set_all(&store, &names, &found.target, err);
}

const struct command tag_command =
	COMMAND("tag", "give an image another name", tag_options, struct tag_args, tag_run);
