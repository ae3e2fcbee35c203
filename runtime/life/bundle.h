/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle: a directory with config.json and a root filesystem (runtime-spec, bundle.md).
 */
#ifndef COOPERAGE_BUNDLE_H
#define COOPERAGE_BUNDLE_H

#include "runtime/life/container.h"

/*
 * Opens the bundle and judges its document by itself: types, ranges, and the rules between its
 * members. A wrong one fails with a line for each complaint. `file`: config.json, or what `--config`
 * names instead. The container's fd is its own until bundle_done.
 */
int bundle_open(struct container *c, const char *bundle, const char *file, struct arena *arena,
		struct error *err);
void bundle_done(struct container *c);

/* A copy in which each section that the document leaves out is empty instead of NULL. */
const struct oci_config *bundle_fill(const struct oci_config *config, struct arena *arena);
const struct oci_process *bundle_fill_process(const struct oci_process *process, struct arena *arena);

/* The value of an annotation, or NULL. */
const char *bundle_annotation(const struct oci_config *config, const char *name);

/*
 * What a document cannot know: is all that it names there on this host? Adds a line for each thing
 * that is not; returns 0 if all is well.
 */
int bundle_check_host(const struct container *c, struct error *err);

#endif
