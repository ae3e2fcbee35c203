/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/handshake.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "libcommon/fd.h"

static const char *const words[] = { "placed", "root filesystem built", "hooks ran", "ready", "failed" };

struct message {
	enum word_said word;
	struct error error; /* only as much of it as its text needs is sent */
};

union control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int
handshake_make(struct handshake *host, struct handshake *guest, struct error *err)
{
	int pair[2];

	TRY(fd_socket_pair(pair, err));
	*host = (struct handshake){ .socket = pair[0] };
	*guest = (struct handshake){ .socket = pair[1] };
	return 0;
}

void
handshake_done(struct handshake *talk)
{
	fd_close(&talk->socket);
}

static ssize_t
put(int socket, const struct message *message, int fd)
{
	size_t text = message->word == WORD_FAILED ? strlen(message->error.text) + 1 : 0;
	struct iovec part = { .iov_base = (void *) (uintptr_t) message,
			      .iov_len = offsetof(struct message, error.text) + text };
	union control control = { { 0 } };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		header.msg_control = control.bytes;
		header.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	}
	do
		n = sendmsg(socket, &header, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n;
}

static ssize_t
get(int socket, struct message *message, int *fd, int flags)
{
	struct iovec part = { .iov_base = message, .iov_len = sizeof(*message) };
	union control control = { { 0 } };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	*fd = -1;
	message->error.text[0] = '\0';
	do
		n = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | flags);
	while (n < 0 && errno == EINTR);
	message->error.text[sizeof(message->error.text) - 1] = '\0'; /* the other side has been in a container */
	struct cmsghdr *rights = n >= 0 ? CMSG_FIRSTHDR(&header) : NULL;
	if (rights != NULL && rights->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(rights), sizeof(*fd));
	return n;
}

int
handshake_say(struct handshake *talk, enum word_said word, int fd, struct error *err)
{
	struct message message = { .word = word };

	assert(word == talk->next); /* else a bug in our story, not in the world */
	talk->next++;
	if (put(talk->socket, &message, fd) >= 0)
		return 0;
	int code = errno;

	/* It may have said why before it went; if it did not go, it waits for us and says nothing. */
	scoped_fd unused = -1;
	if (get(talk->socket, &message, &unused, MSG_DONTWAIT) > 0 && message.word == WORD_FAILED) {
		*err = message.error;
		return error_prefix(err, "guest");
	}
	errno = code;
	return fail_errno(err, "say \"%s\"", words[word]);
}

int
handshake_hear(struct handshake *talk, enum word_said word, int *fd, struct error *err)
{
	struct message message;
	scoped_fd came = -1;
	ssize_t n = get(talk->socket, &message, &came, 0);

	assert(word == talk->next);
	talk->next++;
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return fail(err, "the other side died before it said \"%s\"", words[word]);
	if (n < 0)
		return fail_errno(err, "hear \"%s\"", words[word]);
	if (message.word == WORD_FAILED) {
		*err = message.error;
		return -1;
	}
	assert(message.word == word);
	if (fd != NULL)
		*fd = fd_take(&came);
	return 0;
}

int
handshake_hear_end(struct handshake *talk, struct error *err)
{
	struct message message;
	scoped_fd unused = -1;
	ssize_t n = get(talk->socket, &message, &unused, 0);

	assert(talk->next == WORD_FAILED);
	if (n > 0 && message.word == WORD_FAILED) {
		*err = message.error;
		return -1;
	}
	if (n < 0 && errno != ECONNRESET)
		return fail_errno(err, "wait until the process is the user's");
	return 0;
}

void
handshake_fail(struct handshake *talk, const struct error *why)
{
	struct message message = { .word = WORD_FAILED, .error = *why };

	(void) put(talk->socket, &message, -1);
}
