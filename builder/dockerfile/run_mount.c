/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of a mount are rows: where each goes, and which types take it. All are read before
 * any is judged, the type first, so that their order does not matter.
 */
#include "builder/dockerfile/run_mount.h"

#include "builder/dockerfile/csv.h"
#include "builder/dockerfile/expand.h"
#include "libcommon/list.h"
#include "libcommon/number.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

const struct word run_mount_types[] = {
	{ "bind", RUN_MOUNT_BIND },     { "cache", RUN_MOUNT_CACHE }, { "tmpfs", RUN_MOUNT_TMPFS },
	{ "secret", RUN_MOUNT_SECRET }, { "ssh", RUN_MOUNT_SSH },     { NULL, 0 },
};

const struct word run_mount_sharings[] = {
	{ "shared", RUN_MOUNT_SHARED },
	{ "private", RUN_MOUNT_PRIVATE },
	{ "locked", RUN_MOUNT_LOCKED },
	{ NULL, 0 },
};

enum {
	BIND = 1 << RUN_MOUNT_BIND,
	CACHE = 1 << RUN_MOUNT_CACHE,
	TMPFS = 1 << RUN_MOUNT_TMPFS,
	SECRET = 1 << RUN_MOUNT_SECRET,
	SSH = 1 << RUN_MOUNT_SSH,
	EVERY = BIND | CACHE | TMPFS | SECRET | SSH,
};

enum value_kind {
	VALUE_TYPE,
	VALUE_SHARING,
	VALUE_FROM,
	VALUE_TARGET,
	VALUE_TEXT,
	VALUE_CLAIM,    /* may stand alone */
	VALUE_CONTRARY, /* the same, turned around */
	VALUE_SIZE,
	VALUE_MODE,
	VALUE_OWNER,
};

struct option {
	const char *key;
	enum value_kind kind;
	size_t offset;  /* of the member, for kinds that several options have */
	unsigned types; /* that take it */
};

#define TO(member) offsetof(struct run_mount, member)

/* clang-format off */
static const struct option options[] = {
	{ "type",        VALUE_TYPE,     0,             EVERY },
	{ "target",      VALUE_TARGET,   0,             EVERY },
	{ "dst",         VALUE_TARGET,   0,             EVERY },
	{ "destination", VALUE_TARGET,   0,             EVERY },
	{ "from",        VALUE_FROM,     0,             BIND | CACHE },
	{ "source",      VALUE_TEXT,     TO(source),    BIND | CACHE | SECRET },
	{ "src",         VALUE_TEXT,     TO(source),    BIND | CACHE | SECRET },
	{ "id",          VALUE_TEXT,     TO(id),        EVERY },
	{ "env",         VALUE_TEXT,     TO(env),       SECRET },
	{ "ro",          VALUE_CLAIM,    TO(read_only), EVERY },
	{ "readonly",    VALUE_CLAIM,    TO(read_only), EVERY },
	{ "rw",          VALUE_CONTRARY, TO(read_only), EVERY },
	{ "readwrite",   VALUE_CONTRARY, TO(read_only), EVERY },
	{ "required",    VALUE_CLAIM,    TO(required),  SECRET | SSH },
	{ "sharing",     VALUE_SHARING,  0,             CACHE },
	{ "size",        VALUE_SIZE,     0,             TMPFS },
	{ "mode",        VALUE_MODE,     0,             CACHE | SECRET | SSH },
	{ "uid",         VALUE_OWNER,    TO(uid),       CACHE | SECRET | SSH },
	{ "gid",         VALUE_OWNER,    TO(gid),       CACHE | SECRET | SSH },
	/* As buildah spells them. */
	{ "tmpfs-size",  VALUE_SIZE,     0,             TMPFS },
	{ "tmpfs-mode",  VALUE_MODE,     0,             TMPFS },
};
/* clang-format on */

/* An option as it was given. */
struct given {
	const struct option *option;
	const char *value; /* NULL without "=" */
	bool is_open;      /* there is a variable in it, and nobody to ask for it */
};

struct given_list {
	struct given *items;
	size_t count;
};

static const struct option *
find_option(const char *key)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (strcmp(options[i].key, key) == 0)
			return &options[i];
	return NULL;
}

static int
refuse_key(const char *key, struct arena *arena, struct error *err)
{
	struct text_list choices = { 0 };

	if (key[0] == '\0')
		return fail(err, "an option is empty");
	for (size_t i = 0; i < COUNT(options); i++)
		list_add(&choices, arena, options[i].key);
	const char *nearest = text_nearest(key, &choices);
	if (nearest != NULL)
		return fail(err, "there is no option \"%s\"; did you mean \"%s\"?", key, nearest);
	return fail(err, "there is no option \"%s\"", key);
}

static int
read_word(int *out, const struct word *words, const char *what, const char *value,
	  struct arena *arena, struct error *err)
{
	struct text_list choices = { 0 };

	*out = word_value(words, text_lower(arena, value));
	if (*out >= 0)
		return 0;
	for (const struct word *word = words; word->text != NULL; word++)
		list_add(&choices, arena, word->text);
	const char *nearest = text_nearest(value, &choices);
	if (nearest != NULL)
		return fail(err, "there is no %s \"%s\"; did you mean \"%s\"?", what, value,
			    nearest);
	return fail(err, "there is no %s \"%s\"; it is one of %s", what, value,
		    text_join(arena, &choices, ", "));
}

static int
read_target(const char **target, const char *value, struct arena *arena, struct error *err)
{
	if (value[0] != '\0' && strcmp(path_clean(arena, value), "/") == 0)
		return fail(err, "nothing can be mounted on \"%s\"", value);
	*target = value;
	return 0;
}

static int
read_claim(bool *out, const struct given *given, struct error *err)
{
	*out = true;
	if (given->value != NULL)
		TRY(csv_claim(out, given->value, err));
	*out = *out != (given->option->kind == VALUE_CONTRARY);
	return 0;
}

static int
read_number(const uint32_t **out, const struct given *given, struct arena *arena, struct error *err)
{
	uint32_t *number = arena_new(arena, uint32_t);
	uint64_t value;

	*out = number;
	if (given->option->kind == VALUE_MODE)
		return number_mode(number, given->value, err);
	TRY(number_unsigned(&value, given->value, UINT32_MAX - 1, err));
	*number = (uint32_t) value;
	return 0;
}

static int
set_option(struct run_mount *mount, const struct given *given, struct arena *arena,
	   struct error *err)
{
	void *place = (char *) mount + given->option->offset;
	int word = 0;

	switch (given->option->kind) {
	case VALUE_TYPE:
		TRY(read_word(&word, run_mount_types, "type", given->value, arena, err));
		mount->type = (enum run_mount_type) word;
		return 0;
	case VALUE_SHARING:
		TRY(read_word(&word, run_mount_sharings, "sharing", given->value, arena, err));
		mount->sharing = (enum run_mount_sharing) word;
		return 0;
	case VALUE_FROM:
		mount->from = given->value;
		return 0;
	case VALUE_TARGET:
		return read_target(&mount->target, given->value, arena, err);
	case VALUE_TEXT:
		*(const char **) place = given->value;
		return 0;
	case VALUE_CLAIM:
	case VALUE_CONTRARY:
		return read_claim(place, given, err);
	case VALUE_SIZE:
		return number_size(&mount->size, given->value, err);
	case VALUE_MODE:
		return read_number(&mount->mode, given, arena, err);
	case VALUE_OWNER:
		return read_number(place, given, arena, err);
	}
	return 0;
}

/* A field → an option that exists and has a value if it needs one, with its variables replaced. */
static int
read_field(struct given *given, const char *field, struct expander *expander, struct arena *arena,
	   struct error *err)
{
	struct pair pair = csv_option(field, arena);
	const struct option *option = find_option(pair.key);
	const char *dollar = pair.value != NULL ? strchr(pair.value, '$') : NULL;

	if (option == NULL)
		return refuse_key(pair.key, arena, err);
	*given = (struct given){ option, pair.value, false };
	if (pair.value == NULL && option->kind != VALUE_CLAIM && option->kind != VALUE_CONTRARY)
		return fail(err, "option \"%s\" needs a value", pair.key);
	if (option->kind == VALUE_FROM) {
		if (dollar != NULL && dollar[1] != '\0')
			return fail(err, "\"from\" takes no variables; name a stage, whose FROM "
					 "may have them");
		return 0;
	}
	given->is_open = dollar != NULL && expander == NULL;
	if (pair.value != NULL && expander != NULL)
		return expand_text(&given->value, expander, pair.value, err);
	return 0;
}

/* A path or a name is one with its variables still in it; a number is none. */
static bool
is_judged(const struct given *given)
{
	return !given->is_open || given->option->kind == VALUE_TEXT ||
	       given->option->kind == VALUE_TARGET;
}

/* The rules between options, for a mount whose type is known. */
static int
judge_mount(const struct run_mount *mount, const struct given_list *all, struct error *err)
{
	const char *type = word_text(run_mount_types, (int) mount->type);

	FOR_EACH(given, all)
		if ((given->option->types & 1u << mount->type) == 0)
			return fail(err, "a %s mount has no option \"%s\"", type,
				    given->option->key);
	if (mount->type == RUN_MOUNT_SECRET && mount->source != NULL && mount->id != NULL)
		return fail(err, "\"id\" and \"source\" of a secret are the same thing; give one");
	if (mount->type == RUN_MOUNT_SECRET && text_is_empty(mount->source) &&
	    text_is_empty(mount->id) && text_is_empty(mount->target))
		return fail(err, "a secret mount needs an id or a target");
	if (mount->type != RUN_MOUNT_SECRET && mount->type != RUN_MOUNT_SSH &&
	    text_is_empty(mount->target))
		return fail(err, "a %s mount needs a target", type);
	return 0;
}

/* What follows from what was said. */
static void
complete_mount(struct run_mount *mount, bool chose_access)
{
	if (!chose_access)
		mount->read_only = mount->type != RUN_MOUNT_CACHE && mount->type != RUN_MOUNT_TMPFS;
	if (mount->type != RUN_MOUNT_SECRET)
		return;
	if (text_is_empty(mount->id))
		mount->id = mount->source;
	if (text_is_empty(mount->id))
		mount->id = path_base(mount->target);
	mount->source = NULL;
}

int
run_mount_read(struct run_mount *mount, const char *text, struct expander *expander,
	       struct arena *arena, struct error *err)
{
	struct given_list all = { 0 };
	struct text_list fields;
	bool type_is_open = false, chose_access = false;

	*mount = (struct run_mount){ .type = RUN_MOUNT_BIND };
	TRY(csv_split(&fields, text, arena, err));
	FOR_EACH(field, &fields) {
		struct given given;
		TRY(read_field(&given, *field, expander, arena, err));
		list_add(&all, arena, given);
		chose_access = chose_access || given.option->offset == TO(read_only);
	}
	FOR_EACH(given, &all) {
		type_is_open =
			type_is_open || (given->is_open && given->option->kind == VALUE_TYPE);
		if (!is_judged(given))
			continue;
		if (set_option(mount, given, arena, err) < 0)
			return error_prefixf(err, "option \"%s\"", given->option->key);
	}
	if (type_is_open)
		return 0;
	TRY(judge_mount(mount, &all, err));
	complete_mount(mount, chose_access);
	return 0;
}
