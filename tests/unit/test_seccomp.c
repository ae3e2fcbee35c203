/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/schema.h"
#include "libcommon/tree.h"
#include "runtime/kernel/seccomp.h"
#include "tests/unit/child.h"
#include "tests/unit/machine.h"

#ifdef __x86_64__
#define NATIVE AUDIT_ARCH_X86_64
#define NATIVE_WORD "SCMP_ARCH_X86_64"
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#define NATIVE_WORD "SCMP_ARCH_AARCH64"
#endif

/* ---- a filter, and what it says ------------------------------------------------------------- */

struct subject {
	struct arena arena;
	struct oci_seccomp document;
	struct seccomp_filter filter;
	struct error err;
};

static void
subject_done(struct subject *subject)
{
	seccomp_done(&subject->filter);
	arena_done(&subject->arena);
}
#define scoped_subject scoped(subject_done) struct subject

static void
read_document(struct subject *subject, const char *json)
{
	CHECK_OK(schema_read(&oci_seccomp_schema, &subject->document, "seccomp.json", json,
			     strlen(json), &subject->arena, &subject->err),
		 subject->err);
}

static struct subject
compile(const char *json)
{
	struct subject subject = { .filter = SECCOMP_NONE };

	read_document(&subject, json);
	CHECK_OK(seccomp_compile(&subject.filter, &subject.document, -1, &subject.err),
		 subject.err);
	return subject;
}

static int
try_compile(struct subject *subject, const char *json)
{
	read_document(subject, json);
	return seccomp_compile(&subject->filter, &subject->document, -1, &subject->err);
}

static uint32_t
judge(const struct seccomp_filter *filter, uint32_t architecture, uint32_t number,
      const uint64_t args[6])
{
	struct seccomp_data data = { .nr = (int) number, .arch = architecture };

	if (args != NULL)
		memcpy(data.args, args, sizeof(data.args));
	return machine_run(filter->program, filter->length, &data);
}

static uint32_t
call(const struct subject *subject, uint32_t number)
{
	return judge(&subject->filter, NATIVE, number, NULL);
}

static uint32_t
call_with(const struct subject *subject, uint32_t number, uint64_t first, uint64_t second)
{
	uint64_t args[6] = { first, second };

	return judge(&subject->filter, NATIVE, number, args);
}

#define ALLOW SECCOMP_RET_ALLOW
#define ERRNO(value) (SECCOMP_RET_ERRNO | (value))

/* ---- actions -------------------------------------------------------------------------------- */

TEST(no_document_is_no_filter)
{
	struct seccomp_filter filter;
	struct error err = { 0 };

	CHECK_OK(seccomp_compile(&filter, NULL, -1, &err), err);
	CHECK(filter.program == NULL && !filter.notifies);
	CHECK_EQ(seccomp_install(&filter, &err), 0);
	seccomp_done(&filter);
}

TEST(each_action_is_the_kernels)
{
	scoped_subject s = compile(
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
		"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\"},"
		"{\"names\": [\"write\"], \"action\": \"SCMP_ACT_KILL_THREAD\"},"
		"{\"names\": [\"openat\"], \"action\": \"SCMP_ACT_KILL_PROCESS\"},"
		"{\"names\": [\"close\"], \"action\": \"SCMP_ACT_TRAP\"},"
		"{\"names\": [\"lseek\"], \"action\": \"SCMP_ACT_ERRNO\"},"
		"{\"names\": [\"mmap\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38},"
		"{\"names\": [\"munmap\"], \"action\": \"SCMP_ACT_TRACE\", \"errnoRet\": 7},"
		"{\"names\": [\"brk\"], \"action\": \"SCMP_ACT_LOG\"}]}");

	CHECK_EQ(call(&s, SYS_read), SECCOMP_RET_KILL_THREAD);
	CHECK_EQ(call(&s, SYS_write), SECCOMP_RET_KILL_THREAD);
	CHECK(call(&s, SYS_openat) == SECCOMP_RET_KILL_PROCESS);
	CHECK_EQ(call(&s, SYS_close), SECCOMP_RET_TRAP);
	CHECK_EQ(call(&s, SYS_lseek), ERRNO(EPERM));
	CHECK_EQ(call(&s, SYS_mmap), ERRNO(ENOSYS));
	CHECK_EQ(call(&s, SYS_munmap), SECCOMP_RET_TRACE | 7);
	CHECK_EQ(call(&s, SYS_brk), SECCOMP_RET_LOG);
	CHECK_EQ(call(&s, SYS_getpid), ALLOW);
	CHECK_EQ(call(&s, 100000), ALLOW);
}

TEST(a_rule_that_says_what_the_default_says_is_left_out)
{
	scoped_subject s = compile(
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 13, \"syscalls\": ["
		"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 13},"
		"{\"names\": [\"write\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 1},"
		"{\"names\": [\"openat\", \"getpid\"], \"action\": \"SCMP_ACT_ALLOW\"}]}");

	CHECK_EQ(call(&s, SYS_read), ERRNO(13));
	CHECK_EQ(call(&s, SYS_write), ERRNO(1));
	CHECK_EQ(call(&s, SYS_openat), ALLOW);
	CHECK_EQ(call(&s, SYS_close), ERRNO(13));
}

TEST(a_call_that_nobody_knows_is_passed_over)
{
	scoped_subject s = compile(
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
		"{\"names\": [\"no_such_call\", \"read\"], \"action\": \"SCMP_ACT_ERRNO\"}]}");

	CHECK_EQ(call(&s, SYS_read), ERRNO(EPERM));
}

/* ---- conditions ----------------------------------------------------------------------------- */

#define WITH_ARGS(args)                                                                            \
	"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"personality\"], "   \
	"\"action\": \"SCMP_ACT_ERRNO\", \"args\": [" args "]}]}"
#define ARG(index, op, value)                                                                      \
	"{\"index\": " #index ", \"op\": \"SCMP_CMP_" op "\", \"value\": " #value "}"

TEST(each_operator_compares_all_sixty_four_bits)
{
	static const struct {
		const char *json;
		uint64_t yes, no;
	} rows[] = {
		{ WITH_ARGS(ARG(0, "EQ", 8)), 8, 0x100000008 },
		{ WITH_ARGS(ARG(0, "NE", 8)), 0x100000008, 8 },
		{ WITH_ARGS(ARG(0, "LT", 4294967296)), 4294967295, 4294967296 },
		{ WITH_ARGS(ARG(0, "LE", 4294967296)), 4294967296, 4294967297 },
		{ WITH_ARGS(ARG(0, "GE", 4294967296)), 4294967296, 4294967295 },
		{ WITH_ARGS(ARG(0, "GT", 4294967296)), 4294967297, 4294967296 },
		{ WITH_ARGS("{\"index\": 0, \"op\": \"SCMP_CMP_MASKED_EQ\", \"value\": 240, "
			    "\"valueTwo\": 16}"),
		  0x1f, 0x2f },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		scoped_subject s = compile(rows[i].json);
		CHECK_EQ(call_with(&s, SYS_personality, rows[i].yes, 0), ERRNO(EPERM));
		CHECK_EQ(call_with(&s, SYS_personality, rows[i].no, 0), ALLOW);
	}
}

TEST(conditions_on_different_arguments_must_all_hold)
{
	scoped_subject s = compile(WITH_ARGS(ARG(0, "EQ", 1) "," ARG(1, "EQ", 2)));

	CHECK_EQ(call_with(&s, SYS_personality, 1, 2), ERRNO(EPERM));
	CHECK_EQ(call_with(&s, SYS_personality, 1, 3), ALLOW);
	CHECK_EQ(call_with(&s, SYS_personality, 0, 2), ALLOW);
}

TEST(of_several_conditions_on_one_argument_one_is_enough_as_with_docker)
{
	scoped_subject s = compile(WITH_ARGS(ARG(0, "EQ", 1) "," ARG(0, "EQ", 2)));

	CHECK_EQ(call_with(&s, SYS_personality, 1, 0), ERRNO(EPERM));
	CHECK_EQ(call_with(&s, SYS_personality, 2, 0), ERRNO(EPERM));
	CHECK_EQ(call_with(&s, SYS_personality, 3, 0), ALLOW);
}

/* ---- what is younger than the profile ------------------------------------------------------- */

TEST(what_is_younger_than_the_profile_is_not_there)
{
	scoped_subject s =
		compile("{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": ["
			"{\"names\": [\"read\", \"openat2\"], \"action\": \"SCMP_ACT_ALLOW\"}]}");

	CHECK_EQ(call(&s, SYS_read), ALLOW);
	CHECK_EQ(call(&s, SYS_getpid), ERRNO(EPERM));
	CHECK_EQ(call(&s, SYS_openat2), ALLOW);
	CHECK_EQ(call(&s, SYS_openat2 + 1), ERRNO(ENOSYS));
	CHECK_EQ(call(&s, 5000), ERRNO(ENOSYS));
}

TEST(a_rule_like_the_default_says_how_old_the_profile_is_nevertheless)
{
	scoped_subject s =
		compile("{\"defaultAction\": \"SCMP_ACT_KILL_PROCESS\", \"syscalls\": ["
			"{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"},"
			"{\"names\": [\"openat2\"], \"action\": \"SCMP_ACT_KILL_PROCESS\"}]}");

	CHECK(call(&s, SYS_openat2) == SECCOMP_RET_KILL_PROCESS);
	CHECK_EQ(call(&s, SYS_openat2 + 1), ERRNO(ENOSYS));
}

TEST(a_default_that_lets_calls_work_goes_for_younger_ones_too)
{
	scoped_subject s = compile("{\"defaultAction\": \"SCMP_ACT_LOG\", \"syscalls\": ["
				   "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\"}]}");

	CHECK_EQ(call(&s, 5000), SECCOMP_RET_LOG);
}

#ifdef __x86_64__
#define X86_FAMILY                                                                                 \
	"\"architectures\": [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"], "

TEST(each_architecture_has_its_own_numbers_and_its_own_age)
{
	scoped_subject s =
		compile("{\"defaultAction\": \"SCMP_ACT_ERRNO\", " X86_FAMILY "\"syscalls\": ["
			"{\"names\": [\"read\", \"getpid\"], \"action\": \"SCMP_ACT_ALLOW\"}]}");

	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_X86_64, 0, NULL), ALLOW);
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_X86_64, 1, NULL), ERRNO(EPERM));
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_X86_64, 39, NULL), ALLOW);
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_X86_64, 40, NULL), ERRNO(ENOSYS));
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_I386, 3, NULL), ALLOW);
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_I386, 0, NULL), ERRNO(EPERM));
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_I386, 20, NULL), ALLOW);
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_I386, 21, NULL), ERRNO(ENOSYS));
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_X86_64, 0x40000000, NULL), ALLOW);
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_X86_64, 0x40000001, NULL), ERRNO(EPERM));
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_X86_64, 0x40000000 + 40, NULL), ERRNO(ENOSYS));
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_X86_64, UINT32_MAX, NULL), ERRNO(ENOSYS));
}

TEST(an_architecture_that_is_not_listed_is_killed)
{
	scoped_subject s = compile("{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
				   "{\"names\": [\"read\"], \"action\": \"SCMP_ACT_ERRNO\"}]}");

	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_I386, 3, NULL), SECCOMP_RET_KILL_THREAD);
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_AARCH64, 63, NULL), SECCOMP_RET_KILL_THREAD);
	CHECK_EQ(judge(&s.filter, AUDIT_ARCH_X86_64, 0x40000000, NULL), SECCOMP_RET_KILL_THREAD);
}

TEST(an_architecture_of_the_other_byte_order_is_refused)
{
	struct subject s = { 0 };

	CHECK_FAILS_WITH(try_compile(&s, "{\"defaultAction\": \"SCMP_ACT_ALLOW\", "
					 "\"architectures\": [\"SCMP_ARCH_S390X\"]}"),
			 s.err, "seccomp: add the architecture \"SCMP_ARCH_S390X\": ");
	subject_done(&s);
}
#endif

/* ---- flags ---------------------------------------------------------------------------------- */

#define PLAIN "\"defaultAction\": \"SCMP_ACT_ALLOW\""
#define NOTIFY ", \"syscalls\": [{\"names\": [\"getcwd\"], \"action\": \"SCMP_ACT_NOTIFY\"}]"

TEST(flags_that_are_absent_are_not_flags_that_are_empty)
{
	scoped_subject absent = compile("{" PLAIN "}"),
		       empty = compile("{" PLAIN ", \"flags\": []}");

	CHECK_EQ(absent.filter.flags, SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	CHECK_EQ(empty.filter.flags, 0);
}

TEST(flags_are_the_kernels)
{
	scoped_subject s = compile(
		"{" PLAIN ", \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\", "
		"\"SECCOMP_FILTER_FLAG_TSYNC\", \"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]}");

	CHECK_EQ(s.filter.flags, SECCOMP_FILTER_FLAG_LOG);
	CHECK(!s.filter.notifies);
}

TEST(a_rule_that_notifies_asks_for_a_listener)
{
	scoped_subject s = compile(
		"{" PLAIN ", \"flags\": [\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]" NOTIFY "}");

	CHECK(s.filter.notifies);
	CHECK_EQ(s.filter.flags, SECCOMP_FILTER_FLAG_NEW_LISTENER | 1U << 5);
	CHECK_EQ(call(&s, SYS_getcwd), SECCOMP_RET_USER_NOTIF);
}

/* ---- the kernel's opinion ------------------------------------------------------------------- */

static void
install(void)
{
	scoped_subject s = compile(
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
		"{\"names\": [\"personality\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 99, "
		"\"args\": [{\"index\": 0, \"op\": \"SCMP_CMP_EQ\", \"value\": 8}]}]}");

	child_expect(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	child_expect(seccomp_install(&s.filter, &s.err) == 0, "%s", s.err.text);
	child_expect(personality(8) < 0 && errno == 99, "the filter does not filter");
	child_expect(personality(0xffffffff) >= 0, "the filter filters too much");
	child_expect(strstr(child_read("/proc/self/status"), "Seccomp:\t2") != NULL, "status");
}

static void
install_notifying(void)
{
	scoped_subject s = compile("{" PLAIN NOTIFY "}");

	child_expect(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	int listener = seccomp_install(&s.filter, &s.err);
	child_expect(listener > 2, "%s", s.err.text);
	child_expect((fcntl(listener, F_GETFD) & FD_CLOEXEC) != 0, "the listener outlives an exec");
}

static void
install_without_privilege(void)
{
	scoped_subject s = compile("{" PLAIN NOTIFY "}");

	if (geteuid() == 0)
		child_expect(setresuid(999, 999, 999) == 0, "setresuid");
	child_expect(seccomp_install(&s.filter, &s.err) < 0, "it was installed");
	child_expect_text(s.err.text, "load the seccomp filter: Permission denied");
}

TEST(an_installed_filter_filters)
{
	CHECK_CHILD(0, install);
}

TEST(a_filter_that_notifies_gives_its_listener)
{
	CHECK_CHILD(0, install_notifying);
}

TEST(without_privilege_a_filter_needs_no_new_privs)
{
	CHECK_CHILD(0, install_without_privilege);
}

TEST(features_name_what_there_is)
{
	struct oci_features_seccomp features;
	scoped_arena arena = { 0 };
	bool has_native = false;

	seccomp_features(&features, &arena);
	CHECK(features.enabled != NULL);
	CHECK_EQ(features.actions.count, 9);
	CHECK_EQ(features.operators.count, 7);
	CHECK_EQ(features.known_flags.count, 4);
	if (*features.enabled)
		CHECK(features.supported_flags.count >= 3);
	FOR_EACH(word, &features.archs)
		has_native |= strcmp(*word, NATIVE_WORD) == 0;
	CHECK(has_native);
}
