/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage for tests of mounts: a host of its own (a mount namespace where everything is shared, as
 * under systemd), a bundle in it, and a guest that goes through the same steps as a container. What
 * happens there, the machine does not see.
 *
 * The functions of a play run in other processes than the test: they say what is wrong with
 * child_expect, and stage_run brings the first complaint, or the error of a step, back as text.
 */
#ifndef COOPERAGE_TESTS_STAGE_H
#define COOPERAGE_TESTS_STAGE_H

#include "tests/unit/child.h"

struct play {
	const char *config; /* members of config.json but ociVersion and root; ' stands for " */
	bool readonly;      /* root.readonly */
	bool user;          /* the guest gets a user namespace of its own */
	bool unprivileged;  /* the host is no root: it may not clone mounts */
	bool old_kernel;    /* mount_setattr is not there, as before Linux 5.12 */
	bool no_pivot;
	bool host_mounts;         /* no mount namespace of its own */
	bool needs_root;          /* makes devices, or files of several owners */
	bool host_network;        /* no network namespace of its own */
	void (*set)(void);        /* on the host, in the bundle, which has rootfs/ */
	void (*before)(int root); /* the guest, all mounted, not yet pivoted */
	void (*check)(void);      /* the guest, in the finished container, "/" and cwd its root */
	void (*after)(void);      /* on the host again, in the bundle */
};

/* Returns "" if all went well. The text is overwritten by the next call. */
const char *stage_run(const struct play *play);

/* NULL if this play can be played here, else why not. */
const char *stage_is_closed(const struct play *play);

/* The play goes well, or ends with this complaint. */
#define PLAY_FAILS(wanted, ...)                                                                    \
	do {                                                                                       \
		const struct play play_ = { __VA_ARGS__ };                                         \
		if (stage_is_closed(&play_) != NULL) {                                             \
			print_message("skipped: %s\n", stage_is_closed(&play_));                   \
			skip();                                                                    \
		}                                                                                  \
		CHECK_TEXT(stage_run(&play_), wanted);                                             \
	} while (0)
#define PLAY(...) PLAY_FAILS("", __VA_ARGS__)

/*
 * What /proc/self/mountinfo says of the topmost mount at this path, from its flags on: "ro,nosuid
 * shared:5 - tmpfs shm rw,size=64k". "" if nothing is mounted there.
 */
const char *stage_mount_line(const char *path);

/* These must work. */
void stage_write(const char *path, const char *text);
void stage_directory(const char *path);
void stage_link(const char *target, const char *path);

/* True if a file can be made at the path, which it then is. */
bool stage_can_write(const char *path);

#endif
