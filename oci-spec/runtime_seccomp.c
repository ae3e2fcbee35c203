/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/runtime_seccomp.h"

#include "libcommon/schema.h"
#include "oci-spec/checks.h"

/* clang-format off */

const struct word oci_seccomp_action_words[] = {
	{ "SCMP_ACT_KILL",         OCI_SECCOMP_KILL },
	{ "SCMP_ACT_KILL_PROCESS", OCI_SECCOMP_KILL_PROCESS },
	{ "SCMP_ACT_KILL_THREAD",  OCI_SECCOMP_KILL_THREAD },
	{ "SCMP_ACT_TRAP",         OCI_SECCOMP_TRAP },
	{ "SCMP_ACT_ERRNO",        OCI_SECCOMP_ERRNO },
	{ "SCMP_ACT_TRACE",        OCI_SECCOMP_TRACE },
	{ "SCMP_ACT_ALLOW",        OCI_SECCOMP_ALLOW },
	{ "SCMP_ACT_LOG",          OCI_SECCOMP_LOG },
	{ "SCMP_ACT_NOTIFY",       OCI_SECCOMP_NOTIFY },
	{ NULL, 0 },
};

const struct word oci_seccomp_operator_words[] = {
	{ "SCMP_CMP_NE",        OCI_SECCOMP_NE },
	{ "SCMP_CMP_LT",        OCI_SECCOMP_LT },
	{ "SCMP_CMP_LE",        OCI_SECCOMP_LE },
	{ "SCMP_CMP_EQ",        OCI_SECCOMP_EQ },
	{ "SCMP_CMP_GE",        OCI_SECCOMP_GE },
	{ "SCMP_CMP_GT",        OCI_SECCOMP_GT },
	{ "SCMP_CMP_MASKED_EQ", OCI_SECCOMP_MASKED_EQ },
	{ NULL, 0 },
};

const struct word oci_seccomp_arch_words[] = {
	{ "SCMP_ARCH_X86",         OCI_ARCH_X86 },
	{ "SCMP_ARCH_X86_64",      OCI_ARCH_X86_64 },
	{ "SCMP_ARCH_X32",         OCI_ARCH_X32 },
	{ "SCMP_ARCH_ARM",         OCI_ARCH_ARM },
	{ "SCMP_ARCH_AARCH64",     OCI_ARCH_AARCH64 },
	{ "SCMP_ARCH_LOONGARCH64", OCI_ARCH_LOONGARCH64 },
	{ "SCMP_ARCH_M68K",        OCI_ARCH_M68K },
	{ "SCMP_ARCH_MIPS",        OCI_ARCH_MIPS },
	{ "SCMP_ARCH_MIPS64",      OCI_ARCH_MIPS64 },
	{ "SCMP_ARCH_MIPS64N32",   OCI_ARCH_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL",      OCI_ARCH_MIPSEL },
	{ "SCMP_ARCH_MIPSEL64",    OCI_ARCH_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", OCI_ARCH_MIPSEL64N32 },
	{ "SCMP_ARCH_PPC",         OCI_ARCH_PPC },
	{ "SCMP_ARCH_PPC64",       OCI_ARCH_PPC64 },
	{ "SCMP_ARCH_PPC64LE",     OCI_ARCH_PPC64LE },
	{ "SCMP_ARCH_S390",        OCI_ARCH_S390 },
	{ "SCMP_ARCH_S390X",       OCI_ARCH_S390X },
	{ "SCMP_ARCH_SH",          OCI_ARCH_SH },
	{ "SCMP_ARCH_SHEB",        OCI_ARCH_SHEB },
	{ "SCMP_ARCH_PARISC",      OCI_ARCH_PARISC },
	{ "SCMP_ARCH_PARISC64",    OCI_ARCH_PARISC64 },
	{ "SCMP_ARCH_RISCV64",     OCI_ARCH_RISCV64 },
	{ NULL, 0 },
};

const struct word oci_seccomp_flag_words[] = {
	{ "SECCOMP_FILTER_FLAG_TSYNC",              OCI_SECCOMP_FLAG_TSYNC },
	{ "SECCOMP_FILTER_FLAG_LOG",                OCI_SECCOMP_FLAG_LOG },
	{ "SECCOMP_FILTER_FLAG_SPEC_ALLOW",         OCI_SECCOMP_FLAG_SPEC_ALLOW },
	{ "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV },
	{ NULL, 0 },
};

#define SELF struct oci_seccomp_arg
static const struct field arg_rows[] = {
	VALUE(index,     "index",    .required = true, .max = 5, .help = "which argument, from 0"),
	VALUE(value,     "value",    .required = true, .help = "to compare with; the mask for SCMP_CMP_MASKED_EQ"),
	VALUE(value_two, "valueTwo", .help = "for SCMP_CMP_MASKED_EQ: what must be left under the mask"),
	WORD(op,         "op",       oci_seccomp_operator_words, .required = true, .help = "how to compare"),
};
SCHEMA(oci_seccomp_arg, arg_rows);
#undef SELF

#define SELF struct oci_seccomp_rule
static const struct field rule_rows[] = {
	VALUES(names,    "names",    .required = true, .check = checks_not_empty, .help = "of system calls; unknown ones are ignored"),
	WORD(action,     "action",   oci_seccomp_action_words, .required = true, .help = "what happens when all args match"),
	VALUE(errno_ret, "errnoRet", .help = "for SCMP_ACT_ERRNO and SCMP_ACT_TRACE; EPERM if absent"),
	OBJECTS(args,    "args",     oci_seccomp_arg, .help = "conditions on arguments"),
};
SCHEMA(oci_seccomp_rule, rule_rows);
#undef SELF

#define SELF struct oci_seccomp
static const struct field seccomp_rows[] = {
	WORD(default_action,      "defaultAction",    oci_seccomp_action_words, .required = true, .help = "for calls that no rule names"),
	VALUE(default_errno_ret,  "defaultErrnoRet",  .help = "for SCMP_ACT_ERRNO and SCMP_ACT_TRACE; EPERM if absent"),
	WORDS(architectures,      "architectures",    oci_seccomp_arch_words, .help = "beside the machine's own"),
	WORDS(flags,              "flags",            oci_seccomp_flag_words, .help = "see seccomp(2); SPEC_ALLOW if absent"),
	VALUE(listener_path,      "listenerPath",     .help = "socket that is sent the descriptor for SCMP_ACT_NOTIFY"),
	VALUE(listener_metadata,  "listenerMetadata", .help = "anything, sent along to that socket"),
	OBJECTS(syscalls,         "syscalls",         oci_seccomp_rule, .help = "rules"),
};
SCHEMA(oci_seccomp, seccomp_rows);
#undef SELF
