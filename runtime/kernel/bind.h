/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bind mounts: a piece of a tree that is mounted already, shown at a second place with flags of its
 * own.
 */
#ifndef COOPERAGE_BIND_H
#define COOPERAGE_BIND_H

#include "libcommon/error.h"
#include "runtime/kernel/detached.h"
#include "runtime/kernel/mount_options.h"

struct bind {
	const struct mount_options *options;
	unsigned long propagation; /* MS_*: what holds where the options say nothing */
	bool foreign;              /* the user namespace it is for is not ours: see bind.c */
	int user_namespace;        /* whose maps it shall be seen through; -1: none */
};

/*
 * Makes the detached clone `mount` what the options say. Returns 1 if this kernel can do it only
 * once it is attached, by bind_settle: then `rest` says what.
 */
int bind_change(int mount, const struct bind *bind, struct mount_change *rest, struct error *err);

/* The rest, once it is attached. */
int bind_settle(int mount, const struct bind *bind, const struct mount_change *rest,
		struct error *err);

#endif
