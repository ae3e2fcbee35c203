/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions and orders to the kernel about network devices (rtnetlink(7)), one at a time.
 *
 * A struct rtnetlink owns its socket, which stays in the network namespace that it was opened in.
 * Knows no device; a message's own header (struct ifinfomsg, …) is the caller's.
 */
#ifndef COOPERAGE_RTNETLINK_H
#define COOPERAGE_RTNETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "libcommon/error.h"

struct rtnetlink {
	int socket;
	uint32_t sequence;
};

/* clang-format off */
#define RTNETLINK_NONE { .socket = -1 }
/* clang-format on */

/* `groups` (RTMGRP_*): what to be told without asking; 0 for a socket to ask with. */
int rtnetlink_open(struct rtnetlink *link, uint32_t groups, struct error *err);
void rtnetlink_done(struct rtnetlink *link);
#define scoped_rtnetlink scoped(rtnetlink_done) struct rtnetlink

struct rtnetlink_message {
	union {
		struct nlmsghdr head;
		char bytes[2048];
	};
};

/* Begins a message of this type (RTM_*) with its own header. */
void rtnetlink_begin(struct rtnetlink_message *message, uint16_t type, const void *header,
		     size_t n);
void rtnetlink_add(struct rtnetlink_message *message, uint16_t attribute, const void *bytes,
		   size_t n);

/* Sends it and waits until it is done. What the kernel answers is in err->code. */
int rtnetlink_order(struct rtnetlink *link, struct rtnetlink_message *message, struct error *err);

/* Looks at one message; a failure ends the listing. */
typedef int (*rtnetlink_look_fn)(const struct nlmsghdr *message, void *context, struct error *err);

/* Asks for a listing and looks at each message of it. */
int rtnetlink_list(struct rtnetlink *link, struct rtnetlink_message *message,
		   rtnetlink_look_fn look, void *context, struct error *err);

/* Looks at what has been told so far, without waiting. */
int rtnetlink_drain(struct rtnetlink *link, rtnetlink_look_fn look, void *context,
		    struct error *err);

/* A message's own header. */
const void *rtnetlink_header(const struct nlmsghdr *message);

/* The value of an attribute behind a header of this size, and its own size; or NULL. */
const void *rtnetlink_find(const struct nlmsghdr *message, size_t header_size, uint16_t attribute,
			   size_t *n);

/* The same for a number; false if there is none. */
bool rtnetlink_find_number(const struct nlmsghdr *message, size_t header_size, uint16_t attribute,
			   uint32_t *number);

#endif
