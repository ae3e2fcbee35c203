/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/flags.h"

#include <strings.h>

#include "builder/dockerfile/duration.h"
#include "builder/dockerfile/ignore.h"
#include "builder/dockerfile/instruction.h"
#include "builder/dockerfile/permissions.h"
#include "builder/dockerfile/run_device.h"
#include "builder/dockerfile/run_mount.h"
#include "libcommon/number.h"
#include "libcommon/text.h"

#define MILLISECOND 1000000

const struct word flags_network_words[] = {
	{ "default", RUN_NETWORK_DEFAULT },
	{ "none", RUN_NETWORK_NONE },
	{ "host", RUN_NETWORK_HOST },
	{ NULL, 0 },
};

const struct word flags_security_words[] = {
	{ "sandbox", RUN_SECURITY_SANDBOX },
	{ "insecure", RUN_SECURITY_INSECURE },
	{ NULL, 0 },
};

/* ---- what values may be ------------------------------------------------------------------- */

int
flags_check_from(const char *value, struct error *err)
{
	if (strchr(value, '$') == NULL)
		return 0;
	return fail(
		err,
		"\"%s\": no variables are replaced here; name a stage, whose FROM may have them",
		value);
}

int
flags_check_mode(const char *value, struct error *err)
{
	scoped_arena arena = { 0 };
	struct permissions unused;

	if (value[0] == '\0' || strchr(value, '$') != NULL)
		return 0;
	return permissions_read(&unused, value, &arena, err);
}

int
flags_check_checksum(const char *value, struct error *err)
{
	const char *colon = strchr(value, ':'), *digits = colon != NULL ? colon + 1 : value;
	size_t n = strspn(digits, "0123456789abcdefABCDEF");

	if (value[0] == '\0' || strchr(value, '$') != NULL)
		return 0;
	if (digits[n] != '\0' || n < (colon != NULL ? 32 : 7) || colon == value)
		return fail(err, "\"%s\" is neither a digest such as sha256:… nor a git commit",
			    value);
	return 0;
}

int
flags_check_pattern(const char *value, struct error *err)
{
	scoped_arena arena = { 0 };
	struct text_list patterns = { 0 };
	struct ignore unused;

	list_add(&patterns, &arena, value);
	return ignore_compile(&unused, &patterns, &arena, err);
}

int
flags_check_mount(const char *value, struct error *err)
{
	scoped_arena arena = { 0 };
	struct run_mount unused;

	return run_mount_read(&unused, value, NULL, &arena, err);
}

int
flags_check_device(const char *value, struct error *err)
{
	scoped_arena arena = { 0 };
	struct run_device unused;

	return run_device_read(&unused, value, &arena, err);
}

/* ---- binding ------------------------------------------------------------------------------ */

static int
read_claim(bool *out, const char *value, struct error *err)
{
	if (value != NULL && strcasecmp(value, "true") != 0 && strcasecmp(value, "false") != 0)
		return fail(err, "\"%s\" is neither true nor false", value);
	*out = value == NULL || strcasecmp(value, "true") == 0;
	return 0;
}

static int
read_time(int64_t *out, const char *value, struct error *err)
{
	TRY(duration_read(out, value, err));
	if (*out != 0 && *out < MILLISECOND)
		return fail(err, "\"%s\" is less than a millisecond", value);
	return 0;
}

static int
read_word(int32_t *out, const struct word *words, const char *value, struct arena *arena,
	  struct error *err)
{
	struct text_list choices = { 0 };

	*out = word_value(words, value);
	if (*out >= 0)
		return 0;
	for (const struct word *word = words; word->text != NULL; word++)
		list_add(&choices, arena, word->text);
	return fail(err, "\"%s\" is not one of %s", value, text_join(arena, &choices, ", "));
}

static int
set_flag(void *place, const struct flag *flag, const char *value, struct arena *arena,
	 struct error *err)
{
	uint64_t number = 0;
	bool *claim;

	switch (flag->kind) {
	case FLAG_KIND_BOOL:
		return read_claim(place, value, err);
	case FLAG_KIND_OPTIONAL:
		claim = arena_new(arena, bool);
		*(const bool **) place = claim;
		return read_claim(claim, value, err);
	case FLAG_KIND_TEXT:
		*(const char **) place = value;
		return 0;
	case FLAG_KIND_LIST:
		list_add((struct text_list *) place, arena, value);
		return 0;
	case FLAG_KIND_WORD:
		return read_word(place, flag->words, value, arena, err);
	case FLAG_KIND_TIME:
		return read_time(place, value, err);
	case FLAG_KIND_NUMBER:
		TRY(number_unsigned(&number, value, INT32_MAX, err));
		*(int64_t *) place = (int64_t) number;
		return 0;
	}
	return 0;
}

static int
refuse_flag(const struct instruction *row, const char *name, struct arena *arena, struct error *err)
{
	struct text_list choices = { 0 };

	for (const struct flag *flag = row->flags; flag != NULL && flag->name != NULL; flag++)
		list_add(&choices, arena, flag->name);
	const char *nearest = text_nearest(name, &choices);
	if (nearest != NULL)
		return fail(err, "there is no flag --%s; did you mean --%s?", name, nearest);
	return fail(err, "there is no flag --%s", name);
}

/* The row of a flag that may be given now; `seen` has a bit for each row. */
static int
find_flag(const struct flag **out, const struct instruction *row, const char *name, uint64_t *seen,
	  struct arena *arena, struct error *err)
{
	const struct flag *flag = row->flags;

	while (flag != NULL && flag->name != NULL && strcmp(flag->name, name) != 0)
		flag++;
	if (flag == NULL || flag->name == NULL)
		return refuse_flag(row, name, arena, err);
	uint64_t bit = UINT64_C(1) << (flag - row->flags);
	if ((*seen & bit) != 0 && flag->kind != FLAG_KIND_LIST)
		return fail(err, "flag --%s is given twice", name);
	*seen |= bit;
	*out = flag;
	return 0;
}

static int
bind_flag(char *flags, const struct flag *flag, const char *value, struct arena *arena,
	  struct error *err)
{
	bool is_claim = flag->kind == FLAG_KIND_BOOL || flag->kind == FLAG_KIND_OPTIONAL;

	if ((value == NULL && !is_claim) || (value != NULL && value[0] == '\0' && is_claim))
		return fail(err, "flag --%s needs a value", flag->name);
	if (set_flag(flags + flag->offset, flag, value, arena, err) < 0 ||
	    (flag->check != NULL && flag->check(value, err) < 0))
		return error_prefixf(err, "--%s", flag->name);
	return 0;
}

int
flags_bind(const void **out, const struct instruction *row, const struct text_list *words,
	   struct arena *arena, struct error *err)
{
	char *flags = row->flags != NULL ? arena_alloc(arena, row->flags_size) : NULL;
	uint64_t seen = 0;

	FOR_EACH(word, words) {
		const struct flag *flag = NULL;
		const char *equals = strchrnul(*word, '='),
			   *value = *equals == '=' ? equals + 1 : NULL;
		const char *name = arena_copy(arena, *word + 2, (size_t) (equals - *word) - 2);
		TRY(find_flag(&flag, row, name, &seen, arena, err));
		TRY(bind_flag(flags, flag, value, arena, err));
	}
	*out = flags;
	return 0;
}
