/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel demands of a filter before it loads it (bpf_check_classic, seccomp_check_filter). */
#ifndef COOPERAGE_FILTERS_H
#define COOPERAGE_FILTERS_H

#include "tests/fuzz/fuzz.h"
#include "tests/unit/machine.h"

static inline bool
filters_is_loadable(const struct sock_filter *program, size_t length)
{
	if (length == 0 || program[length - 1].code != (BPF_RET | BPF_K))
		return false;
	for (size_t pc = 0; pc < length; pc++) {
		const struct sock_filter *at = &program[pc];
		size_t left = length - pc - 1;

		switch (at->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (at->k % 4 != 0 || at->k >= sizeof(struct seccomp_data))
				return false;
			break;
		case BPF_RET | BPF_K:
		case BPF_ALU | BPF_AND | BPF_K: break;
		case BPF_JMP | BPF_JA:
			if (at->k >= left)
				return false;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			if (at->jt >= left || at->jf >= left)
				return false;
			break;
		default: return false;
		}
	}
	return true;
}

#endif
