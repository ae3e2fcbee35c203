/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RUN --mount: comma separated options, as text → a struct.
 *
 * What is read lives in the arena given. Makes no mount and knows no stage: `from` is a word.
 */
#ifndef COOPERAGE_RUN_MOUNT_H
#define COOPERAGE_RUN_MOUNT_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "libcommon/word.h"

struct expander;

enum run_mount_type {
	RUN_MOUNT_BIND,
	RUN_MOUNT_CACHE,
	RUN_MOUNT_TMPFS,
	RUN_MOUNT_SECRET,
	RUN_MOUNT_SSH,
};

enum run_mount_sharing { RUN_MOUNT_SHARED, RUN_MOUNT_PRIVATE, RUN_MOUNT_LOCKED };

extern const struct word run_mount_types[], run_mount_sharings[];

struct run_mount {
	enum run_mount_type type;
	const char *from;   /* bind, cache; NULL is the build context, or nothing for a cache */
	const char *source; /* bind, cache; NULL is the root of `from` */
	const char *target; /* perhaps relative to the working directory; secret, ssh: NULL is the
			       default */
	const char *id;  /* secret: always; cache, ssh: NULL is the default; else without meaning */
	const char *env; /* secret: the variable that shows it; NULL if not said */
	bool read_only;
	bool required;                  /* secret, ssh */
	enum run_mount_sharing sharing; /* cache */
	uint64_t size;                  /* tmpfs: bytes, 0 without limit */
	const uint32_t *mode;           /* cache, secret, ssh, tmpfs; NULL if not said */
	const uint32_t *uid, *gid;      /* cache, secret, ssh; NULL if not said */
};

/*
 * Reads one --mount. With an expander, variables are expanded in every value but `from`'s, and the
 * mount is whole. Without one (while parsing) what depends on a variable is left unjudged.
 */
int run_mount_read(struct run_mount *mount, const char *text, struct expander *expander,
		   struct arena *arena, struct error *err);

#endif
