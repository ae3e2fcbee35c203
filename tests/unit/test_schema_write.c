/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/schema.h"

enum color { COLOR_RED = 1, COLOR_BLUE };

struct part {
	const char *key;
	uint16_t count;
};

struct thing {
	const char *name, *note;
	bool is_new;
	const bool *sold;
	int64_t price;
	int32_t offset;
	const uint64_t *weight;
	const uint8_t *tiny;
	enum color color;
	struct text_list tags;
	list_of(enum color) colors;
	list_of(uint32_t) sizes;
	struct pair_list labels;
	struct text_list ports;
	list_of(struct part) parts;
	const struct thing *inside;
	list_of(struct thing) things;
};

static const struct word colors[] = { { "red", COLOR_RED }, { "blue", COLOR_BLUE }, { NULL, 0 } };

extern const struct schema thing_schema;

/* clang-format off */
#define SELF struct part
static const struct field part_rows[] = { VALUE(count, "count", .always = true) };
SCHEMA_KEYED(part, part_rows);
#undef SELF

#define SELF struct thing
static const struct field thing_rows[] = {
	VALUE(name,     "name",   .required = true),
	VALUE(note,     "note"),
	VALUE(is_new,   "new"),
	VALUE(sold,     "sold"),
	VALUE(price,    "price"),
	VALUE(offset,   "offset"),
	VALUE(weight,   "weight"),
	VALUE(tiny,     "tiny"),
	WORD(color,     "color",  colors),
	VALUES(tags,    "tags"),
	WORDS(colors,   "colors", colors),
	VALUES(sizes,   "sizes"),
	MAP(labels,     "labels"),
	KEYS(ports,     "ports"),
	OBJECT_MAP(parts, "parts", part),
	OBJECT(inside,  "inside", thing),
	OBJECTS(things, "things", thing),
};
SCHEMA(thing, thing_rows);
#undef SELF

struct always { bool flag; uint32_t number; struct text_list list, must; };

#define SELF struct always
static const struct field always_rows[] = {
	VALUE(flag,   "flag",   .always = true),
	VALUE(number, "number", .required = true),
	VALUES(list,  "list",   .always = true),
	VALUES(must,  "must",   .required = true),
};
SCHEMA(always, always_rows);
#undef SELF
/* clang-format on */

static void
check_written(const struct thing *thing, const char *wanted)
{
	scoped_buffer out = { 0 };

	schema_write(&thing_schema, thing, SCHEMA_COMPACT, &out);
	CHECK_TEXT(buffer_text(&out), wanted);
}

TEST(what_is_absent_is_not_written)
{
	check_written(&(struct thing){ .name = "T" }, "{\"name\":\"T\"}");
}

TEST(every_kind_of_member_is_written_in_the_order_of_the_rows)
{
	const bool sold = false;
	const uint64_t weight = UINT64_MAX;
	const uint8_t tiny = 0;
	const char *texts[] = { "a", "b\"c" };
	enum color chosen[] = { COLOR_BLUE, COLOR_RED };
	uint32_t sizes[] = { 0, UINT32_MAX };
	struct pair pairs[] = { { "k", "v" }, { "org.x", "" } };
	struct part parts[] = { { .key = "wheel", .count = 4 }, { .key = "none" } };
	struct thing inside = { .name = "I" };

	check_written(
		&(struct thing){ .name = "T",
				 .note = "",
				 .is_new = true,
				 .sold = &sold,
				 .price = INT64_MIN,
				 .offset = -3,
				 .weight = &weight,
				 .tiny = &tiny,
				 .color = COLOR_RED,
				 .tags = { texts, 2 },
				 .colors = { chosen, 2 },
				 .sizes = { sizes, 2 },
				 .labels = { pairs, 2 },
				 .ports = { texts, 1 },
				 .parts = { parts, 2 },
				 .inside = &inside,
				 .things = { &inside, 1 } },
		"{\"name\":\"T\",\"note\":\"\",\"new\":true,\"sold\":false,"
		"\"price\":-9223372036854775808,\"offset\":-3,\"weight\":18446744073709551615,"
		"\"tiny\":0,\"color\":\"red\",\"tags\":[\"a\",\"b\\\"c\"],"
		"\"colors\":[\"blue\",\"red\"],\"sizes\":[0,4294967295],"
		"\"labels\":{\"k\":\"v\",\"org.x\":\"\"},\"ports\":{\"a\":{}},"
		"\"parts\":{\"wheel\":{\"count\":4},\"none\":{\"count\":0}},"
		"\"inside\":{\"name\":\"I\"},\"things\":[{\"name\":\"I\"}]}");
}

TEST(a_list_without_items_is_written_if_it_is_there)
{
	const char *none[1];
	struct pair no_pair[1];

	check_written(&(struct thing){ .name = "T", .tags = { none, 0 }, .labels = { no_pair, 0 } },
		      "{\"name\":\"T\",\"tags\":[],\"labels\":{}}");
}

TEST(rows_can_ask_that_nothing_is_written_as_nothing)
{
	scoped_buffer out = { 0 };

	schema_write(&always_schema, &(struct always){ 0 }, SCHEMA_COMPACT, &out);
	CHECK_TEXT(buffer_text(&out), "{\"flag\":false,\"number\":0,\"list\":[],\"must\":[]}");
}

TEST(pretty_text_is_indented_by_four)
{
	const char *texts[] = { "a", "b" }, *none[1];
	struct pair pairs[] = { { "k", "v" } };
	struct thing inside = { .name = "I", .ports = { none, 0 } };
	scoped_buffer out = { 0 };

	schema_write(&thing_schema,
		     &(struct thing){ .name = "T",
				      .tags = { texts, 2 },
				      .labels = { pairs, 1 },
				      .ports = { texts, 1 },
				      .inside = &inside },
		     SCHEMA_PRETTY, &out);
	CHECK_TEXT(buffer_text(&out), "{\n"
				      "    \"name\": \"T\",\n"
				      "    \"tags\": [\n"
				      "        \"a\",\n"
				      "        \"b\"\n"
				      "    ],\n"
				      "    \"labels\": {\n"
				      "        \"k\": \"v\"\n"
				      "    },\n"
				      "    \"ports\": {\n"
				      "        \"a\": {}\n"
				      "    },\n"
				      "    \"inside\": {\n"
				      "        \"name\": \"I\",\n"
				      "        \"ports\": {}\n"
				      "    }\n"
				      "}\n");
}

TEST(what_is_written_is_added_to_what_is_there)
{
	scoped_buffer out = { 0 };

	buffer_add_text(&out, "state: ");
	schema_write(&thing_schema, &(struct thing){ .name = "T" }, SCHEMA_COMPACT, &out);
	CHECK_TEXT(buffer_text(&out), "state: {\"name\":\"T\"}");
}
