/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program is run by a machine of our own, which knows just the instructions that it may contain
 * and fails on all others, on a jump that leaves it, and on one that is never reached, as the kernel
 * would.
 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <unistd.h>

#include "libcommon/schema.h"
#include "runtime/kernel/cgroup_program.h"
#include "tests/unit/tribe.h"

#define STEPS_MAX 10000

struct machine {
	uint64_t registers[11];
	uint32_t context[3];
	bool reached[1024];
};

static uint64_t
compute(unsigned operation, uint64_t to, uint64_t from)
{
	switch (operation) {
	case BPF_MOV: return (uint32_t) from;
	case BPF_AND: return (uint32_t) (to & from);
	case BPF_RSH: return (uint32_t) to >> from;
	}
	check_failed("the program computes by %#x", operation);
	return 0;
}

static bool
compare(unsigned operation, uint32_t a, uint32_t b)
{
	switch (operation) {
	case BPF_JNE: return a != b;
	case BPF_JSET: return (a & b) != 0;
	}
	check_failed("the program compares by %#x", operation);
	return false;
}

static uint64_t
run(struct machine *machine, const struct cgroup_program *program)
{
	uint64_t *r = machine->registers;
	size_t at = 0;

	for (int steps = 0; steps < STEPS_MAX; steps++) {
		CHECK(at < program->count);
		const struct bpf_insn *i = &program->items[at];
		uint64_t other =
			(i->code & BPF_X) != 0 ? r[i->src_reg] : (uint64_t) (int64_t) i->imm;

		machine->reached[at++] = true;
		switch (BPF_CLASS(i->code)) {
		case BPF_LDX:
			CHECK_EQ(i->src_reg, BPF_REG_1);
			CHECK(i->off >= 0 && i->off <= 8 && i->off % 4 == 0);
			r[i->dst_reg] = machine->context[i->off / 4];
			break;
		case BPF_ALU: r[i->dst_reg] = compute(BPF_OP(i->code), r[i->dst_reg], other); break;
		case BPF_JMP32:
			if (compare(BPF_OP(i->code), (uint32_t) r[i->dst_reg], (uint32_t) other))
				at += (size_t) i->off;
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_EXIT)
				return r[0];
			CHECK_EQ(BPF_OP(i->code), BPF_JA);
			at += (size_t) i->off;
			break;
		default: check_failed("the program has a %#x", i->code);
		}
	}
	check_failed("the program does not end after %d steps", STEPS_MAX);
	return 0;
}

static struct arena arena;

static struct cgroup_program
compile(const char *devices)
{
	struct error err = { 0 };
	struct oci_resources resources;
	struct cgroup_rules rules;
	struct cgroup_program program;
	const char *json = arena_format(&arena, "{\"devices\":%s}", devices);

	if (schema_read(&oci_resources_schema, &resources, "r", json, strlen(json), &arena, &err) <
	    0)
		check_failed("%s", err.text);
	cgroup_devices_complete(&rules, &resources.devices, &arena);
	CHECK_OK(cgroup_program_compile(&program, &rules, &arena, &err), err);
	return program;
}

/* "c 1:3 rw" */
static bool
allows(const struct cgroup_program *program, const char *wish)
{
	struct machine machine = { 0 };
	char type, access[4];
	unsigned bits = 0;

	CHECK_EQ(sscanf(wish, "%c %u:%u %3s", &type, &machine.context[1], &machine.context[2],
			access),
		 4);
	for (const char *a = access; *a != '\0'; a++)
		bits |= *a == 'm' ? CGROUP_MKNOD : *a == 'r' ? CGROUP_READ : CGROUP_WRITE;
	machine.context[0] = bits << 16 | (type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	return run(&machine, program) == 1;
}

#define ALLOWS(program, wish) CHECK(allows(&(program), wish))
#define DENIES(program, wish) CHECK(!allows(&(program), wish))

/* A device that the default rules do not speak of, and that everybody has. */
static void
read_kernel_log(void)
{
	_exit(open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC) >= 0 ? 0 : errno);
}

TEST(without_rules_only_harmless_devices_can_be_opened)
{
	struct cgroup_program program = compile("[]");

	ALLOWS(program, "c 1:3 rw");
	ALLOWS(program, "c 1:9 r");
	ALLOWS(program, "c 136:77 rw");
	ALLOWS(program, "c 10:200 rwm");
	ALLOWS(program, "b 8:0 m");
	ALLOWS(program, "c 4:5 m");
	DENIES(program, "b 8:0 r");
	DENIES(program, "b 8:0 rm");
	DENIES(program, "c 1:1 r");
	DENIES(program, "b 1:3 r");
	DENIES(program, "c 5:1 rw");
}

TEST(an_allow_is_not_taken_for_a_list_of_exceptions_from_allow)
{
	struct cgroup_program program = compile(
		"[{\"allow\":true,\"type\":\"b\",\"major\":8,\"minor\":0,\"access\":\"r\"}]");

	ALLOWS(program, "b 8:0 r");
	DENIES(program, "b 8:0 w");
	DENIES(program, "b 8:0 rw");
	DENIES(program, "b 8:1 r");
	DENIES(program, "c 8:0 r");
}

TEST(each_access_is_decided_by_the_last_rule_that_speaks_of_it)
{
	struct cgroup_program program = compile(
		"[{\"allow\":true,\"type\":\"b\",\"major\":8,\"access\":\"rw\"},"
		"{\"allow\":false,\"type\":\"b\",\"major\":8,\"minor\":1,\"access\":\"w\"},"
		"{\"allow\":false,\"type\":\"b\",\"major\":8,\"minor\":2},"
		"{\"allow\":true,\"type\":\"b\",\"major\":8,\"minor\":2,\"access\":\"r\"}]");

	ALLOWS(program, "b 8:0 rw");
	ALLOWS(program, "b 8:1 r");
	DENIES(program, "b 8:1 w");
	DENIES(program, "b 8:1 rw");
	ALLOWS(program, "b 8:2 r");
	DENIES(program, "b 8:2 rw");
	ALLOWS(program, "b 8:2 m"); /* that always holds */
}

TEST(one_access_may_come_from_one_rule_and_another_from_another)
{
	struct cgroup_program program = compile(
		"[{\"allow\":true,\"type\":\"c\",\"major\":4,\"access\":\"r\"},"
		"{\"allow\":true,\"type\":\"c\",\"major\":4,\"minor\":7,\"access\":\"w\"}]");

	ALLOWS(program, "c 4:7 rw");
	ALLOWS(program, "c 4:7 rwm");
	DENIES(program, "c 4:6 rw");
}

TEST(a_rule_for_everything_makes_those_before_it_idle)
{
	struct cgroup_program program = compile("[{\"allow\":true,\"type\":\"b\",\"major\":8},"
						"{\"allow\":false,\"access\":\"rwm\"},"
						"{\"allow\":true,\"type\":\"c\",\"major\":4}]");

	DENIES(program, "b 8:0 r");
	ALLOWS(program, "c 4:0 r");
}

TEST(a_rule_for_all_types_may_still_name_numbers)
{
	struct cgroup_program program =
		compile("[{\"allow\":true,\"major\":8,\"minor\":3,\"access\":\"r\"}]");

	ALLOWS(program, "b 8:3 r");
	ALLOWS(program, "c 8:3 r");
	DENIES(program, "b 8:4 r");
}

TEST(everything_but_one_is_everything_but_one)
{
	struct cgroup_program program = compile(
		"[{\"allow\":true},{\"allow\":false,\"type\":\"b\",\"major\":8,\"minor\":0}]");

	ALLOWS(program, "b 8:1 rw");
	ALLOWS(program, "c 4:5 rw");
	DENIES(program, "b 8:0 r");
	DENIES(program, "b 8:0 w");
}

TEST(large_numbers_are_compared_whole)
{
	struct cgroup_program program = compile(
		"[{\"allow\":true,\"type\":\"b\",\"major\":4294967295,\"minor\":2147483648}]");

	ALLOWS(program, "b 4294967295:2147483648 r");
	DENIES(program, "b 4294967295:0 r");
}

TEST(everything_allowed_needs_no_program)
{
	struct cgroup_rules rules;
	const struct oci_device_rule all = { .allow = true };
	const struct oci_device_rule_list list = { (struct oci_device_rule *) (uintptr_t) &all, 1 };

	cgroup_devices_complete(&rules, &list, &arena);
	CHECK(rules.allow);
	CHECK_EQ(rules.count, 0);
}

/* Bound by nothing but a program: a hybrid host has its rules for devices in v1. */
TEST(the_kernel_takes_it_and_replaces_it)
{
	struct error err = { 0 };
	struct cgroup cgroup;
	struct cgroup_rules none, all = { .allow = true };

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "program", "{\"devices\":[{\"allow\":true}]}");
	int dir = cgroup_birthplace(&cgroup);
	if (dir < 0)
		skip();
	cgroup_devices_complete(&none, &(struct oci_device_rule_list){ 0 }, &arena);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, read_kernel_log)), 0);
	CHECK_OK(cgroup_program_attach(dir, &none, true, &arena, &err), err);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, read_kernel_log)), EPERM);
	for (int i = 0; i < 70; i++) /* more than can be attached beside each other */
		CHECK_OK(cgroup_program_attach(dir, &none, false, &arena, &err), err);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, read_kernel_log)), EPERM);
	CHECK_OK(cgroup_program_attach(dir, &all, false, &arena, &err), err);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, read_kernel_log)), 0);
	CHECK_OK(cgroup_program_attach(dir, &all, false, &arena, &err), err);
	REMOVE(cgroup);
}

TEST(no_instruction_is_out_of_reach)
{
	struct cgroup_program program =
		compile("[{\"allow\":true,\"type\":\"b\",\"major\":8,\"access\":\"rw\"},"
			"{\"allow\":false,\"type\":\"b\",\"major\":8,\"minor\":1,\"access\":\"w\"},"
			"{\"allow\":false,\"major\":7,\"access\":\"rwm\"}]");
	struct machine machine = { 0 };

	CHECK(program.count < COUNT(machine.reached));
	for (uint32_t type = 1; type <= 2; type++)
		for (uint32_t major = 0; major < 140; major++)
			for (uint32_t minor = 0; minor < 201; minor++)
				for (uint32_t access = 1; access <= 7; access++) {
					machine.context[0] = access << 16 | type;
					machine.context[1] = major;
					machine.context[2] = minor;
					(void) run(&machine, &program);
				}
	for (size_t i = 0; i < program.count; i++)
		if (!machine.reached[i])
			check_failed("instruction %zu of %zu is never reached", i, program.count);
	arena_done(&arena);
}
