/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts entries into a tree: below a root that others may have filled with links, and nowhere else.
 *
 * Directories on the way are resolved as after a chroot; the last component is never followed: what
 * is there goes, unless both are directories. Owner before mode (chown clears set-uid bits), then
 * attributes, then times; directories get their times at the end. Nothing here knows archives.
 *
 * Ownership: the root fd is the caller's. Works by fds alone, so it can be run by a process that may
 * reach nothing else.
 */
#ifndef COOPERAGE_PLACE_H
#define COOPERAGE_PLACE_H

#include "builder/layer/entry.h"
#include "builder/layer/stack.h"

struct place_options {
	const struct place_owner {
		uint32_t uid, gid;
	} *owner;                     /* everything belongs to these, whatever entries say */
	const mode_t *file_mode;      /* files get these permissions */
	const mode_t *directory_mode; /* and directories these */
	const struct timespec *mtime; /* everything gets this time */
	bool keep_root;               /* an entry for "." changes nothing */
	bool keep_directories;        /* nor does one for a directory that is there already */
	bool ignore_owner;            /* where owners cannot be set: everything is ours */
	bool skip_devices;            /* devices that we may not make are left out, with one warning */
	bool effigies;                /* or something stands for them (effigy.h) */
	bool is_layer;                /* what is missing may lie below, and be meant */
	const struct stack *below;    /* of a layer: what it will lie on; NULL: that is not known yet */
};

struct place_state;

struct placer {
	struct entry_taker taker; /* takes entries, with their content */
	struct place_state *state;
};

void place_init(struct placer *placer, int root, const struct place_options *options);
void place_done(struct placer *placer);
#define scoped_placer scoped(place_done) struct placer

/* Begins an entry; if it has a size, its bytes follow as pieces, and what none of them covers is zero. */
int place_entry(struct placer *placer, const struct entry *entry, struct error *err);
int place_piece(struct placer *placer, const void *bytes, size_t n, uint64_t offset, struct error *err);

/* The entry has all its bytes. To be called after each place_entry. */
int place_finish_entry(struct placer *placer, struct error *err);

/* The entry and its content; shares blocks or copies within the kernel where it can. */
int place_file(struct placer *placer, const struct entry *entry, int content, struct error *err);

/*
 * What overlayfs takes for "nothing from below": at the path, or in the directory. Where the tree has
 * something itself, that stays. To be called when all entries are placed.
 */
int place_whiteout(struct placer *placer, const char *path, enum whiteout_dialect dialect,
		   struct error *err);
int place_opaque(struct placer *placer, const char *path, enum whiteout_dialect dialect,
		 struct error *err);

/* For chown's error: fails with what it means. */
int place_refuse_owner(uint32_t uid, uint32_t gid, struct error *err);

/* Directories get their times. Nothing may be placed after it. */
int place_end(struct placer *placer, struct error *err);

/*
 * True if the tree is right only on top of what it was meant for: directories on the way had no entry,
 * or files were linked to that lie further down.
 */
bool place_is_bound(const struct placer *placer);

#endif
