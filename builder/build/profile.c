/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/profile.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/socket.h>

/* clang-format off */
static const char *const allowed[] = {
	"_llseek", "_newselect", "accept", "accept4", "access", "adjtimex", "alarm", "arch_prctl", "bind",
	"brk", "cachestat", "capget", "capset", "chdir", "chmod", "chown", "chown32", "chroot",
	"clock_adjtime", "clock_adjtime64", "clock_getres", "clock_getres_time64", "clock_gettime",
	"clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64", "close", "close_range", "connect",
	"copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create", "epoll_create1", "epoll_ctl",
	"epoll_ctl_old", "epoll_pwait", "epoll_pwait2", "epoll_wait", "epoll_wait_old", "eventfd",
	"eventfd2", "execve", "execveat", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64",
	"fadvise64_64", "fallocate", "fanotify_mark", "fchdir", "fchmod", "fchmodat", "fchmodat2", "fchown",
	"fchown32", "fchownat", "fcntl", "fcntl64", "fdatasync", "fgetxattr", "flistxattr", "flock", "fork",
	"fremovexattr", "fsetxattr", "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync",
	"ftruncate", "ftruncate64", "futex", "futex_requeue", "futex_time64", "futex_wait", "futex_waitv",
	"futex_wake", "futimesat", "get_robust_list", "get_thread_area", "getcpu", "getcwd", "getdents",
	"getdents64", "getegid", "getegid32", "geteuid", "geteuid32", "getgid", "getgid32", "getgroups",
	"getgroups32", "getitimer", "getpeername", "getpgid", "getpgrp", "getpid", "getppid", "getpriority",
	"getrandom", "getresgid", "getresgid32", "getresuid", "getresuid32", "getrlimit", "getrusage",
	"getsid", "getsockname", "getsockopt", "gettid", "gettimeofday", "getuid", "getuid32", "getxattr",
	"getxattrat", "inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch", "io_cancel",
	"io_destroy", "io_getevents", "io_pgetevents", "io_pgetevents_time64", "io_setup", "io_submit",
	"ioctl", "ioprio_get", "ioprio_set", "ipc", "kill", "landlock_add_rule", "landlock_create_ruleset",
	"landlock_restrict_self", "lchown", "lchown32", "lgetxattr", "link", "linkat", "listen",
	"listmount", "listxattr", "listxattrat", "llistxattr", "lremovexattr", "lseek", "lsetxattr",
	"lstat", "lstat64", "madvise", "map_shadow_stack", "membarrier", "memfd_create", "mincore", "mkdir",
	"mkdirat", "mknod", "mknodat", "mlock", "mlock2", "mlockall", "mmap", "mmap2", "modify_ldt",
	"mprotect", "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedreceive_time64",
	"mq_timedsend", "mq_timedsend_time64", "mq_unlink", "mremap", "mseal", "msgctl", "msgget", "msgrcv",
	"msgsnd", "msync", "munlock", "munlockall", "munmap", "name_to_handle_at", "nanosleep",
	"newfstatat", "open", "openat", "openat2", "pause", "pidfd_open", "pidfd_send_signal", "pipe",
	"pipe2", "pkey_alloc", "pkey_free", "pkey_mprotect", "poll", "ppoll", "ppoll_time64", "prctl",
	"pread64", "preadv", "preadv2", "prlimit64", "process_mrelease", "process_vm_readv",
	"process_vm_writev", "pselect6", "pselect6_time64", "ptrace", "pwrite64", "pwritev", "pwritev2",
	"read", "readahead", "readlink", "readlinkat", "readv", "recv", "recvfrom", "recvmmsg",
	"recvmmsg_time64", "recvmsg", "remap_file_pages", "removexattr", "removexattrat", "rename",
	"renameat", "renameat2", "restart_syscall", "rmdir", "rseq", "rt_sigaction", "rt_sigpending",
	"rt_sigprocmask", "rt_sigqueueinfo", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
	"rt_sigtimedwait_time64", "rt_tgsigqueueinfo", "sched_get_priority_max", "sched_get_priority_min",
	"sched_getaffinity", "sched_getattr", "sched_getparam", "sched_getscheduler",
	"sched_rr_get_interval", "sched_rr_get_interval_time64", "sched_setaffinity", "sched_setattr",
	"sched_setparam", "sched_setscheduler", "sched_yield", "seccomp", "select", "semctl", "semget",
	"semop", "semtimedop", "semtimedop_time64", "send", "sendfile", "sendfile64", "sendmmsg", "sendmsg",
	"sendto", "set_robust_list", "set_thread_area", "set_tid_address", "setfsgid", "setfsgid32",
	"setfsuid", "setfsuid32", "setgid", "setgid32", "setgroups", "setgroups32", "setitimer", "setpgid",
	"setpriority", "setregid", "setregid32", "setresgid", "setresgid32", "setresuid", "setresuid32",
	"setreuid", "setreuid32", "setrlimit", "setsid", "setsockopt", "setuid", "setuid32", "setxattr",
	"setxattrat", "shmat", "shmctl", "shmdt", "shmget", "shutdown", "sigaltstack", "signal",
	"signalfd", "signalfd4", "sigaction", "sigpending", "sigprocmask", "sigreturn", "sigsuspend",
	"socketcall", "socketpair", "splice", "stat", "stat64", "statfs", "statfs64", "statmount", "statx",
	"symlink", "symlinkat", "sync", "sync_file_range", "sync_file_range2", "syncfs", "sysinfo", "tee",
	"tgkill", "time", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime",
	"timer_gettime64", "timer_settime", "timer_settime64", "timerfd_create", "timerfd_gettime",
	"timerfd_gettime64", "timerfd_settime", "timerfd_settime64", "times", "tkill", "truncate",
	"truncate64", "ugetrlimit", "umask", "uname", "unlink", "unlinkat", "uretprobe", "utime",
	"utimensat", "utimensat_time64", "utimes", "vfork", "vmsplice", "wait4", "waitid", "waitpid",
	"write", "writev",
};

/* Known and refused: EPERM is what programs expect of a machine that is not theirs. */
static const char *const refused[] = {
	"acct", "add_key", "bpf", "clock_settime", "clock_settime64", "create_module", "delete_module",
	"fanotify_init", "finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "get_kernel_syms",
	"get_mempolicy", "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm",
	"iopl", "kcmp", "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "mbind",
	"memfd_secret", "migrate_pages", "mount", "mount_setattr", "move_mount", "move_pages", "nfsservctl",
	"open_by_handle_at", "open_tree", "open_tree_attr", "perf_event_open", "pidfd_getfd", "pivot_root",
	"process_madvise", "query_module", "quotactl", "quotactl_fd", "reboot", "request_key",
	"set_mempolicy", "set_mempolicy_home_node", "setdomainname", "sethostname", "setns",
	"settimeofday", "stime", "swapoff", "swapon", "sysfs", "syslog", "umount", "umount2", "unshare",
	"uselib", "userfaultfd", "ustat", "vhangup", "vm86", "vm86old",
};
/* clang-format on */

static void
add_rule(struct oci_seccomp *filter, struct arena *arena, struct oci_seccomp_rule rule,
	 const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		list_add(&rule.names, arena, names[i]);
	list_add(&filter->syscalls, arena, rule);
}

static void
refuse(struct oci_seccomp *filter, struct arena *arena, uint32_t code, const char *const *names,
       size_t count)
{
	uint32_t *number = arena_new(arena, uint32_t);

	*number = code;
	add_rule(filter, arena,
		 (struct oci_seccomp_rule){ .action = OCI_SECCOMP_ERRNO, .errno_ret = number },
		 names, count);
}

static void
allow_if(struct oci_seccomp *filter, struct arena *arena, const char *name,
	 struct oci_seccomp_arg first, const struct oci_seccomp_arg *second)
{
	struct oci_seccomp_rule rule = { .action = OCI_SECCOMP_ALLOW };

	list_add(&rule.args, arena, first);
	if (second != NULL)
		list_add(&rule.args, arena, *second);
	add_rule(filter, arena, rule, &name, 1);
}

/* Families that ordinary programs use; what is rare is where bugs are found. */
static void
add_sockets(struct oci_seccomp *filter, struct arena *arena)
{
	static const uint64_t families[] = { AF_UNIX, AF_INET, AF_INET6 };
	const struct oci_seccomp_arg not_xfrm = { .index = 2,
						  .value = NETLINK_XFRM,
						  .op = OCI_SECCOMP_NE };

	for (size_t i = 0; i < COUNT(families); i++)
		allow_if(filter, arena, "socket",
			 (struct oci_seccomp_arg){ .value = families[i], .op = OCI_SECCOMP_EQ },
			 NULL);
	allow_if(filter, arena, "socket",
		 (struct oci_seccomp_arg){ .value = AF_NETLINK, .op = OCI_SECCOMP_EQ }, &not_xfrm);
}

/* New namespaces would give back what was taken. The flags of clone3 cannot be seen: use clone. */
static void
add_processes(struct oci_seccomp *filter, struct arena *arena)
{
	static const uint64_t personalities[] = { PER_LINUX, PER_LINUX32, UNAME26,
						  PER_LINUX32 | UNAME26, 0xffffffff };
	static const char *const newer[] = { "clone3" };
	const uint64_t namespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
				    CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP;

	allow_if(filter, arena, "clone",
		 (struct oci_seccomp_arg){ .value = namespaces, .op = OCI_SECCOMP_MASKED_EQ },
		 NULL);
	refuse(filter, arena, ENOSYS, newer, COUNT(newer));
	for (size_t i = 0; i < COUNT(personalities); i++)
		allow_if(
			filter, arena, "personality",
			(struct oci_seccomp_arg){ .value = personalities[i], .op = OCI_SECCOMP_EQ },
			NULL);
}

static void
add_architectures(struct oci_seccomp *filter, struct arena *arena)
{
#if defined(__x86_64__)
	list_add(&filter->architectures, arena, OCI_ARCH_X86_64);
	list_add(&filter->architectures, arena, OCI_ARCH_X86);
	list_add(&filter->architectures, arena, OCI_ARCH_X32);
#elif defined(__aarch64__)
	list_add(&filter->architectures, arena, OCI_ARCH_AARCH64);
	list_add(&filter->architectures, arena, OCI_ARCH_ARM);
#else
	(void) filter; /* the runtime takes the machine's own */
	(void) arena;
#endif
}

const struct oci_seccomp *
profile_seccomp(struct arena *arena)
{
	struct oci_seccomp *filter = arena_new(arena, struct oci_seccomp);
	uint32_t *unknown = arena_new(arena, uint32_t);

	*unknown = ENOSYS;
	filter->default_action = OCI_SECCOMP_ERRNO;
	filter->default_errno_ret = unknown;
	add_architectures(filter, arena);
	add_rule(filter, arena, (struct oci_seccomp_rule){ .action = OCI_SECCOMP_ALLOW }, allowed,
		 COUNT(allowed));
	refuse(filter, arena, EPERM, refused, COUNT(refused));
	add_sockets(filter, arena);
	add_processes(filter, arena);
	return filter;
}
