/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended attributes that belong to a file and not to the machine it lies on: user.*, capabilities
 * and access lists go into layers and come out of them; labels of security modules, trusted.* and what
 * overlayfs keeps there stay where they are.
 *
 * Ownership: what was read is the set's until it reads again or is done.
 */
#ifndef COOPERAGE_ATTRIBUTES_H
#define COOPERAGE_ATTRIBUTES_H

#include "builder/layer/entry.h"
#include "libcommon/buffer.h"

#define ATTRIBUTES_MAX 128 /* of one file */

struct attributes {
	struct entry_attribute items[ATTRIBUTES_MAX];
	size_t count;
	struct buffer names, values;
};

void attributes_done(struct attributes *set);

/* Does an attribute of this name travel? */
bool attributes_travel(const char *name);

/*
 * Those of an open file or directory that travel, sorted by name. The path is for messages. Fails for
 * overlayfs's redirect and metacopy: such a file is not what it looks like.
 */
int attributes_read(struct attributes *set, int fd, const char *path, struct error *err);

/* Sets those that travel. One that this file system or process cannot have is left out, with a warning. */
int attributes_write(int fd, const struct entry *entry, struct error *err);

/*
 * A capability that was given to the root of some other user namespace becomes one for the root of
 * whatever container it will be in: else it would name a host's user id. Returns the size.
 */
size_t attributes_localise_capability(void *value, size_t size);

#endif
