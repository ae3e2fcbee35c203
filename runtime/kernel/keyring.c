/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Joining by a name that somebody else of our uid has used enters *his* keyring if he lets us
 * search it, so a container could lie in wait for another whose id it knows. Nobody knows the end
 * of ours.
 */
int
keyring_join(const char *name, struct error *err)
{
	char unique[256];
	uint64_t salt;

	if (getrandom(&salt, sizeof(salt), GRND_NONBLOCK) != sizeof(salt))
		return fail_errno(err, "join a session keyring: get a random name");
	(void) snprintf(unique, sizeof(unique), "%.200s.%016jx", name, (uintmax_t) salt);
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, unique) < 0 && errno != ENOSYS)
		return fail_errno(err, "join a session keyring");
	return 0;
}
