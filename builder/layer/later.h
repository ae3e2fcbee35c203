/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What directories get only once nothing is put into them any more: their times, their default access
 * lists, which new files would take over, and modes under which their owner could not fill them.
 *
 * Ownership: what is noted is copied, and dies with later_done.
 */
#ifndef COOPERAGE_LATER_H
#define COOPERAGE_LATER_H

#include "builder/layer/entry.h"
#include "libcommon/list.h"

struct later_directory {
	const char *path;
	struct timespec mtime;
	mode_t mode;
	struct entry_attribute acl; /* the default one; no name: none */
};

struct later {
	list_of(struct later_directory) directories;
	struct arena memory;
};

void later_done(struct later *later);

/* The attributes that can be set now, are; the rest waits. */
int later_note(struct later *later, int directory, const struct entry *entry, mode_t mode,
	       struct timespec mtime, struct error *err);

/* Below this root. Modes only if asked for. */
int later_settle(struct later *later, int root, bool modes, struct error *err);

#endif
