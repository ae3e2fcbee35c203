/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "libcommon/fd.h"
#include "libcommon/schema.h"
#include "oci-spec/runtime_config.h"
#include "runtime/kernel/devices.h"
#include "runtime/kernel/masks.h"
#include "runtime/kernel/mounts.h"
#include "runtime/kernel/rootfs.h"
#include "runtime/kernel/syscalls.h"

#define NOBODY 65534

static void
must(int result, const char *what)
{
	child_expect(result >= 0, "stage: %s: %s", what, strerror(errno));
}

void
stage_write(const char *path, const char *text)
{
	child_expect(child_write(path, text), "stage: write %s: %s", path, strerror(errno));
}

const char *
stage_mount_line(const char *path)
{
	static char found[4096];
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096], point[4096];
	int end = 0;

	found[0] = '\0';
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "%*d %*d %*s %*s %4095s %n", point, &end) == 1 &&
		    strcmp(point, path) == 0)
			(void) snprintf(found, sizeof(found), "%s", line + end);
	}
	if (file != NULL)
		(void) fclose(file);
	found[strcspn(found, "\n")] = '\0';
	return found;
}

void
stage_directory(const char *path)
{
	must(mkdir(path, 0755), path);
}

void
stage_link(const char *target, const char *path)
{
	must(symlink(target, path), path);
}

bool
stage_can_write(const char *path)
{
	scoped_fd fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	return fd >= 0;
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
	struct oci_linux linux_;
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
	const char *config = play->config != NULL ? play->config : "";
	char *json = arena_format(
		&set->arena, "{'ociVersion':'1.3.0','root':{'path':'rootfs','readonly':%s}%s%s}",
		play->readonly ? "true" : "false", config[0] != '\0' ? "," : "", config);

	for (char *c = json; *c != '\0'; c++)
		*c = *c == '\'' ? '"' : *c;
	TRY(schema_read(&oci_config_schema, &set->config, "config.json", json, strlen(json),
			&set->arena, err));
	set->linux_ = set->config.linux_ != NULL ? *set->config.linux_ : nothing;
	if (!play->host_mounts)
		list_add(&set->linux_.namespaces, &set->arena,
			 (struct oci_namespace){ .type = OCI_NAMESPACE_MOUNT });
	set->config.linux_ = &set->linux_;
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
		play->before(set->rootfs.fd);
	TRY(rootfs_enter(&set->rootfs, err));
	TRY(masks_hide(&linux_->masked_paths, set->rootfs.fd, set->devices.null, NULL, err));
	TRY(masks_write_protect(&linux_->readonly_paths, set->rootfs.fd, err));
	TRY(mounts_finish(&set->mounts, err));
	return rootfs_seal(&set->rootfs, err);
}

static void
be_guest(struct set *set, const struct play *play)
{
	struct error err = { 0 };

	(void) umask(077);
	child_expect(act(set, play, &err) == 0, "%s", err.text);
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
		child_expect(false, "stage: killed by signal %d", WTERMSIG(status));
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
	child_expect(open_all(&set, play, &err) == 0, "%s", err.text);
	int others =
		CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | (play->host_network ? 0 : CLONE_NEWNET);
	if (play->user || play->unprivileged)
		enter_user_namespace((unsigned long) others);
	else
		must(unshare(others), "unshare");

	pid_t pid = fork();
	must(pid, "fork");
	if (pid == 0)
		be_guest(&set, play);
	await(pid);
	_exit(0);
}

/* What is on now; child_run hands nothing over. */
static const struct play *playing;

static void
be_host(void)
{
	const struct play *play = playing;

	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "leave the machine");
	must(mount("stage", "/tmp", "tmpfs", 0, "mode=755"), "mount the bundle");
	must(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), "share");
	must(mkdir("/tmp/bundle", 0755), "bundle");
	must(chdir("/tmp/bundle"), "chdir");
	(void) umask(0);
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
}

static uint64_t
find_namespaces(void)
{
	return geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS;
}

const char *
stage_run(const struct play *play)
{
	playing = play;
	return child_run(find_namespaces(), be_host);
}

const char *
stage_is_closed(const struct play *play)
{
	if ((play->unprivileged || play->needs_root) && geteuid() != 0)
		return "needs root";
	return child_is_barred(find_namespaces());
}
