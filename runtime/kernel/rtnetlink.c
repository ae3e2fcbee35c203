/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/rtnetlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libcommon/fd.h"

#define ANSWER_SIZE 32768 /* what the kernel puts into one datagram of a listing, at most */

int
rtnetlink_open(struct rtnetlink *link, uint32_t groups, struct error *err)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	scoped_fd fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
		return fail_errno(err, "open a netlink socket");
	link->socket = fd_take(&fd);
	return 0;
}

void
rtnetlink_done(struct rtnetlink *link)
{
	fd_close(&link->socket);
}

/* ---- messages ------------------------------------------------------------------------------- */

void
rtnetlink_begin(struct rtnetlink_message *message, uint16_t type, const void *header, size_t n)
{
	*message = (struct rtnetlink_message){
		.head = { .nlmsg_type = type, .nlmsg_len = (uint32_t) NLMSG_SPACE(n) },
	};
	memcpy(NLMSG_DATA(&message->head), header, n);
}

void
rtnetlink_add(struct rtnetlink_message *message, uint16_t attribute, const void *bytes, size_t n)
{
	struct rtattr *place = (void *) (message->bytes + NLMSG_ALIGN(message->head.nlmsg_len));

	assert(NLMSG_ALIGN(message->head.nlmsg_len) + RTA_SPACE(n) <= sizeof(message->bytes));
	*place = (struct rtattr){ .rta_type = attribute, .rta_len = (uint16_t) RTA_LENGTH(n) };
	memcpy(RTA_DATA(place), bytes, n);
	message->head.nlmsg_len = (uint32_t) (NLMSG_ALIGN(message->head.nlmsg_len) + RTA_SPACE(n));
}

/* The macros of the kernel's headers take the const off what they are given. */

const void *
rtnetlink_header(const struct nlmsghdr *message)
{
	return (const char *) message + NLMSG_HDRLEN;
}

const void *
rtnetlink_find(const struct nlmsghdr *message, size_t header_size, uint16_t attribute, size_t *n)
{
	const char *bytes = (const char *) message;
	size_t at = NLMSG_SPACE(header_size);

	while (at + sizeof(struct rtattr) <= message->nlmsg_len) {
		const struct rtattr *found = (const void *) (bytes + at);

		if (found->rta_len < sizeof(*found) || found->rta_len > message->nlmsg_len - at)
			return NULL;
		if ((found->rta_type & NLA_TYPE_MASK) == attribute) {
			*n = found->rta_len - RTA_LENGTH(0);
			return bytes + at + RTA_LENGTH(0);
		}
		at += RTA_ALIGN(found->rta_len);
	}
	return NULL;
}

bool
rtnetlink_find_number(const struct nlmsghdr *message, size_t header_size, uint16_t attribute,
		      uint32_t *number)
{
	size_t n;
	const void *value = rtnetlink_find(message, header_size, attribute, &n);

	if (value == NULL || n != sizeof(*number))
		return false;
	memcpy(number, value, sizeof(*number));
	return true;
}

/* ---- talking -------------------------------------------------------------------------------- */

static int
send_message(struct rtnetlink *link, struct rtnetlink_message *message, uint16_t flags,
	     struct error *err)
{
	message->head.nlmsg_flags |= NLM_F_REQUEST | flags;
	message->head.nlmsg_seq = ++link->sequence;
	if (send(link->socket, message->bytes, message->head.nlmsg_len, 0) < 0)
		return fail_errno(err, "ask the kernel");
	return 0;
}

/* Returns how many bytes came, 0 if none are there and `flags` say not to wait. */
static int
receive(struct rtnetlink *link, char answer[ANSWER_SIZE], int flags, struct error *err)
{
	ssize_t n;

	do
		n = recv(link->socket, answer, ANSWER_SIZE, flags);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	return n < 0 ? fail_errno(err, "hear from the kernel") : (int) n;
}

/* Returns 1 once the kernel has said all it had to say. */
static int
hear(struct rtnetlink *link, const struct nlmsghdr *message, rtnetlink_look_fn look, void *context,
     struct error *err)
{
	if (link->sequence != 0 && message->nlmsg_seq != link->sequence)
		return 0; /* of a question that was given up */
	if (message->nlmsg_type == NLMSG_DONE)
		return 1;
	if (message->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *answer = rtnetlink_header(message);
		if (answer->error == 0)
			return 1;
		errno = -answer->error;
		return fail_errno(err, "the kernel refuses");
	}
	if (look != NULL)
		TRY(look(message, context, err));
	return 0;
}

static int
hear_all(struct rtnetlink *link, const char *answer, size_t n, rtnetlink_look_fn look,
	 void *context, struct error *err)
{
	for (size_t at = 0; at + NLMSG_HDRLEN <= n;) {
		const struct nlmsghdr *message = (const void *) (answer + at);

		if (message->nlmsg_len < NLMSG_HDRLEN || message->nlmsg_len > n - at)
			return fail(err, "hear from the kernel: the message is cut");
		if (GET(hear(link, message, look, context, err)) == 1)
			return 1;
		at += NLMSG_ALIGN(message->nlmsg_len);
	}
	return 0;
}

static int
talk(struct rtnetlink *link, struct rtnetlink_message *message, uint16_t flags,
     rtnetlink_look_fn look, void *context, struct error *err)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];

	TRY(send_message(link, message, flags, err));
	for (;;) {
		int n = GET(receive(link, answer, 0, err));
		if (GET(hear_all(link, answer, (size_t) n, look, context, err)) == 1)
			return 0;
	}
}

int
rtnetlink_order(struct rtnetlink *link, struct rtnetlink_message *message, struct error *err)
{
	return talk(link, message, NLM_F_ACK, NULL, NULL, err);
}

int
rtnetlink_list(struct rtnetlink *link, struct rtnetlink_message *message, rtnetlink_look_fn look,
	       void *context, struct error *err)
{
	return talk(link, message, NLM_F_DUMP, look, context, err);
}

int
rtnetlink_drain(struct rtnetlink *link, rtnetlink_look_fn look, void *context, struct error *err)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
	int n;

	while ((n = GET(receive(link, answer, MSG_DONTWAIT, err))) > 0)
		if (GET(hear_all(link, answer, (size_t) n, look, context, err)) == 1)
			return 0;
	return 0;
}
