/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor that no runtime can go below: what the kernel itself takes for a container with Podman's
 * default mounts. One clone3 into the same namespaces, the same mounts, masks and read-only paths,
 * the pivot, the exec, the wait; plain system calls, nothing read, nothing checked but success.
 *
 * Left out, since a config may leave it out: cgroup limits, seccomp, capabilities, a state to keep.
 *
 * Usage: floor ROOTFS PROGRAM [ARGUMENT…]; ends as the program did.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct mount_row {
	const char *target, *type;
	unsigned long flags;
	const char *data;
};

/* clang-format off */
static const struct mount_row mounts[] = {
	{ "proc",           "proc",   MS_NOSUID | MS_NOEXEC | MS_NODEV,             NULL },
	{ "dev",            "tmpfs",  MS_NOSUID | MS_STRICTATIME,                   "mode=755,size=65536k" },
	{ "sys",            "sysfs",  MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL },
	{ "dev/pts",        "devpts", MS_NOSUID | MS_NOEXEC,                        "newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "dev/mqueue",     "mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV,             NULL },
	{ "dev/shm",        "tmpfs",  MS_NOSUID | MS_NOEXEC | MS_NODEV,             "mode=1777,size=65536k" },
	{ "sys/fs/cgroup",  "tmpfs",  MS_NOSUID | MS_NOEXEC | MS_NODEV,             "mode=755" },
};

static const struct { const char *path; unsigned major_, minor_; } devices[] = {
	{ "dev/null", 1, 3 }, { "dev/zero",   1, 5 }, { "dev/full", 1, 7 },
	{ "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 },
};

static const struct { const char *path, *target; } links[] = {
	{ "dev/ptmx", "pts/ptmx" },          { "dev/fd", "/proc/self/fd" },       { "dev/core", "/proc/kcore" },
	{ "dev/stdin", "/proc/self/fd/0" },  { "dev/stdout", "/proc/self/fd/1" }, { "dev/stderr", "/proc/self/fd/2" },
};
/* clang-format on */

static const char *const masked[] = {
	"/proc/acpi",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
	"/sys/fs/selinux",
	"/proc/interrupts",
	"/sys/devices/virtual/powercap",
};

static const char *const read_only[] = {
	"/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static void
must(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		_exit(125);
	}
}

/* Version 1: each hierarchy of the host, bound read-only; version 2: the one there is. */
static void
mount_cgroups(void)
{
	const unsigned long flags = MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY;
	char source[300], target[300];

	if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0) {
		must(mount("cgroup", "sys/fs/cgroup", "cgroup2", flags, NULL), "mount cgroup2");
		return;
	}
	DIR *hierarchies = opendir("/sys/fs/cgroup");
	must(hierarchies == NULL ? -1 : 0, "open /sys/fs/cgroup");
	for (struct dirent *entry; (entry = readdir(hierarchies)) != NULL;) {
		if (entry->d_name[0] == '.' || entry->d_type != DT_DIR)
			continue;
		(void) snprintf(source, sizeof(source), "/sys/fs/cgroup/%s", entry->d_name);
		(void) snprintf(target, sizeof(target), "sys/fs/cgroup/%s", entry->d_name);
		must(mkdir(target, 0755), target);
		must(mount(source, target, NULL, MS_BIND, NULL), target);
		must(mount(NULL, target, NULL, MS_BIND | MS_REMOUNT | flags, NULL), target);
	}
	closedir(hierarchies);
	must(mount(NULL, "sys/fs/cgroup", NULL, MS_BIND | MS_REMOUNT | flags, NULL), "seal cgroup");
}

static void
build_root(const char *rootfs)
{
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "make / a slave");
	must(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), "bind the root");
	must(chdir(rootfs), "enter the root");

	for (size_t i = 0; i < COUNT(mounts); i++) {
		const struct mount_row *row = &mounts[i];
		if (mkdir(row->target, 0755) < 0 && errno != EEXIST)
			must(-1, row->target);
		must(mount(row->type, row->target, row->type, row->flags, row->data), row->target);
	}
	mount_cgroups();
	for (size_t i = 0; i < COUNT(devices); i++) {
		must(mknod(devices[i].path, S_IFCHR | 0666,
			   makedev(devices[i].major_, devices[i].minor_)),
		     devices[i].path);
		must(chmod(devices[i].path, 0666), devices[i].path);
	}
	for (size_t i = 0; i < COUNT(links); i++)
		must(symlink(links[i].target, links[i].path), links[i].path);
}

static void
hide_paths(void)
{
	struct stat at;

	for (size_t i = 0; i < COUNT(masked); i++) {
		if (stat(masked[i], &at) < 0)
			continue;
		if (S_ISDIR(at.st_mode))
			must(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, "nr_inodes=1"),
			     masked[i]);
		else
			must(mount("/dev/null", masked[i], NULL, MS_BIND, NULL), masked[i]);
	}
	for (size_t i = 0; i < COUNT(read_only); i++) {
		if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) < 0)
			continue;
		must(mount(NULL, read_only[i], NULL,
			   MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NODEV,
			   NULL),
		     read_only[i]);
	}
}

static _Noreturn void
become(char **argv)
{
	must(sethostname("floor", 5), "set the host name");
	build_root(argv[1]);
	must((int) syscall(SYS_pivot_root, ".", "."), "pivot");
	must(umount2(".", MNT_DETACH), "leave the old root");
	must(chdir("/"), "enter /");
	hide_paths();
	execv(argv[2], argv + 2);
	must(-1, argv[2]);
	_exit(125);
}

int
main(int argc, char **argv)
{
	struct clone_args how = {
		.flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS,
		.exit_signal = SIGCHLD,
	};
	int status;

	if (argc < 3) {
		fprintf(stderr, "usage: floor ROOTFS PROGRAM [ARGUMENT…]\n");
		return 2;
	}
	int pid = (int) syscall(SYS_clone3, &how, sizeof(how));
	must(pid, "clone3");
	if (pid == 0)
		become(argv);
	must(waitpid(pid, &status, 0), "wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
