/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program of a system call filter: classic BPF, made of the few instructions that filters need.
 *
 * A program is a buffer of struct sock_filter. Knows neither libseccomp nor the document.
 */
#ifndef COOPERAGE_SECCOMP_PROGRAM_H
#define COOPERAGE_SECCOMP_PROGRAM_H

#include "libcommon/buffer.h"

/* How far a profile knows the calls of an architecture. */
struct seccomp_age {
	uint32_t architecture; /* AUDIT_ARCH_* */
	uint32_t highest;      /* what is above is younger than the profile, */
	uint32_t last;         /* up to this one */
};

/* Adds instructions that answer ENOSYS to younger calls, and let all others fall through. */
void seccomp_program_add_age(struct buffer *program, const struct seccomp_age *age);

/*
 * Makes it shorter, and it means the same for every call there can be. What cannot be understood in
 * full stays as it is.
 */
void seccomp_program_shrink(struct buffer *program);

#endif
