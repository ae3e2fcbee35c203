/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libseccomp compiles; we add a few instructions in front, shorten the whole (seccomp_program.c),
 * keep it (seccomp_cache.c), and load it ourselves.
 *
 * What is added answers ENOSYS to system calls that are younger than the profile, as runc does:
 * to the C library "not permitted" is an answer and "not there" a reason to take the older call,
 * so a profile of last year would break the programs of this year. A call counts as younger if
 * its number is above all numbers that the profile mentions for the architecture.
 */
#include "runtime/kernel/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/buffer.h"
#include "libcommon/fd.h"
#include "libcommon/log.h"
#include "runtime/kernel/seccomp_cache.h"
#include "runtime/kernel/seccomp_program.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* Part of the cache's key: to be raised with any change to what the same document compiles to. */
#define FORMAT_VERSION 2

#define ARGUMENTS 6
#define X32_BIT 0x40000000U

static void
release_context(scmp_filter_ctx *context)
{
	if (*context != NULL)
		seccomp_release(*context);
}
#define scoped_context scoped(release_context) scmp_filter_ctx

/* ---- words ---------------------------------------------------------------------------------- */

/* libseccomp's name for each of ours; 0 where the library we are built with has none. */
/* clang-format off */
static const uint32_t architectures[] = {
	[OCI_ARCH_X86]         = SCMP_ARCH_X86,
	[OCI_ARCH_X86_64]      = SCMP_ARCH_X86_64,
	[OCI_ARCH_X32]         = SCMP_ARCH_X32,
	[OCI_ARCH_ARM]         = SCMP_ARCH_ARM,
	[OCI_ARCH_AARCH64]     = SCMP_ARCH_AARCH64,
#ifdef SCMP_ARCH_LOONGARCH64
	[OCI_ARCH_LOONGARCH64] = SCMP_ARCH_LOONGARCH64,
#endif
#ifdef SCMP_ARCH_M68K
	[OCI_ARCH_M68K]        = SCMP_ARCH_M68K,
#endif
	[OCI_ARCH_MIPS]        = SCMP_ARCH_MIPS,
	[OCI_ARCH_MIPS64]      = SCMP_ARCH_MIPS64,
	[OCI_ARCH_MIPS64N32]   = SCMP_ARCH_MIPS64N32,
	[OCI_ARCH_MIPSEL]      = SCMP_ARCH_MIPSEL,
	[OCI_ARCH_MIPSEL64]    = SCMP_ARCH_MIPSEL64,
	[OCI_ARCH_MIPSEL64N32] = SCMP_ARCH_MIPSEL64N32,
	[OCI_ARCH_PPC]         = SCMP_ARCH_PPC,
	[OCI_ARCH_PPC64]       = SCMP_ARCH_PPC64,
	[OCI_ARCH_PPC64LE]     = SCMP_ARCH_PPC64LE,
	[OCI_ARCH_S390]        = SCMP_ARCH_S390,
	[OCI_ARCH_S390X]       = SCMP_ARCH_S390X,
#ifdef SCMP_ARCH_SH
	[OCI_ARCH_SH]          = SCMP_ARCH_SH,
#endif
#ifdef SCMP_ARCH_SHEB
	[OCI_ARCH_SHEB]        = SCMP_ARCH_SHEB,
#endif
	[OCI_ARCH_PARISC]      = SCMP_ARCH_PARISC,
	[OCI_ARCH_PARISC64]    = SCMP_ARCH_PARISC64,
	[OCI_ARCH_RISCV64]     = SCMP_ARCH_RISCV64,
};

static const enum scmp_compare operators[] = {
	[OCI_SECCOMP_NE]        = SCMP_CMP_NE,
	[OCI_SECCOMP_LT]        = SCMP_CMP_LT,
	[OCI_SECCOMP_LE]        = SCMP_CMP_LE,
	[OCI_SECCOMP_EQ]        = SCMP_CMP_EQ,
	[OCI_SECCOMP_GE]        = SCMP_CMP_GE,
	[OCI_SECCOMP_GT]        = SCMP_CMP_GT,
	[OCI_SECCOMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
};

static const unsigned flag_bits[] = {
	[OCI_SECCOMP_FLAG_TSYNC]              = SECCOMP_FILTER_FLAG_TSYNC,
	[OCI_SECCOMP_FLAG_LOG]                = SECCOMP_FILTER_FLAG_LOG,
	[OCI_SECCOMP_FLAG_SPEC_ALLOW]         = SECCOMP_FILTER_FLAG_SPEC_ALLOW,
	[OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV] = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
};
/* clang-format on */

/* An errno is also what a tracer is told (SCMP_ACT_TRACE). */
static uint32_t
action_of(enum oci_seccomp_action action, const uint32_t *errno_ret)
{
	uint32_t value = (errno_ret != NULL ? *errno_ret : EPERM) & 0xffff;

	switch (action) {
	case OCI_SECCOMP_KILL:
	case OCI_SECCOMP_KILL_THREAD: return SCMP_ACT_KILL_THREAD;
	case OCI_SECCOMP_KILL_PROCESS: return SCMP_ACT_KILL_PROCESS;
	case OCI_SECCOMP_TRAP: return SCMP_ACT_TRAP;
	case OCI_SECCOMP_ERRNO: return SCMP_ACT_ERRNO(value);
	case OCI_SECCOMP_TRACE: return SCMP_ACT_TRACE(value);
	case OCI_SECCOMP_ALLOW: return SCMP_ACT_ALLOW;
	case OCI_SECCOMP_LOG: return SCMP_ACT_LOG;
	case OCI_SECCOMP_NOTIFY: return SCMP_ACT_NOTIFY;
	}
	assert(!"an action without a case");
	return SCMP_ACT_KILL_PROCESS;
}

/* ---- rules ---------------------------------------------------------------------------------- */

static struct scmp_arg_cmp
condition_of(const struct oci_seccomp_arg *arg)
{
	return (struct scmp_arg_cmp){
		.arg = arg->index,
		.op = operators[arg->op],
		.datum_a = arg->value,
		.datum_b = arg->op == OCI_SECCOMP_MASKED_EQ ? arg->value_two : 0,
	};
}

static bool
repeats_an_argument(const struct oci_seccomp_arg_list *args)
{
	unsigned seen = 0;

	FOR_EACH(arg, args) {
		if ((seen & 1U << arg->index) != 0)
			return true;
		seen |= 1U << arg->index;
	}
	return false;
}

static int
add_conditions(scmp_filter_ctx context, uint32_t action, int number, const char *name,
	       const struct scmp_arg_cmp *conditions, unsigned count, struct error *err)
{
	int result = seccomp_rule_add_array(context, action, number, count, conditions);

	if (result < 0) {
		errno = -result;
		return fail_errno(err, "seccomp: add the rule for \"%s\"", name);
	}
	return 0;
}

/*
 * All conditions of a rule must hold, but libseccomp takes one for each argument. Where a rule has
 * several for one, every condition becomes a rule of its own: that is what docker has always meant
 * by it, and profiles rely on it.
 */
static int
add_name(scmp_filter_ctx context, uint32_t action, const struct oci_seccomp_rule *rule,
	 const char *name, struct error *err)
{
	struct scmp_arg_cmp conditions[ARGUMENTS];
	int number = seccomp_syscall_resolve_name(name);

	if (number == __NR_SCMP_ERROR) {
		log_debug("seccomp: no system call is called \"%s\"", name);
		return 0; /* profiles list the calls of all kernels and architectures */
	}
	if (repeats_an_argument(&rule->args)) {
		FOR_EACH(arg, &rule->args) {
			conditions[0] = condition_of(arg);
			TRY(add_conditions(context, action, number, name, conditions, 1, err));
		}
		return 0;
	}
	for (size_t i = 0; i < rule->args.count; i++)
		conditions[i] = condition_of(&rule->args.items[i]);
	return add_conditions(context, action, number, name, conditions,
			      (unsigned) rule->args.count, err);
}

static int
add_rules(scmp_filter_ctx context, const struct oci_seccomp *document, struct error *err)
{
	uint32_t default_action = action_of(document->default_action, document->default_errno_ret);

	FOR_EACH(rule, &document->syscalls) {
		uint32_t action = action_of(rule->action, rule->errno_ret);
		if (action == default_action)
			continue; /* libseccomp refuses what changes nothing */
		FOR_EACH(arg, &rule->args)
			if (arg->index >= ARGUMENTS)
				return fail(err, "seccomp: a system call has no argument %u",
					    arg->index);
		FOR_EACH(name, &rule->names)
			TRY(add_name(context, action, rule, *name, err));
	}
	return 0;
}

static int
add_architectures(scmp_filter_ctx context, const struct oci_seccomp *document, struct error *err)
{
	FOR_EACH(architecture, &document->architectures) {
		const char *word = word_text(oci_seccomp_arch_words, *architecture);
		uint32_t token =
			*architecture < COUNT(architectures) ? architectures[*architecture] : 0;

		if (token == 0)
			return fail(err,
				    "seccomp: libseccomp does not know the architecture \"%s\"",
				    word);
		int result = seccomp_arch_add(context, token);
		if (result < 0 && result != -EEXIST) {
			errno = -result;
			return fail_errno(err, "seccomp: add the architecture \"%s\"", word);
		}
	}
	return 0;
}

/* ---- what is younger than the profile ------------------------------------------------------- */

/*
 * True if the default keeps what the profile does not mention from working, but not by ENOSYS
 * already.
 */
static bool
hides_younger(const struct oci_seccomp *document)
{
	switch (document->default_action) {
	case OCI_SECCOMP_ALLOW:
	case OCI_SECCOMP_LOG:
	case OCI_SECCOMP_TRACE:
	case OCI_SECCOMP_NOTIFY: return false;
	case OCI_SECCOMP_ERRNO:
		return document->default_errno_ret == NULL ||
		       *document->default_errno_ret != ENOSYS;
	default: return true;
	}
}

/*
 * The highest number that the profile mentions, or -1. Numbers below 0 are libseccomp's for "not
 * here".
 */
static int64_t
find_highest(const struct oci_seccomp *document, uint32_t token)
{
	int64_t highest = -1;

	FOR_EACH(rule, &document->syscalls)
		FOR_EACH(name, &rule->names) {
			int number = seccomp_syscall_resolve_name_arch(token, *name);
			if (number > highest)
				highest = number;
		}
	return highest;
}

/*
 * On x86_64 the calls of x32 share the architecture and have a bit of their own, so neither may
 * judge the other's.
 */
static void
add_age(struct buffer *program, const struct oci_seccomp *document, uint32_t token)
{
	int64_t highest = find_highest(document, token);
	struct seccomp_age age = {
		.architecture = token == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : token,
		.highest = (uint32_t) highest,
		.last = token == SCMP_ARCH_X86_64 ? X32_BIT - 1 : UINT32_MAX,
	};

	if (highest >= 0)
		seccomp_program_add_age(program, &age);
}

static void
add_ages(struct buffer *program, const struct oci_seccomp *document)
{
	uint32_t native = seccomp_arch_native();
	bool native_is_listed = false;

	FOR_EACH(architecture, &document->architectures) {
		add_age(program, document, architectures[*architecture]);
		native_is_listed |= architectures[*architecture] == native;
	}
	if (!native_is_listed)
		add_age(program, document, native);
}

/* ---- compiling ------------------------------------------------------------------------------ */

/* libseccomp writes to files only. */
static int
export_program(struct buffer *program, scmp_filter_ctx context, struct error *err)
{
	struct stat about;
	scoped_fd fd = memfd_create("seccomp", MFD_CLOEXEC);

	if (fd < 0)
		return fail_errno(err, "make a memfd");
	int result = seccomp_export_bpf(context, fd);
	if (result < 0) {
		errno = -result;
		return fail_errno(err, "seccomp: compile the filter");
	}
	if (fstat(fd, &about) < 0)
		return fail_errno(err, "look at the compiled filter");
	size_t n = (size_t) about.st_size;
	if (pread(fd, buffer_room(program, n), n, 0) != about.st_size)
		return fail_errno(err, "read the compiled filter");
	buffer_used(program, n);
	return 0;
}

static int
compile(struct buffer *program, const struct oci_seccomp *document, struct error *err)
{
	uint32_t default_action = action_of(document->default_action, document->default_errno_ret);
	scoped_context context = seccomp_init(default_action);

	if (context == NULL)
		return fail(err, "seccomp: libseccomp refuses the default action");
	TRY(add_architectures(context, document, err));
	TRY(add_rules(context, document, err));
	if (hides_younger(document))
		add_ages(program, document);
	TRY(export_program(program, context, err));
	seccomp_program_shrink(program);
	return 0;
}

static const char *
write_version(char text[64])
{
	const struct scmp_version *version = seccomp_version();

	(void) snprintf(text, 64, "%d libseccomp %u.%u.%u", FORMAT_VERSION, version->major,
			version->minor, version->micro);
	return text;
}

/* Compiles, or finds what was compiled before. */
static int
obtain(struct buffer *program, const struct oci_seccomp *document, int cache, struct error *err)
{
	scoped_buffer key = { 0 };
	char version[64];

	if (cache < 0)
		return compile(program, document, err);
	seccomp_cache_key(&key, document, write_version(version));
	if (seccomp_cache_find(program, cache, &key))
		return 0;
	TRY(compile(program, document, err));
	seccomp_cache_keep(cache, &key, program);
	return 0;
}

static bool
has_notify(const struct oci_seccomp *document)
{
	FOR_EACH(rule, &document->syscalls)
		if (rule->action == OCI_SECCOMP_NOTIFY)
			return true;
	return false;
}

/*
 * A document without flags gets SPEC_ALLOW, as with runc and crun: the kernel would else turn the
 * mitigation of speculative store bypass on for the container, which costs some programs half of
 * their speed; kernels from 5.16 no longer do that by themselves. "[]" asks for none.
 *
 * TSYNC is for the threads of a process; ours has one, so it is there already.
 */
static unsigned
flags_of(const struct oci_seccomp *document)
{
	const unsigned how_a_listener_waits = SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	bool notifies = has_notify(document);
	unsigned flags = notifies ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;

	if (document->flags.items == NULL)
		return flags | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	FOR_EACH(flag, &document->flags) {
		assert(*flag < COUNT(flag_bits));
		flags |= flag_bits[*flag];
	}
	flags &= ~(unsigned) SECCOMP_FILTER_FLAG_TSYNC;
	if (!notifies)
		flags &= ~how_a_listener_waits;
	return flags;
}

int
seccomp_compile(struct seccomp_filter *filter, const struct oci_seccomp *document, int cache,
		struct error *err)
{
	struct buffer program = { 0 };

	*filter = (struct seccomp_filter) SECCOMP_NONE;
	if (document == NULL)
		return 0;
	if (obtain(&program, document, cache, err) < 0) {
		buffer_done(&program);
		return -1;
	}
	*filter = (struct seccomp_filter){
		.program = (struct sock_filter *) (void *) program.bytes,
		.length = program.length / sizeof(struct sock_filter),
		.flags = flags_of(document),
		.notifies = has_notify(document),
	};
	if (filter->length == 0 || filter->length > BPF_MAXINSNS) {
		(void) fail(err,
			    "seccomp: the filter has %zu instructions, the kernel takes 1 to %d",
			    filter->length, BPF_MAXINSNS);
		seccomp_done(filter);
		return -1;
	}
	return 0;
}

void
seccomp_done(struct seccomp_filter *filter)
{
	free(filter->program);
	*filter = (struct seccomp_filter) SECCOMP_NONE;
}

/* ---- loading -------------------------------------------------------------------------------- */

int
seccomp_install(const struct seccomp_filter *filter, struct error *err)
{
	struct sock_fprog program = {
		.len = (unsigned short) filter->length,
		.filter = filter->program,
	};

	if (filter->program == NULL)
		return 0;
	int result = (int) syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &program);
	if (result < 0)
		return fail_errno(err, "load the seccomp filter");
	return filter->notifies ? result : 0;
}

/* ---- features ------------------------------------------------------------------------------- */

static bool
has_flag(unsigned flag)
{
	/* Without a program the kernel complains of that (EFAULT), unless it minds the flag first. */
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag, NULL) < 0 && errno == EFAULT;
}

static void
add_words(struct text_list *list, const struct word *words, struct arena *arena)
{
	for (const struct word *row = words; row->text != NULL; row++)
		list_add(list, arena, row->text);
}

void
seccomp_features(struct oci_features_seccomp *features, struct arena *arena)
{
	bool *enabled = arena_new(arena, bool);

	*enabled = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) < 0 && errno == EFAULT;
	*features = (struct oci_features_seccomp){ .enabled = enabled };
	add_words(&features->actions, oci_seccomp_action_words, arena);
	add_words(&features->operators, oci_seccomp_operator_words, arena);
	add_words(&features->known_flags, oci_seccomp_flag_words, arena);
	for (const struct word *row = oci_seccomp_arch_words; row->text != NULL; row++)
		if ((size_t) row->value < COUNT(architectures) && architectures[row->value] != 0)
			list_add(&features->archs, arena, row->text);
	for (const struct word *row = oci_seccomp_flag_words; row->text != NULL; row++) {
		unsigned bit = flag_bits[row->value];
		if (has_flag(bit == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
				     ? bit | SECCOMP_FILTER_FLAG_NEW_LISTENER
				     : bit))
			list_add(&features->supported_flags, arena, row->text);
	}
}
