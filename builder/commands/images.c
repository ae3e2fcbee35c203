/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "builder/commands.h"
#include "builder/globals.h"
#include "builder/image/image.h"
#include "builder/store/names.h"
#include "builder/table.h"
#include "libcommon/file.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "libcommon/timestamp.h"
#include "oci-spec/digest.h"
#include "oci-spec/reference.h"

struct images_args {
	const char *name;
	int32_t format;
	bool quiet, digests, no_trunc;
};

enum images_format { IMAGES_TABLE, IMAGES_JSON };

static const struct word format_words[] = {
	{ "table", IMAGES_TABLE },
	{ "json", IMAGES_JSON },
	{ NULL, 0 },
};

/* clang-format off */
#define SELF struct images_args
static const struct option_row images_options[] = {
	OPERAND(name, "NAME"),
	FLAG(quiet,           'q', "quiet",     "only ids"),
	FLAG(digests,         0,   "digests",   "show digests of manifests"),
	FLAG(no_trunc,        0,   "no-trunc",  "show whole ids"),
	OPTION_WORD(format,   0,   "format", "FORMAT", format_words, "table or json"),
};
#undef SELF

/* What is told of an image, also as JSON. */
struct images_row {
	const char *repository, *tag, *id, *digest, *created;
	int64_t size;
	struct text_list names;
};

#define SELF struct images_row
static const struct field images_row_rows[] = {
	VALUE(id,         "Id",         .help = "digest of the config"),
	VALUE(digest,     "Digest",     .help = "digest of the manifest"),
	VALUES(names,     "Names",      .always = true, .help = "what it is called"),
	VALUE(repository, "Repository"),
	VALUE(tag,        "Tag"),
	VALUE(created,    "Created"),
	VALUE(size,       "Size",       .always = true, .help = "bytes of all layers"),
};
static SCHEMA(images_row, images_row_rows);
#undef SELF
/* clang-format on */

struct images_row_list {
	struct images_row *items;
	size_t count;
};

static void
describe_name(struct images_row *row, const char *name, struct arena *arena)
{
	struct reference reference;
	struct error unused;

	row->repository = row->tag = "<none>";
	if (name == NULL)
		return;
	list_add(&row->names, arena, name);
	row->repository = name;
	if (reference_parse(&reference, arena, name, &unused) < 0)
		return;
	row->tag = reference.tag == NULL ? "<none>" : reference.tag;
	reference.tag = reference.digest = NULL;
	row->repository = reference_familiar(&reference, arena);
}

/* Of an index that which suits this machine is told; one that is not whole is told by its digest. */
static int
describe_image(struct images_row *row, struct store *store, const struct name *name,
	       struct arena *arena, struct error *err)
{
	struct image image;
	struct error unused;

	*row = (struct images_row){ .digest = name->target.digest, .id = name->target.digest };
	describe_name(row, name->text, arena);
	if (image_open(&image, store, &name->target, NULL, arena, &unused) != 0)
		return 0;
	(void) err;
	row->id = image.id;
	row->created = image.config.created;
	FOR_EACH(layer, &image.manifest.layers)
		row->size += layer->size;
	return 0;
}

static bool
is_wanted(const struct images_row *row, const char *name)
{
	const char *colon = name == NULL ? NULL : strrchr(name, ':');

	if (name == NULL || text_equal(row->repository, name))
		return true;
	return colon != NULL && strlen(row->repository) == (size_t) (colon - name) &&
	       strncmp(row->repository, name, (size_t) (colon - name)) == 0 &&
	       text_equal(row->tag, colon + 1);
}

static const char *
shown_id(const struct images_args *args, const char *id, struct arena *arena)
{
	char text[DIGEST_SHORT_SIZE];

	if (args->no_trunc)
		return id;
	digest_shorten(text, id);
	return arena_text(arena, text);
}

static void
write_table(struct buffer *out, const struct images_args *args, const struct images_row_list *rows,
	    struct arena *arena)
{
	struct table table = { .arena = arena };
	struct timespec now = timestamp_now();

	if (args->digests)
		table_add(&table, 6, "REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE");
	else
		table_add(&table, 5, "REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE");
	FOR_EACH(row, rows) {
		const char *id = shown_id(args, row->id, arena);
		const char *age = table_age(row->created, now, arena);
		const char *size = table_size((uint64_t) row->size, arena);

		if (args->digests)
			table_add(&table, 6, row->repository, row->tag, row->digest, id, age, size);
		else
			table_add(&table, 5, row->repository, row->tag, id, age, size);
	}
	table_write(out, &table);
}

static void
write_json(struct buffer *out, const struct images_row_list *rows)
{
	buffer_add_char(out, '[');
	FOR_EACH(row, rows) {
		if (row != rows->items)
			buffer_add_char(out, ',');
		schema_write(&images_row_schema, row, SCHEMA_COMPACT, out);
	}
	buffer_add_text(out, "]\n");
}

static int
images_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct cooper_globals *globals = data;
	const struct images_args *args = parsed;
	scoped_store store = STORE_CLOSED;
	scoped_buffer out = { 0 };
	struct name_list names = { 0 };
	struct images_row_list rows = { 0 };

	TRY(store_open(&store, globals->root, err));
	TRY(names_list(&names, &store, arena, err));
	FOR_EACH(name, &names) {
		struct images_row row;

		TRY(describe_image(&row, &store, name, arena, err));
		if (is_wanted(&row, args->name))
			list_add(&rows, arena, row);
	}
	if (args->quiet)
		FOR_EACH(row, &rows)
			buffer_add_format(&out, "%s\n", shown_id(args, row->id, arena));
	else if (args->format == IMAGES_JSON)
		write_json(&out, &rows);
	else
		write_table(&out, args, &rows, arena);
	return file_write(STDOUT_FILENO, "standard output", out.bytes, out.length, err);
}

const struct command images_command =
	COMMAND("images", "list images", images_options, struct images_args, images_run);
