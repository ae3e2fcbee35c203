/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "builder/build/finder.h"
#include "builder/commands.h"
#include "builder/globals.h"
#include "builder/table.h"
#include "libcommon/file.h"
#include "libcommon/schema.h"
#include "libcommon/timestamp.h"

struct history_args {
	const char *image;
	bool no_trunc;
	int32_t format;
};

enum history_format { HISTORY_TABLE, HISTORY_JSON };

static const struct word format_words[] = {
	{ "table", HISTORY_TABLE },
	{ "json", HISTORY_JSON },
	{ NULL, 0 },
};

/* clang-format off */
#define SELF struct history_args
static const struct option_row history_options[] = {
	OPERAND(image, "IMAGE", .required = true),
	FLAG(no_trunc,      0, "no-trunc", "show whole commands"),
	OPTION_WORD(format, 0, "format", "FORMAT", format_words, "table or json"),
};
#undef SELF

struct history_row {
	const char *created, *created_by, *comment, *layer;
	int64_t size;
	bool empty;
};

#define SELF struct history_row
static const struct field history_row_rows[] = {
	VALUE(created,    "Created"),
	VALUE(created_by, "CreatedBy"),
	VALUE(layer,      "Layer",   .help = "digest of the unpacked layer"),
	VALUE(size,       "Size",    .always = true, .help = "of the layer as it is stored"),
	VALUE(comment,    "Comment"),
	VALUE(empty,      "Empty",   .help = "no layer came of it"),
};
static SCHEMA(history_row, history_row_rows);
#undef SELF
/* clang-format on */

#define COLUMNS 60

struct history_row_list {
	struct history_row *items;
	size_t count;
};

/* Each line that made a layer gets the next one. */
static struct history_row_list
list_rows(const struct image *image, struct arena *arena)
{
	struct history_row_list rows = { 0 };
	size_t layer = 0;

	FOR_EACH(line, &image->config.history) {
		struct history_row row = {
			.created = line->created,
			.created_by = line->created_by,
			.comment = line->comment,
			.empty = line->empty_layer,
		};
		if (!line->empty_layer && layer < image->manifest.layers.count) {
			row.layer = image->config.rootfs->diff_ids.items[layer];
			row.size = image->manifest.layers.items[layer++].size;
		}
		list_add(&rows, arena, row);
	}
	return rows;
}

static const char *
shorten(const char *text, bool whole, struct arena *arena)
{
	if (text == NULL || whole || strlen(text) <= COLUMNS)
		return text == NULL ? "" : text;
	return arena_format(arena, "%.*s…", COLUMNS - 1, text);
}

static void
write_table(struct buffer *out, const struct history_args *args,
	    const struct history_row_list *rows, struct arena *arena)
{
	struct table table = { .arena = arena };
	struct timespec now = timestamp_now();

	table_add(&table, 4, "CREATED", "SIZE", "COMMENT", "CREATED BY");
	for (size_t i = rows->count; i-- > 0;) {
		const struct history_row *row = &rows->items[i];
		table_add(&table, 4, table_age(row->created, now, arena),
			  table_size((uint64_t) row->size, arena), row->comment,
			  shorten(row->created_by, args->no_trunc, arena));
	}
	table_write(out, &table);
}

static int
history_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct cooper_globals *globals = data;
	const struct history_args *args = parsed;
	scoped_store store = STORE_CLOSED;
	scoped_buffer out = { 0 };
	struct base_image base;

	TRY(store_open(&store, globals->root, err));
	TRY(finder_find(&store, &base, args->image, NULL, arena, err));
	const struct history_row_list rows = list_rows(base.image, arena);
	if (args->format == HISTORY_TABLE)
		write_table(&out, args, &rows, arena);
	for (size_t i = rows.count; args->format == HISTORY_JSON && i-- > 0;) {
		schema_write(&history_row_schema, &rows.items[i], SCHEMA_COMPACT, &out);
		buffer_add_char(&out, '\n');
	}
	return file_write(STDOUT_FILENO, "standard output", out.bytes, out.length, err);
}

const struct command history_command = COMMAND("history", "show how an image was made",
					       history_options, struct history_args, history_run);
