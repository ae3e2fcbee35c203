/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/calls.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SHOWN 96      /* bytes of a text: a digest in a store's path, and what comes after it */
#define SHOWN_PATH 96 /* bytes of what a descriptor is open on */

/* What older headers lack has the same number on every architecture. */
#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/*
 * The shape tells what the first arguments are: a number, a descriptor, a text, flags, or bytes whose length
 * is the argument after them. A call is visible if somebody else could notice that it was made or left out.
 */
struct call {
	const char *name;
	long number;
	const char *shape;
	bool visible;
};

/* clang-format off */
#define CALL(name, shape) { #name, SYS_##name, shape, true }
#define QUIET(name, shape) { #name, SYS_##name, shape, false }

static const struct call known[] = {
	CALL(openat, "dsf"),           CALL(openat2, "ds"),            CALL(mkdirat, "dsf"),
	CALL(unlinkat, "dsf"),         CALL(renameat, "dsds"),         CALL(renameat2, "dsdsf"),
	CALL(symlinkat, "sds"),        CALL(mknodat, "dsf"),           CALL(linkat, "dsdsf"),
	CALL(readlinkat, "ds"),        CALL(fchmodat, "dsf"),          CALL(fchownat, "dsnn"),
	CALL(fchmod, "df"),            CALL(fchown, "dnn"),            CALL(utimensat, "ds"),
	CALL(ftruncate, "dn"),         CALL(fallocate, "dfnn"),        CALL(truncate, "sn"),
	CALL(write, "db"),             CALL(writev, "d"),              CALL(pwrite64, "db"),
	CALL(read, "d"),               CALL(pread64, "d"),             CALL(readv, "d"),
	CALL(sendfile, "dd"),          CALL(copy_file_range, "d"),     CALL(splice, "d"),
	CALL(fsync, "d"),              CALL(fdatasync, "d"),           CALL(syncfs, "d"),
	CALL(flock, "df"),             CALL(getdents64, "d"),          CALL(memfd_create, "sf"),
	CALL(setxattr, "ss"),          CALL(lsetxattr, "ss"),          CALL(fsetxattr, "ds"),
	CALL(getxattr, "ss"),          CALL(lgetxattr, "ss"),          CALL(fgetxattr, "ds"),
	CALL(listxattr, "s"),          CALL(llistxattr, "s"),          CALL(flistxattr, "d"),
	CALL(mount, "sss"),            CALL(umount2, "sf"),            CALL(open_tree, "dsf"),
	CALL(open_tree_attr, "dsf"),   CALL(fsopen, "sf"),             CALL(fspick, "dsf"),
	CALL(fsconfig, "dfs"),         CALL(fsmount, "dff"),           CALL(move_mount, "dsdsf"),
	CALL(mount_setattr, "dsf"),    CALL(pivot_root, "ss"),         CALL(chroot, "s"),
	CALL(chdir, "s"),              CALL(fchdir, "d"),              CALL(statfs, "s"),
	CALL(fstatfs, "d"),            CALL(clone3, "x"),              CALL(clone, "f"),
	CALL(unshare, "f"),            CALL(setns, "df"),              CALL(execve, "s"),
	CALL(execveat, "ds"),          CALL(wait4, "n"),               CALL(waitid, "nn"),
	CALL(pidfd_open, "nf"),        CALL(pidfd_send_signal, "dn"),  CALL(pidfd_getfd, "dn"),
	CALL(kill, "nn"),              CALL(tgkill, "nnn"),            CALL(socket, "nff"),
	CALL(socketpair, "nff"),       CALL(bind, "d"),                CALL(listen, "dn"),
	CALL(connect, "d"),            CALL(accept4, "d"),             CALL(accept, "d"),
	CALL(sendmsg, "d"),            CALL(recvmsg, "d"),             CALL(sendto, "db"),
	CALL(recvfrom, "d"),           CALL(shutdown, "dn"),           CALL(pipe2, "xf"),
	CALL(dup, "d"),                CALL(dup3, "dnf"),              CALL(fcntl, "dnf"),
	CALL(close_range, "nnf"),      CALL(ioctl, "df"),              CALL(ppoll, "xn"),
	CALL(signalfd4, "n"),          CALL(eventfd2, "nf"),           CALL(epoll_create1, "f"),
	CALL(epoll_ctl, "dnn"),        CALL(prctl, "nx"),              CALL(seccomp, "nf"),
	CALL(capset, "x"),             CALL(setresuid, "nnn"),         CALL(setresgid, "nnn"),
	CALL(setuid, "n"),             CALL(setgid, "n"),              CALL(setgroups, "n"),
	CALL(setfsuid, "n"),           CALL(setfsgid, "n"),            CALL(setsid, ""),
	CALL(setpgid, "nn"),           CALL(sethostname, "b"),         CALL(setdomainname, "b"),
	CALL(keyctl, "n"),             CALL(bpf, "n"),                 CALL(prlimit64, "nn"),
	CALL(personality, "f"),        CALL(sched_setaffinity, "nn"),  CALL(sched_setattr, "n"),
	CALL(ioprio_set, "nnf"),       CALL(set_mempolicy, "n"),       CALL(setpriority, "nnn"),
	CALL(statx, "dsf"),            CALL(faccessat, "dsf"),         CALL(faccessat2, "dsf"),
	CALL(newfstatat, "ds"),        CALL(fstat, "d"),               CALL(getrandom, "xn"),
#ifdef SYS_mkdir
	CALL(open, "sf"),              CALL(mkdir, "sf"),              CALL(rmdir, "s"),
	CALL(unlink, "s"),             CALL(rename, "ss"),             CALL(symlink, "ss"),
	CALL(link, "ss"),              CALL(mknod, "sf"),              CALL(readlink, "s"),
	CALL(chmod, "sf"),             CALL(chown, "snn"),             CALL(lchown, "snn"),
	CALL(fork, ""),                CALL(vfork, ""),                CALL(pipe, "x"),
	CALL(dup2, "dn"),              CALL(poll, "xnn"),              CALL(access, "sf"),
	CALL(stat, "s"),               CALL(lstat, "s"),
#endif
	QUIET(close, "d"),             QUIET(lseek, "dn"),             QUIET(mmap, "xn"),
	QUIET(mprotect, "xn"),         QUIET(mremap, "xnn"),           QUIET(brk, "x"),
	QUIET(rt_sigaction, "n"),      QUIET(rt_sigprocmask, "n"),     QUIET(umask, "f"),
	QUIET(getcwd, "x"),            QUIET(capget, "x"),             QUIET(uname, "x"),
	QUIET(sched_getaffinity, "nn"), QUIET(futex, "x"),             QUIET(exit_group, "n"),
	QUIET(munmap, "xn"),           QUIET(madvise, "xn"),           QUIET(set_tid_address, "x"),
	QUIET(set_robust_list, "x"),   QUIET(rseq, "x"),               QUIET(getpid, ""),
	QUIET(gettid, ""),             QUIET(getppid, ""),             QUIET(getuid, ""),
	QUIET(geteuid, ""),            QUIET(getgid, ""),              QUIET(getegid, ""),
	QUIET(getgroups, "n"),         QUIET(sysinfo, "x"),            QUIET(clock_gettime, "n"),
	QUIET(exit, "n"),              QUIET(rt_sigreturn, ""),        QUIET(restart_syscall, ""),
#ifdef SYS_arch_prctl
	QUIET(arch_prctl, "n"),
#endif
};
/* clang-format on */

static const struct call *
find_number(uint64_t number)
{
	for (size_t i = 0; i < COUNT(known); i++)
		if ((uint64_t) known[i].number == number)
			return &known[i];
	return NULL;
}

const char *
calls_name(uint64_t number)
{
	const struct call *call = find_number(number);

	return call == NULL ? NULL : call->name;
}

static bool
is_word(const char *word, size_t n, const char *name)
{
	return strlen(name) == n && strncmp(word, name, n) == 0;
}

static bool
read_word(struct calls *set, const char *word, size_t n, bool hold)
{
	const bool all = is_word(word, n, "all"), visible = is_word(word, n, "visible");
	bool found = false;

	for (size_t i = 0; i < COUNT(known); i++) {
		if (!all && !(visible && known[i].visible) && !is_word(word, n, known[i].name))
			continue;
		set->holds[known[i].number] = hold;
		found = true;
	}
	return found;
}

bool
calls_read(struct calls *set, const char *text, const char **unknown)
{
	*set = (struct calls){ 0 };
	for (const char *at = text; *at != '\0'; at += *at == ',') {
		const bool hold = *at != '-';
		const char *word = hold ? at : at + 1;
		const size_t n = strcspn(word, ",");

		*unknown = word;
		if (!read_word(set, word, n, hold))
			return false;
		at = word + n;
	}
	return true;
}

bool
calls_hold(const struct calls *set, uint64_t number)
{
	return number < CALLS_MAX && set->holds[number];
}

/* ---- how one is shown ------------------------------------------------------------------------ */

/* In two pieces, as the page after its own may not be there. */
static size_t
peek(pid_t pid, uint64_t address, char *bytes, size_t most)
{
	const size_t left = 4096 - (size_t) (address % 4096), first = most < left ? most : left;
	struct iovec here = { .iov_base = bytes, .iov_len = most };
	struct iovec there[] = {
		{ .iov_base = (void *) (uintptr_t) address, .iov_len = first },
		{ .iov_base = (void *) (uintptr_t) (address + first), .iov_len = most - first },
	};
	const ssize_t n = process_vm_readv(pid, &here, 1, there, COUNT(there), 0);

	return n > 0 ? (size_t) n : 0;
}

struct line {
	char *text;
	size_t size, length;
};

static void
add(struct line *line, const char *text)
{
	for (; *text != '\0' && line->length + 1 < line->size; text++)
		line->text[line->length++] = *text;
	line->text[line->length] = '\0';
}

/* On one line and without a quote, so that a shell can take the report apart. */
static void
add_bytes(struct line *line, pid_t pid, uint64_t address, size_t most, bool is_text)
{
	char bytes[SHOWN + 1] = "";
	size_t n = peek(pid, address, bytes, most < SHOWN ? most : SHOWN);

	if (is_text)
		n = strnlen(bytes, n);
	for (size_t i = 0; i < n; i++)
		if (!isprint((unsigned char) bytes[i]) || bytes[i] == '"' || bytes[i] == '\\')
			bytes[i] = '.';
	bytes[n] = '\0';
	add(line, "\"");
	add(line, bytes);
	add(line, n == SHOWN ? "\"..." : "\"");
}

static void
add_number(struct line *line, uint64_t value)
{
	char text[32];

	(void) snprintf(text, sizeof(text), "%d", (int) value);
	add(line, text);
}

/* What it is open on, for its number depends on what else is open; its own name may be long: the end says more. */
static void
add_descriptor(struct line *line, pid_t pid, uint64_t value)
{
	char link[64], target[4096];
	ssize_t n = -1;

	if ((int) value >= 0) {
		(void) snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int) pid, (int) value);
		n = readlink(link, target, sizeof(target) - 1);
	}
	if (n < 0) {
		add(line, (int) value == AT_FDCWD ? "." : "-");
		return;
	}
	target[n] = '\0';
	char *anonymous = strstr(target, ":["), *deleted = strstr(target, " (deleted)");
	if (deleted != NULL)
		*deleted = '\0';
	if (anonymous != NULL) /* pipe:[12], anon_inode:[pidfd] */
		*(strncmp(target, "anon_inode", 10) == 0 ? anonymous + strcspn(anonymous, "]") : anonymous) = '\0';
	const char *name = strncmp(target, "anon_inode:[", 12) == 0 ? target + 12 : target;
	const size_t length = strlen(name);
	add(line, "<");
	add(line, length > SHOWN_PATH ? "…" : "");
	add(line, length > SHOWN_PATH ? name + length - SHOWN_PATH : name);
	add(line, ">");
}

static void
add_flags(struct line *line, uint64_t value)
{
	char text[32];

	(void) snprintf(text, sizeof(text), "0x%jx", (uintmax_t) value);
	add(line, text);
}

void
calls_describe(char *out, size_t size, pid_t pid, uint64_t number, const uint64_t args[6])
{
	struct line line = { .text = out, .size = size };
	const struct call *call = find_number(number);

	if (call == NULL) {
		add_number(&line, number);
		return;
	}
	add(&line, call->name);
	add(&line, "(");
	for (size_t i = 0; call->shape[i] != '\0'; i++) {
		add(&line, i == 0 ? "" : ", ");
		if (call->shape[i] == 's' && args[i] != 0)
			add_bytes(&line, pid, args[i], SHOWN, true);
		else if (call->shape[i] == 'b')
			add_bytes(&line, pid, args[i], (size_t) args[i + 1], false);
		else if (call->shape[i] == 'd')
			add_descriptor(&line, pid, args[i]);
		else if (call->shape[i] == 'n')
			add_number(&line, args[i]);
		else
			add_flags(&line, args[i]);
	}
	add(&line, ")");
}
