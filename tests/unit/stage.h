/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage for tests of mounts: a host of its own (a mount namespace where everything is shared, as
 * under systemd), a bundle in it, and a guest that goes through the same steps as a container. What
 * happens there, the machine does not see.
 *
 * The functions of a play run in other processes than the test: they say what is wrong with
 * stage_expect, and stage_run brings the first complaint, or the error of a step, back as text.
 */
#ifndef COOPERAGE_TESTS_STAGE_H
#define COOPERAGE_TESTS_STAGE_H

#include <stdbool.h>
#include <stdio.h>

struct play {
	const char *config; /* config.json but for its ociVersion and root.path */
	bool user;          /* the guest gets a user namespace of its own */
	bool unprivileged;  /* the host is no root: it may not clone mounts */
	bool old_kernel;    /* mount_setattr is not there, as before Linux 5.12 */
	bool no_pivot;
	void (*set)(void);    /* on the host, in the bundle, which has rootfs/ */
	void (*before)(void); /* the guest, all mounted, not yet pivoted */
	void (*check)(void);  /* the guest, in the finished container, "/" and cwd its root */
	void (*after)(void);  /* on the host again, in the bundle */
};

/* Returns "" if all went well. The text is overwritten by the next call. */
const char *stage_run(const struct play *play);

/* NULL if plays can be played here, else why not. */
const char *stage_is_closed(void);

/* Says so and ends the play unless true. */
void stage_expect(bool truth, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The line of /proc/self/mountinfo (after its optional fields: type, source, options) for a mount
 * point, or "". */
const char *stage_mount_line(const char *path);

/* The content of a file, cut at 4095 bytes; "" if there is none. */
const char *stage_read(const char *path);
void stage_write(const char *path, const char *text);

#endif
