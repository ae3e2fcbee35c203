/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References: how people name images, "registry/repository:tag@digest", in docker's grammar.
 *
 * What is parsed lives in the arena given. Knows no registry and no store.
 */
#ifndef COOPERAGE_REFERENCE_H
#define COOPERAGE_REFERENCE_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

#define REFERENCE_REGISTRY "docker.io" /* where names without a registry are looked up */
#define REFERENCE_TAG      "latest"

struct reference {
	const char *registry;   /* "quay.io", "localhost:5000"; NULL if not given */
	const char *repository; /* "library/debian" */
	const char *tag;        /* NULL if not given */
	const char *digest;     /* "sha256:…"; NULL if not given */
};

/* As it is written: nothing is added. */
int reference_parse(struct reference *reference, struct arena *arena, const char *text,
		    struct error *err);

/* Parsed, with docker.io, library/ and latest where they are left out. */
int reference_parse_full(struct reference *reference, struct arena *arena, const char *text,
			 struct error *err);

/* Adds docker.io and library/; adds latest if there is neither tag nor digest. */
void reference_complete(struct reference *reference, struct arena *arena);

/* All of it, as it can be parsed again. */
char *reference_text(const struct reference *reference, struct arena *arena);

/* The same without docker.io and library/, where they can be left out, as people like to read it. */
char *reference_familiar(const struct reference *reference, struct arena *arena);

/* Is it a tag: letters, digits, "_", and later "." and "-"; at most 128 of them? */
bool reference_is_tag(const char *text);

#endif
