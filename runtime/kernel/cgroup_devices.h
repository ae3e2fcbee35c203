/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which device nodes a container may make and open: nothing but what the document and a short list
 * of harmless devices allow, whether or not the document says "deny" (GHSA-g54h-m393-cpwq).
 *
 * Each of read, write and mknod is decided by the last rule that speaks of the device. v2 asks a
 * program (cgroup_program.h), v1 keeps a list (cgroup_device_list.h).
 */
#ifndef COOPERAGE_CGROUP_DEVICES_H
#define COOPERAGE_CGROUP_DEVICES_H

#include "runtime/kernel/cgroup.h"

enum { CGROUP_MKNOD = 1, CGROUP_READ = 2, CGROUP_WRITE = 4, CGROUP_ANY_ACCESS = 7 };

struct cgroup_rule {
	bool allow;
	char type;            /* 'b', 'c', or 'a' for both */
	int64_t major, minor; /* -1: any */
	unsigned access;
};

struct cgroup_rules {
	bool allow;                /* what no rule speaks of */
	struct cgroup_rule *items; /* in their order; none of them speaks of everything */
	size_t count;
};

/* The document's rules and those that always hold, without what later ones make idle. */
void cgroup_devices_complete(struct cgroup_rules *rules,
			     const struct oci_device_rule_list *document, struct arena *arena);

/* For a new cgroup; and for a living one, which is never more open or more closed on the way. */
int cgroup_devices_set(const struct cgroup *cgroup, const struct oci_device_rule_list *document,
		       struct error *err);
int cgroup_devices_change(const struct cgroup *cgroup, const struct oci_device_rule_list *document,
			  struct error *err);

#endif
