/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What --chmod says: an octal number up to 07777, or clauses such as u=rwX,go=rX.
 *
 * Pure: tells the new mode from the old one, touches no file. The umask counts as 0.
 */
#ifndef COOPERAGE_PERMISSIONS_H
#define COOPERAGE_PERMISSIONS_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

struct permissions_clause;

struct permissions {
	bool is_octal;
	uint32_t octal; /* also the mode of parents that are made on the way */
	struct permissions_clause *clauses;
	size_t count;
};

int permissions_read(struct permissions *permissions, const char *text, struct arena *arena,
		     struct error *err);

/* The twelve bits that a file with these twelve bits gets. */
uint32_t permissions_apply(const struct permissions *permissions, uint32_t mode, bool is_directory);

#endif
