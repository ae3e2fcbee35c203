/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes: who one is beyond its number, how it ended, and running a helper program to its end.
 *
 * A pid alone names nobody: it is used again. An identity adds what the kernel never uses twice.
 */
#ifndef COOPERAGE_PROCESS_H
#define COOPERAGE_PROCESS_H

#include <sys/types.h>

#include "libcommon/error.h"
#include "libcommon/list.h"

struct process_identity {
	pid_t pid;
	uint64_t inode;      /* of its pidfd where those are pidfs (Linux 6.9), unique until reboot; or 0 */
	uint64_t start_time; /* field 22 of /proc/PID/stat, where there is no inode */
};

int process_identify(struct process_identity *identity, pid_t pid, int pidfd, struct error *err);

/* Opens a pidfd of exactly this process. Returns 1 if it is gone, whoever has its pid now. */
int process_open(int *pidfd, const struct process_identity *identity, struct error *err);

/* True once it has ended, reaped or not. */
bool process_has_ended(int pidfd);

/* Waits for a child and reaps it. `status`: its exit status, or 128 + the signal that ended it. */
int process_wait(int pidfd, int *status, struct error *err);

/*
 * Every signal to its default action, none blocked: as a fresh process has them. What our caller
 * ignores or holds back is not for others.
 */
void process_reset_signals(void);

/* Kills and reaps a child; for undoing, so it cannot fail. */
void process_destroy(int pidfd);

struct process_helper {
	const char *path;           /* absolute; never searched for */
	const char *const *args;    /* NULL-ended, with args[0] */
	const char *const *env;     /* NULL-ended */
	const char *directory;      /* where to run; NULL: here */
	const char *input;          /* on its standard input */
	int64_t timeout_ms;         /* then it is killed, with its process group; 0: none */
	int interrupt;              /* the same once there is something to read here; 0: nowhere */
};

/*
 * Runs it and waits. Fails unless it exits with 0, quoting the status and the end of what it
 * printed. Nothing that it leaves running can hold us up.
 */
int process_run(const struct process_helper *helper, struct error *err);

/* Runs it with our environment and gives what it prints, NUL-terminated, in the arena. */
int process_capture(const char *path, const char *const *args, struct arena *arena, char **output,
		    struct error *err);

/* Makes a NULL-ended array of a list. */
char **process_vector(const struct text_list *list, struct arena *arena);

#endif
