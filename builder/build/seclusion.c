/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/seclusion.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

int
seclusion_enter(struct error *err)
{
	if (unshare(CLONE_NEWNS) < 0) {
		if (errno == EPERM)
			return fail(err, "mounting needs root, or root of a user namespace");
		return fail_errno(err, "make a mount namespace");
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return fail_errno(err, "keep mounts from the host");
	return 0;
}
