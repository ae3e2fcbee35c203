/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words for kinds of blobs: what a media type says about the bytes behind it.
 *
 * Owns nothing. An unknown media type is an answer, not an error: it must be kept and copied.
 */
#ifndef COOPERAGE_MEDIA_TYPE_H
#define COOPERAGE_MEDIA_TYPE_H

#include "libcommon/base.h"

#define MEDIA_TYPE_INDEX      "application/vnd.oci.image.index.v1+json"
#define MEDIA_TYPE_MANIFEST   "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_TYPE_CONFIG     "application/vnd.oci.image.config.v1+json"
#define MEDIA_TYPE_LAYER      "application/vnd.oci.image.layer.v1.tar"
#define MEDIA_TYPE_LAYER_GZIP "application/vnd.oci.image.layer.v1.tar+gzip"
#define MEDIA_TYPE_LAYER_ZSTD "application/vnd.oci.image.layer.v1.tar+zstd"
#define MEDIA_TYPE_EMPTY      "application/vnd.oci.empty.v1+json"

#define MEDIA_TYPE_DOCKER_LIST       "application/vnd.docker.distribution.manifest.list.v2+json"
#define MEDIA_TYPE_DOCKER_MANIFEST   "application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_TYPE_DOCKER_CONFIG     "application/vnd.docker.container.image.v1+json"
#define MEDIA_TYPE_DOCKER_LAYER      "application/vnd.docker.image.rootfs.diff.tar"
#define MEDIA_TYPE_DOCKER_LAYER_GZIP "application/vnd.docker.image.rootfs.diff.tar.gzip"
#define MEDIA_TYPE_DOCKER_LAYER_ZSTD "application/vnd.docker.image.rootfs.diff.tar.zstd"
#define MEDIA_TYPE_DOCKER_FOREIGN    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"

enum media_kind {
	MEDIA_UNKNOWN,
	MEDIA_INDEX,
	MEDIA_MANIFEST,
	MEDIA_CONFIG,
	MEDIA_LAYER,
	MEDIA_EMPTY,
};

enum media_compression {
	MEDIA_PLAIN,
	MEDIA_GZIP,
	MEDIA_ZSTD,
};

struct media_type {
	const char *text;
	enum media_kind kind;
	enum media_compression compression; /* of layers */
	bool docker;                        /* docker's word for it, not OCI's */
	bool foreign;                       /* may be fetched, must not be pushed */
};

/* NULL is unknown. Never fails; the text of the result is one of ours or NULL. */
const struct media_type *media_type_find(const char *text);

#endif
