/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/seccomp_rules.h"

#include <string.h>

#include "oci-spec/rule.h"

static bool
takes_errno(enum oci_seccomp_action action)
{
	return action == OCI_SECCOMP_ERRNO || action == OCI_SECCOMP_TRACE;
}

static void
judge_errno(struct verdict *verdict, const void *subject)
{
	const struct oci_seccomp *seccomp = subject;

	if (seccomp->default_errno_ret != NULL && !takes_errno(seccomp->default_action))
		rule_broken(verdict, "defaultErrnoRet");
	for (size_t i = 0; i < seccomp->syscalls.count; i++) {
		const struct oci_seccomp_rule *rule = &seccomp->syscalls.items[i];
		if (rule->errno_ret != NULL && !takes_errno(rule->action))
			rule_broken(verdict, "syscalls[%zu].errnoRet", i);
	}
}

static void
judge_call_names(struct verdict *verdict, const void *subject)
{
	const struct oci_seccomp *seccomp = subject;

	for (size_t i = 0; i < seccomp->syscalls.count; i++)
		if (seccomp->syscalls.items[i].names.count == 0)
			rule_broken(verdict, "syscalls[%zu].names", i);
}

/* The runtime itself must still get to where it starts the program. */
static void
judge_notify_default(struct verdict *verdict, const void *subject)
{
	const struct oci_seccomp *seccomp = subject;

	if (seccomp->default_action == OCI_SECCOMP_NOTIFY)
		rule_broken(verdict, "defaultAction");
}

/* The descriptor is handed over by write; a filter that asks about that would wait for itself. */
static void
judge_notify_write(struct verdict *verdict, const void *subject)
{
	const struct oci_seccomp *seccomp = subject;

	for (size_t i = 0; i < seccomp->syscalls.count; i++) {
		const struct oci_seccomp_rule *rule = &seccomp->syscalls.items[i];
		for (size_t j = 0; j < rule->names.count; j++)
			if (rule->action == OCI_SECCOMP_NOTIFY &&
			    strcmp(rule->names.items[j], "write") == 0)
				rule_broken(verdict, "syscalls[%zu].names[%zu]", i, j);
	}
}

static void
judge_notify_listener(struct verdict *verdict, const void *subject)
{
	const struct oci_seccomp *seccomp = subject;

	if (seccomp->listener_path != NULL)
		return;
	for (size_t i = 0; i < seccomp->syscalls.count; i++)
		if (seccomp->syscalls.items[i].action == OCI_SECCOMP_NOTIFY)
			rule_broken(verdict, "syscalls[%zu].action", i);
}

static void
judge_listener_metadata(struct verdict *verdict, const void *subject)
{
	const struct oci_seccomp *seccomp = subject;

	if (seccomp->listener_metadata != NULL && seccomp->listener_path == NULL)
		rule_broken(verdict, "listenerMetadata");
}

/* clang-format off */
static const struct rule rules[] = {
	{ "is only for SCMP_ACT_ERRNO and SCMP_ACT_TRACE", judge_errno },
	{ "must name a system call",                       judge_call_names },
	{ "must not be SCMP_ACT_NOTIFY",                   judge_notify_default },
	{ "must not be answered by SCMP_ACT_NOTIFY",       judge_notify_write },
	{ "SCMP_ACT_NOTIFY needs listenerPath",            judge_notify_listener },
	{ "needs listenerPath",                            judge_listener_metadata },
};
/* clang-format on */

int
seccomp_rules_judge(const struct oci_seccomp *seccomp, const char *at, struct error *err)
{
	return rule_judge(rules, COUNT(rules), seccomp, at, err);
}
