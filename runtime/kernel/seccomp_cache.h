/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled system call filters, kept from one container to the next: to compile takes longer than
 * everything else that a start does.
 *
 * A file holds its key in full, and the key is all that the program depends on, so that neither a
 * collision nor damage nor a file put there can give a container another's filter. Only we may have
 * written to what is believed. Knows nothing of libseccomp.
 */
#ifndef COOPERAGE_SECCOMP_CACHE_H
#define COOPERAGE_SECCOMP_CACHE_H

#include "libcommon/buffer.h"
#include "libcommon/error.h"
#include "oci-spec/runtime_seccomp.h"

/* The document as bytes that only an equal document gives; its maker's version goes in front. */
void seccomp_cache_key(struct buffer *key, const struct oci_seccomp *document, const char *version);

/* True if the program is there; then it is in `program`. */
bool seccomp_cache_find(struct buffer *program, int cache, const struct buffer *key);

/* Keeps it. Failing to is no error, since the next start will try again. */
void seccomp_cache_keep(int cache, const struct buffer *key, const struct buffer *program);

#endif
