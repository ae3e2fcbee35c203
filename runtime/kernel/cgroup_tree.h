/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cgroup and all below it, visited without recursion in our stack and with two fds, however deep
 * a container has nested them and whatever it makes or removes meanwhile.
 */
#ifndef COOPERAGE_CGROUP_TREE_H
#define COOPERAGE_CGROUP_TREE_H

#include "libcommon/error.h"

struct cgroup_visit {
	int (*enter)(int dir, void *with, struct error *err); /* before its children; may be NULL */
	int (*leave)(int parent, const char *name, void *with,
		     struct error *err); /* after them; may be NULL */
	void *with;
};

/* `enter` is called for the top too, `leave` only for what is below. One that is gone is empty. */
int cgroup_tree_walk(int top, const struct cgroup_visit *visit, struct error *err);

#endif
