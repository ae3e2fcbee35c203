/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <sched.h>
#include <unistd.h>

#include "runtime/kernel/sysctl.h"
#include "tests/unit/child.h"

static int
check(const char *name, uint64_t own, struct error *err)
{
	struct pair item = { name, "1" };
	const struct pair_list list = { &item, 1 };

	return sysctl_check(&list, own, err);
}

TEST(a_parameter_needs_the_namespace_that_it_belongs_to)
{
	struct error err = { 0 };

	CHECK_OK(check("net.ipv4.ip_forward", CLONE_NEWNET, &err), err);
	CHECK_OK(check("net/ipv4/ip_forward", CLONE_NEWNET, &err), err);
	CHECK_OK(check("net.ipv4.conf.eth0/100.forwarding", CLONE_NEWNET, &err), err);
	CHECK_OK(check("kernel.shmmax", CLONE_NEWIPC, &err), err);
	CHECK_OK(check("fs.mqueue.msg_max", CLONE_NEWIPC, &err), err);
	CHECK_OK(check("kernel.domainname", CLONE_NEWUTS, &err), err);
	CHECK_OK(check("user.max_user_namespaces", CLONE_NEWUSER, &err), err);
	CHECK_FAILS(
		check("net.ipv4.ip_forward", CLONE_NEWIPC, &err), err,
		"sysctl \"net.ipv4.ip_forward\" is not allowed in the host's network namespace");
	CHECK_FAILS(check("kernel/msgmax", CLONE_NEWNET, &err), err,
		    "sysctl \"kernel/msgmax\" is not allowed in the host's ipc namespace");
	CHECK_FAILS(
		check("user.max_user_namespaces", 0, &err), err,
		"sysctl \"user.max_user_namespaces\" is not allowed in the host's user namespace");
}

TEST(what_belongs_to_no_namespace_is_refused)
{
	const uint64_t all = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWUSER;
	struct error err = { 0 };

	CHECK_FAILS(check("vm.swappiness", all, &err), err,
		    "sysctl \"vm.swappiness\" is not in a separate kernel namespace");
	CHECK_FAILS(check("kernel.core_pattern", all, &err), err,
		    "sysctl \"kernel.core_pattern\" is not in a separate kernel namespace");
	CHECK_FAILS(check("kernel.shmmaximal", all, &err), err,
		    "sysctl \"kernel.shmmaximal\" is not in a separate kernel namespace");
	CHECK_FAILS(check("kernel.hostname", all, &err), err,
		    "sysctl \"kernel.hostname\" is not allowed as it conflicts with the member "
		    "hostname");
}

TEST(a_name_that_climbs_is_no_name)
{
	static const char *const names[] = {
		"net/../kernel/core_pattern",
		"net.//.kernel.core_pattern",
		"net/./x",
		"net//x",
		"net/",
		"/net/x",
		"",
	};
	struct error err = { 0 };
	char wanted[128];

	for (size_t i = 0; i < COUNT(names); i++) {
		(void) snprintf(wanted, sizeof(wanted), "sysctl \"%s\": this is no name", names[i]);
		CHECK_FAILS(check(names[i], CLONE_NEWNET, &err), err, wanted);
	}
}

static void
write_parameters(void)
{
	struct pair items[] = { { "kernel/msgmax", "8000" }, { "kernel.shm_rmid_forced", "1" } };
	const struct pair_list list = { items, COUNT(items) };
	struct error err = { 0 };

	child_expect(sysctl_write(&list, &err) == 0, "%s", err.text);
	child_expect(strcmp(child_read("/proc/sys/kernel/msgmax"), "8000\n") == 0, "msgmax is %s",
		     child_read("/proc/sys/kernel/msgmax"));
	items[1] = (struct pair){ "kernel.sem", "much" };
	child_expect(sysctl_write(&list, &err) < 0, "nonsense was taken");
	child_expect(strcmp(err.text, "set sysctl \"kernel.sem\": write /proc/sys/kernel/sem: "
				      "Invalid argument") == 0,
		     "%s", err.text);
	items[1] = (struct pair){ "net.no.such", "1" };
	child_expect(sysctl_write(&list, &err) < 0, "what is not there was set");
	child_expect(strcmp(err.text, "set sysctl \"net.no.such\": open /proc/sys/net/no/such: "
				      "No such file or directory") == 0,
		     "%s", err.text);
}

TEST(parameters_are_written_in_their_namespace)
{
	CHECK_CHILD(CLONE_NEWUSER | CLONE_NEWIPC | CLONE_NEWPID, write_parameters);
}
