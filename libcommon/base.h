/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words every file uses: three macros that may return, and a few attributes.
 *
 * Every function that can fail returns an int: < 0 failed and `err` is filled, 0 done, > 0 an
 * outcome that its header documents. TRY and GET are two words so that an outcome cannot be taken
 * for plain success unseen. Returning early is safe because release is attached to variables
 * (scoped_fd, scoped_arena, …), never to the end of a function.
 *
 * Includes none of our files.
 */
#ifndef COOPERAGE_BASE_H
#define COOPERAGE_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Do it or leave. A positive outcome must not be dropped here: that is what GET is for. */
#define TRY(call)                                                                                  \
	do {                                                                                       \
		int try_ = (call);                                                                 \
		if (try_ < 0)                                                                      \
			return -1;                                                                 \
		assert(try_ == 0);                                                                 \
	} while (0)

/* Yield its value (an fd, a count, a documented outcome) or leave. */
#define GET(call)                                                                                  \
	__extension__({                                                                            \
		__auto_type get_ = (call);                                                         \
		if (get_ < 0)                                                                      \
			return -1;                                                                 \
		get_;                                                                              \
	})

/*
 * TRY, with a sentence that is comment, trace and error prefix at once. Only for the story files
 * (host.c, guest.c, join.c, pipeline.c), which also include log.h and error.h and have an `err`.
 */
#define STEP(what, call)                                                                           \
	do {                                                                                       \
		log_step(what);                                                                    \
		int step_ = (call);                                                                \
		if (step_ < 0)                                                                     \
			return error_prefix(err, what);                                            \
		assert(step_ == 0);                                                                \
	} while (0)

/* STEP for a step that waits for the other side: what that says is told as it is, without a prefix. */
#define WAIT(what, call)                                                                           \
	do {                                                                                       \
		log_step(what);                                                                    \
		TRY(call);                                                                         \
	} while (0)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Zero, or a compile error that quotes the message; usable inside an initializer. */
#define GUARD(condition, message)                                                                  \
	(0 * sizeof(struct { _Static_assert(condition, message); char unused; }))

#define scoped(destroy)       __attribute__((cleanup(destroy), unused)) /* some only hold: a lock, a pidfd */
#define printf_like(at, from) __attribute__((format(printf, at, from)))
#define must_use              __attribute__((warn_unused_result))
#define no_return             __attribute__((noreturn))

#endif
