/* SPDX-License-Identifier: Apache-2.0 */
/* A command in a container on top of the tree. */
#ifndef COOPERAGE_OP_RUN_H
#define COOPERAGE_OP_RUN_H

#include "builder/build/step.h"
#include "builder/dockerfile/run_mount.h"

struct run_mount_step {
	struct run_mount mount;  /* its target is absolute */
	const struct step *from; /* whose tree; NULL with is_context: the context; else nothing */
	bool is_context;
};

struct run_mount_step_list {
	struct run_mount_step *items;
	size_t count;
};

/* A heredoc that is a program of its own, shown below /dev/pipes. */
struct run_script {
	const char *name, *content;
};

struct run_script_list {
	struct run_script *items;
	size_t count;
};

struct run_step {
	struct text_list args;
	struct pair_list environment;
	struct pair_list proxies; /* in the environment, but nothing depends on them */
	const char *directory, *user;
	const char *network; /* "host" or "none" */
	struct run_mount_step_list mounts;
	struct run_script_list scripts;
};

extern const struct op op_run;

#endif
