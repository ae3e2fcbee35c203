/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Platforms: os, architecture and variant, as images name them, and which of those on offer runs
 * where another is wanted.
 *
 * What is parsed lives in the arena given. Knows the machine only by what the caller tells.
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

/* "linux/arm/v7", "linux/amd64", "arm64", "linux": what is left out is the host's. Normalised. */
int platform_parse(struct oci_platform *platform, struct arena *arena, const char *text,
		   const struct oci_platform *host, struct error *err);

/* Here and now: linux, and the machine as uname(2) names it ("x86_64", "armv7l"). Normalised. */
struct oci_platform platform_of_machine(const char *machine);

/* One spelling for each: x86_64 is amd64, aarch64 is arm64, and arm64/v8 and amd64/v1 are plain. */
void platform_normalise(struct oci_platform *platform);

/* How well it would run: 0 not at all, else the higher the better. Normalises both for itself. */
unsigned platform_fit(const struct oci_platform *offered, const struct oci_platform *wanted);

/* "linux/arm/v7" */
char *platform_text(const struct oci_platform *platform, struct arena *arena);

#endif
