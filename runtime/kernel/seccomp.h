/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System call filters: from the document to a program of the kernel's, and into the kernel.
 *
 * A struct seccomp_filter owns its program until seccomp_done. The only room that knows libseccomp.
 */
#ifndef COOPERAGE_SECCOMP_H
#define COOPERAGE_SECCOMP_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "oci-spec/runtime_features.h"
#include "oci-spec/runtime_seccomp.h"

struct seccomp_filter {
	struct sock_filter *program; /* the guest inherits our memory; NULL: no filter */
	size_t length;               /* instructions */
	unsigned flags;              /* SECCOMP_FILTER_FLAG_* */
	bool notifies;               /* some rule says NOTIFY: loading yields a listener */
};

/* clang-format off */
#define SECCOMP_NONE { .program = NULL }
/* clang-format on */

/* Host side */

/*
 * Compiles, or takes the same document's program from the cache in `cache` (a directory fd, -1
 * for none), where the document itself is the key and is compared in full. NULL gives no filter.
 * A cache that is of no use (or that others may write to) only costs time.
 */
int seccomp_compile(struct seccomp_filter *filter, const struct oci_seccomp *document, int cache,
		    struct error *err);
void seccomp_done(struct seccomp_filter *filter);

/* What this library and kernel can do, into arrays that live in the arena. */
void seccomp_features(struct oci_features_seccomp *features, struct arena *arena);

/* Guest side */

/*
 * Loads it into the kernel, for this process and all that comes of it. Returns the listener's fd if
 * the filter notifies, else 0. ("Load" is libseccomp's own word.)
 */
int seccomp_install(const struct seccomp_filter *filter, struct error *err);

#endif
