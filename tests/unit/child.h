/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part of a test that changes its process for good runs in a child, in namespaces of its own if
 * it likes, and brings back what is wrong as text.
 */
#ifndef COOPERAGE_TESTS_CHILD_H
#define COOPERAGE_TESTS_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Runs it in a fork that first unshares these (CLONE_NEW*). With CLONE_NEWUSER it is root there,
 * and nobody special outside. With CLONE_NEWPID it is 1. Returns "" if all went well; the text is
 * overwritten by the next call.
 */
const char *child_run(uint64_t namespaces, void (*part)(void));

/* NULL if such namespaces can be made here, else why not. */
const char *child_is_barred(uint64_t namespaces);

/*
 * In the child: another process, in namespaces of its own (`then` are unshared after `first`), that
 * does nothing and lives no longer than the child. Of new pid and time namespaces it is a native.
 */
pid_t child_bystander(uint64_t first, uint64_t then);

/* In the child: says so and ends it unless true. */
void child_expect(bool truth, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a text, which it quotes. */
void child_expect_text(const char *actual, const char *wanted);

/* The content of a file, cut at 4095 bytes; "" if there is none. Overwritten by the next call. */
const char *child_read(const char *path);
bool child_write(const char *path, const char *text);

/* Passes if the child has nothing to complain of; a test that may not run says so. */
#define CHECK_CHILD(namespaces, part)                                                              \
	do {                                                                                       \
		const char *barred_ = child_is_barred(namespaces);                                 \
		if (barred_ != NULL) {                                                             \
			print_message("skipped: %s\n", barred_);                                   \
			skip();                                                                    \
		}                                                                                  \
		assert_string_equal(child_run(namespaces, part), "");                              \
	} while (0)

#endif
