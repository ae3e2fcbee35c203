/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel would do with a call: a machine of the few instructions that filters are made of.
 */
#ifndef COOPERAGE_TESTS_MACHINE_H
#define COOPERAGE_TESTS_MACHINE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MACHINE_STUCK 0xdeadbeefU /* no verdict is that */

static inline bool
machine_takes(const struct sock_filter *at, uint32_t a)
{
	switch (BPF_OP(at->code)) {
	case BPF_JEQ: return a == at->k;
	case BPF_JGT: return a > at->k;
	case BPF_JGE: return a >= at->k;
	default: return (a & at->k) != 0;
	}
}

static inline uint32_t
machine_run(const struct sock_filter *program, size_t length, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t pc = 0; pc < length; pc++) {
		const struct sock_filter *at = &program[pc];

		if (at->code == (BPF_LD | BPF_W | BPF_ABS))
			memcpy(&a, (const char *) data + at->k, sizeof(a));
		else if (at->code == (BPF_RET | BPF_K))
			return at->k;
		else if (at->code == (BPF_ALU | BPF_AND | BPF_K))
			a &= at->k;
		else if (at->code == (BPF_JMP | BPF_JA))
			pc += at->k;
		else if (BPF_CLASS(at->code) == BPF_JMP)
			pc += machine_takes(at, a) ? at->jt : at->jf;
		else
			return MACHINE_STUCK;
	}
	return MACHINE_STUCK;
}

#endif
