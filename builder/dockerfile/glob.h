/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wildcards as COPY and ADD know them: * and ? that do not cross a slash, [classes], \escapes.
 *
 * The rules are those of Go's filepath.Match, odd corners included. Allocates nothing.
 */
#ifndef COOPERAGE_GLOB_H
#define COOPERAGE_GLOB_H

#include "libcommon/error.h"

/* Whether the whole name matches. A pattern that glob_check refuses matches nothing. */
bool glob_matches(const char *pattern, const char *name);

int glob_check(const char *pattern, struct error *err);

/* Whether there is anything in it that is not literal. */
bool glob_has_wildcards(const char *pattern);

#endif
