/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules for devices as a BPF program that v2 asks at each mknod and open.
 *
 * Nothing of it is kept by us: the cgroup holds the program, and is found again by its name.
 */
#ifndef COOPERAGE_CGROUP_PROGRAM_H
#define COOPERAGE_CGROUP_PROGRAM_H

#include "runtime/kernel/cgroup_devices.h"

struct bpf_insn;

struct cgroup_program {
	struct bpf_insn *items; /* in the arena */
	size_t count;
};

/* Fails for numbers that no device has. */
int cgroup_program_compile(struct cgroup_program *program, const struct cgroup_rules *rules,
			   struct arena *arena, struct error *err);

/*
 * Attaches it to the cgroup; unless that is new, in place of the one attached before. Rules that
 * allow everything need none.
 */
int cgroup_program_attach(int dir, const struct cgroup_rules *rules, bool is_new,
			  struct arena *arena, struct error *err);

#endif
