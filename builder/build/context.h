/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The build context: a directory of the user's, with what .dockerignore leaves out, and what earlier
 * builds remember of its files.
 *
 * Ownership: a context owns its fd and what is remembered. Files in it belong to root once they are
 * in an image; their owners here are no matter.
 */
#ifndef COOPERAGE_CONTEXT_H
#define COOPERAGE_CONTEXT_H

#include "builder/build/digests.h"
#include "builder/dockerfile/ignore.h"

struct context {
	int root;         /* -1: there is none */
	const char *path; /* absolute */
	struct ignore ignore;
	const char *ignore_name; /* the file that says what is left out, for complaints */
	struct digests digests;
	bool is_passing; /* an archive that came by: nothing of it is worth remembering */
};

#define CONTEXT_NONE { .root = -1 }
#define scoped_context scoped(context_done) struct context

/* The Dockerfile, read whole. */
struct context_dockerfile {
	const char *name; /* as complaints call it */
	char *bytes;
	size_t size;
};

/*
 * Opens the directory, and reads the Dockerfile and what is to be left out.
 *
 * The Dockerfile is the one that is wanted ("-" is standard input), or else the context's: Dockerfile,
 * dockerfile or Containerfile. The ignore file is the Dockerfile's own, beside it and named after it,
 * or else the context's .dockerignore. What is in the context stays in it: a link to elsewhere leads
 * nowhere.
 */
int context_open(struct context *context, struct context_dockerfile *dockerfile, const char *path,
		 const char *wanted, struct arena *arena, struct error *err);
void context_done(struct context *context);

#endif
