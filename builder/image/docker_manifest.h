/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.json of docker's archives: which files of the archive make up which image, under which names.
 *
 * What is read lives in the arena given. Paths are texts here: nothing is opened by them.
 */
#ifndef COOPERAGE_DOCKER_MANIFEST_H
#define COOPERAGE_DOCKER_MANIFEST_H

#include "libcommon/buffer.h"
#include "libcommon/error.h"
#include "libcommon/list.h"

struct docker_image {
	const char *config;
	struct text_list repo_tags, layers;
};

struct docker_images {
	struct docker_image *items;
	size_t count;
};

int docker_manifest_read(struct docker_images *images, const char *json, size_t n, struct arena *arena,
			 struct error *err);
void docker_manifest_write(const struct docker_images *images, struct buffer *json);

#endif
