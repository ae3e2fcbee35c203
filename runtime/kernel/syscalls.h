/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Thin wrappers for the calls and constants that the C library of an old distribution lacks. Each
 * returns what the kernel returns, with errno; none decides anything.
 */
#ifndef COOPERAGE_SYSCALLS_H
#define COOPERAGE_SYSCALLS_H

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif

static inline int
sys_open_tree(int dir, const char *path, unsigned flags)
{
	return (int) syscall(SYS_open_tree, dir, path, flags);
}

static inline int
sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags)
{
	return (int) syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int
sys_fsopen(const char *name, unsigned flags)
{
	return (int) syscall(SYS_fsopen, name, flags);
}

static inline int
sys_fsconfig(int fd, unsigned command, const char *key, const void *value, int aux)
{
	return (int) syscall(SYS_fsconfig, fd, command, key, value, aux);
}

static inline int
sys_fsmount(int fd, unsigned flags, unsigned attributes)
{
	return (int) syscall(SYS_fsmount, fd, flags, attributes);
}

static inline int
sys_fspick(int dir, const char *path, unsigned flags)
{
	return (int) syscall(SYS_fspick, dir, path, flags);
}

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* struct mount_attr as the kernel has it; the header of old distributions may lack it. */
struct mount_attributes {
	uint64_t set, clear, propagation, userns_fd;
};

static inline int
sys_mount_setattr(int dir, const char *path, unsigned flags, const struct mount_attributes *attributes)
{
	return (int) syscall(SYS_mount_setattr, dir, path, flags, attributes, sizeof(*attributes));
}

static inline int
sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int) syscall(SYS_pivot_root, new_root, put_old);
}

static inline int
sys_pidfd_open(pid_t pid, unsigned flags)
{
	return (int) syscall(SYS_pidfd_open, pid, flags);
}

static inline int
sys_pidfd_send_signal(int pidfd, int signal)
{
	return (int) syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

static inline int
sys_pidfd_getfd(int pidfd, int fd)
{
	return (int) syscall(SYS_pidfd_getfd, pidfd, fd, 0);
}

#endif
