/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/buffer.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "runtime/kernel/procfs.h"
#include "runtime/kernel/syscalls.h"

/* clang-format off */
const struct namespace_kind namespaces_kinds[] = {
	{ OCI_NAMESPACE_CGROUP,  CLONE_NEWCGROUP, "cgroup" },
	{ OCI_NAMESPACE_IPC,     CLONE_NEWIPC,    "ipc" },
	{ OCI_NAMESPACE_MOUNT,   CLONE_NEWNS,     "mnt" },
	{ OCI_NAMESPACE_NETWORK, CLONE_NEWNET,    "net" },
	{ OCI_NAMESPACE_PID,     CLONE_NEWPID,    "pid" },
	{ OCI_NAMESPACE_TIME,    CLONE_NEWTIME,   "time" },
	{ OCI_NAMESPACE_USER,    CLONE_NEWUSER,   "user" },
	{ OCI_NAMESPACE_UTS,     CLONE_NEWUTS,    "uts" },
	{ 0 },
};
/* clang-format on */

static const struct namespace_kind *
find_kind(enum oci_namespace_type type)
{
	for (const struct namespace_kind *kind = namespaces_kinds; kind->flag != 0; kind++)
		if (kind->type == type)
			return kind;
	assert(!"a namespace type without a row");
	return NULL;
}

static const char *
name_of_flag(uint64_t flag)
{
	for (const struct namespace_kind *kind = namespaces_kinds; kind->flag != 0; kind++)
		if (kind->flag == flag)
			return word_text(oci_namespace_words, kind->type);
	return "unknown";
}

/* ---- host side ------------------------------------------------------------------------------ */

static int
open_one(const struct oci_namespace *wanted, const struct namespace_kind *kind, struct error *err)
{
	const char *type = word_text(oci_namespace_words, wanted->type);
	scoped_fd fd = open(wanted->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fail_errno(err, "open the %s namespace \"%s\"", type, wanted->path);
	int flag = ioctl(fd, NS_GET_NSTYPE);
	if (flag < 0)
		return fail(err, "\"%s\" is not a namespace", wanted->path);
	if ((uint64_t) flag != kind->flag)
		return fail(err, "\"%s\" is a %s namespace, not a %s namespace", wanted->path,
			    name_of_flag((uint64_t) flag), type);
	return fd_take(&fd);
}

/*
 * True if this is the namespace we are in. The /proc asked here is the one that the paths in the
 * document were resolved in, so there is nothing to gain from a private one.
 */
static bool
is_ours(int fd, const struct namespace_kind *kind)
{
	char path[64];
	struct stat theirs, ours;

	(void) snprintf(path, sizeof(path), "/proc/self/ns/%s", kind->file);
	return fstat(fd, &theirs) == 0 && stat(path, &ours) == 0 && theirs.st_dev == ours.st_dev &&
	       theirs.st_ino == ours.st_ino;
}

int
namespaces_open(struct namespaces *ns, const struct oci_namespace_list *list, struct error *err)
{
	FOR_EACH(wanted, list) {
		const struct namespace_kind *kind = find_kind(wanted->type);

		if (((ns->made | ns->joined) & kind->flag) != 0)
			return fail(err, "the %s namespace is listed twice",
				    word_text(oci_namespace_words, wanted->type));
		if (wanted->path == NULL) {
			ns->made |= kind->flag;
			continue;
		}
		scoped_fd fd = GET(open_one(wanted, kind, err));
		if (is_ours(fd, kind))
			continue; /* the kernel refuses to enter one's own user namespace; the others cost time */
		ns->fds[wanted->type] = fd_take(&fd);
		ns->joined |= kind->flag;
	}
	return 0;
}

void
namespaces_done(struct namespaces *ns)
{
	for (size_t i = 0; i < COUNT(ns->fds); i++)
		fd_close(&ns->fds[i]);
}

bool
namespaces_is_own(const struct namespaces *ns, uint64_t flag)
{
	return ((ns->made | ns->joined) & flag) != 0;
}

/* ---- joining -------------------------------------------------------------------------------- */

/* Enters those in `mask`; `refused` gets those that we lack the privilege for. */
static int
enter(const int fds[OCI_NAMESPACE_TYPES + 1], uint64_t mask, uint64_t *refused, struct error *err)
{
	*refused = 0;
	for (const struct namespace_kind *kind = namespaces_kinds; kind->flag != 0; kind++) {
		if ((mask & kind->flag) == 0 || setns(fds[kind->type], (int) kind->flag) == 0)
			continue;
		if (errno != EPERM)
			return fail_errno(err, "enter the %s namespace", name_of_flag(kind->flag));
		*refused |= kind->flag;
	}
	return 0;
}

/*
 * With the user namespace we gain every privilege over what belongs to it and lose ours over the
 * rest. So what we can enter as we are is entered first, and what refused us, afterwards.
 */
static int
enter_all(const int fds[OCI_NAMESPACE_TYPES + 1], uint64_t mask, struct error *err)
{
	uint64_t refused, still;

	TRY(enter(fds, mask & ~(uint64_t) CLONE_NEWUSER, &refused, err));
	TRY(enter(fds, mask & CLONE_NEWUSER, &still, err));
	if (still == 0 && refused != 0 && (mask & CLONE_NEWUSER) != 0)
		TRY(enter(fds, refused, &still, err));
	else
		still |= refused;
	if (still == 0)
		return 0;
	errno = EPERM;
	return fail_errno(err, "enter the %s namespace", name_of_flag(still & -still));
}

int
namespaces_join(const struct namespaces *ns, uint64_t but, struct error *err)
{
	return enter_all(ns->fds, ns->joined & ~but, err);
}

int
namespaces_enter_cgroup(int fd, struct error *err)
{
	if (setns(fd, CLONE_NEWCGROUP) < 0)
		return fail_errno(err, "enter the cgroup namespace");
	return 0;
}

/* The kinds in which the process differs from us, according to a procfs of ours. */
static int
find_differences(uint64_t *mask, pid_t pid, struct error *err)
{
	scoped_fd procfs = GET(procfs_open(err));
	struct stat theirs, ours;
	char path[64];

	*mask = 0;
	for (const struct namespace_kind *kind = namespaces_kinds; kind->flag != 0; kind++) {
		(void) snprintf(path, sizeof(path), "self/ns/%s", kind->file);
		if (fstatat(procfs, path, &ours, 0) < 0) {
			if (errno == ENOENT)
				continue; /* a kind that this kernel is built without */
			return fail_errno(err, "look at our own %s namespace",
					  name_of_flag(kind->flag));
		}
		(void) snprintf(path, sizeof(path), "%d/ns/%s", (int) pid, kind->file);
		if (fstatat(procfs, path, &theirs, 0) < 0)
			return fail_errno(err, "look at the %s namespace of process %d",
					  name_of_flag(kind->flag), (int) pid);
		if (theirs.st_ino != ours.st_ino)
			*mask |= kind->flag;
	}
	return 0;
}

/*
 * The pid is only for looking: should it name another process by now, then ours has ended, and to
 * enter by the pidfd of one that has ended fails.
 */
int
namespaces_join_process(int pidfd, pid_t pid, uint64_t but, uint64_t *left, struct error *err)
{
	int fds[OCI_NAMESPACE_TYPES + 1];
	uint64_t mask;

	TRY(find_differences(&mask, pid, err));
	*left = mask & but;
	mask &= ~but;
	if (mask == 0 || setns(pidfd, (int) mask) == 0)
		return 0;
	if (errno != EPERM)
		return fail_errno(err, "enter the namespaces of process %d", (int) pid);

	/* All at once is all as a member of its user namespace, to which some may not belong. */
	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = pidfd;
	return enter_all(fds, mask, err);
}

/* ---- clocks --------------------------------------------------------------------------------- */

static void
add_clock(struct buffer *text, const char *clock, const struct oci_time_offset *offset)
{
	if (offset != NULL)
		buffer_add_format(text, "%s %jd %u\n", clock, (intmax_t) offset->secs,
				  offset->nanosecs);
}

int
namespaces_set_clocks(const struct oci_time_offsets *offsets, struct error *err)
{
	scoped_buffer text = { 0 };

	add_clock(&text, "monotonic", offsets->monotonic);
	add_clock(&text, "boottime", offsets->boottime);
	if (text.length == 0)
		return 0;
	scoped_fd procfs = GET(procfs_open(err));
	if (procfs_write(procfs, "self/timens_offsets", text.bytes, err) < 0)
		return error_prefix(err, "set the clocks of the time namespace");
	return 0;
}
