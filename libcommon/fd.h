/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File descriptors: owned by a variable, close-on-exec from birth, handed over by name.
 */
#ifndef COOPERAGE_FD_H
#define COOPERAGE_FD_H

#include "libcommon/error.h"

/* An fd that closes with its block; -1 is empty. Zero is a real fd: always initialise. */
void fd_close(int *fd);
#define scoped_fd scoped(fd_close) int

/* Gives the fd away and leaves -1 behind. */
int fd_take(int *fd);

/* A close-on-exec copy. */
int fd_copy(int fd, struct error *err);

/* Marks every fd from `first` on close-on-exec; works without /proc on kernels from 5.11. */
int fd_close_all_on_exec(unsigned first, struct error *err);

/*
 * Closes at once what an exec would close: all fds of ours (close-on-exec) from 3 on, and from `first`
 * on whatever is there. The `n` fds in `keep` stay, and so does what our caller passes below `first`.
 */
int fd_close_but(unsigned first, const int *keep, size_t n, struct error *err);

/* Opens /dev/null for whichever of 0, 1, 2 is closed, so that nothing of ours becomes stdio. */
int fd_fill_standard(struct error *err);

int fd_is_open(int fd);

/* A connected pair of SOCK_SEQPACKET sockets. */
int fd_socket_pair(int pair[2], struct error *err);

/* Connects to the stream socket at a path of any length up to PATH_MAX. Returns the fd. */
int fd_connect(const char *path, struct error *err);

/* One message with one fd, as console sockets want it: `note` is the payload. */
int fd_send(int socket, int fd, const char *note, struct error *err);

/* Receives one fd. Returns it; fails if the message carries none. */
int fd_receive(int socket, struct error *err);

#endif
