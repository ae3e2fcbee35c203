/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/tuning.h"

#include <errno.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/arena.h"
#include "libcommon/fd.h"
#include "libcommon/log.h"
#include "runtime/kernel/procfs.h"

/* Constants younger than the headers of old distributions. */
/* clang-format off */
#define POLICY_PREFERRED_MANY      5
#define POLICY_WEIGHTED_INTERLEAVE 6
#define POLICY_F_NUMA_BALANCING    (1 << 13)
/* clang-format on */

/* ---- oom score ------------------------------------------------------------------------------ */

int
tuning_set_oom_score(pid_t pid, const int32_t *score, bool may_fail, struct error *err)
{
	char path[64], text[16];

	if (score == NULL)
		return 0;
	(void) snprintf(path, sizeof(path), "%d/oom_score_adj", (int) pid);
	(void) snprintf(text, sizeof(text), "%d", *score);
	scoped_fd procfs = GET(procfs_open(err));
	if (procfs_write(procfs, path, text, err) == 0)
		return 0;
	(void) error_prefixf(err, "set the oom score to %d", *score);
	if (!may_fail || err->code != EACCES)
		return -1;
	log_warn("%s, continuing", err->text);
	return 0;
}

/* ---- scheduler ------------------------------------------------------------------------------ */

/* The kernel's struct sched_attr, whose header does not go together with the C library's. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t clamp_min, clamp_max;
};

/* clang-format off */
static const uint32_t policies[] = {
	[OCI_SCHED_OTHER]      = 0,
	[OCI_SCHED_FIFO]       = 1,
	[OCI_SCHED_RR]         = 2,
	[OCI_SCHED_BATCH]      = 3,
	[OCI_SCHED_ISO]        = 4,
	[OCI_SCHED_IDLE]       = 5,
	[OCI_SCHED_DEADLINE]   = 6,
};

static const uint64_t scheduler_flags[] = {
	[OCI_SCHED_FLAG_RESET_ON_FORK]    = 0x01,
	[OCI_SCHED_FLAG_RECLAIM]          = 0x02,
	[OCI_SCHED_FLAG_DL_OVERRUN]       = 0x04,
	[OCI_SCHED_FLAG_KEEP_POLICY]      = 0x08,
	[OCI_SCHED_FLAG_KEEP_PARAMS]      = 0x10,
	[OCI_SCHED_FLAG_UTIL_CLAMP_MIN]   = 0x20,
	[OCI_SCHED_FLAG_UTIL_CLAMP_MAX]   = 0x40,
};
/* clang-format on */

int
tuning_set_scheduler(const struct oci_scheduler *scheduler, struct error *err)
{
	if (scheduler == NULL || scheduler->policy == 0)
		return 0;
	assert(scheduler->policy < COUNT(policies));

	struct attributes wanted = {
		.size = sizeof(wanted),
		.policy = policies[scheduler->policy],
		.nice = scheduler->nice,
		.priority = (uint32_t) scheduler->priority,
		.runtime = scheduler->runtime,
		.deadline = scheduler->deadline,
		.period = scheduler->period,
	};
	FOR_EACH(flag, &scheduler->flags) {
		assert(*flag < COUNT(scheduler_flags));
		wanted.flags |= scheduler_flags[*flag];
	}
	if (syscall(SYS_sched_setattr, 0, &wanted, 0) < 0)
		return fail_errno(err, "set the scheduler to %s",
				  word_text(oci_scheduler_policy_words, scheduler->policy));
	return 0;
}

/* ---- io priority ---------------------------------------------------------------------------- */

/*
 * Of the process alone: the group that runc sets may, for `exec`, be the caller's, and what a
 * process starts inherits it anyway. Above 7 the kernel reads hints into the number.
 */
int
tuning_set_io_priority(const struct oci_io_priority *priority, struct error *err)
{
	static const int classes[] = {
		[OCI_IO_CLASS_RT] = IOPRIO_CLASS_RT,
		[OCI_IO_CLASS_BE] = IOPRIO_CLASS_BE,
		[OCI_IO_CLASS_IDLE] = IOPRIO_CLASS_IDLE,
	};

	if (priority == NULL || priority->class == 0)
		return 0;
	assert(priority->class < COUNT(classes));
	if (priority->priority < 0 || priority->priority > 7)
		return fail(err, "io priority %d is not between 0 and 7", priority->priority);
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
		    classes[priority->class] << IOPRIO_CLASS_SHIFT | priority->priority) < 0)
		return fail_errno(err, "set the io priority to %s, %d",
				  word_text(oci_io_class_words, priority->class),
				  priority->priority);
	return 0;
}

/* ---- sets of CPUs and memory nodes ---------------------------------------------------------- */

#define HIGHEST_MEMBER 65535 /* far above what any kernel can be built for */
#define WORD_BITS (8 * sizeof(unsigned long))

struct set {
	unsigned long *words;
	size_t bits; /* a multiple of WORD_BITS */
};

/* Reads one number and moves past it. */
static bool
take_number(const char **text, unsigned long *number)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*number = strtoul(*text, &end, 10);
	*text = end;
	return errno == 0 && *number <= HIGHEST_MEMBER;
}

/* "0-3,7", as cpuset(7) writes lists. Nothing is the empty set. */
static int
parse_set(struct set *set, const char *text, struct arena *arena, struct error *err)
{
	const char *at = text;
	unsigned long first, last;

	set->bits = HIGHEST_MEMBER + 1;
	set->words = arena_alloc(arena, set->bits / 8);
	size_t used = 0;
	while (*at != '\0') {
		if (!take_number(&at, &first))
			return fail(err, "\"%s\" is not a list like \"0-3,7\"", text);
		last = first;
		if (*at == '-' && (at++, !take_number(&at, &last)))
			return fail(err, "\"%s\" is not a list like \"0-3,7\"", text);
		if (last < first)
			return fail(err, "\"%s\": a range goes backwards", text);
		for (unsigned long i = first; i <= last; i++)
			set->words[i / WORD_BITS] |= 1UL << (i % WORD_BITS);
		used = last + 1 > used ? last + 1 : used;
		if (*at == ',' && at[1] != '\0')
			at++;
		else if (*at != '\0')
			return fail(err, "\"%s\" is not a list like \"0-3,7\"", text);
	}
	set->bits = (used + WORD_BITS - 1) / WORD_BITS * WORD_BITS;
	return 0;
}

#define MOST_CPUS 8192 /* that a kernel can be built for */

/* The kernel takes a mask of any length and cuts off what it has no CPUs for. */
int
tuning_reset_affinity(struct error *err)
{
	unsigned char every[MOST_CPUS / 8];

	(void) memset(every, 0xff, sizeof(every));
	if (sched_setaffinity(0, sizeof(every), (const cpu_set_t *) (const void *) every) < 0)
		return fail_errno(err, "set the CPU affinity to every CPU");
	return 0;
}

int
tuning_set_affinity(const char *cpus, struct error *err)
{
	scoped_arena arena = { 0 };
	struct set set;

	if (cpus == NULL || cpus[0] == '\0')
		return 0;
	if (parse_set(&set, cpus, &arena, err) < 0)
		return error_prefix(err, "CPU affinity");
	if (sched_setaffinity(0, set.bits / 8, (const cpu_set_t *) set.words) < 0)
		return fail_errno(err, "set the CPU affinity to \"%s\"", cpus);
	return 0;
}

/* clang-format off */
static const int modes[] = {
	[OCI_MPOL_DEFAULT]             = MPOL_DEFAULT,
	[OCI_MPOL_BIND]                = MPOL_BIND,
	[OCI_MPOL_INTERLEAVE]          = MPOL_INTERLEAVE,
	[OCI_MPOL_WEIGHTED_INTERLEAVE] = POLICY_WEIGHTED_INTERLEAVE,
	[OCI_MPOL_PREFERRED]           = MPOL_PREFERRED,
	[OCI_MPOL_PREFERRED_MANY]      = POLICY_PREFERRED_MANY,
	[OCI_MPOL_LOCAL]               = MPOL_LOCAL,
};

static const int mode_flags[] = {
	[OCI_MPOL_F_NUMA_BALANCING] = POLICY_F_NUMA_BALANCING,
	[OCI_MPOL_F_RELATIVE_NODES] = MPOL_F_RELATIVE_NODES,
	[OCI_MPOL_F_STATIC_NODES]   = MPOL_F_STATIC_NODES,
};
/* clang-format on */

int
tuning_set_memory_policy(const struct oci_memory_policy *policy, struct error *err)
{
	scoped_arena arena = { 0 };
	struct set nodes;

	if (policy == NULL || policy->mode == 0)
		return 0;
	assert(policy->mode < COUNT(modes));
	if (parse_set(&nodes, policy->nodes != NULL ? policy->nodes : "", &arena, err) < 0)
		return error_prefix(err, "memory policy nodes");

	int mode = modes[policy->mode];
	FOR_EACH(flag, &policy->flags) {
		assert(*flag < COUNT(mode_flags));
		mode |= mode_flags[*flag];
	}
	/* The kernel takes one bit less than it is told there are. */
	if (syscall(SYS_set_mempolicy, mode, nodes.bits > 0 ? nodes.words : NULL,
		    nodes.bits > 0 ? nodes.bits + 1 : 0) < 0)
		return fail_errno(err, "set the memory policy to %s of nodes \"%s\"",
				  word_text(oci_memory_policy_mode_words, policy->mode),
				  policy->nodes != NULL ? policy->nodes : "");
	return 0;
}

/* ---- personality ---------------------------------------------------------------------------- */

int
tuning_set_personality(const struct oci_personality *wanted, struct error *err)
{
	static const unsigned long domains[] = {
		[OCI_PERSONALITY_LINUX] = PER_LINUX,
		[OCI_PERSONALITY_LINUX32] = PER_LINUX32,
	};

	if (wanted == NULL || wanted->domain == 0)
		return 0;
	assert(wanted->domain < COUNT(domains));
	if (personality(domains[wanted->domain]) < 0)
		return fail_errno(err, "set the personality to %s",
				  word_text(oci_personality_words, wanted->domain));
	return 0;
}
