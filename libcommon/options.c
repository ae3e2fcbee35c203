/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/options.h"

#include <string.h>

#include "libcommon/number.h"
#include "libcommon/text.h"

struct parser {
	const struct option_table *table;
	char *into;
	int argc, at;
	char **argv;
	struct arena *arena;
	struct error *err;
	size_t operands; /* how many came by */
	bool help, only_options, stop;
	uint64_t seen[2];
};

static void
mark_seen(struct parser *p, const struct option_row *row)
{
	size_t i = (size_t) (row - p->table->rows);

	assert(i < 128);
	p->seen[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool
was_seen(const struct parser *p, size_t i)
{
	return (p->seen[i / 64] >> (i % 64)) & 1;
}

static const char *
spell(struct parser *p, const struct option_row *row)
{
	if (row->role == OPTION_ROLE_OPERAND)
		return row->name;
	return row->name != NULL ? arena_format(p->arena, "--%s", row->name)
				 : arena_format(p->arena, "-%c", row->letter);
}

static int
refuse_word(struct parser *p, const struct option_row *row, const char *text)
{
	struct text_list known = { 0 };

	for (const struct word *w = row->words; w->text != NULL; w++)
		list_add(&known, p->arena, w->text);
	return fail(p->err, "%s: \"%s\" is not one of: %s", spell(p, row), text,
		    text_join(p->arena, &known, ", "));
}

static int
store_number(struct parser *p, const struct option_row *row, void *slot, const char *text)
{
	bool is_signed = row->kind == KIND_INT, bounded = row->min != 0 || row->max != 0;
	int64_t value = 0;
	uint64_t magnitude = 0;
	uint64_t most = row->size == 8 ? UINT64_MAX : (UINT64_C(1) << (8 * row->size)) - 1;
	int64_t limit = (int64_t) (most >> 1);
	int result = is_signed ? number_signed(&value, text, bounded ? row->min : -limit - 1,
					       bounded ? row->max : limit, p->err)
			       : number_unsigned(&magnitude, text, bounded ? (uint64_t) row->max : most, p->err);

	if (result < 0)
		return error_prefix(p->err, spell(p, row));
	if (!is_signed && bounded && magnitude < (uint64_t) row->min)
		return fail(p->err, "%s: \"%s\" is too small, at least %jd", spell(p, row), text, (intmax_t) row->min);
	if (is_signed)
		magnitude = (uint64_t) value;
	switch (row->size) { /* by size, so that it is right on any byte order */
	case 1: memcpy(slot, &(uint8_t){ (uint8_t) magnitude }, 1); break;
	case 2: memcpy(slot, &(uint16_t){ (uint16_t) magnitude }, 2); break;
	case 4: memcpy(slot, &(uint32_t){ (uint32_t) magnitude }, 4); break;
	default: memcpy(slot, &magnitude, 8); break;
	}
	return 0;
}

static int
store_bool(struct parser *p, const struct option_row *row, void *slot, const char *text)
{
	bool value = text_equal(text, "true") || text_equal(text, "1");

	if (!value && !text_equal(text, "false") && !text_equal(text, "0"))
		return fail(p->err, "%s: \"%s\" is neither true nor false", spell(p, row), text);
	memcpy(slot, &value, sizeof(value));
	return 0;
}

static int
store(struct parser *p, const struct option_row *row, const char *text)
{
	void *slot = p->into + row->offset;

	mark_seen(p, row);
	if (row->shape == SHAPE_LIST) {
		list_add((struct text_list *) slot, p->arena, text);
		return 0;
	}
	if (row->shape == SHAPE_POINTER) {
		void *target = arena_alloc(p->arena, row->size);
		memcpy(slot, &target, sizeof(target));
		slot = target;
	}
	switch (row->kind) {
	case KIND_BOOL:
		return store_bool(p, row, slot, text);
	case KIND_INT:
	case KIND_UINT:
		return store_number(p, row, slot, text);
	case KIND_WORD: {
		int value = word_value(row->words, text);
		if (value < 0)
			return refuse_word(p, row, text);
		memcpy(slot, &value, sizeof(value));
		return 0;
	}
	default:
		memcpy(slot, &text, sizeof(text));
		return 0;
	}
}

static const struct option_row *
find_long(const struct option_table *table, const char *name, size_t n)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		if (row->role != OPTION_ROLE_OPERAND && row->name != NULL && strlen(row->name) == n &&
		    memcmp(row->name, name, n) == 0)
			return row;
	}
	return NULL;
}

static const struct option_row *
find_short(const struct option_table *table, char letter)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].role != OPTION_ROLE_OPERAND && table->rows[i].letter == letter)
			return &table->rows[i];
	return NULL;
}

static int
refuse_unknown(struct parser *p, const char *argument, const char *name, size_t n)
{
	const struct option_row *nearest = NULL;
	unsigned best = 3;
	const char *given = arena_copy(p->arena, name, n);

	for (size_t i = 0; i < p->table->count; i++) {
		const struct option_row *row = &p->table->rows[i];
		if (row->role == OPTION_ROLE_OPERAND || row->name == NULL || row->hidden)
			continue;
		unsigned distance = text_distance(given, row->name);
		if (distance < best && distance < n) {
			best = distance;
			nearest = row;
		}
	}
	if (nearest != NULL)
		return fail(p->err, "unknown option \"%s\"; did you mean --%s?", argument, nearest->name);
	return fail(p->err, "unknown option \"%s\"", argument);
}

/* The value of an option that needs one: behind "=", or the next argument. */
static int
take_value(struct parser *p, const struct option_row *row, const char *attached)
{
	if (attached != NULL)
		return store(p, row, attached);
	if (p->at + 1 >= p->argc)
		return fail(p->err, "flag needs an argument: %s", spell(p, row));
	return store(p, row, p->argv[++p->at]);
}

static int
take_long(struct parser *p, const char *argument)
{
	const char *name = argument + (argument[1] == '-' ? 2 : 1);
	size_t n = strcspn(name, "=");
	const char *attached = name[n] == '=' ? name + n + 1 : NULL;
	const struct option_row *row = find_long(p->table, name, n);

	if (row == NULL && n == 4 && memcmp(name, "help", 4) == 0) {
		p->help = true;
		return 0;
	}
	if (row == NULL)
		return refuse_unknown(p, argument, name, n);
	if (row->role == OPTION_ROLE_FLAG)
		return store(p, row, attached != NULL ? attached : "true");
	return take_value(p, row, attached);
}

/* "-ab", "-a value", "-avalue", "-a=value"; a single dash before a long name is taken too. */
static int
take_short(struct parser *p, const char *argument)
{
	if (find_long(p->table, argument + 1, strcspn(argument + 1, "=")) != NULL &&
	    (argument[2] != '\0' || find_short(p->table, argument[1]) == NULL))
		return take_long(p, argument);
	for (const char *c = argument + 1; *c != '\0'; c++) {
		const struct option_row *row = find_short(p->table, *c);
		if (row == NULL && *c == 'h') {
			p->help = true;
			continue;
		}
		if (row == NULL)
			return refuse_unknown(p, argument, argument + 1, strcspn(argument + 1, "="));
		if (row->role == OPTION_ROLE_VALUE) {
			const char *rest = c[1] == '=' ? c + 2 : c + 1;
			return take_value(p, row, c[1] == '\0' ? NULL : rest);
		}
		if (c[1] == '=')
			return store(p, row, c + 2);
		TRY(store(p, row, "true"));
	}
	return 0;
}

/* The row of the n-th operand; a list takes all that follow. */
static const struct option_row *
operand_row(const struct option_table *table, size_t n)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		if (row->role != OPTION_ROLE_OPERAND)
			continue;
		if (n == 0 || row->shape == SHAPE_LIST)
			return row;
		n--;
	}
	return NULL;
}

static int
take_operand(struct parser *p, const char *argument)
{
	const struct option_row *row = operand_row(p->table, p->operands++);

	if (row == NULL)
		return fail(p->err, "unexpected argument \"%s\"", argument);
	if (p->table->in_order)
		p->only_options = true;
	return store(p, row, argument);
}

static int
take_argument(struct parser *p, bool stop_at_operand)
{
	const char *argument = p->argv[p->at];
	bool is_option = !p->only_options && argument[0] == '-' && argument[1] != '\0';

	if (is_option && strcmp(argument, "--") == 0) {
		p->only_options = true;
		return 0;
	}
	if (is_option)
		return argument[1] == '-' ? take_long(p, argument) : take_short(p, argument);
	if (stop_at_operand) {
		p->stop = true;
		return 0;
	}
	return take_operand(p, argument);
}

static int
fill_missing(struct parser *p)
{
	for (size_t i = 0; i < p->table->count; i++) {
		const struct option_row *row = &p->table->rows[i];
		if (was_seen(p, i))
			continue;
		if (row->required)
			return fail(p->err, "%s is missing", row->name);
		if (row->fallback != NULL)
			TRY(store(p, row, row->fallback));
	}
	return 0;
}

int
options_parse(const struct option_table *table, void *into, int argc, char **argv, int *used,
	      struct arena *arena, struct error *err)
{
	struct parser p = { .table = table, .into = into, .argc = argc, .argv = argv, .arena = arena, .err = err };

	for (; p.at < argc && !p.stop; p.at++) {
		TRY(take_argument(&p, used != NULL));
		if (p.help)
			return 1;
	}
	if (used != NULL)
		*used = p.stop ? p.at - 1 : p.at;
	return fill_missing(&p);
}

void
options_add_usage(const struct option_table *table, struct buffer *out)
{
	bool any = false;

	for (size_t i = 0; i < table->count; i++)
		any |= table->rows[i].role != OPTION_ROLE_OPERAND && !table->rows[i].hidden;
	if (any)
		buffer_add_text(out, " [OPTIONS]");
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		if (row->role == OPTION_ROLE_OPERAND && !row->hidden)
			buffer_add_format(out, row->required ? " %s%s" : " [%s%s]", row->name,
					  row->shape == SHAPE_LIST ? "…" : "");
	}
}

void
options_add_help(const struct option_table *table, struct buffer *out)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct option_row *row = &table->rows[i];
		scoped_buffer left = { 0 };

		if (row->role == OPTION_ROLE_OPERAND || row->hidden)
			continue;
		if (row->letter != '\0')
			buffer_add_format(&left, "  -%c%s", row->letter, row->name != NULL ? ", " : "");
		else
			buffer_add_text(&left, "      ");
		if (row->name != NULL)
			buffer_add_format(&left, "--%s", row->name);
		if (row->value != NULL)
			buffer_add_format(&left, " %s", row->value);
		buffer_add_format(out, left.length < 32 ? "%-32s" : "%s\n%32s", buffer_text(&left), "");
		buffer_add_format(out, "%s", row->help);
		if (row->fallback != NULL)
			buffer_add_format(out, " (default: %s)", row->fallback);
		buffer_add_char(out, '\n');
	}
}
