/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device is moved by one order, which also renames it. The kernel then forgets its addresses and
 * sets it down, and may number it anew: so the addresses are read before, and the new number is
 * taken from the farewell that the kernel sends in the old namespace, since a name that ends in
 * "%d" is the kernel's to choose.
 */
#include "runtime/kernel/netdev.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcommon/arena.h"
#include "libcommon/fd.h"
#include "libcommon/list.h"
#include "libcommon/text.h"
#include "runtime/kernel/rtnetlink.h"

/* The flags of an address that its owner may set; the others are the kernel's to find out. */
#define ADDRESS_FLAGS                                                                              \
	(IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_NOPREFIXROUTE | IFA_F_MANAGETEMPADDR |            \
	 IFA_F_MCAUTOJOIN)

/* To ask about devices one of any family will do, and AF_UNIX no service's sandbox forbids. */
static int
open_socket(struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? fail_errno(err, "make a socket") : fd;
}

/* ---- guest side ----------------------------------------------------------------------------- */

int
netdev_raise_loopback(struct error *err)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	scoped_fd fd = GET(open_socket(err));

	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return fail_errno(err, "set the loopback device up");
	return 0;
}

/* ---- both namespaces ------------------------------------------------------------------------ */

struct ends {
	struct rtnetlink here, there;
	int here_socket, there_socket; /* for questions by name */
	int netns;
};

static void
close_ends(struct ends *ends)
{
	rtnetlink_done(&ends->here);
	rtnetlink_done(&ends->there);
	fd_close(&ends->here_socket);
	fd_close(&ends->there_socket);
}

static int
open_end(struct rtnetlink *link, int *socket_, struct error *err)
{
	*socket_ = GET(open_socket(err));
	return rtnetlink_open(link, 0, err);
}

/* A socket belongs to the namespace it was made in: so we go there, make ours, and come back. */
static int
open_ends(struct ends *ends, struct error *err)
{
	scoped_fd home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (home < 0)
		return fail_errno(err, "open our own network namespace");
	TRY(open_end(&ends->here, &ends->here_socket, err));
	if (setns(ends->netns, CLONE_NEWNET) < 0)
		return fail_errno(err, "enter the container's network namespace");
	int result = open_end(&ends->there, &ends->there_socket, err);
	if (setns(home, CLONE_NEWNET) < 0)
		return fail_errno(err, "come back from the container's network namespace");
	return result;
}

/* The number of the device of this name; 0 and errno if there is none. */
static int
find_index(int socket_, const char *name)
{
	struct ifreq request = { 0 };

	(void) snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(socket_, SIOCGIFINDEX, &request) < 0 ? 0 : request.ifr_ifindex;
}

/* ---- addresses ------------------------------------------------------------------------------ */

struct address {
	struct ifaddrmsg about;
	const struct nlmsghdr *message; /* a copy, with all its attributes */
	uint32_t flags;
};

struct addresses {
	unsigned index; /* of whose */
	struct arena *arena;
	list_of(struct address) list;
};

/* Keeps those that somebody gave to it for good and for the whole world (config-linux.md). */
static int
keep_address(const struct nlmsghdr *message, void *context, struct error *err)
{
	struct addresses *all = context;
	const struct ifaddrmsg *about = rtnetlink_header(message);
	struct address address = { .about = *about, .flags = about->ifa_flags };

	(void) err;
	/* The flags have outgrown their member. */
	(void) rtnetlink_find_number(message, sizeof(*about), IFA_FLAGS, &address.flags);
	if (message->nlmsg_type != RTM_NEWADDR || about->ifa_index != all->index ||
	    (address.flags & IFA_F_PERMANENT) == 0 || about->ifa_scope != RT_SCOPE_UNIVERSE)
		return 0;
	address.message = (const void *) arena_copy(all->arena, message, message->nlmsg_len);
	list_add(&all->list, all->arena, address);
	return 0;
}

static int
read_addresses(struct ends *ends, struct addresses *all, struct error *err)
{
	struct rtnetlink_message message;
	struct ifaddrmsg about = { .ifa_family = AF_UNSPEC };

	rtnetlink_begin(&message, RTM_GETADDR, &about, sizeof(about));
	return rtnetlink_list(&ends->here, &message, keep_address, all, err);
}

/*
 * Everything that makes the address what it is; a label is made of the device's name, so it goes.
 */
static int
give_address(struct ends *ends, unsigned index, const struct address *address, struct error *err)
{
	static const uint16_t attributes[] = {
		IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_ANYCAST, IFA_MULTICAST, IFA_RT_PRIORITY,
	};
	struct rtnetlink_message message;
	struct ifaddrmsg about = address->about;
	uint32_t flags = address->flags & ADDRESS_FLAGS;

	about.ifa_index = index;
	about.ifa_flags = (uint8_t) flags;
	rtnetlink_begin(&message, RTM_NEWADDR, &about, sizeof(about));
	message.head.nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	for (size_t i = 0; i < COUNT(attributes); i++) {
		size_t n;
		const void *value =
			rtnetlink_find(address->message, sizeof(about), attributes[i], &n);
		if (value != NULL)
			rtnetlink_add(&message, attributes[i], value, n);
	}
	rtnetlink_add(&message, IFA_FLAGS, &flags, sizeof(flags));
	if (rtnetlink_order(&ends->there, &message, err) < 0)
		return error_prefix(err, "give it its address again");
	return 0;
}

/* ---- links ---------------------------------------------------------------------------------- */

struct farewell {
	int old_index;
	uint32_t new_index;
};

static int
hear_farewell(const struct nlmsghdr *message, void *context, struct error *err)
{
	struct farewell *farewell = context;
	const struct ifinfomsg *about = rtnetlink_header(message);

	(void) err;
	if (message->nlmsg_type == RTM_DELLINK && about->ifi_index == farewell->old_index)
		(void) rtnetlink_find_number(message, sizeof(*about), IFLA_NEW_IFINDEX,
					     &farewell->new_index);
	return 0;
}

/* Sends it away under its new name. Returns its number there. */
static int
send_away(struct ends *ends, int index, const char *name, struct error *err)
{
	struct rtnetlink_message message;
	struct ifinfomsg about = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct farewell farewell = { .old_index = index };
	scoped_rtnetlink news = RTNETLINK_NONE;

	TRY(rtnetlink_open(&news, RTMGRP_LINK, err));
	rtnetlink_begin(&message, RTM_NEWLINK, &about, sizeof(about));
	rtnetlink_add(&message, IFLA_NET_NS_FD, &ends->netns, sizeof(ends->netns));
	rtnetlink_add(&message, IFLA_IFNAME, name, strlen(name) + 1);
	if (rtnetlink_order(&ends->here, &message, err) < 0)
		return error_prefix(err, "move it");
	/* On a busy host the news may be too many to be heard; then only a name of our choice is known. */
	if (rtnetlink_drain(&news, hear_farewell, &farewell, err) < 0 && err->code != ENOBUFS)
		return -1;
	if (farewell.new_index > 0)
		return (int) farewell.new_index;
	int new_index = find_index(ends->there_socket, name);
	return new_index > 0 ? new_index : fail(err, "move it: it is lost on the way");
}

static int
set_up(struct ends *ends, int index, struct error *err)
{
	struct rtnetlink_message message;
	struct ifinfomsg about = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};

	rtnetlink_begin(&message, RTM_NEWLINK, &about, sizeof(about));
	if (rtnetlink_order(&ends->there, &message, err) < 0)
		return error_prefix(err, "set it up");
	return 0;
}

static int
move(struct ends *ends, const struct oci_net_device *device, struct error *err)
{
	const char *name = text_is_empty(device->name) ? device->key : device->name;
	scoped_arena arena = { 0 };

	if (strlen(device->key) >= IFNAMSIZ || strlen(name) >= IFNAMSIZ)
		return fail(err, "a name has at most %d letters", IFNAMSIZ - 1);
	int old_index = find_index(ends->here_socket, device->key);
	if (old_index == 0)
		return fail_errno(err, "find it");
	if (find_index(ends->there_socket, name) > 0) {
		errno = EEXIST; /* the kernel finds that out only once it is there, under its old name */
		return fail_errno(err, "the container has a device \"%s\" already", name);
	}

	struct addresses addresses = { .index = (unsigned) old_index, .arena = &arena };
	TRY(read_addresses(ends, &addresses, err));
	int index = GET(send_away(ends, old_index, name, err));
	FOR_EACH(address, &addresses.list)
		TRY(give_address(ends, (unsigned) index, address, err));
	return set_up(ends, index, err);
}

/* ---- host side ------------------------------------------------------------------------------ */

int
netdev_move(const struct oci_net_device_list *devices, int netns, struct error *err)
{
	scoped(close_ends) struct ends ends = {
		.here = RTNETLINK_NONE,
		.there = RTNETLINK_NONE,
		.here_socket = -1,
		.there_socket = -1,
		.netns = netns,
	};

	if (devices->count == 0)
		return 0;
	TRY(open_ends(&ends, err));
	FOR_EACH(device, devices)
		if (move(&ends, device, err) < 0)
			return error_prefixf(err, "network device \"%s\"", device->key);
	return 0;
}
