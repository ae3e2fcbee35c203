/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/media_type.h"

#include <string.h>

#define LAYER_FOREIGN "application/vnd.oci.image.layer.nondistributable.v1.tar"

/* clang-format off */
static const struct media_type types[] = {
	{ MEDIA_TYPE_INDEX,             MEDIA_INDEX,    MEDIA_PLAIN, .docker = false },
	{ MEDIA_TYPE_MANIFEST,          MEDIA_MANIFEST, MEDIA_PLAIN, .docker = false },
	{ MEDIA_TYPE_CONFIG,            MEDIA_CONFIG,   MEDIA_PLAIN, .docker = false },
	{ MEDIA_TYPE_EMPTY,             MEDIA_EMPTY,    MEDIA_PLAIN, .docker = false },
	{ MEDIA_TYPE_LAYER,             MEDIA_LAYER,    MEDIA_PLAIN, .docker = false },
	{ MEDIA_TYPE_LAYER_GZIP,        MEDIA_LAYER,    MEDIA_GZIP,  .docker = false },
	{ MEDIA_TYPE_LAYER_ZSTD,        MEDIA_LAYER,    MEDIA_ZSTD,  .docker = false },
	{ LAYER_FOREIGN,                MEDIA_LAYER,    MEDIA_PLAIN, .foreign = true },
	{ LAYER_FOREIGN "+gzip",        MEDIA_LAYER,    MEDIA_GZIP,  .foreign = true },
	{ LAYER_FOREIGN "+zstd",        MEDIA_LAYER,    MEDIA_ZSTD,  .foreign = true },
	{ MEDIA_TYPE_DOCKER_LIST,       MEDIA_INDEX,    MEDIA_PLAIN, .docker = true },
	{ MEDIA_TYPE_DOCKER_MANIFEST,   MEDIA_MANIFEST, MEDIA_PLAIN, .docker = true },
	{ MEDIA_TYPE_DOCKER_CONFIG,     MEDIA_CONFIG,   MEDIA_PLAIN, .docker = true },
	{ MEDIA_TYPE_DOCKER_LAYER,      MEDIA_LAYER,    MEDIA_PLAIN, .docker = true },
	{ MEDIA_TYPE_DOCKER_LAYER_GZIP, MEDIA_LAYER,    MEDIA_GZIP,  .docker = true },
	{ MEDIA_TYPE_DOCKER_LAYER_ZSTD, MEDIA_LAYER,    MEDIA_ZSTD,  .docker = true },
	{ MEDIA_TYPE_DOCKER_FOREIGN,    MEDIA_LAYER,    MEDIA_GZIP,  .docker = true, .foreign = true },
};
/* clang-format on */

const struct media_type *
media_type_find(const char *text)
{
	static const struct media_type unknown = { .kind = MEDIA_UNKNOWN };

	for (size_t i = 0; text != NULL && i < COUNT(types); i++)
		if (strcmp(types[i].text, text) == 0)
			return &types[i];
	return &unknown;
}
