/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "libcommon/fd.h"
#include "libcommon/schema.h"
#include "libcommon/tree.h"
#include "oci-spec/runtime_config.h"
#include "runtime/kernel/devices.h"
#include "runtime/kernel/masks.h"
#include "runtime/kernel/mounts.h"
#include "runtime/kernel/rootfs.h"
#include "runtime/kernel/syscalls.h"

#define SPOKEN 4096
#define NOBODY 65534

/* Where complaints go: the write end of a pipe, on a number that nobody else uses. */
#define PROMPTER 200

void
stage_expect(bool truth, const char *format, ...)
{
	char text[SPOKEN];
	va_list args;

	if (truth)
		return;
	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void) !write(PROMPTER, text, n < SPOKEN ? (size_t) n : SPOKEN - 1);
	_exit(1);
}

static void
must(int result, const char *what)
{
	stage_expect(result >= 0, "stage: %s: %s", what, strerror(errno));
}

const char *
stage_read(const char *path)
{
	static char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	fd_close(&fd);
	return text;
}

void
stage_write(const char *path, const char *text)
{
	scoped_fd fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	must(fd, path);
	must((int) write(fd, text, strlen(text)), path);
}

const char *
stage_mount_line(const char *path)
{
	static char line[4096];
	static char found[4096];
	FILE *file = fopen("/proc/self/mountinfo", "re");

	found[0] = '\0';
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char point[4096], flags[4096];
		const char *rest = strstr(line, " - ");

		if (rest != NULL &&
		    sscanf(line, "%*d %*d %*s %*s %4095s %4095s", point, flags) == 2 &&
		    strcmp(point, path) == 0)
			(void) snprintf(found, sizeof(found), "%.1000s %.2000s", flags, rest + 3);
	}
	if (file != NULL)
		(void) fclose(file);
	found[strcspn(found, "\n")] = '\0';
	return found;
}

static void
write_map(const char *file, unsigned inside, unsigned outside)
{
	char text[64];

	(void) snprintf(text, sizeof(text), "%u %u 1", inside, outside);
	stage_write(file, text);
}

/* A user namespace in which we are root, made of nothing but our own ids. */
static void
enter_user_namespace(unsigned long others)
{
	unsigned uid = geteuid(), gid = getegid();

	must(unshare((int) (CLONE_NEWUSER | others)), "unshare a user namespace");
	stage_write("/proc/self/setgroups", "deny");
	write_map("/proc/self/uid_map", 0, uid);
	write_map("/proc/self/gid_map", 0, gid);
}

static void
forget_mount_setattr(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mount_setattr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = COUNT(code), .filter = code };

	must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "filter mount_setattr");
}

struct set {
	struct arena arena;
	struct oci_config config;
	struct rootfs rootfs;
	struct mounts mounts;
	struct devices devices;
};

static int
open_all(struct set *set, const struct play *play, struct error *err)
{
	static const struct oci_linux nothing;
	bool user = play->user || play->unprivileged;
	scoped_fd bundle = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *json = arena_format(
		&set->arena, "{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"%s}%s%s}",
		strstr(play->config, "\"READONLY\"") != NULL ? ",\"readonly\":true" : "",
		play->config[0] != '\0' ? "," : "", play->config);

	TRY(schema_read(&oci_config_schema, &set->config, "config.json", json, strlen(json),
			&set->arena, err));
	if (set->config.linux_ == NULL)
		set->config.linux_ = &nothing;
	set->rootfs.no_pivot = play->no_pivot;
	TRY(rootfs_open(&set->rootfs, &set->config, bundle, &set->arena, err));
	TRY(mounts_open(&set->mounts, &set->config, bundle, user, &set->arena, err));
	return devices_open(&set->devices, &set->config.linux_->devices, user, &set->arena, err);
}

static int
act(struct set *set, const struct play *play, struct error *err)
{
	const struct oci_linux *linux_ = set->config.linux_;

	TRY(rootfs_isolate(&set->rootfs, err));
	TRY(rootfs_attach(&set->rootfs, err));
	TRY(mounts_make(&set->mounts, set->rootfs.fd, NULL, &set->arena, err));
	TRY(devices_make(&set->devices, set->rootfs.fd, mounts_covers(&set->mounts, "/dev", true),
			 err));
	if (play->before != NULL)
		play->before();
	TRY(rootfs_enter(&set->rootfs, err));
	TRY(masks_hide(&linux_->masked_paths, set->rootfs.fd, set->devices.null, NULL, err));
	TRY(masks_write_protect(&linux_->readonly_paths, set->rootfs.fd, err));
	TRY(mounts_finish(&set->mounts, set->rootfs.fd, err));
	return rootfs_seal(&set->rootfs, err);
}

static void
be_guest(struct set *set, const struct play *play)
{
	struct error err = { 0 };

	(void) umask(077);
	stage_expect(act(set, play, &err) == 0, "%s", err.text);
	(void) umask(022);
	if (play->check != NULL)
		play->check();
	_exit(0);
}

static void
await(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0), "wait");
	if (WIFSIGNALED(status))
		stage_expect(false, "stage: killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		_exit(1);
}

/* The runtime: opens on the host what is the host's, and sends the guest into namespaces. */
static void
be_runtime(const struct play *play)
{
	struct set set = { .rootfs = ROOTFS_NONE, .devices = DEVICES_NONE };
	struct error err = { 0 };

	if (play->old_kernel)
		forget_mount_setattr();
	if (play->unprivileged) {
		must(setgid(NOBODY), "setgid");
		must(setuid(NOBODY), "setuid");
		must(prctl(PR_SET_DUMPABLE, 1),
		     "stay dumpable"); /* so that /proc/self stays ours */
	}
	stage_expect(open_all(&set, play, &err) == 0, "%s", err.text);
	if (play->user || play->unprivileged)
		enter_user_namespace(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET);
	else
		must(unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET), "unshare");

	pid_t pid = fork();
	must(pid, "fork");
	if (pid == 0)
		be_guest(&set, play);
	await(pid);
	_exit(0);
}

static void
be_host(const struct play *play, const char *bundle)
{
	if (geteuid() != 0)
		enter_user_namespace(CLONE_NEWNS);
	else
		must(unshare(CLONE_NEWNS), "unshare");
	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "leave the machine");
	must(mount("stage", bundle, "tmpfs", 0, "mode=755"), "mount the bundle");
	must(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), "share");
	must(chdir(bundle), "chdir");
	must(mkdir("rootfs", 0755), "rootfs");
	if (play->unprivileged)
		must(chown("rootfs", NOBODY, NOBODY), "chown");
	if (play->set != NULL)
		play->set();

	pid_t pid = fork();
	must(pid, "fork");
	if (pid == 0)
		be_runtime(play);
	await(pid);
	if (play->after != NULL)
		play->after();
	_exit(0);
}

static pid_t
start(const struct play *play, const char *bundle, int pipe_[2])
{
	pid_t pid;

	if (pipe2(pipe_, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		abort();
	if (pid != 0)
		return pid;
	if (dup3(pipe_[1], PROMPTER, O_CLOEXEC) < 0)
		_exit(99);
	be_host(play, bundle);
	_exit(0);
}

const char *
stage_run(const struct play *play)
{
	static char text[SPOKEN];
	char bundle[64];
	int pipe_[2], status;
	struct error err;
	size_t n = 0;

	(void) snprintf(bundle, sizeof(bundle), "/tmp/stage.%d", getpid());
	if (mkdir(bundle, 0755) < 0)
		return "stage: no temporary directory";

	pid_t pid = start(play, bundle, pipe_);
	(void) close(pipe_[1]);
	for (ssize_t got;
	     n < sizeof(text) - 1 && (got = read(pipe_[0], text + n, sizeof(text) - 1 - n)) > 0;)
		n += (size_t) got;
	text[n] = '\0';
	(void) close(pipe_[0]);
	(void) waitpid(pid, &status, 0);
	(void) tree_remove(AT_FDCWD, bundle, &err);
	if (n == 0 && status != 0)
		(void) snprintf(text, sizeof(text), "stage: ended with status %x",
				(unsigned) status);
	return text;
}

const char *
stage_is_closed(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) < 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		return "mount namespaces cannot be made here";
	return NULL;
}
