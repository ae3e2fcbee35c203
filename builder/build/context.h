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
};

#define CONTEXT_NONE                                                                               \
	{                                                                                          \
		.root = -1                                                                         \
	}
#define scoped_context scoped(context_done) struct context

/*
 * Opens the directory and reads the ignore file: the Dockerfile's own, beside it and named after it,
 * or else .dockerignore in the context. `dockerfile` is where it lies, or NULL.
 */
int context_open(struct context *context, const char *path, const char *dockerfile,
		 struct arena *arena, struct error *err);
void context_done(struct context *context);

/* The Dockerfile, read whole. */
struct context_dockerfile {
	const char *name; /* as complaints call it */
	const char *path; /* where it lies; NULL: nowhere */
	char *bytes;
	size_t size;
};

/*
 * Reads the one that is wanted, or else the context's: Dockerfile, dockerfile or Containerfile. "-" is
 * standard input. What is in the context stays in it: a link to elsewhere is not followed.
 */
int context_read_dockerfile(struct context_dockerfile *dockerfile, const char *context,
			    const char *wanted, struct arena *arena, struct error *err);

#endif
