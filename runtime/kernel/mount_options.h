/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mount option words (config.md, "Linux mount options") and what they mean to the kernel.
 *
 * Text in a struct mount_options lives in the arena given. Makes no system call.
 */
#ifndef COOPERAGE_MOUNT_OPTIONS_H
#define COOPERAGE_MOUNT_OPTIONS_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "libcommon/list.h"
#include "runtime/kernel/syscalls.h"

struct mount_options {
	/* MS_* of this mount; of two words that disagree the later counts */
	unsigned long set, clear;

	uint64_t rset, rclear;     /* MOUNT_ATTR_* for the whole tree: rro, rnosuid, … */
	unsigned long propagation; /* MS_PRIVATE … with or without MS_REC; 0: not said */
	bool bind, recursive, remount;
	bool copy_up;                /* tmpcopyup */
	bool idmap, idmap_recursive; /* idmap, ridmap */
	const char *idmap_text;      /* idmap=uids=…;gids=… as crun takes it */
	bool source_nofollow, target_nofollow, copy_symlink;
	struct text_list data; /* what the file system itself is told: "size=64k" */
};

/* Every word is understood: what no row knows is for the file system (config.md). */
struct mount_options mount_options_parse(const struct text_list *words, struct arena *arena);

/* The MOUNT_ATTR_* that stand for these MS_*; those of the super block have none. */
uint64_t mount_options_attributes(unsigned long flags);

/*
 * What the words ask of a bind, as an exact set: mount(2) replaces all flags of a bind when one is
 * named, and keeps them all when none is; only the atime flags stay unless one of them is named.
 */
struct mount_attributes mount_options_bind_attributes(const struct mount_options *options);

/* The words that have a row here, for `features`; sorted. */
struct text_list mount_options_words(struct arena *arena);

#endif
