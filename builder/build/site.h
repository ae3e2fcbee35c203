/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of the user's in which a bundle is made. While that goes on it holds a mark, which is
 * locked: what lies beside a mark that nobody has locked was left half made by a cooper that was
 * killed, and gives way. What lies there without a mark is the user's.
 */
#ifndef COOPERAGE_SITE_H
#define COOPERAGE_SITE_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

struct site {
	const char *path;
	int directory;
	int mark; /* locked while it is ours; -1: it is not, or the bundle is finished */
	bool made; /* the directory itself */
};

/* Makes the directory if it is not there. Fails if it holds a bundle, or what would be in its way. */
int site_open(struct site *site, const char *path, struct error *err);

/* The bundle is whole, and stays. */
int site_finish(struct site *site, struct error *err);

/* What is not finished is taken away. */
void site_done(struct site *site);
#define SITE_NONE { .directory = -1, .mark = -1 }
#define scoped_site scoped(site_done) struct site

/* There is a bundle, or half of one; or that cannot be seen, and so must not be ruled out. */
bool site_is_used(const char *path);

#endif
