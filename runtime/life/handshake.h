/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that the two sides of a creation say to each other, in order.
 *
 *   host                                        guest
 *   its ids are mapped, its cgroup is made
 *   ── PLACED ──────────────────────────────▶   builds the root filesystem
 *   ◀────────────────────────── ROOTFS_BUILT ──  (with the terminal's master, if there is one)
 *   prestart and createRuntime hooks
 *   ── HOOKS_RAN ───────────────────────────▶   createContainer hooks, pivot, surrender
 *   ◀───────────────────────────────── READY ──  (with the filter's listener, if it notifies)
 *   writes "created"                            waits at the gate
 *
 * `exec` says the same words: what is built then is no root but the way into one.
 * Either side may say FAILED with a struct error instead of its next word; an end that closes has
 * died. Both ends count: a word out of order is a bug of ours.
 *
 * The socket belongs to the struct until handshake_done.
 */
#ifndef COOPERAGE_HANDSHAKE_H
#define COOPERAGE_HANDSHAKE_H

#include "libcommon/error.h"

enum word_said { WORD_PLACED, WORD_ROOTFS_BUILT, WORD_HOOKS_RAN, WORD_READY, WORD_FAILED }; /* in order */

struct handshake {
	int socket;
	enum word_said next;
};

#define HANDSHAKE_NONE { .socket = -1 }

/* The two ends; the guest's goes with the clone. */
int handshake_make(struct handshake *host, struct handshake *guest, struct error *err);
void handshake_done(struct handshake *talk);

/* Says the next word. `fd` goes along if it is not -1, and stays the caller's. */
int handshake_say(struct handshake *talk, enum word_said word, int fd, struct error *err);

/* Waits for the next word. `fd` (may be NULL) gets what came along, or -1. */
int handshake_hear(struct handshake *talk, enum word_said word, int *fd, struct error *err);

/* After READY: waits until the guest's end closes, by its exec. Fails if it says FAILED instead. */
int handshake_hear_end(struct handshake *talk, struct error *err);

/* Says FAILED and why. If nobody hears it, nobody wants to know. */
void handshake_fail(struct handshake *talk, const struct error *why);

#endif
