/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes → struct dockerfile.
 *
 * Everything lives in the arena; the bytes and the name must live as long. A complaint is one line,
 * "Dockerfile:12: COPY: …", and file->wrong says which lines dockerfile_excerpt should show.
 */
#ifndef COOPERAGE_PARSE_H
#define COOPERAGE_PARSE_H

#include "builder/dockerfile/dockerfile.h"

int parse_file(struct dockerfile *file, struct arena *arena, const char *name, const char *bytes,
	       size_t n, struct error *err);

/* One ONBUILD trigger as an image keeps it. `escape` is always a backslash there. */
int parse_trigger(struct statement *statement, struct arena *arena, const char *text,
		  struct error *err);

#endif
