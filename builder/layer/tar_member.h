/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the headers of one member say it is: its own block, and the PAX or GNU headers before it.
 *
 * For tar_read, which brings the blocks; how large the member is and where its bytes are is tar_read's.
 * Ownership: what an entry points to is the member's until the next is filled in.
 */
#ifndef COOPERAGE_TAR_MEMBER_H
#define COOPERAGE_TAR_MEMBER_H

#include "builder/layer/entry.h"
#include "builder/layer/tar_block.h"
#include "builder/layer/tar_pax.h"

struct tar_member {
	struct tar_pax pax; /* what came before the member's own block */
	struct buffer gnu_name, gnu_link;
	bool has_gnu_name, has_gnu_link;
	struct buffer path, link, raw; /* what the entry points to; raw is for whoever needs it at the time */
};

void tar_member_done(struct tar_member *member);

/* What came before was about the last one. */
void tar_member_forget(struct tar_member *member);

/* Something came before. */
bool tar_member_is_announced(const struct tar_member *member);

/* Its name as the archive has it, valid until the member is filled in. */
const char *tar_member_name(struct tar_member *member, const union tar_block *block);

/* All of the entry but its size. Fails without saying which one. */
int tar_member_fill(struct tar_member *member, struct entry *entry, const union tar_block *block,
		    const char *name, const struct tar_limits *limits, struct error *err);

/* A record, if there is one, overrides the field, whatever that holds. */
int tar_member_number(int64_t *number, const char *record, const char *field, size_t size,
		      const char *what, struct error *err);

#endif
