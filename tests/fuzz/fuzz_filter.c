/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any program that could be a filter means the same after it was shortened: four bytes of input make
 * an instruction, and whatever they are, it is one that the kernel would load. Asked are the numbers
 * around each constant, for each architecture it might know, with two sets of arguments.
 */
#include "tests/fuzz/filters.h"

#include "libcommon/buffer.h"
#include "runtime/kernel/seccomp_program.h"

#define LENGTH_MAX 80

/* Few values, so that comparisons meet. */
static uint32_t
constant_of(uint8_t byte)
{
	static const uint32_t odd[] = { 0,          UINT32_MAX, 0x40000000, 0x3fffffff,
					0xc000003e, 0x40000003, 0x7fffffff };

	return byte < COUNT(odd) ? odd[byte] : byte;
}

static struct sock_filter
instruction_of(const uint8_t *bytes, size_t left)
{
	static const uint16_t branches[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	static const uint32_t verdicts[] = { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | 1,
					     SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO | 38 };
	struct sock_filter one = { .k = constant_of(bytes[3]) };

	switch (left == 0 ? 0 : bytes[0] % 8) {
	case 0:
		return (struct sock_filter){ BPF_RET | BPF_K, 0, 0,
					     verdicts[bytes[3] % COUNT(verdicts)] };
	case 1: return (struct sock_filter){ BPF_LD | BPF_W | BPF_ABS, 0, 0, bytes[3] % 16 * 4 };
	case 2: return (struct sock_filter){ BPF_LD | BPF_W | BPF_ABS, 0, 0, bytes[3] % 2 * 4 };
	case 3: return (struct sock_filter){ BPF_JMP | BPF_JA, 0, 0, (uint32_t) (bytes[3] % left) };
	case 4: one.code = BPF_ALU | BPF_AND | BPF_K; return one;
	default: break;
	}
	one.code = (uint16_t) (BPF_JMP | BPF_K | branches[bytes[0] / 8 % COUNT(branches)]);
	one.jt = (uint8_t) (bytes[1] % left);
	one.jf = (uint8_t) (bytes[2] % left);
	return one;
}

static void
make_program(struct buffer *program, const uint8_t *bytes, size_t n)
{
	size_t length = n / 4 < LENGTH_MAX ? n / 4 : LENGTH_MAX;

	for (size_t i = 0; i < length; i++) {
		struct sock_filter one = instruction_of(bytes + 4 * i, length - i - 1);
		buffer_add(program, &one, sizeof(one));
	}
}

static void
compare(const struct buffer *before, const struct buffer *after, uint32_t architecture,
	uint32_t number)
{
	struct seccomp_data data = { .arch = architecture, .nr = (int) number };

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 6; i++)
			data.args[i] =
				round == 0 ? 0 : (uint64_t) number << 32 | (number ^ (uint32_t) i);
		DEMAND(machine_run((const void *) before->bytes,
				   before->length / sizeof(struct sock_filter), &data) ==
		       machine_run((const void *) after->bytes,
				   after->length / sizeof(struct sock_filter), &data));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const uint32_t architectures[] = { 0, 7, 0xc000003e, 0x40000003 };
	scoped_buffer before = { 0 }, after = { 0 };

	make_program(&before, bytes, n);
	if (before.length == 0)
		return 0;
	const struct sock_filter *program = (const void *) before.bytes;
	size_t length = before.length / sizeof(*program);
	DEMAND(filters_is_loadable(program, length));

	buffer_add(&after, before.bytes, before.length);
	seccomp_program_shrink(&after);
	DEMAND(after.length <= before.length);
	DEMAND(filters_is_loadable((const void *) after.bytes, after.length / sizeof(*program)));
	for (size_t i = 0; i < length; i++)
		for (size_t j = 0; j < COUNT(architectures) + 1; j++) {
			uint32_t architecture = j == COUNT(architectures) ? program[length / 2].k
									  : architectures[j];
			for (uint32_t near = 0; near < 3; near++)
				compare(&before, &after, architecture, program[i].k + near - 1);
		}
	return 0;
}
