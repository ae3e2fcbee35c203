/* SPDX-License-Identifier: Apache-2.0 */
/* Files from elsewhere put into the tree: COPY and ADD. */
#ifndef COOPERAGE_OP_COPY_H
#define COOPERAGE_OP_COPY_H

#include "builder/build/step.h"
#include "builder/dockerfile/permissions.h"

struct copy_source {
	const char *path; /* below the root of where it comes from; may have wildcards */
	const char *
		content; /* of a document that stands in the Dockerfile, `path` its name; else NULL */
};

struct copy_source_list {
	struct copy_source *items;
	size_t count;
};

struct copy_step {
	struct copy_source_list sources;
	const struct step *from; /* whose tree; NULL: see is_context */
	bool is_context;         /* from the context; else, without `from`, an empty tree */
	const char *destination; /* absolute; ends with "/" if it must be a directory */
	const char *chown;       /* "user[:group]" or NULL */
	const char *chmod;       /* as written, or NULL */
	const struct permissions *permissions;
	struct text_list exclude;
	bool parents;
	bool unpacks; /* ADD: archives become what is in them */
};

extern const struct op op_copy;

#endif
