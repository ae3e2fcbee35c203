/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command and lets something go wrong at one of its system calls.
 *
 * There is one counter for the whole tree of processes, also those that a pid namespace hides or that
 * are made somebody else's children: a fault is a moment in the life of the whole, not of one of its
 * processes. Where the processes run side by side the K-th call need not be the same twice; a process
 * by itself makes the same calls each time, so the report names the place both ways.
 *
 * Counting begins when the command is executed.
 *
 * By ptrace's own stops and not by a seccomp filter that asks the tracer: what the command leaves
 * running is set free when the command ends, and must be as if nobody had ever looked.
 */
#ifndef COOPERAGE_TESTS_TRACER_H
#define COOPERAGE_TESTS_TRACER_H

#include <sys/types.h>

#include "tests/faults/calls.h"

enum fault {
	FAULT_NONE,
	FAULT_KILL,      /* whoever makes the call, before it is made */
	FAULT_KILL_TREE, /* everybody */
	FAULT_FAIL,      /* the call is not made, and fails */
	FAULT_SIGNAL,    /* the command itself gets it, whoever makes the call */
};

struct order {
	struct calls calls; /* that are counted */
	long at;            /* which of them is hit, from 1; 0: none */
	int within;         /* count those of this process alone; -1: of all */
	enum fault fault;
	int error, signal;
	bool persists;    /* every call from there on fails */
	unsigned seconds; /* then all is killed */
	pid_t also;       /* a process that is there already and belongs to it; 0: none */
	const char *end;  /* who executes this program is out of it; NULL: nobody */
	char *const *command;
};

/* Processes are numbered in the order of their birth: 0 is the command, then `also`, then children. */
struct hit {
	long at; /* of those counted */
	int process;
	long own; /* the how manieth of its own */
	pid_t pid;
	char program[32], call[512];
};

struct outcome {
	long total; /* calls counted; after a hit that is not to persist none are */
	long made[2][CALLS_MAX]; /* of every kind: the command's own, the others' */
	bool is_hit, timed_out;
	struct hit hit;
	int status;     /* of the command, as waitpid has it */
	pid_t left[64]; /* that were alive when the command had ended, and go on */
	size_t left_count;
};

/* Returns 0, or an errno if there was nothing to trace. */
int tracer_run(const struct order *order, struct outcome *outcome);

#endif
