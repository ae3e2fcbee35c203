/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/sysctl.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>

#include "libcommon/fd.h"
#include "libcommon/text.h"
#include "runtime/kernel/procfs.h"
#include "runtime/kernel/syscalls.h"

#define BELOW "sys/" /* where they are in a procfs */

/* "..", "." and nothing are no names: they would lead out of what the rows below allow. */
static bool
is_straight(const char *path)
{
	for (const char *name = path; *name != '\0';) {
		size_t n = strcspn(name, "/");

		if (n == 0 || strspn(name, ".") == n)
			return false;
		name += n;
		if (*name == '/' && *++name == '\0')
			return false;
	}
	return *path != '\0';
}

/*
 * Names are spelled "net.ipv4.conf.eth0/100.forwarding" or "net/ipv4/conf/eth0.100/forwarding"
 * (sysctl.d(5)): the first separator says which of "." and "/" separates; the other is part of a
 * name.
 */
static int
find_path(char path[PATH_MAX], const char *name, struct error *err)
{
	size_t first = strcspn(name, "./");
	char *end = stpcpy(path, BELOW);

	if (strlen(name) >= PATH_MAX - sizeof(BELOW))
		return fail(err, "sysctl \"%.60s…\": the name is too long", name);
	for (const char *from = name; *from != '\0'; from++) {
		bool swap = name[first] == '.' && (*from == '.' || *from == '/');
		*end++ = !swap ? *from : *from == '.' ? '/' : '.';
	}
	*end = '\0';
	if (!is_straight(path + strlen(BELOW)))
		return fail(err, "sysctl \"%s\": this is no name", name);
	return 0;
}

struct sysctl_row {
	const char *path;
	bool below; /* all that begins with it */
	uint64_t namespace;
	const char *called; /* in messages */
};

/* clang-format off */
static const struct sysctl_row rows[] = {
	{ "kernel/msgmax",          false, CLONE_NEWIPC,  "ipc" },
	{ "kernel/msgmnb",          false, CLONE_NEWIPC,  "ipc" },
	{ "kernel/msgmni",          false, CLONE_NEWIPC,  "ipc" },
	{ "kernel/sem",             false, CLONE_NEWIPC,  "ipc" },
	{ "kernel/shmall",          false, CLONE_NEWIPC,  "ipc" },
	{ "kernel/shmmax",          false, CLONE_NEWIPC,  "ipc" },
	{ "kernel/shmmni",          false, CLONE_NEWIPC,  "ipc" },
	{ "kernel/shm_rmid_forced", false, CLONE_NEWIPC,  "ipc" },
	{ "fs/mqueue/",             true,  CLONE_NEWIPC,  "ipc" },
	{ "net/",                   true,  CLONE_NEWNET,  "network" },
	{ "kernel/domainname",      false, CLONE_NEWUTS,  "uts" },
	{ "user/",                  true,  CLONE_NEWUSER, "user" },
};
/* clang-format on */

static const struct sysctl_row *
find_row(const char *path)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].below ? text_after(path, rows[i].path) != NULL
				  : text_equal(path, rows[i].path))
			return &rows[i];
	}
	return NULL;
}

static int
check(const char *name, uint64_t own, struct error *err)
{
	char path[PATH_MAX];
	TRY(find_path(path, name, err));
	const char *parameter = path + strlen(BELOW);
	const struct sysctl_row *row = find_row(parameter);

	if (text_equal(parameter, "kernel/hostname"))
		return fail(err,
			    "sysctl \"%s\" is not allowed as it conflicts with the member hostname",
			    name);
	if (row == NULL)
		return fail(err, "sysctl \"%s\" is not in a separate kernel namespace", name);
	if ((own & row->namespace) == 0)
		return fail(err, "sysctl \"%s\" is not allowed in the host's %s namespace", name,
			    row->called);
	return 0;
}

int
sysctl_check(const struct pair_list *sysctls, uint64_t own, struct error *err)
{
	FOR_EACH (sysctl, sysctls)
		TRY(check(sysctl->key, own, err));
	return 0;
}

int
sysctl_write(const struct pair_list *sysctls, struct error *err)
{
	if (sysctls->count == 0)
		return 0;

	scoped_fd procfs = GET(procfs_open_whole(err));
	FOR_EACH (sysctl, sysctls) {
		char path[PATH_MAX];

		TRY(find_path(path, sysctl->key, err));
		if (procfs_write(procfs, path, sysctl->value, err) < 0)
			return error_prefixf(err, "set sysctl \"%s\"", sysctl->key);
	}
	return 0;
}
