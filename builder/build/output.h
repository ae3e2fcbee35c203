/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where else the result of a build goes, as --output says: archives, layouts, plain trees.
 *
 * What is read lives in the arena given. The image is in the store already; nothing here builds.
 */
#ifndef COOPERAGE_OUTPUT_H
#define COOPERAGE_OUTPUT_H

#include "builder/image/image.h"
#include "builder/layer/compress.h"

enum output_type {
	OUTPUT_IMAGE,  /* in the store, where it is anyway */
	OUTPUT_OCI,    /* a layout, as an archive or as a directory */
	OUTPUT_DOCKER, /* an archive for `docker load` */
	OUTPUT_TAR,    /* the root file system */
	OUTPUT_LOCAL,  /* the same as a directory */
};

struct output {
	enum output_type type;
	const char *destination; /* "-": standard output; NULL of an image */
	bool is_directory;       /* of OCI */
	bool is_ours;            /* of LOCAL: all files are the caller's, whoever has them in the image */
	struct compress_options compression;
};

struct output_list {
	struct output *items;
	size_t count;
};

/* "type=oci,dest=image.tar", or only where to: a directory, or "-" for a tar. */
int output_read(struct output *output, const char *text, struct arena *arena, struct error *err);

int output_write(const struct output *output, struct store *store,
		 const struct oci_descriptor *manifest, const struct text_list *names,
		 struct arena *arena, struct error *err);

#endif
