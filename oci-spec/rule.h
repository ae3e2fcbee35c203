/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule between members of a document: a sentence, and a function that finds where it is broken.
 *
 * What is broken is told in lines of an error, "linux.uidMappings: needs a user namespace"; the
 * judging goes on, so that all is told at once. Knows no document.
 */
#ifndef COOPERAGE_RULE_H
#define COOPERAGE_RULE_H

#include "libcommon/error.h"

struct verdict {
	struct error *err;
	const char *at;       /* in front of every path: "process.", or "" */
	const char *sentence; /* of the rule that is being judged */
	unsigned broken;
};

struct rule {
	const char *sentence; /* reads on from a path: "needs a user namespace" */
	void (*judge)(struct verdict *verdict, const void *subject);
};

/* The rule is broken at this path. */
void rule_broken(struct verdict *verdict, const char *path, ...) printf_like(2, 3);

/* Judges them all. Adds a line to err for each place; fails if there is one. */
int rule_judge(const struct rule *rules, size_t count, const void *subject, const char *at,
	       struct error *err);

#endif
