/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/netdev.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "libcommon/fd.h"

/* A socket of any family will do, and AF_UNIX is the one that no service's sandbox forbids. */
int
netdev_raise_loopback(struct error *err)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	scoped_fd fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail_errno(err, "make a socket");
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return fail_errno(err, "set the loopback device up");
	return 0;
}
