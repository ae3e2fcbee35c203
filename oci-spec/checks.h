/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a single value of a document must look like; rows name these as their .check.
 *
 * Each takes a pointer to the value (for a text: to its const char *) and says what it must be.
 * Knows nothing of the value's neighbours: that is runtime_rules.
 */
#ifndef COOPERAGE_CHECKS_H
#define COOPERAGE_CHECKS_H

#include "libcommon/error.h"

/* Texts */
int checks_absolute(const void *text, struct error *err);    /* a path from "/" */
int checks_not_empty(const void *text, struct error *err);   /* at least one character */
int checks_environment(const void *text, struct error *err); /* NAME=VALUE */
int checks_version(const void *text, struct error *err);     /* as semver.org has it */
int checks_cpu_list(const void *text, struct error *err);    /* "0-3,7" */
int checks_access(const void *text, struct error *err);      /* some of "rwm" */
int checks_page_size(const void *text, struct error *err);   /* "64KB", "2MB", "1GB" */
int checks_interface(const void *text, struct error *err);   /* the name of a network interface */
int checks_bandwidth(const void *text, struct error *err);   /* "MB:…" */
int checks_media_type(const void *text, struct error *err);  /* "type/subtype" */
int checks_digest(const void *text, struct error *err);      /* "algorithm:encoded" */

/* Members of maps */
int checks_named(const void *pair, struct error *err);     /* the name is not empty */
int checks_file_name(const void *pair, struct error *err); /* the name is that of a file, not a path */

#endif
