/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "builder/build/finder.h"
#include "builder/commands.h"
#include "builder/globals.h"
#include "builder/store/names.h"
#include "libcommon/file.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"

struct inspect_args {
	struct text_list images;
};

/* clang-format off */
#define SELF struct inspect_args
static const struct option_row inspect_options[] = {
	OPERAND_LIST(images, "IMAGE", .required = true),
};
#undef SELF

/* As docker and podman tell it. */
struct inspect_layers {
	const char *type;
	struct text_list layers;
};

struct inspect_image {
	const char *id, *digest, *created, *author, *architecture, *variant, *os, *comment;
	struct text_list names;
	const struct oci_image_config *config;
	const struct inspect_layers *root;
	int64_t size;
	struct pair_list annotations;
	struct oci_history_list history;
};

#define SELF struct inspect_layers
static const struct field inspect_layers_rows[] = {
	VALUE(type,    "Type"),
	VALUES(layers, "Layers", .always = true),
};
static SCHEMA(inspect_layers, inspect_layers_rows);
#undef SELF

#define SELF struct inspect_image
static const struct field inspect_image_rows[] = {
	VALUE(id,           "Id"),
	VALUE(digest,       "Digest"),
	VALUES(names,       "RepoTags", .always = true),
	VALUE(comment,      "Comment"),
	VALUE(created,      "Created"),
	VALUE(author,       "Author"),
	VALUE(architecture, "Architecture"),
	VALUE(variant,      "Variant"),
	VALUE(os,           "Os"),
	VALUE(size,         "Size", .always = true),
	OBJECT(config,      "Config", oci_image_config),
	OBJECT(root,        "RootFS", inspect_layers),
	MAP(annotations,    "Annotations"),
	OBJECTS(history,    "History", oci_history),
};
static SCHEMA(inspect_image, inspect_image_rows);
#undef SELF
/* clang-format on */

static int
list_names(struct text_list *texts, struct store *store, const char *digest, struct arena *arena,
	   struct error *err)
{
	struct name_list names = { 0 };

	TRY(names_list(&names, store, arena, err));
	FOR_EACH(name, &names)
		if (name->text != NULL && text_equal(name->target.digest, digest))
			list_add(texts, arena, name->text);
	return 0;
}

static int
describe(struct inspect_image *told, struct store *store, const char *text, struct arena *arena,
	 struct error *err)
{
	struct base_image base;
	struct inspect_layers *root = arena_new(arena, struct inspect_layers);

	TRY(finder_find(store, &base, text, NULL, arena, err));
	const struct image *image = base.image;
	*root = (struct inspect_layers){ image->config.rootfs->type,
					 image->config.rootfs->diff_ids };
	*told = (struct inspect_image){
		.id = image->id,
		.digest = image->descriptor.digest,
		.created = image->config.created,
		.author = image->config.author,
		.architecture = image->config.architecture,
		.variant = image->config.variant,
		.os = image->config.os,
		.config = image->config.config,
		.root = root,
		.annotations = image->manifest.annotations,
		.history = image->config.history,
	};
	if (image->config.history.count > 0)
		told->comment =
			image->config.history.items[image->config.history.count - 1].comment;
	FOR_EACH(layer, &image->manifest.layers)
		told->size += layer->size;
	return list_names(&told->names, store, image->descriptor.digest, arena, err);
}

static int
inspect_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct cooper_globals *globals = data;
	const struct inspect_args *args = parsed;
	scoped_store store = STORE_CLOSED;
	scoped_buffer out = { 0 };

	TRY(store_open(&store, globals->root, err));
	buffer_add_text(&out, "[\n");
	FOR_EACH(text, &args->images) {
		struct inspect_image told;

		TRY(describe(&told, &store, *text, arena, err));
		schema_write(&inspect_image_schema, &told, SCHEMA_PRETTY, &out);
		if (text + 1 < args->images.items + args->images.count)
			buffer_add_text(&out, ",\n");
	}
	buffer_add_text(&out, "]\n");
	return file_write(STDOUT_FILENO, "standard output", out.bytes, out.length, err);
}

const struct command inspect_command = COMMAND("inspect", "tell all that an image says of itself",
					       inspect_options, struct inspect_args, inspect_run);
