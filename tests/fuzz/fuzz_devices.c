/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "devices" of a document as v2's program and as v1's list: for each device that a rule names, and for
 * its neighbours, both answer as the last rule that speaks of it, or v1 says that it cannot.
 */
#include "tests/fuzz/fuzz.h"

#include <linux/bpf.h>

#include "libcommon/buffer.h"
#include "libcommon/schema.h"
#include "oci-spec/runtime_resources.h"
#include "runtime/kernel/cgroup_device_list.h"
#include "runtime/kernel/cgroup_program.h"

#define RULES_MAX 64

struct device {
	char type;
	int64_t major, minor;
};

static bool
speaks_of(const struct cgroup_rule *rule, const struct device *device)
{
	return (rule->type == 'a' || rule->type == device->type) &&
	       (rule->major < 0 || rule->major == device->major) &&
	       (rule->minor < 0 || rule->minor == device->minor);
}

/* One kind of access, by the rules in their order. */
static bool
rules_allow(const struct cgroup_rules *rules, const struct device *device, unsigned access)
{
	bool allow = rules->allow;

	FOR_EACH(rule, rules)
		if (speaks_of(rule, device) && (rule->access & access) != 0)
			allow = rule->allow;
	return allow;
}

/* The same by v1's list, which has no order: an exception is an exception. */
static bool
list_allows(const struct cgroup_rules *list, const struct device *device, unsigned access)
{
	FOR_EACH(rule, list)
		if (speaks_of(rule, device) && (rule->access & access) != 0)
			return !list->allow;
	return list->allow;
}

/* The machine of the few instructions that the program has; anything else is a bug. */
static bool
program_allows(const struct cgroup_program *program, const struct device *device, unsigned access)
{
	const uint32_t context[3] = { access << 16 | (device->type == 'b' ? BPF_DEVCG_DEV_BLOCK
									  : BPF_DEVCG_DEV_CHAR),
				      (uint32_t) device->major, (uint32_t) device->minor };
	uint32_t r[11] = { 0 };

	for (size_t at = 0; at < program->count;) {
		const struct bpf_insn *i = &program->items[at++];
		uint32_t other = (i->code & BPF_X) != 0 ? r[i->src_reg] : (uint32_t) i->imm;
		uint32_t *to = &r[i->dst_reg];

		switch (i->code & ~BPF_X) {
		case BPF_LDX | BPF_MEM | BPF_W: *to = context[i->off / 4]; break;
		case BPF_ALU | BPF_MOV: *to = other; break;
		case BPF_ALU | BPF_AND: *to &= other; break;
		case BPF_ALU | BPF_RSH: *to >>= other; break;
		case BPF_JMP32 | BPF_JNE: at += *to != other ? (size_t) i->off : 0; break;
		case BPF_JMP32 | BPF_JSET: at += (*to & other) != 0 ? (size_t) i->off : 0; break;
		case BPF_JMP | BPF_JA: at += (size_t) i->off; break;
		case BPF_JMP | BPF_EXIT: return r[0] == 1;
		default: DEMAND(!"an instruction that no program of ours has");
		}
	}
	DEMAND(!"a program without an end");
	return false;
}

struct views {
	struct cgroup_rules rules, list;
	struct cgroup_program program;
	bool has_list;
};

static void
compare(const struct views *views, const struct device *device)
{
	bool all = true;

	for (unsigned access = CGROUP_MKNOD; access <= CGROUP_WRITE; access *= 2) {
		bool allowed = rules_allow(&views->rules, device, access);
		all = all && allowed;
		DEMAND(program_allows(&views->program, device, access) == allowed);
		DEMAND(!views->has_list || list_allows(&views->list, device, access) == allowed);
	}
	DEMAND(program_allows(&views->program, device, CGROUP_ANY_ACCESS) == all);
}

/* What v1 shows of its list is read as the same. */
static void
check_list(const struct cgroup_rules *list, struct arena *arena)
{
	scoped_buffer text = { 0 };
	struct cgroup_rules again;

	if (list->allow)
		return;
	FOR_EACH(rule, list) {
		buffer_add_format(&text, "%c ", rule->type);
		buffer_add_format(&text, rule->major < 0 ? "*:" : "%jd:", (intmax_t) rule->major);
		buffer_add_format(&text, rule->minor < 0 ? "* " : "%jd ", (intmax_t) rule->minor);
		buffer_add_format(&text, "%s%s%s\n", (rule->access & CGROUP_READ) != 0 ? "r" : "",
				  (rule->access & CGROUP_WRITE) != 0 ? "w" : "",
				  (rule->access & CGROUP_MKNOD) != 0 ? "m" : "");
	}
	cgroup_device_list_parse(&again, buffer_text(&text), arena);
	DEMAND(again.count == list->count && !again.allow);
	for (size_t i = 0; i < list->count; i++)
		DEMAND(again.items[i].type == list->items[i].type &&
		       again.items[i].major == list->items[i].major &&
		       again.items[i].minor == list->items[i].minor &&
		       again.items[i].access == list->items[i].access);
}

static int64_t
number_near(int64_t number, int step)
{
	return number < 0                                            ? 77
	       : number + step < 0 || number + step > UINT32_MAX - 1 ? number
								     : number + step;
}

static void
compare_all(const struct views *views)
{
	struct device device;

	FOR_EACH(rule, &views->rules)
		for (int step = 0; step < 9; step++) {
			device.major = number_near(rule->major, step % 3 - 1);
			device.minor = number_near(rule->minor, step / 3 - 1);
			device.type = 'b';
			compare(views, &device);
			device.type = 'c';
			compare(views, &device);
		}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct fuzz_input input = { bytes, n };
	struct oci_resources resources = { 0 };
	struct views views = { 0 };
	struct error err = { 0 };
	const char *json = arena_format(&arena, "{\"devices\":%s}", fuzz_rest(&input, &arena));

	cgroup_device_list_parse(&views.list, arena_copy(&arena, bytes, n), &arena);
	if (schema_read(&oci_resources_schema, &resources, "r", json, strlen(json), &arena, &err) <
		    0 ||
	    resources.devices.count > RULES_MAX)
		return 0;
	cgroup_devices_complete(&views.rules, &resources.devices, &arena);
	if (cgroup_program_compile(&views.program, &views.rules, &arena, &err) < 0) {
		DEMAND_REASON(err);
		return 0;
	}
	views.has_list = cgroup_device_list_reduce(&views.list, &views.rules, &arena, &err) == 0;
	if (views.has_list)
		check_list(&views.list, &arena);
	else
		DEMAND_REASON(err);
	compare_all(&views);
	return 0;
}
