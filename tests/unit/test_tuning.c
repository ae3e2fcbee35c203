/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/kernel/procfs.h"
#include "runtime/kernel/tuning.h"
#include "tests/unit/child.h"

/* ---- oom score ------------------------------------------------------------------------------ */

static void
set_oom_score(void)
{
	struct error err = { 0 };
	int32_t score = 500, wrong = 1001;

	child_expect(tuning_set_oom_score(getpid(), &score, false, &err) == 0, "%s", err.text);
	child_expect(atoi(child_read("/proc/self/oom_score_adj")) == 500, "it is not set");
	child_expect(tuning_set_oom_score(getpid(), NULL, false, &err) == 0, "%s", err.text);
	child_expect(atoi(child_read("/proc/self/oom_score_adj")) == 500, "it was set to nothing");
	child_expect(tuning_set_oom_score(getpid(), &wrong, false, &err) < 0, "1001 was taken");
	child_expect(strncmp(err.text, "set the oom score to 1001: ", 27) == 0, "%s", err.text);
}

TEST(the_oom_score_is_set_or_left_alone)
{
	CHECK_CHILD(0, set_oom_score);
}

/* ---- scheduler ------------------------------------------------------------------------------ */

static void
set_batch(void)
{
	enum oci_scheduler_flag flag = OCI_SCHED_FLAG_RESET_ON_FORK;
	struct oci_scheduler wanted = { .policy = OCI_SCHED_BATCH, .nice = 5 };
	struct error err = { 0 };

	wanted.flags.items = &flag;
	wanted.flags.count = 1;
	child_expect(tuning_set_scheduler(&wanted, &err) == 0, "%s", err.text);
	child_expect(sched_getscheduler(0) == (SCHED_BATCH | SCHED_RESET_ON_FORK), "policy %x",
		     (unsigned) sched_getscheduler(0));
	child_expect(getpriority(PRIO_PROCESS, 0) == 5, "nice %d", getpriority(PRIO_PROCESS, 0));

	child_expect(tuning_set_scheduler(NULL, &err) == 0, "%s", err.text);
	child_expect(getpriority(PRIO_PROCESS, 0) == 5, "it was changed by nothing");
}

static void
set_wrong_scheduler(void)
{
	struct oci_scheduler wanted = { .policy = OCI_SCHED_FIFO, .priority = 1000 };
	struct error err = { 0 };

	child_expect(tuning_set_scheduler(&wanted, &err) < 0, "a priority of 1000 was taken");
	child_expect_text(err.text, "set the scheduler to SCHED_FIFO: Invalid argument");
}

static void
set_deadline(void)
{
	struct oci_scheduler wanted = {
		.policy = OCI_SCHED_DEADLINE,
		.runtime = 1000000,
		.deadline = 10000000,
		.period = 20000000,
	};
	struct error err = { 0 };

	child_expect(tuning_set_scheduler(&wanted, &err) == 0, "%s", err.text);
	child_expect(sched_getscheduler(0) == 6, "policy %d", sched_getscheduler(0));
}

TEST(a_policy_is_set_with_its_nice_value_and_flags)
{
	CHECK_CHILD(0, set_batch);
}

TEST(a_policy_that_the_kernel_refuses_is_named)
{
	CHECK_CHILD(0, set_wrong_scheduler);
}

TEST(a_deadline_is_set_with_its_three_times)
{
	if (geteuid() != 0) {
		print_message("skipped: needs root\n");
		skip();
	}
	CHECK_CHILD(0, set_deadline);
}

/* ---- io priority ---------------------------------------------------------------------------- */

static void
set_io_priority(void)
{
	struct oci_io_priority wanted = { OCI_IO_CLASS_BE, 6 }, idle = { OCI_IO_CLASS_IDLE, 0 };
	struct error err = { 0 };

	child_expect(tuning_set_io_priority(&wanted, &err) == 0, "%s", err.text);
	child_expect(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) == (IOPRIO_CLASS_BE << 13 | 6),
		     "best effort");
	child_expect(tuning_set_io_priority(&idle, &err) == 0, "%s", err.text);
	child_expect(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) >> 13 == IOPRIO_CLASS_IDLE,
		     "idle");
	child_expect(tuning_set_io_priority(NULL, &err) == 0, "%s", err.text);
	wanted.priority = 9;
	child_expect(tuning_set_io_priority(&wanted, &err) < 0, "9 was taken");
	child_expect_text(err.text, "io priority 9 is not between 0 and 7");
	wanted.priority = -1;
	child_expect(tuning_set_io_priority(&wanted, &err) < 0, "-1 was taken");
}

TEST(the_io_priority_is_set)
{
	CHECK_CHILD(0, set_io_priority);
}

/* ---- affinity ------------------------------------------------------------------------------- */

static void
set_affinity(void)
{
	struct error err = { 0 };
	cpu_set_t now;

	child_expect(tuning_set_affinity("0", &err) == 0, "%s", err.text);
	(void) sched_getaffinity(0, sizeof(now), &now);
	child_expect(CPU_COUNT(&now) == 1 && CPU_ISSET(0, &now), "not CPU 0 alone");
	child_expect(tuning_set_affinity("0-3,9000-9002,65535", &err) == 0, "%s", err.text);
	child_expect(tuning_set_affinity(NULL, &err) == 0 && tuning_set_affinity("", &err) == 0,
		     "nothing");
}

TEST(a_process_is_bound_to_cpus_of_any_number)
{
	CHECK_CHILD(0, set_affinity);
}

TEST(a_list_that_is_no_list_is_refused)
{
	struct error err;
	static const char *const wrong[] = { "a",    "0-",    "-1",
					     "1,,2", "1,",    "0-3:2",
					     " 1",   "65536", "99999999999999999999",
					     "0x1",  "1-2-3" };

	for (size_t i = 0; i < COUNT(wrong); i++) {
		char text[128];
		(void) snprintf(text, sizeof(text),
				"CPU affinity: \"%s\" is not a list like \"0-3,7\"", wrong[i]);
		CHECK_FAILS(tuning_set_affinity(wrong[i], &err), err, text);
	}
	CHECK_FAILS(tuning_set_affinity("3-1", &err), err,
		    "CPU affinity: \"3-1\": a range goes backwards");
	CHECK_FAILS(tuning_set_affinity("60000", &err), err,
		    "set the CPU affinity to \"60000\": Invalid argument");
}

/* ---- memory policy -------------------------------------------------------------------------- */

static void
set_memory_policy(void)
{
	enum oci_memory_policy_flag flag = OCI_MPOL_F_STATIC_NODES;
	struct oci_memory_policy wanted = { .mode = OCI_MPOL_BIND, .nodes = "0" };
	struct error err = { 0 };
	unsigned long nodes = 0;
	int mode = -1;

	child_expect(tuning_set_memory_policy(&wanted, &err) == 0, "%s", err.text);
	child_expect(syscall(SYS_get_mempolicy, &mode, &nodes, 8 * sizeof(nodes), NULL, 0) == 0 ||
			     errno == EINVAL,
		     "get_mempolicy: %s", strerror(errno));
	if (mode >= 0)
		child_expect(mode == MPOL_BIND && nodes == 1, "mode %d, nodes %lx", mode, nodes);

	wanted.flags.items = &flag;
	wanted.flags.count = 1;
	child_expect(tuning_set_memory_policy(&wanted, &err) == 0, "static: %s", err.text);
	wanted = (struct oci_memory_policy){ .mode = OCI_MPOL_LOCAL };
	child_expect(tuning_set_memory_policy(&wanted, &err) == 0, "local: %s", err.text);
	wanted = (struct oci_memory_policy){ .mode = OCI_MPOL_DEFAULT, .nodes = "" };
	child_expect(tuning_set_memory_policy(&wanted, &err) == 0, "default: %s", err.text);
	child_expect(tuning_set_memory_policy(NULL, &err) == 0, "nothing: %s", err.text);

	wanted = (struct oci_memory_policy){ .mode = OCI_MPOL_BIND, .nodes = "" };
	child_expect(tuning_set_memory_policy(&wanted, &err) < 0, "bound to no node at all");
	child_expect_text(err.text,
			  "set the memory policy to MPOL_BIND of nodes \"\": Invalid argument");
	wanted.nodes = "0-x";
	child_expect(tuning_set_memory_policy(&wanted, &err) < 0, "0-x was taken");
	child_expect_text(err.text, "memory policy nodes: \"0-x\" is not a list like \"0-3,7\"");
}

TEST(a_memory_policy_is_set)
{
	if (syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0) < 0) {
		print_message("skipped: no memory policies here\n");
		skip();
	}
	CHECK_CHILD(0, set_memory_policy);
}

/* ---- personality ---------------------------------------------------------------------------- */

static void
set_personality(void)
{
	struct oci_personality wanted = { .domain = OCI_PERSONALITY_LINUX32 };
	struct error err = { 0 };

	child_expect(tuning_set_personality(&wanted, &err) == 0, "%s", err.text);
	child_expect(personality(0xffffffff) == PER_LINUX32, "it is %x",
		     (unsigned) personality(0xffffffff));
	child_expect(tuning_set_personality(NULL, &err) == 0, "%s", err.text);
	child_expect(personality(0xffffffff) == PER_LINUX32, "changed by nothing");
	wanted.domain = OCI_PERSONALITY_LINUX;
	child_expect(tuning_set_personality(&wanted, &err) == 0, "%s", err.text);
	child_expect(personality(0xffffffff) == PER_LINUX, "it is %x",
		     (unsigned) personality(0xffffffff));
}

TEST(a_personality_is_set)
{
	CHECK_CHILD(0, set_personality);
}
