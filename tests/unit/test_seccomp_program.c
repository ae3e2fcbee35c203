/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>

#include "runtime/kernel/seccomp_program.h"
#include "tests/unit/machine.h"

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define RETURN (BPF_RET | BPF_K)
#define JUMP (BPF_JMP | BPF_JA)
#define IF_EQUAL (BPF_JMP | BPF_JEQ | BPF_K)
#define IF_ABOVE (BPF_JMP | BPF_JGT | BPF_K)
#define MASK (BPF_ALU | BPF_AND | BPF_K)
#define NUMBER offsetof(struct seccomp_data, nr)
#define ARCH offsetof(struct seccomp_data, arch)
#define ARG(n) (offsetof(struct seccomp_data, args) + 8 * (n))

#define ALLOW SECCOMP_RET_ALLOW
#define DENY (SECCOMP_RET_ERRNO | EPERM)
#define MISSING (SECCOMP_RET_ERRNO | ENOSYS)
#define KILL SECCOMP_RET_KILL_PROCESS

static void
add(struct buffer *program, unsigned code, unsigned if_true, unsigned if_false, uint32_t k)
{
	struct sock_filter instruction = { (uint16_t) code, (uint8_t) if_true, (uint8_t) if_false,
					   k };

	buffer_add(program, &instruction, sizeof(instruction));
}

static size_t
length_of(const struct buffer *program)
{
	return program->length / sizeof(struct sock_filter);
}

static uint32_t
run(const struct buffer *program, const struct seccomp_data *data)
{
	return machine_run((const void *) program->bytes, length_of(program), data);
}

static uint32_t
call(const struct buffer *program, uint32_t architecture, uint32_t number)
{
	struct seccomp_data data = { .arch = architecture, .nr = (int) number };

	return run(program, &data);
}

/* ---- age ------------------------------------------------------------------------------------ */

TEST(what_is_above_the_highest_and_not_above_the_last_is_missing)
{
	struct seccomp_age age = { .architecture = 7, .highest = 400, .last = 999 };
	scoped_buffer program = { 0 };

	seccomp_program_add_age(&program, &age);
	add(&program, RETURN, 0, 0, ALLOW);
	CHECK_EQ(call(&program, 7, 0), ALLOW);
	CHECK_EQ(call(&program, 7, 400), ALLOW);
	CHECK_EQ(call(&program, 7, 401), MISSING);
	CHECK_EQ(call(&program, 7, 999), MISSING);
	CHECK_EQ(call(&program, 7, 1000), ALLOW);
	CHECK_EQ(call(&program, 8, 500), ALLOW);
}

/* ---- shrinking ------------------------------------------------------------------------------ */

static void
copy_and_shrink(struct buffer *shrunk, const struct buffer *program)
{
	buffer_add(shrunk, program->bytes, program->length);
	seccomp_program_shrink(shrunk);
}

TEST(neighbours_become_one_comparison)
{
	scoped_buffer program = { 0 };

	add(&program, LOAD, 0, 0, ARCH);
	add(&program, IF_EQUAL, 1, 0, 7);
	add(&program, RETURN, 0, 0, KILL);
	add(&program, LOAD, 0, 0, NUMBER);
	for (unsigned i = 0; i < 200; i++)
		add(&program, IF_EQUAL, 200 - i, 0, 100 + i);
	add(&program, RETURN, 0, 0, DENY);
	add(&program, RETURN, 0, 0, ALLOW);
	seccomp_program_shrink(&program);
	CHECK(length_of(&program) <= 8);
	CHECK_EQ(call(&program, 7, 99), DENY);
	CHECK_EQ(call(&program, 7, 100), ALLOW);
	CHECK_EQ(call(&program, 7, 299), ALLOW);
	CHECK_EQ(call(&program, 7, 300), DENY);
	CHECK_EQ(call(&program, 7, UINT32_MAX), DENY);
	CHECK(call(&program, 8, 100) == KILL);
	CHECK(call(&program, 0, 100) == KILL);
}

TEST(a_program_that_is_not_understood_stays_as_it_is)
{
	static const struct sock_filter strange[][4] = {
		/* an architecture that is not compared for being equal */
		{ { LOAD, 0, 0, ARCH },
		  { IF_ABOVE, 0, 1, 7 },
		  { RETURN, 0, 0, ALLOW },
		  { RETURN, 0, 0, DENY } },
		/* a number that is calculated with */
		{ { LOAD, 0, 0, NUMBER },
		  { MASK, 0, 0, 7 },
		  { IF_EQUAL, 0, 0, 3 },
		  { RETURN, 0, 0, DENY } },
		{ { LOAD, 0, 0, NUMBER },
		  { BPF_JMP | BPF_JSET | BPF_K, 0, 1, 8 },
		  { RETURN, 0, 0, ALLOW },
		  { RETURN, 0, 0, DENY } },
		/* instructions that no filter of libseccomp has */
		{ { BPF_LD | BPF_IMM, 0, 0, 5 },
		  { IF_EQUAL, 0, 0, 5 },
		  { RETURN, 0, 0, DENY },
		  { RETURN, 0, 0, DENY } },
		{ { LOAD, 0, 0, ARG(0) },
		  { BPF_MISC | BPF_TAX, 0, 0, 0 },
		  { RETURN, 0, 0, DENY },
		  { RETURN, 0, 0, DENY } },
		/* no end */
		{ { LOAD, 0, 0, NUMBER },
		  { IF_EQUAL, 0, 0, 5 },
		  { JUMP, 0, 0, 9 },
		  { RETURN, 0, 0, DENY } },
		{ { IF_EQUAL, 0, 0, 5 },
		  { RETURN, 0, 0, DENY },
		  { RETURN, 0, 0, DENY },
		  { RETURN, 0, 0, DENY } },
	};

	for (size_t i = 0; i < COUNT(strange); i++) {
		scoped_buffer program = { 0 };
		buffer_add(&program, strange[i], sizeof(strange[i]));
		seccomp_program_shrink(&program);
		CHECK_EQ(program.length, sizeof(strange[i]));
		CHECK_EQ(memcmp(program.bytes, strange[i], sizeof(strange[i])), 0);
	}
}

/* Each rule can fail in two ways that lead to the next: as many ways as a power of their number. */
TEST(many_conditions_on_one_call_take_no_longer_than_they_are_many)
{
	scoped_buffer program = { 0 }, shrunk = { 0 };
	unsigned rules = 200;

	add(&program, LOAD, 0, 0, NUMBER);
	add(&program, IF_EQUAL, 1, 0, 9);
	add(&program, RETURN, 0, 0, DENY);
	for (unsigned i = 0; i < rules; i++) {
		add(&program, LOAD, 0, 0, ARG(0) + 4);
		add(&program, IF_EQUAL, 0, 3, i);
		add(&program, LOAD, 0, 0, ARG(0));
		add(&program, IF_EQUAL, 0, 1, i);
		add(&program, RETURN, 0, 0, ALLOW);
	}
	add(&program, RETURN, 0, 0, DENY);
	copy_and_shrink(&shrunk, &program);
	for (uint64_t i = 0; i < rules + 10; i++) {
		struct seccomp_data data = { .nr = 9, .args = { i << 32 | i } };
		CHECK_EQ(run(&shrunk, &data), i < rules ? ALLOW : DENY);
		data.args[0] = i;
		CHECK_EQ(run(&shrunk, &data), i == 0 ? ALLOW : DENY);
	}
}

/* ---- any program ---------------------------------------------------------------------------- */

/* Small numbers in a row that the seed alone decides, so that a failure can be had again. */
static uint32_t
draw(uint64_t *seed, uint32_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t) (*seed >> 33) % below;
}

static uint32_t
draw_constant(uint64_t *seed)
{
	static const uint32_t borders[] = { 0,          1,          0x3fffffff,
					    0x40000000, 0x40000001, UINT32_MAX - 1,
					    UINT32_MAX };
	uint32_t kind = draw(seed, 8);

	return kind == 0 ? borders[draw(seed, COUNT(borders))] : draw(seed, 40);
}

/*
 * A program as libseccomp could have made it, and stranger: loads, comparisons and verdicts in any
 * order, with jumps to wherever.
 */
static void
make_program(struct buffer *program, uint64_t *seed)
{
	static const unsigned comparisons[] = { IF_EQUAL, IF_ABOVE, BPF_JMP | BPF_JGE | BPF_K };
	static const uint32_t verdicts[] = { ALLOW, DENY, MISSING, KILL };
	unsigned n = 5 + draw(seed, 60);
	bool knows_architecture = draw(seed, 2) == 0;

	for (unsigned i = 0; i < n; i++) {
		unsigned ahead = n - i < 30 ? n - i : 30;
		uint32_t kind = i == 0 ? 0 : draw(seed, 12);

		if (kind <= 1) {
			add(program, LOAD, 0, 0, NUMBER);
		} else if (kind == 2 && knows_architecture) {
			add(program, LOAD, 0, 0, ARCH);
			add(program, IF_EQUAL, draw(seed, ahead), draw(seed, ahead), draw(seed, 3));
			add(program, LOAD, 0, 0, NUMBER);
			n += 2;
			i += 2;
		} else if (kind == 3) {
			add(program, LOAD, 0, 0, (uint32_t) ARG(draw(seed, 2)) + 4 * draw(seed, 2));
			if (draw(seed, 2) == 0) {
				add(program, MASK, 0, 0, 7);
				n++;
				i++;
			}
		} else if (kind == 4) {
			add(program, RETURN, 0, 0, verdicts[draw(seed, COUNT(verdicts))]);
		} else if (kind == 5) {
			add(program, JUMP, 0, 0, draw(seed, ahead));
		} else {
			add(program, comparisons[draw(seed, 3)], draw(seed, ahead),
			    draw(seed, ahead), draw_constant(seed));
		}
	}
	for (unsigned i = 0; i < 64; i++) /* whatever jumps where, it ends */
		add(program, RETURN, 0, 0, verdicts[draw(seed, COUNT(verdicts))]);
}

/* Calls around every constant that a program can have. Returns false at the first that differs. */
static bool
mean_the_same(const struct buffer *one, const struct buffer *other, uint64_t *seed)
{
	for (uint32_t i = 0; i < 42 + 600; i++) {
		uint32_t number = i < 42 ? i : draw_constant(seed) + draw(seed, 2);
		struct seccomp_data data = {
			.arch = draw(seed, 5),
			.nr = (int) number,
			.args = { draw(seed, 40),
				  (uint64_t) draw(seed, 10) << 32 | draw(seed, 40) },
		};
		if (run(one, &data) != run(other, &data))
			return false;
	}
	return true;
}

TEST(whatever_is_shrunk_means_what_it_meant)
{
	unsigned changed = 0;

	for (uint64_t i = 1; i <= 4000; i++) {
		scoped_buffer program = { 0 }, shrunk = { 0 };
		uint64_t seed = i;

		make_program(&program, &seed);
		copy_and_shrink(&shrunk, &program);
		changed += shrunk.length != program.length;
		CHECK(shrunk.length <= program.length);
		if (!mean_the_same(&program, &shrunk, &seed))
			check_failed("seed %ju: the shrunk program means something else",
				     (uintmax_t) i);
	}
	CHECK(changed > 1000);
}
