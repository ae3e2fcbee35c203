/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The config of an image: how to run it, what its layers unpack to, and how it came to be. The
 * members of the image specification 1.1, and those that docker added and builders write.
 *
 * Everything read lives in the arena given to schema_read. Knows no blob and no store.
 */
#ifndef COOPERAGE_IMAGE_CONFIG_H
#define COOPERAGE_IMAGE_CONFIG_H

#include "libcommon/list.h"

struct schema;

/* Durations are nanoseconds, 0 or absent inherits. docker's own; not of the specification. */
struct oci_healthcheck {
	struct text_list test; /* ["CMD", …], ["CMD-SHELL", line], ["NONE"] */
	int64_t interval, timeout, start_period, start_interval;
	int64_t retries;
};

struct oci_image_config {
	const char *hostname, *domainname; /* docker's */
	const char *user;
	struct text_list exposed_ports; /* "80/tcp"; the keys of an object of empty objects */
	struct text_list env, entrypoint, cmd;
	const struct oci_healthcheck *healthcheck; /* docker's */
	bool args_escaped;
	struct text_list volumes; /* likewise keys */
	const char *working_dir;
	struct text_list on_build; /* docker's */
	struct pair_list labels;
	const char *stop_signal;
	const int64_t *stop_timeout; /* docker's; seconds */
	struct text_list shell;      /* docker's */
};

struct oci_image_rootfs {
	const char *type; /* "layers" */
	struct text_list diff_ids;
};

struct oci_history {
	const char *created, *author, *created_by, *comment;
	bool empty_layer;
};

struct oci_history_list {
	struct oci_history *items;
	size_t count;
};

/* The document itself. */
struct oci_image {
	const char *created, *author;
	const char *architecture, *variant, *os, *os_version;
	struct text_list os_features;
	const struct oci_image_config *config;
	const struct oci_image_rootfs *rootfs;
	struct oci_history_list history;
};

extern const struct schema oci_image_schema;
extern const struct schema oci_image_config_schema; /* its "config" alone */
extern const struct schema oci_history_schema;

#endif
