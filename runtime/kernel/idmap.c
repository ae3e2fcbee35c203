/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "libcommon/buffer.h"
#include "libcommon/fd.h"
#include "libcommon/list.h"
#include "libcommon/process.h"
#include "libcommon/text.h"
#include "runtime/kernel/procfs.h"
#include "runtime/kernel/syscalls.h"

/* clang-format off */
#define LINES_MAX         340   /* UID_GID_MAP_MAX_EXTENTS of the kernel */
#define HELPER_TIMEOUT_MS 10000
/* clang-format on */

/* The two maps differ in nothing but names. */
struct side {
	const char *file, *helper, *grants;
};

static const struct side user_side = { "uid_map", "newuidmap", "/etc/subuid" };
static const struct side group_side = { "gid_map", "newgidmap", "/etc/subgid" };

/* ---- writing -------------------------------------------------------------------------------- */

/* A map is taken in one write or not at all, and one write holds less than a page. */
static int
format_map(struct buffer *text, const struct oci_id_map_list *map, struct error *err)
{
	FOR_EACH(line, map)
		buffer_add_format(text, "%u %u %u\n", line->container_id, line->host_id,
				  line->size);
	if (map->count > LINES_MAX)
		return fail(err, "the map has %zu lines, the kernel takes %d at most", map->count,
			    LINES_MAX);
	if (text->length >= (size_t) sysconf(_SC_PAGESIZE))
		return fail(err, "the map has %zu bytes, the kernel takes %ld at most",
			    text->length, sysconf(_SC_PAGESIZE) - 1);
	return 0;
}

/* Returns 1 if we lack the privilege. */
static int
write_map(int procfs, pid_t pid, const struct side *side, const char *text, struct error *err)
{
	char path[64];

	(void) snprintf(path, sizeof(path), "%d/%s", (int) pid, side->file);
	if (procfs_write(procfs, path, text, err) == 0)
		return 0;
	return err->code == EPERM ? 1 : -1;
}

/* What keeps a helper from having more privileges than we have, or NULL. */
static const char *
find_hindrance(const char *path)
{
	struct stat about;
	struct statvfs fs;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return "no_new_privs is set, and so it gains no privilege";
	if (stat(path, &about) < 0 || statvfs(path, &fs) < 0)
		return NULL;
	if ((fs.f_flag & ST_NOSUID) != 0)
		return "its file system is mounted nosuid, and so it gains no privilege";
	if (((about.st_mode & S_ISUID) == 0 || about.st_uid != 0) &&
	    getxattr(path, "security.capability", NULL, 0) < 0)
		return "it is neither setuid root nor has it file capabilities";
	return NULL;
}

/* Says it on one line, with what the program said. */
static int
explain_helper(const struct side *side, const char *path, struct error *err)
{
	const char *why = find_hindrance(path), *said = text_after(err->text, path);
	scoped_arena arena = { 0 };

	for (char *at = err->text; (at = strchr(at, '\n')) != NULL;)
		*at = ' ';
	said = arena_text(&arena, said != NULL ? said : err->text);
	if (why != NULL)
		return fail(err, "%s: %s%s", path, why, said);
	if (strstr(said, "not allowed") != NULL)
		return fail(err, "%s%s (ranges are granted in %s)", path, said, side->grants);
	return -1;
}

/* newuidmap and newgidmap let us use what /etc/subuid and /etc/subgid give to us (shadow). */
static int
ask_helper(pid_t pid, const struct side *side, const struct oci_id_map_list *map, struct error *err)
{
	static const char *const directories[] = { "/usr/bin", "/bin", "/usr/local/bin" };
	static const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };
	scoped_arena arena = { 0 };
	struct text_list args = { 0 };
	const char *path = NULL;

	for (size_t i = 0; i < COUNT(directories) && path == NULL; i++) {
		const char *candidate = arena_format(&arena, "%s/%s", directories[i], side->helper);
		if (faccessat(AT_FDCWD, candidate, X_OK, AT_EACCESS) == 0)
			path = candidate;
	}
	if (path == NULL)
		return fail(err, "the kernel does not let us, and there is no %s", side->helper);

	list_add(&args, &arena, side->helper);
	list_add(&args, &arena, arena_format(&arena, "%d", (int) pid));
	FOR_EACH(line, map) {
		list_add(&args, &arena, arena_format(&arena, "%u", line->container_id));
		list_add(&args, &arena, arena_format(&arena, "%u", line->host_id));
		list_add(&args, &arena, arena_format(&arena, "%u", line->size));
	}
	struct process_helper helper = {
		.path = path,
		.args = (const char *const *) process_vector(&args, &arena),
		.env = env,
		.directory = "/",
		.timeout_ms = HELPER_TIMEOUT_MS,
	};
	return process_run(&helper, err) < 0 ? explain_helper(side, path, err) : 0;
}

static bool
is_one_id(const struct oci_id_map_list *map, uint32_t host_id)
{
	return map->count == 1 && map->items[0].size == 1 && map->items[0].host_id == host_id;
}

static int
write_users(int procfs, pid_t pid, const struct oci_id_map_list *map, struct error *err)
{
	scoped_buffer text = { 0 };

	TRY(format_map(&text, map, err));
	if (GET(write_map(procfs, pid, &user_side, buffer_text(&text), err)) == 0)
		return 0;
	return ask_helper(pid, &user_side, map, err);
}

/*
 * Who lacks the privilege may map his own group alone, and only once nobody in there can drop
 * groups any more: a file that denies its group access would else be open to it (CVE-2014-8989).
 */
static int
write_groups(int procfs, pid_t pid, const struct oci_id_map_list *map, struct error *err)
{
	scoped_buffer text = { 0 };
	char setgroups_path[64];

	TRY(format_map(&text, map, err));
	if (GET(write_map(procfs, pid, &group_side, buffer_text(&text), err)) == 0)
		return 0;
	if (!is_one_id(map, getegid()))
		return ask_helper(pid, &group_side, map, err);
	(void) snprintf(setgroups_path, sizeof(setgroups_path), "%d/setgroups", (int) pid);
	TRY(procfs_write(procfs, setgroups_path, "deny", err));
	return GET(write_map(procfs, pid, &group_side, buffer_text(&text), err)) == 0 ? 0 : -1;
}

int
idmap_write(pid_t pid, const struct oci_id_map_list *uids, const struct oci_id_map_list *gids,
	    struct error *err)
{
	scoped_fd procfs = GET(procfs_open(err));

	if (write_users(procfs, pid, uids, err) < 0)
		return error_prefix(err, "map user ids");
	if (write_groups(procfs, pid, gids, err) < 0)
		return error_prefix(err, "map group ids");
	return 0;
}

/* ---- a namespace with nobody in it ---------------------------------------------------------- */

static pid_t
clone_placeholder(int *pidfd)
{
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t) (uintptr_t) pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t parent = getpid();
	pid_t pid = (pid_t) syscall(SYS_clone3, &args, sizeof(args));

	if (pid != 0)
		return pid;
	(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0); /* it died before it could be watched */
	for (;;)
		(void) pause();
}

int
idmap_namespace(const struct oci_id_map_list *uids, const struct oci_id_map_list *gids,
		struct error *err)
{
	char path[64];
	int pidfd = -1;
	pid_t pid = clone_placeholder(&pidfd);

	if (pid < 0)
		return fail_errno(err, "make a user namespace");
	scoped_fd placeholder = pidfd;
	(void) snprintf(path, sizeof(path), "/proc/%d/ns/user", (int) pid);

	int result = idmap_write(pid, uids, gids, err);
	if (result == 0) {
		result = open(path, O_RDONLY | O_CLOEXEC);
		if (result < 0)
			(void) fail_errno(err, "open the user namespace made for a mount");
	}
	process_destroy(placeholder);
	return result;
}

/* ---- guest side ----------------------------------------------------------------------------- */

int
idmap_become_root(struct error *err)
{
	if (setresgid(0, 0, 0) < 0)
		return fail_errno(err, "become group 0 of the user namespace%s",
				  errno == EINVAL ? " (is it mapped?)" : "");
	if (setresuid(0, 0, 0) < 0)
		return fail_errno(err, "become user 0 of the user namespace%s",
				  errno == EINVAL ? " (is it mapped?)" : "");
	return 0;
}

/* ---- either side ---------------------------------------------------------------------------- */

int
idmap_find(const struct oci_id_map_list *map, uint32_t container_id, uint32_t *host_id)
{
	FOR_EACH(line, map)
		if (container_id >= line->container_id &&
		    container_id - line->container_id < line->size) {
			*host_id = line->host_id + (container_id - line->container_id);
			return 0;
		}
	return 1;
}

bool
idmap_denies_groups(void)
{
	struct error unused;
	char text[8] = "";
	scoped_fd procfs = procfs_open(&unused);
	scoped_fd fd =
		procfs < 0 ? -1 : procfs_open_file(procfs, "self/setgroups", O_RDONLY, &unused);

	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strncmp(text, "deny", 4) == 0;
}
