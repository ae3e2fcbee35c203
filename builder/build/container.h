/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container from an image: a directory with a root file system and the document for the runtime.
 *
 * The root is a copy of the image's, or an overlay of its layers with a directory of the container's
 * own on top:
 *	DIR/config.json
 *	DIR/rootfs            the copy, or where the overlay is mounted
 *	DIR/upper, DIR/work   the container's own, of an overlay
 * Ownership: the directory is the caller's; who mounts an overlay unmounts it. Whether others see the
 * mount is the caller's to decide before (seclusion.h).
 */
#ifndef COOPERAGE_CONTAINER_H
#define COOPERAGE_CONTAINER_H

#include "builder/build/bundle.h"
#include "builder/image/image.h"

struct container_wish {
	struct text_list command; /* in place of the image's Cmd; none: the image's */
	const char *entrypoint;   /* in place of the image's; "" for none; NULL: the image's */
	struct pair_list environment;
	const char *directory, *user, *hostname;
	struct oci_mount_list mounts;
	bool terminal, read_only, own_network;
	bool overlay;
	bool own_users; /* who runs it is the user that we were, and not in our user namespace */
};

/* Makes the root file system and config.json in an empty directory. */
int container_make(int directory, const char *path, struct store *store, const struct image *image,
		   const struct container_wish *wish, struct arena *arena, struct error *err);

/* Mounts the overlay of a directory that was made so. */
int container_mount(int directory, struct store *store, const struct image *image,
		    struct error *err);

/* "SOURCE:TARGET[:ro]" */
int container_read_volume(struct oci_mount *mount, const char *text, struct arena *arena,
			  struct error *err);

#endif
