/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proc file system that nobody can have tampered with: a fresh, detached instance of the current
 * pid namespace, never attached anywhere. Reads for decisions and all writes to /proc go through it
 * (CVE-2019-16884, CVE-2025-52881).
 */
#ifndef COOPERAGE_PROCFS_H
#define COOPERAGE_PROCFS_H

#include "libcommon/error.h"

/*
 * Opens the root of such an instance with processes only ("self/…"). Where a fresh one may not be
 * mounted (a user namespace that sees only a masked /proc), /proc is opened and proven to be a
 * procfs root. Returns the fd.
 */
int procfs_open(struct error *err);

/* The same with all else there is, such as "sys/…". Not to be kept longer than needed. */
int procfs_open_whole(struct error *err);

/* Opens a file below it, crossing neither magic links nor mounts. Returns the fd. */
int procfs_open_file(int procfs, const char *path, int flags, struct error *err);

/* Writes the text in one write to a file below it. */
int procfs_write(int procfs, const char *path, const char *text, struct error *err);

#endif
