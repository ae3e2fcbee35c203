/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where below a hierarchy's mount a container's cgroup lies: rules about text, no system calls.
 */
#ifndef COOPERAGE_CGROUP_PATH_H
#define COOPERAGE_CGROUP_PATH_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

/* Refuses what no cgroup may be called: "..", a line break, the root. NULL and "" are fine. */
int cgroup_path_check(const char *wish, struct error *err);

/* The same for a path below a cgroup, which itself ("", "/") is one of them. */
int cgroup_path_check_below(const char *wish, struct error *err);

/* True if where we are ourselves matters to cgroup_path_choose. */
bool cgroup_path_is_relative(const char *wish);

/* What relative paths are below, given our own cgroup: it, or the one that it is in. */
char *cgroup_path_base(struct arena *arena, const char *own, bool beside);

/*
 * The path for a checked wish: as it is if it is absolute, else below the base; without a wish it
 * is the id. Cleaned and absolute.
 */
char *cgroup_path_choose(struct arena *arena, const char *wish, const char *id, const char *base);

#endif
