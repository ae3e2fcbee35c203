/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Platforms: os, architecture and variant, as images name them, and which matches which.
 *
 * Everything read lives in the arena given. Knows the machine only by what the caller tells.
 */
#ifndef COOPERAGE_PLATFORM_H
#define COOPERAGE_PLATFORM_H

#include "libcommon/error.h"
#include "libcommon/list.h"

struct schema;

struct oci_platform {
	const char *architecture, *os, *os_version;
	struct text_list os_features;
	const char *variant;
};

extern const struct schema oci_platform_schema;

#endif
