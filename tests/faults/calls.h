/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls by name: which of them a sweep counts, and how one is shown.
 *
 * A set is written as names parted by commas, with "visible" for all that changes or asks for
 * something outside the process, and "all" for whatever the table knows; "-name" takes one out again.
 */
#ifndef COOPERAGE_TESTS_CALLS_H
#define COOPERAGE_TESTS_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CALLS_MAX 512

struct calls {
	bool holds[CALLS_MAX];
};

/* False if a word is not known; `unknown` then points to it. */
bool calls_read(struct calls *set, const char *text, const char **unknown);
bool calls_hold(const struct calls *set, uint64_t number);

/* NULL for one that is not in the table. */
const char *calls_name(uint64_t number);

/*
 * `openat(., "/proc/self/exe", 0x80000)`, `read(</etc/hosts>)`, as long as the process stands still. A
 * descriptor is what it is open on, "." for AT_FDCWD and "-" if it is none.
 */
void calls_describe(char *out, size_t size, pid_t pid, uint64_t number, const uint64_t args[6]);

#endif
