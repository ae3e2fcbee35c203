/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flags of each instruction, as structs that the rows of syntax.c are bound to.
 *
 * Text is as it stands in the file: where the language expands variables in a flag, the planner
 * does (expand_text), and judges the value again (the check functions below). Text and lists live
 * in the arena of the statement.
 */
#ifndef COOPERAGE_FLAGS_H
#define COOPERAGE_FLAGS_H

#include "libcommon/error.h"
#include "libcommon/list.h"
#include "libcommon/word.h"

struct from_flags {
	const char *platform; /* expanded, from global arguments */
};

struct copy_flags {
	const char *from;  /* a stage's name or number, an image, a named context; never expanded */
	const char *chown; /* expanded */
	const char *chmod; /* expanded; permissions_read understands it */
	bool link, parents;
	struct text_list exclude; /* ignore patterns (ignore.h); not expanded */
};

struct add_flags {
	const char *chown, *chmod, *checksum; /* expanded */
	bool link;
	const bool *keep_git_dir, *unpack; /* NULL if not said */
	struct text_list exclude;
};

enum run_network { RUN_NETWORK_DEFAULT, RUN_NETWORK_NONE, RUN_NETWORK_HOST };
enum run_security { RUN_SECURITY_SANDBOX, RUN_SECURITY_INSECURE };
extern const struct word flags_network_words[], flags_security_words[];

struct run_flags {
	struct text_list mounts;  /* each for run_mount_read, which expands */
	struct text_list devices; /* each for run_device_read */
	int32_t network;          /* enum run_network */
	int32_t security;         /* enum run_security */
};

struct healthcheck_flags { /* nanoseconds; 0 leaves it to whoever runs the image */
	int64_t interval, timeout, start_period, start_interval;
	int64_t retries;
};

/* The words "--name=value" → the struct of the row, or NULL if the row has no flags. */
struct instruction;
int flags_bind(const void **out, const struct instruction *row, const struct text_list *words,
	       struct arena *arena, struct error *err);

/*
 * What the rows judge values with, and planners again once variables are replaced. A value that
 * still has one passes, but for the `from` of COPY, which may have none.
 */
int flags_check_from(const char *value, struct error *err);
int flags_check_mode(const char *value, struct error *err);
int flags_check_checksum(const char *value, struct error *err); /* "sha256:…", or a git commit */
int flags_check_pattern(const char *value, struct error *err);
int flags_check_mount(const char *value, struct error *err);
int flags_check_device(const char *value, struct error *err);

#endif
