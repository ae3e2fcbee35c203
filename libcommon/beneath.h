/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths inside a root that somebody else wrote: resolved by the kernel as if after a chroot, with
 * no magic links, and never again by name.
 *
 * Needs openat2 (Linux 5.6). What is returned is the caller's. `root` is a directory fd, O_PATH
 * will do. Paths may begin with "/"; ".." stops at the root.
 */
#ifndef COOPERAGE_BENEATH_H
#define COOPERAGE_BENEATH_H

#include <sys/types.h>

#include "libcommon/error.h"

/* Opens with these O_ flags (O_CLOEXEC is added); O_CREAT takes `mode`. Returns the fd. */
int beneath_open(int root, const char *path, int flags, mode_t mode, struct error *err);

/* The same, into `out`. Returns 1 if it, or a directory on the way, is not there. */
int beneath_open_if_there(int *out, int root, const char *path, int flags, struct error *err);

/*
 * Opens the directory that holds the last component, following links on the way; `leaf` gets the
 * last component, which is never followed ("." for the root itself). Returns the fd.
 */
int beneath_open_parent(int root, const char *path, char leaf[256], struct error *err);

/*
 * Opens the directory at the path as O_PATH, making what is missing with this mode. A link without
 * a target is followed, beneath the root, and its target made. Returns the fd.
 */
int beneath_make_directories(int root, const char *path, mode_t mode, struct error *err);

/*
 * As beneath_make_directories, for the parent; then an empty file unless something is there already.
 * Returns an O_PATH fd of it.
 */
int beneath_make_file(int root, const char *path, mode_t mode, struct error *err);

/* The same two for who knows already that it is not there. */
int beneath_add_directories(int root, const char *path, mode_t mode, struct error *err);
int beneath_add_file(int root, const char *path, mode_t mode, struct error *err);

#endif
