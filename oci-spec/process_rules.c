/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/process_rules.h"

#include "oci-spec/rule.h"

static void
judge_args(struct verdict *verdict, const void *subject)
{
	const struct oci_process *process = subject;

	if (process->args.count == 0 || process->args.items[0][0] == '\0')
		rule_broken(verdict, "args");
}

static void
judge_rlimit_types(struct verdict *verdict, const void *subject)
{
	const struct oci_rlimit_list *rlimits = &((const struct oci_process *) subject)->rlimits;
	uint64_t seen = 0;

	for (size_t i = 0; i < rlimits->count; i++) {
		uint64_t bit = UINT64_C(1) << rlimits->items[i].type;
		if ((seen & bit) != 0)
			rule_broken(verdict, "rlimits[%zu].type", i);
		seen |= bit;
	}
}

static void
judge_rlimit_values(struct verdict *verdict, const void *subject)
{
	const struct oci_rlimit_list *rlimits = &((const struct oci_process *) subject)->rlimits;

	for (size_t i = 0; i < rlimits->count; i++)
		if (rlimits->items[i].soft > rlimits->items[i].hard)
			rule_broken(verdict, "rlimits[%zu].soft", i);
}

/* ---- scheduler ------------------------------------------------------------------------------- */

static bool
is_real_time(const struct oci_scheduler *scheduler)
{
	return scheduler->policy == OCI_SCHED_FIFO || scheduler->policy == OCI_SCHED_RR;
}

static void
judge_priority(struct verdict *verdict, const void *subject)
{
	const struct oci_scheduler *s = ((const struct oci_process *) subject)->scheduler;

	if (s != NULL && s->priority != 0 && !is_real_time(s))
		rule_broken(verdict, "scheduler.priority");
}

static void
judge_real_time_priority(struct verdict *verdict, const void *subject)
{
	const struct oci_scheduler *s = ((const struct oci_process *) subject)->scheduler;

	if (s != NULL && is_real_time(s) && (s->priority < 1 || s->priority > 99))
		rule_broken(verdict, "scheduler.priority");
}

static void
judge_deadline_members(struct verdict *verdict, const void *subject)
{
	const struct oci_scheduler *s = ((const struct oci_process *) subject)->scheduler;

	if (s == NULL || s->policy == OCI_SCHED_DEADLINE)
		return;
	if (s->runtime != 0)
		rule_broken(verdict, "scheduler.runtime");
	if (s->deadline != 0)
		rule_broken(verdict, "scheduler.deadline");
	if (s->period != 0)
		rule_broken(verdict, "scheduler.period");
}

/* sched(7): a period of 0 is the same as the deadline. */
static void
judge_deadline_order(struct verdict *verdict, const void *subject)
{
	const struct oci_scheduler *s = ((const struct oci_process *) subject)->scheduler;

	if (s == NULL || s->policy != OCI_SCHED_DEADLINE)
		return;
	if (s->runtime > s->deadline || (s->period != 0 && s->deadline > s->period))
		rule_broken(verdict, "scheduler");
}

/* clang-format off */
static const struct rule rules[] = {
	{ "must name a program",                                                      judge_args },
	{ "each type may be there only once",                                         judge_rlimit_types },
	{ "must not be more than hard",                                               judge_rlimit_values },
	{ "is only for SCHED_FIFO and SCHED_RR",                                      judge_priority },
	{ "must be between 1 and 99 for SCHED_FIFO and SCHED_RR",                     judge_real_time_priority },
	{ "is only for SCHED_DEADLINE",                                               judge_deadline_members },
	{ "for SCHED_DEADLINE, runtime must fit in deadline, and deadline in period", judge_deadline_order },
};
/* clang-format on */

int
process_rules_judge(const struct oci_process *process, const char *at, struct error *err)
{
	return rule_judge(rules, COUNT(rules), process, at, err);
}
