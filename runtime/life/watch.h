/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Staying in the foreground with a process (`run`, `exec`): signals go in, terminal bytes both ways,
 * and the exit status comes out.
 */
#ifndef COOPERAGE_WATCH_H
#define COOPERAGE_WATCH_H

#include <sys/types.h>

#include "libcommon/error.h"

struct watch {
	int signals;  /* a signalfd */
	pid_t pid;    /* of our child */
	int process;  /* its pidfd; not ours to close */
	int terminal; /* the master, or -1; not ours to close */
};

#define WATCH_NONE { .signals = -1, .process = -1, .terminal = -1 }

/*
 * Holds back all signals that can be held back, before there is a child, so that none is lost.
 * With `subreaper` orphans of the container come to us and are reaped.
 */
int watch_begin(struct watch *watch, bool subreaper, struct error *err);

/*
 * Passes everything on until the process ends. `status`: its exit status, or 128 + the signal. Our
 * own terminal is raw meanwhile if there is a master.
 */
int watch_until_end(struct watch *watch, pid_t pid, int process, int terminal, int *status,
		    struct error *err);

/* Undoes watch_begin. */
void watch_done(struct watch *watch);

#endif
