/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp: the system call filter as the document states it.
 *
 * Everything read lives in the arena given to schema_read. Knows neither system call numbers nor
 * libseccomp.
 */
#ifndef COOPERAGE_RUNTIME_SECCOMP_H
#define COOPERAGE_RUNTIME_SECCOMP_H

#include "libcommon/list.h"
#include "libcommon/word.h"

struct schema;

enum oci_seccomp_action {
	OCI_SECCOMP_KILL = 1, /* an old name of KILL_THREAD */
	OCI_SECCOMP_KILL_PROCESS,
	OCI_SECCOMP_KILL_THREAD,
	OCI_SECCOMP_TRAP,
	OCI_SECCOMP_ERRNO,
	OCI_SECCOMP_TRACE,
	OCI_SECCOMP_ALLOW,
	OCI_SECCOMP_LOG,
	OCI_SECCOMP_NOTIFY,
};

enum oci_seccomp_operator {
	OCI_SECCOMP_NE = 1,
	OCI_SECCOMP_LT,
	OCI_SECCOMP_LE,
	OCI_SECCOMP_EQ,
	OCI_SECCOMP_GE,
	OCI_SECCOMP_GT,
	OCI_SECCOMP_MASKED_EQ,
};

enum oci_seccomp_arch {
	OCI_ARCH_X86 = 1,
	OCI_ARCH_X86_64,
	OCI_ARCH_X32,
	OCI_ARCH_ARM,
	OCI_ARCH_AARCH64,
	OCI_ARCH_LOONGARCH64,
	OCI_ARCH_M68K,
	OCI_ARCH_MIPS,
	OCI_ARCH_MIPS64,
	OCI_ARCH_MIPS64N32,
	OCI_ARCH_MIPSEL,
	OCI_ARCH_MIPSEL64,
	OCI_ARCH_MIPSEL64N32,
	OCI_ARCH_PPC,
	OCI_ARCH_PPC64,
	OCI_ARCH_PPC64LE,
	OCI_ARCH_S390,
	OCI_ARCH_S390X,
	OCI_ARCH_SH,
	OCI_ARCH_SHEB,
	OCI_ARCH_PARISC,
	OCI_ARCH_PARISC64,
	OCI_ARCH_RISCV64,
};

enum oci_seccomp_flag {
	OCI_SECCOMP_FLAG_TSYNC = 1,
	OCI_SECCOMP_FLAG_LOG,
	OCI_SECCOMP_FLAG_SPEC_ALLOW,
	OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV,
};

struct oci_seccomp_arg {
	uint32_t index;
	uint64_t value, value_two;
	enum oci_seccomp_operator op;
};

struct oci_seccomp_arg_list {
	struct oci_seccomp_arg *items;
	size_t count;
};

struct oci_seccomp_rule {
	struct text_list names;
	enum oci_seccomp_action action;
	const uint32_t *errno_ret; /* absent: EPERM */
	struct oci_seccomp_arg_list args;
};

struct oci_seccomp_rule_list {
	struct oci_seccomp_rule *items;
	size_t count;
};

struct oci_seccomp_arch_list {
	enum oci_seccomp_arch *items;
	size_t count;
};

struct oci_seccomp_flag_list {
	enum oci_seccomp_flag *items; /* NULL: not in the document, which is not the same as [] */
	size_t count;
};

struct oci_seccomp {
	enum oci_seccomp_action default_action;
	const uint32_t *default_errno_ret;
	struct oci_seccomp_arch_list architectures;
	struct oci_seccomp_flag_list flags;
	const char *listener_path, *listener_metadata;
	struct oci_seccomp_rule_list syscalls;
};

extern const struct schema oci_seccomp_schema;

extern const struct word oci_seccomp_action_words[];
extern const struct word oci_seccomp_operator_words[];
extern const struct word oci_seccomp_arch_words[];
extern const struct word oci_seccomp_flag_words[];

#endif
