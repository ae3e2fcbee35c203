/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Terminals: a pty of the container's own devpts, whose master goes to whoever holds the console.
 */
#ifndef COOPERAGE_TERMINAL_H
#define COOPERAGE_TERMINAL_H

#include <termios.h>

#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"

/* Guest side */

/*
 * Allocates a pty from root/dev/pts/ptmx, proven to be a devpts (CVE-2025-52565), with the size
 * asked for, and makes the slave (by TIOCGPTPEER) our controlling terminal and standard streams.
 * Owner of the slave becomes `uid`. Returns the master.
 */
int terminal_make(int root, const struct oci_box *size, uint32_t uid, struct error *err);

/* Lines shall end in "\n" and not in "\r\n": for what goes to no terminal in the end. */
int terminal_bare_newlines(int master, struct error *err);

/* Covers root/dev/console with the slave that is our standard input; makes the mount point. */
int terminal_bind_console(int root, struct error *err);

/* Host side */

/* Puts our own terminal into raw mode. Returns 1, `saved` untouched, if `fd` is no terminal. */
int terminal_make_raw(int fd, struct termios *saved, struct error *err);
void terminal_restore(int fd, const struct termios *saved);

/* Gives the master the size of our own terminal; silently nothing if we have none. */
void terminal_copy_size(int from, int master);

#endif
