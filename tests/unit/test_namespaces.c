/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/kernel/namespaces.h"
#include "runtime/kernel/syscalls.h"
#include "tests/unit/child.h"

/* ---- others to join ------------------------------------------------------------------------- */

static ino_t
inode_of(pid_t pid, const char *file)
{
	char path[64];
	struct stat about;

	(void) snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int) pid, file);
	child_expect(stat(path, &about) == 0, "look at %s: %s", path, strerror(errno));
	return about.st_ino;
}

/* Says which kinds differ from the process, as "net uts". */
static const char *
differences(pid_t pid)
{
	static char text[256];

	text[0] = '\0';
	for (const struct namespace_kind *kind = namespaces_kinds; kind->flag != 0; kind++) {
		if (inode_of(getpid(), kind->file) == inode_of(pid, kind->file))
			continue;
		size_t n = strlen(text);
		(void) snprintf(text + n, sizeof(text) - n, "%s%s", n > 0 ? " " : "", kind->file);
	}
	return text;
}

/* A document that joins each kind in `flags` of this process. */
struct document {
	struct oci_namespace items[OCI_NAMESPACE_TYPES];
	char paths[OCI_NAMESPACE_TYPES][64];
	struct oci_namespace_list list;
};

static void
ask_to_join(struct document *document, pid_t pid, uint64_t flags)
{
	document->list = (struct oci_namespace_list){ document->items, 0 };
	for (const struct namespace_kind *kind = namespaces_kinds; kind->flag != 0; kind++) {
		if ((flags & kind->flag) == 0)
			continue;
		size_t i = document->list.count++;
		(void) snprintf(document->paths[i], 64, "/proc/%d/ns/%s", (int) pid, kind->file);
		document->items[i] = (struct oci_namespace){ kind->type, document->paths[i] };
	}
}

#define QUIET (CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWCGROUP)
#define IN_USER (CLONE_NEWUSER | CLONE_NEWNS)

/* ---- the document --------------------------------------------------------------------------- */

TEST(those_without_a_path_are_made)
{
	struct oci_namespace items[] = { { OCI_NAMESPACE_PID }, { OCI_NAMESPACE_TIME } };
	struct namespaces ns = NAMESPACES_NONE;
	struct error err;

	CHECK_OK(namespaces_open(&ns, &(struct oci_namespace_list){ items, 2 }, &err), err);
	CHECK(ns.made == (CLONE_NEWPID | CLONE_NEWTIME) && ns.joined == 0);
	CHECK(namespaces_is_own(&ns, CLONE_NEWPID));
	CHECK(!namespaces_is_own(&ns, CLONE_NEWNET));
	namespaces_done(&ns);
}

static int
open_one(enum oci_namespace_type type, const char *path, struct error *err)
{
	struct oci_namespace item = { type, path };
	struct namespaces ns = NAMESPACES_NONE;
	int result = namespaces_open(&ns, &(struct oci_namespace_list){ &item, 1 }, err);

	namespaces_done(&ns);
	return result;
}

TEST(a_path_must_lead_to_a_namespace_of_its_type)
{
	struct error err;

	CHECK_FAILS(open_one(OCI_NAMESPACE_PID, "/proc/self/ns/net", &err), err,
		    "\"/proc/self/ns/net\" is a network namespace, not a pid namespace");
	CHECK_FAILS(open_one(OCI_NAMESPACE_NETWORK, "/proc/self/ns/user", &err), err,
		    "\"/proc/self/ns/user\" is a user namespace, not a network namespace");
	CHECK_FAILS(open_one(OCI_NAMESPACE_PID, "/proc/self/status", &err), err,
		    "\"/proc/self/status\" is not a namespace");
	CHECK_FAILS(open_one(OCI_NAMESPACE_PID, "/", &err), err, "\"/\" is not a namespace");
	CHECK_FAILS(open_one(OCI_NAMESPACE_PID, "/nowhere/at/all", &err), err,
		    "open the pid namespace \"/nowhere/at/all\": No such file or directory");
}

TEST(a_path_that_is_a_fifo_is_refused_without_waiting_for_it)
{
	char path[] = "/tmp/test_namespaces.XXXXXX", fifo[64];
	struct error err;

	CHECK(mkdtemp(path) != NULL);
	(void) snprintf(fifo, sizeof(fifo), "%s/fifo", path);
	CHECK_EQ(mkfifo(fifo, 0600), 0);
	CHECK_FAILS_WITH(open_one(OCI_NAMESPACE_UTS, fifo, &err), err, "is not a namespace");
	(void) unlink(fifo);
	(void) rmdir(path);
}

TEST(a_type_that_is_listed_twice_is_refused)
{
	struct oci_namespace items[] = { { OCI_NAMESPACE_IPC }, { OCI_NAMESPACE_IPC } };
	struct namespaces ns = NAMESPACES_NONE;
	struct error err;

	CHECK_FAILS(namespaces_open(&ns, &(struct oci_namespace_list){ items, 2 }, &err), err,
		    "the ipc namespace is listed twice");
	namespaces_done(&ns);
}

TEST(the_callers_own_is_neither_joined_nor_the_guests_own)
{
	struct oci_namespace items[] = {
		{ OCI_NAMESPACE_NETWORK, "/proc/self/ns/net" },
		{ OCI_NAMESPACE_USER, "/proc/self/ns/user" },
	};
	struct namespaces ns = NAMESPACES_NONE;
	struct error err;

	CHECK_OK(namespaces_open(&ns, &(struct oci_namespace_list){ items, 2 }, &err), err);
	CHECK(ns.joined == 0);
	CHECK(!namespaces_is_own(&ns, CLONE_NEWNET));
	CHECK_OK(namespaces_join(&ns, 0, &err), err);
	namespaces_done(&ns);
}

/* ---- joining by path ------------------------------------------------------------------------ */

static void
join_quiet_ones(void)
{
	struct namespaces ns = NAMESPACES_NONE;
	struct document document;
	struct error err = { 0 };
	pid_t other = child_bystander(QUIET, 0);

	ask_to_join(&document, other, QUIET);
	child_expect(namespaces_open(&ns, &document.list, &err) == 0, "open: %s", err.text);
	child_expect(ns.joined == QUIET && ns.made == 0, "joined: %jx", (uintmax_t) ns.joined);
	child_expect(namespaces_is_own(&ns, CLONE_NEWNET), "the network is not the guest's own");
	child_expect(namespaces_join(&ns, 0, &err) == 0, "%s", err.text);
	child_expect(differences(other)[0] == '\0', "still different: %s", differences(other));
	namespaces_done(&ns);
}

TEST(all_that_are_asked_for_are_joined)
{
	CHECK_CHILD(IN_USER, join_quiet_ones);
}

static void
join_pid(void)
{
	struct namespaces ns = NAMESPACES_NONE;
	struct document document;
	struct error err = { 0 };
	pid_t init = child_bystander(CLONE_NEWPID, 0);
	int status = -1;

	ask_to_join(&document, init, CLONE_NEWPID);
	child_expect(namespaces_open(&ns, &document.list, &err) == 0, "open: %s", err.text);
	child_expect(namespaces_join(&ns, 0, &err) == 0, "%s", err.text);
	pid_t inside = fork();
	if (inside == 0)
		_exit(getpid() == 2 ? 0 : 1);
	(void) waitpid(inside, &status, 0);
	child_expect(status == 0, "the child of who joined is no member");
	namespaces_done(&ns);
}

static void
join_user_with_what_it_owns(void)
{
	struct namespaces ns = NAMESPACES_NONE;
	struct document document;
	struct error err = { 0 };
	uint64_t flags = CLONE_NEWUSER | QUIET;
	pid_t other = child_bystander(flags, 0);

	ask_to_join(&document, other, flags);
	child_expect(namespaces_open(&ns, &document.list, &err) == 0, "open: %s", err.text);
	child_expect(namespaces_join(&ns, 0, &err) == 0, "%s", err.text);
	child_expect(differences(other)[0] == '\0', "still different: %s", differences(other));
	namespaces_done(&ns);
}

TEST(what_a_user_namespace_owns_is_joined_after_it)
{
	CHECK_CHILD(0, join_user_with_what_it_owns);
}

static void
join_user_and_what_it_does_not_own(void)
{
	struct namespaces ns = NAMESPACES_NONE;
	struct document document, second;
	struct error err = { 0 };
	pid_t net_holder = child_bystander(CLONE_NEWNET, 0),
	      user_holder = child_bystander(CLONE_NEWUSER | CLONE_NEWUTS, 0);
	ino_t net = inode_of(net_holder, "net"); /* as strangers later we may not look */

	ask_to_join(&document, net_holder, CLONE_NEWNET);
	ask_to_join(&second, user_holder, CLONE_NEWUSER | CLONE_NEWUTS);
	child_expect(namespaces_open(&ns, &document.list, &err) == 0, "open: %s", err.text);
	child_expect(namespaces_open(&ns, &second.list, &err) == 0, "open: %s", err.text);
	child_expect(namespaces_join(&ns, 0, &err) == 0, "%s", err.text);
	child_expect(inode_of(getpid(), "net") == net, "net");
	child_expect(inode_of(getpid(), "user") == inode_of(user_holder, "user"), "user");
	child_expect(inode_of(getpid(), "uts") == inode_of(user_holder, "uts"), "uts");
	namespaces_done(&ns);
}

TEST(what_a_user_namespace_does_not_own_is_joined_before_it)
{
	CHECK_CHILD(IN_USER, join_user_and_what_it_does_not_own);
}

static void
join_without_privilege(void)
{
	struct namespaces ns = NAMESPACES_NONE;
	struct document document;
	struct error err = { 0 };
	pid_t other = child_bystander(CLONE_NEWNET, 0);

	ask_to_join(&document, other, CLONE_NEWNET);
	child_expect(namespaces_open(&ns, &document.list, &err) == 0, "open: %s", err.text);
	child_expect(unshare(CLONE_NEWUSER) == 0, "unshare: %s", strerror(errno));
	child_expect(namespaces_join(&ns, 0, &err) < 0, "it was joined");
	child_expect_text(err.text, "enter the network namespace: Operation not permitted");
}

TEST(one_that_nobody_lets_us_into_is_named)
{
	CHECK_CHILD(IN_USER, join_without_privilege);
}

TEST(a_pid_namespace_takes_the_children)
{
	CHECK_CHILD(IN_USER, join_pid);
}

/* ---- joining a process ---------------------------------------------------------------------- */

static void
join_process(void)
{
	struct error err = { 0 };
	uint64_t left;
	pid_t other = child_bystander(CLONE_NEWNET | CLONE_NEWUTS, 0);
	scoped_fd pidfd = sys_pidfd_open(other, 0);
	ino_t ipc = inode_of(getpid(), "ipc");

	child_expect_text(differences(other), "net uts");
	child_expect(namespaces_join_process(pidfd, other, 0, &left, &err) == 0, "%s", err.text);
	child_expect(differences(other)[0] == '\0', "still different: %s", differences(other));
	child_expect(inode_of(getpid(), "ipc") == ipc, "ipc was changed");
	child_expect(namespaces_join_process(pidfd, other, 0, &left, &err) == 0, "again: %s", err.text);
}

TEST(a_process_is_joined_in_all_that_differs)
{
	CHECK_CHILD(IN_USER, join_process);
}

static void
join_process_but_cgroup(void)
{
	struct error err = { 0 };
	uint64_t left = 0;
	pid_t other = child_bystander(CLONE_NEWUTS | CLONE_NEWCGROUP, 0);
	scoped_fd pidfd = sys_pidfd_open(other, 0);

	child_expect(namespaces_join_process(pidfd, other, CLONE_NEWCGROUP, &left, &err) == 0, "%s", err.text);
	child_expect_text(differences(other), "cgroup");
	child_expect(left == CLONE_NEWCGROUP, "left: %jx", (uintmax_t) left);
	child_expect(namespaces_enter_cgroup(pidfd, &err) == 0, "%s", err.text);
	child_expect(differences(other)[0] == '\0', "still different: %s", differences(other));
	child_expect(namespaces_join_process(pidfd, other, CLONE_NEWCGROUP, &left, &err) == 0, "%s", err.text);
	child_expect(left == 0, "left: %jx", (uintmax_t) left);
}

TEST(a_kind_may_be_left_for_later)
{
	CHECK_CHILD(IN_USER, join_process_but_cgroup);
}

static void
join_process_for_children(void)
{
	struct error err = { 0 };
	uint64_t left;
	pid_t other = child_bystander(CLONE_NEWPID | CLONE_NEWTIME, 0);
	scoped_fd pidfd = sys_pidfd_open(other, 0);
	int status = -1;

	child_expect_text(differences(other), "pid time");
	ino_t clocks = inode_of(other, "time");
	child_expect(namespaces_join_process(pidfd, other, 0, &left, &err) == 0, "%s", err.text);
	pid_t inside = fork();
	if (inside == 0)
		_exit(getpid() == 2 ? 0 : 1);
	(void) waitpid(inside, &status, 0);
	child_expect(status == 0, "the child is not in the pid namespace");
	child_expect(inode_of(getpid(), "time_for_children") == clocks,
		     "the child has other clocks");
}

TEST(a_process_is_joined_also_where_children_alone_can_follow)
{
	CHECK_CHILD(IN_USER, join_process_for_children);
}

/* A network that the user namespace does not own: to enter all as its member would be refused. */
static void
join_mixed_process(void)
{
	struct error err = { 0 };
	uint64_t left;
	pid_t other = child_bystander(CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWNS);
	scoped_fd pidfd = sys_pidfd_open(other, 0);
	child_expect(namespaces_join_process(pidfd, other, 0, &left, &err) == 0, "%s", err.text);
	child_expect(differences(other)[0] == '\0', "still different: %s", differences(other));
}

TEST(a_process_whose_user_namespace_does_not_own_all_is_joined_one_by_one)
{
	CHECK_CHILD(IN_USER, join_mixed_process);
}

static void
join_the_dead(void)
{
	struct error err = { 0 };
	uint64_t left;
	pid_t other = child_bystander(CLONE_NEWNET, 0);
	scoped_fd pidfd = sys_pidfd_open(other, 0);

	(void) kill(other, SIGKILL);
	(void) waitpid(other, NULL, 0);
	child_expect(namespaces_join_process(pidfd, other, 0, &left, &err) < 0, "the dead were joined");
	pid_t next = child_bystander(CLONE_NEWUTS, 0);
	child_expect(namespaces_join_process(pidfd, next, 0, &left, &err) < 0,
		     "another was joined in its place");
	child_expect(strstr(err.text, "No such process") != NULL, "%s", err.text);
}

TEST(a_process_that_has_ended_is_not_mistaken_for_another)
{
	CHECK_CHILD(IN_USER, join_the_dead);
}

/* ---- clocks --------------------------------------------------------------------------------- */

static void
set_clocks(void)
{
	struct oci_time_offset monotonic = { 86400, 5 }, boottime = { -1, 0 };
	struct oci_time_offsets offsets = { &monotonic, NULL };
	struct error err = { 0 };
	struct timespec before, after;
	int status = -1;

	child_expect(unshare(CLONE_NEWTIME) == 0, "unshare: %s", strerror(errno));
	child_expect(namespaces_set_clocks(&offsets, &err) == 0, "%s", err.text);
	(void) clock_gettime(CLOCK_MONOTONIC, &before);
	pid_t pid = fork();
	if (pid == 0) {
		(void) clock_gettime(CLOCK_MONOTONIC, &after);
		_exit(after.tv_sec - before.tv_sec >= 86400 ? 0 : 1);
	}
	(void) waitpid(pid, &status, 0);
	child_expect(status == 0, "the clock is not a day ahead");

	offsets = (struct oci_time_offsets){ NULL, &boottime };
	child_expect(namespaces_set_clocks(&offsets, &err) < 0, "a clock was set that is in use");
	child_expect(strncmp(err.text, "set the clocks of the time namespace: ", 38) == 0, "%s",
		     err.text);
}

TEST(clocks_are_set_before_anybody_is_in_there)
{
	CHECK_CHILD(CLONE_NEWUSER, set_clocks);
}

static void
set_no_clocks(void)
{
	struct oci_time_offsets nothing = { 0 };
	struct error err = { 0 };

	child_expect(namespaces_set_clocks(&nothing, &err) == 0, "%s", err.text);
}

TEST(no_offsets_are_nothing_to_do)
{
	CHECK_CHILD(0, set_no_clocks);
}
