/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/kernel/rlimits.h"
#include "tests/unit/child.h"

static int
set(pid_t pid, enum oci_rlimit_type type, uint64_t soft, uint64_t hard, struct error *err)
{
	struct oci_rlimit limit = { type, soft, hard };

	return rlimits_set(pid, &(struct oci_rlimit_list){ &limit, 1 }, err);
}

static void
limit_myself(void)
{
	struct error err = { 0 };
	struct rlimit now;

	child_expect(set(0, OCI_RLIMIT_NOFILE, 50, 60, &err) == 0, "%s", err.text);
	(void) getrlimit(RLIMIT_NOFILE, &now);
	child_expect(now.rlim_cur == 50 && now.rlim_max == 60, "it is not set");
}

TEST(a_process_limits_itself)
{
	CHECK_CHILD(0, limit_myself);
}

/* clang-format off */
static const struct {
	enum oci_rlimit_type type;
	int resource;
} pairs[] = {
	{ OCI_RLIMIT_AS,     RLIMIT_AS },     { OCI_RLIMIT_CORE,       RLIMIT_CORE },
	{ OCI_RLIMIT_CPU,    RLIMIT_CPU },    { OCI_RLIMIT_DATA,       RLIMIT_DATA },
	{ OCI_RLIMIT_FSIZE,  RLIMIT_FSIZE },  { OCI_RLIMIT_LOCKS,      RLIMIT_LOCKS },
	{ OCI_RLIMIT_RSS,    RLIMIT_RSS },    { OCI_RLIMIT_MEMLOCK,    RLIMIT_MEMLOCK },
	{ OCI_RLIMIT_NICE,   RLIMIT_NICE },   { OCI_RLIMIT_MSGQUEUE,   RLIMIT_MSGQUEUE },
	{ OCI_RLIMIT_NOFILE, RLIMIT_NOFILE }, { OCI_RLIMIT_NPROC,      RLIMIT_NPROC },
	{ OCI_RLIMIT_RTTIME, RLIMIT_RTTIME }, { OCI_RLIMIT_SIGPENDING, RLIMIT_SIGPENDING },
	{ OCI_RLIMIT_RTPRIO, RLIMIT_RTPRIO }, { OCI_RLIMIT_STACK,      RLIMIT_STACK },
};
/* clang-format on */

/* A bystander is limited, since to limit oneself in everything ends badly. */
static void
limit_a_bystander(void)
{
	struct error err = { 0 };
	pid_t bystander = fork();

	if (bystander == 0)
		for (;;)
			(void) pause();
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const char *name = word_text(oci_rlimit_words, pairs[i].type);
		struct rlimit before, after;

		(void) prlimit(bystander, pairs[i].resource, NULL, &before);
		rlim_t wanted = before.rlim_max < 1000 + i ? before.rlim_max : 1000 + i;
		child_expect(set(bystander, pairs[i].type, wanted / 2, wanted, &err) == 0, "%s",
			     err.text);
		(void) prlimit(bystander, pairs[i].resource, NULL, &after);
		child_expect(after.rlim_cur == wanted / 2 && after.rlim_max == wanted,
			     "%s is not set", name);
	}
	(void) kill(bystander, SIGKILL);
	(void) waitpid(bystander, NULL, 0);
}

TEST(each_type_reaches_its_own_resource_of_another_process)
{
	CHECK_CHILD(0, limit_a_bystander);
}

TEST(a_soft_limit_above_the_hard_one_is_an_error_with_both)
{
	struct error err;

	CHECK_FAILS(set(0, OCI_RLIMIT_NOFILE, 20, 10, &err), err,
		    "set RLIMIT_NOFILE to 20, at most 10: Invalid argument");
}
