/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules for devices as v1 keeps them: all or nothing, and exceptions from that.
 */
#ifndef COOPERAGE_CGROUP_DEVICE_LIST_H
#define COOPERAGE_CGROUP_DEVICE_LIST_H

#include "runtime/kernel/cgroup_devices.h"

/*
 * Rules in order become exceptions without order. Fails where v1 has no words for it: a rule that
 * takes one device out of many.
 */
int cgroup_device_list_reduce(struct cgroup_rules *list, const struct cgroup_rules *rules,
			      struct arena *arena, struct error *err);

/* The other way: what devices.list says. */
void cgroup_device_list_parse(struct cgroup_rules *list, const char *text, struct arena *arena);

/* Writes it all for a new cgroup, else what differs from what is there. */
int cgroup_device_list_set(int dir, const struct cgroup_rules *rules, bool is_new,
			   struct arena *arena, struct error *err);

#endif
