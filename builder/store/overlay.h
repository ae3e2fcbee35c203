/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers stacked into one tree by the kernel.
 *
 * With fsconfig's lowerdir+ by fd where the kernel has it (6.13), else by short relative names, so
 * that 500 layers fit. redirect_dir, metacopy and index are off: an upper directory must say what
 * changed by itself. `volatile`: work in progress needs no fsync, and what is committed gets one.
 */
#ifndef COOPERAGE_OVERLAY_H
#define COOPERAGE_OVERLAY_H

#include "builder/store/snapshots.h"

/*
 * Mounts the chain, and on top of it what is staged, at the directory; nodev, and private. Whoever
 * calls is in a mount namespace of its own, and has opened `target` there. An empty chain is one empty
 * directory.
 */
int overlay_mount(const struct staging *staging, const struct chain *below, int target,
		  struct error *err);

/* The chain alone, read-only. */
int overlay_mount_read_only(struct store *store, const struct chain *chain, int target,
			    struct error *err);

#endif
