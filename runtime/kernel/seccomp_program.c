/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libseccomp compares a call with each number that the profile names. But profiles name hundreds
 * of calls, most of them neighbours with one fate, and the kernel takes 0.1 us for each
 * instruction of a filter when it is loaded, and runs it once for each call that exists.
 *
 * So we ask the program what becomes of which number, and write down the answer: for each
 * architecture a search among ranges of numbers. A range ends in a verdict, or in that part of
 * the program that looks at the arguments of these calls.
 *
 * Asking is exact. For a given architecture the program looks at a number only by comparing it
 * with constants, so it treats all numbers between two neighbouring constants alike; one of each
 * is asked.
 */
#include "runtime/kernel/seccomp_program.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#include "libcommon/arena.h"
#include "libcommon/list.h"

/* clang-format off */
#define LOAD         (BPF_LD | BPF_W | BPF_ABS)
#define RETURN       (BPF_RET | BPF_K)
#define JUMP         (BPF_JMP | BPF_JA)
#define IF_EQUAL     (BPF_JMP | BPF_JEQ | BPF_K)
#define IF_ABOVE     (BPF_JMP | BPF_JGT | BPF_K)
#define IF_NOT_BELOW (BPF_JMP | BPF_JGE | BPF_K)
#define IF_BIT_SET   (BPF_JMP | BPF_JSET | BPF_K)
#define MASK         (BPF_ALU | BPF_AND | BPF_K)

#define NUMBER       offsetof(struct seccomp_data, nr)
#define ARCHITECTURE offsetof(struct seccomp_data, arch)
#define FURTHEST     255                /* that a conditional jump reaches */
#define LENGTH_MAX   (2 * BPF_MAXINSNS) /* what is longer will hardly become short enough to load */
/* clang-format on */

void
seccomp_program_add_age(struct buffer *program, const struct seccomp_age *age)
{
	/* clang-format off */
	const struct sock_filter code[] = {
		{ LOAD, 0, 0, ARCHITECTURE },
		{ IF_EQUAL, 0, 4, age->architecture },
		{ LOAD, 0, 0, NUMBER },
		{ IF_ABOVE, 0, 2, age->highest },
		{ IF_ABOVE, 1, 0, age->last },
		{ RETURN, 0, 0, SECCOMP_RET_ERRNO | ENOSYS },
	};
	/* clang-format on */

	buffer_add(program, code, sizeof(code));
}

/* ---- asking the program --------------------------------------------------------------------- */

struct numbers {
	uint32_t *items;
	size_t count;
};

struct question {
	const struct sock_filter *code;
	size_t length;
	uint32_t architecture, number;
	struct numbers *architectures; /* collects those that the program knows */
	struct answer *answers;        /* one for each instruction */
	uint32_t asked;                /* how many questions there were */
	struct arena *arena;
};

/* What was copied from where, for the question of this count. */
struct answer {
	uint32_t asked;
	size_t place;
};

/* A verdict, or the place where something else than number and architecture is looked at. */
struct outcome {
	bool returns;
	uint32_t value;
};

static bool
contains(const struct numbers *numbers, uint32_t number)
{
	FOR_EACH(item, numbers)
		if (*item == number)
			return true;
	return false;
}

static bool
is_comparison(uint16_t code)
{
	return code == IF_EQUAL || code == IF_ABOVE || code == IF_NOT_BELOW;
}

static bool
is_taken(const struct sock_filter *at, uint32_t a)
{
	return at->code == IF_EQUAL ? a == at->k : at->code == IF_ABOVE ? a > at->k : a >= at->k;
}

/* Compares what is loaded. False if what that does to an architecture is not understood. */
static bool
decide(const struct question *question, const struct sock_filter *at, uint32_t loaded, bool *taken)
{
	if (loaded == NUMBER) {
		*taken = is_taken(at, question->number);
		return true;
	}
	if (at->code != IF_EQUAL)
		return false;
	if (!contains(question->architectures, at->k))
		list_add(question->architectures, question->arena, at->k);
	*taken = question->architecture == at->k;
	return true;
}

/*
 * Follows the program from here on as far as it depends on nothing but number and architecture.
 * False: not understood.
 */
static bool
follow(const struct question *question, size_t pc, struct outcome *outcome)
{
	const uint32_t nothing = UINT32_MAX;
	uint32_t loaded = nothing;
	bool taken;

	for (; pc < question->length; pc++) {
		const struct sock_filter *at = &question->code[pc];
		bool loads = at->code == LOAD;

		if (at->code == RETURN || (loads && at->k != NUMBER && at->k != ARCHITECTURE)) {
			*outcome = (struct outcome){ !loads, loads ? (uint32_t) pc : at->k };
			return true;
		}
		if (loads) {
			loaded = at->k;
		} else if (at->code == JUMP) {
			pc += at->k;
		} else {
			if (!is_comparison(at->code) || loaded == nothing ||
			    !decide(question, at, loaded, &taken))
				return false;
			pc += taken ? at->jt : at->jf;
		}
	}
	return false;
}

/* The same from where arguments are looked at, so that what is loaded may be anything. */
static bool
settle(const struct question *question, size_t pc, struct outcome *outcome)
{
	while (pc < question->length && question->code[pc].code == JUMP)
		pc += 1 + question->code[pc].k;
	if (pc >= question->length)
		return false;

	const struct sock_filter *at = &question->code[pc];
	if (at->code == RETURN || at->code == LOAD)
		return follow(question, pc, outcome);
	*outcome = (struct outcome){ false, (uint32_t) pc };
	return true;
}

/* ---- writing from the end ------------------------------------------------------------------- */

/*
 * Jumps lead forward only, so the program is written from its end: what an instruction leads to
 * is there before it. A place counts from the end. What is written already is not written again,
 * so all that is alike is shared.
 */
struct line {
	struct sock_filter instruction;
	size_t if_true, if_false; /* the places it leads to; 0 for a verdict */
};

struct writing {
	struct line *items;
	size_t count; /* the place of the last line written; the first one's is 1 */
	struct arena *arena;
};

static size_t
write_line(struct writing *out, struct line line)
{
	struct sock_filter *new = &line.instruction;

	FOR_EACH(old, out)
		if (old->instruction.code == new->code && old->instruction.k == new->k &&
		    old->if_true == line.if_true && old->if_false == line.if_false)
			return (size_t) (old - out->items) + 1;
	list_add(out, out->arena, line);
	return out->count;
}

static size_t
write_verdict(struct writing *out, uint32_t verdict)
{
	return write_line(out, (struct line){ .instruction = { .code = RETURN, .k = verdict } });
}

/*
 * A place at most so many lines from here that leads to the given one: the same verdict again, or
 * a jump.
 */
static size_t
find_way(struct writing *out, size_t place, size_t reach)
{
	struct line line = out->items[place - 1];

	if (out->count - place <= reach)
		return place;
	if (line.instruction.code != RETURN)
		line = (struct line){
			.instruction = { .code = JUMP, .k = (uint32_t) (out->count - place) },
			.if_true = place,
			.if_false = place,
		};
	for (size_t near = out->count; near + reach >= out->count && near > 0; near--)
		if (line.instruction.code == RETURN &&
		    memcmp(&out->items[near - 1].instruction, &line.instruction,
			   sizeof(line.instruction)) == 0)
			return near;
	list_add(out, out->arena, line);
	return out->count;
}

static size_t
write_step(struct writing *out, const struct sock_filter *at, size_t next)
{
	next = find_way(out, next, 0);
	return write_line(out, (struct line){ *at, next, next });
}

static size_t
write_branch(struct writing *out, uint16_t code, uint32_t k, size_t if_true, size_t if_false)
{
	/* One less for the first: the second's way may push it one line further. */
	if_true = find_way(out, if_true, FURTHEST - 1);
	if_false = find_way(out, if_false, FURTHEST);
	struct sock_filter branch = {
		.code = code,
		.jt = (uint8_t) (out->count - if_true),
		.jf = (uint8_t) (out->count - if_false),
		.k = k,
	};
	return write_line(out, (struct line){ branch, if_true, if_false });
}

/* ---- what looks at arguments ---------------------------------------------------------------- */

static bool
is_conditional(uint16_t code)
{
	return is_comparison(code) || code == IF_BIT_SET;
}

static bool write_outcome(struct writing *out, const struct question *question,
			  const struct outcome *outcome, size_t *place);

static bool
write_rest(struct writing *out, const struct question *question, size_t pc, size_t *place)
{
	struct outcome outcome;

	return settle(question, pc, &outcome) && write_outcome(out, question, &outcome, place);
}

/* One instruction, after all that it leads to. */
static bool
write_copy(struct writing *out, const struct question *question, size_t pc, size_t *place)
{
	const struct sock_filter *at = &question->code[pc];
	bool forks = is_conditional(at->code);
	size_t if_true = 0, if_false;

	if (!forks && at->code != LOAD && at->code != MASK)
		return false;
	if ((forks && !write_rest(out, question, pc + 1 + at->jt, &if_true)) ||
	    !write_rest(out, question, pc + 1 + (forks ? at->jf : 0), &if_false))
		return false;
	*place = forks ? write_branch(out, at->code, at->k, if_true, if_false)
		       : write_step(out, at, if_false);
	return true;
}

/* Many ways lead to one instruction; it is copied once for each question. */
static bool
write_outcome(struct writing *out, const struct question *question, const struct outcome *outcome,
	      size_t *place)
{
	if (outcome->returns) {
		*place = write_verdict(out, outcome->value);
		return true;
	}
	struct answer *answer = &question->answers[outcome->value];
	if (answer->asked != question->asked) {
		if (!write_copy(out, question, outcome->value, &answer->place))
			return false;
		answer->asked = question->asked;
	}
	*place = answer->place;
	return true;
}

/* ---- ranges of numbers ---------------------------------------------------------------------- */

struct range {
	uint32_t first;
	size_t place; /* of what becomes of them */
};

struct range_list {
	struct range *items;
	size_t count;
};

/* Asks for one number of each range between two constants, and joins neighbours of one fate. */
static bool
find_ranges(struct range_list *ranges, struct writing *out, struct question *question,
	    const struct numbers *points)
{
	FOR_EACH(point, points) {
		struct range range = { .first = *point };
		struct outcome outcome;

		question->number = *point;
		question->asked++;
		if (!follow(question, 0, &outcome) ||
		    !write_outcome(out, question, &outcome, &range.place))
			return false;
		if (ranges->count == 0 || ranges->items[ranges->count - 1].place != range.place)
			list_add(ranges, question->arena, range);
	}
	return true;
}

static size_t
write_search(struct writing *out, const struct range *ranges, size_t n)
{
	size_t half = n / 2;

	if (n == 1)
		return ranges->place;
	size_t above = write_search(out, ranges + half, n - half);
	size_t below = write_search(out, ranges, half);
	return write_branch(out, IF_NOT_BELOW, ranges[half].first, above, below);
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

	return x < y ? -1 : x > y;
}

/*
 * Where a comparison may come out in another way than for the number before: at each constant and
 * behind.
 */
static struct numbers
find_points(const struct sock_filter *code, size_t length, struct arena *arena)
{
	struct numbers points = { 0 };
	size_t n = 1;

	list_add(&points, arena, 0);
	for (size_t i = 0; i < length; i++) {
		if (!is_conditional(code[i].code))
			continue;
		list_add(&points, arena, code[i].k);
		if (code[i].k < UINT32_MAX)
			list_add(&points, arena, code[i].k + 1);
	}
	qsort(points.items, points.count, sizeof(*points.items), compare_numbers);
	for (size_t i = 1; i < points.count; i++)
		if (points.items[i] != points.items[n - 1])
			points.items[n++] = points.items[i];
	points.count = n;
	return points;
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* The search for one architecture. */
static bool
write_section(struct writing *out, struct question *question, const struct numbers *points,
	      size_t *place)
{
	static const struct sock_filter load = { .code = LOAD, .k = NUMBER };
	struct range_list ranges = { 0 };

	if (!find_ranges(&ranges, out, question, points))
		return false;
	*place = write_search(out, ranges.items, ranges.count);
	if (ranges.count > 1)
		*place = write_step(out, &load, *place);
	return true;
}

/*
 * First those architectures that the program does not know, asked for by one that is no constant of
 * it; on the way it tells those that it knows.
 */
static bool
rewrite(struct writing *out, struct question *question)
{
	static const struct sock_filter load = { .code = LOAD, .k = ARCHITECTURE };
	struct numbers points = find_points(question->code, question->length, question->arena);
	const struct numbers *architectures = question->architectures;
	size_t next;

	while (contains(&points, question->architecture))
		question->architecture++;
	if (!write_section(out, question, &points, &next))
		return false;
	for (size_t i = 0; i < architectures->count; i++) {
		size_t section;

		question->architecture = architectures->items[i];
		if (!write_section(out, question, &points, &section))
			return false;
		next = write_branch(out, IF_EQUAL, question->architecture, section, next);
	}
	(void) write_step(out, &load, next);
	return true;
}

void
seccomp_program_shrink(struct buffer *program)
{
	scoped_arena arena = { 0 };
	struct numbers architectures = { 0 };
	struct question question = {
		.code = (const struct sock_filter *) (void *) program->bytes,
		.length = program->length / sizeof(struct sock_filter),
		.architectures = &architectures,
		.arena = &arena,
	};
	struct writing out = { .arena = &arena };

	if (question.length > LENGTH_MAX)
		return;
	question.answers = arena_alloc(&arena, question.length * sizeof(*question.answers));
	if (!rewrite(&out, &question) || out.count >= question.length)
		return;
	buffer_clear(program);
	while (out.count > 0)
		buffer_add(program, &out.items[--out.count].instruction,
			   sizeof(struct sock_filter));
}
