/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/userns.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "libcommon/process.h"
#include "libcommon/text.h"

#define HELPER_TIMEOUT_MS 10000

static const struct {
	const char *helper, *grants;
} sides[] = {
	[USERNS_USERS] = { "newuidmap", "/etc/subuid" },
	[USERNS_GROUPS] = { "newgidmap", "/etc/subgid" },
};

pid_t
userns_placeholder(int *pidfd)
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

const char *
userns_helper(enum userns_side side, struct arena *arena)
{
	static const char *const directories[] = { "/usr/bin", "/bin", "/usr/local/bin" };

	for (size_t i = 0; i < COUNT(directories); i++) {
		const char *path = arena_format(arena, "%s/%s", directories[i], sides[side].helper);
		if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0)
			return path;
	}
	return NULL;
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
explain_helper(enum userns_side side, const char *path, struct arena *arena, struct error *err)
{
	const char *why = find_hindrance(path), *said = text_after(err->text, path);

	for (char *at = err->text; (at = strchr(at, '\n')) != NULL;)
		*at = ' ';
	said = arena_text(arena, said != NULL ? said : err->text);
	if (why != NULL)
		return fail(err, "%s: %s%s", path, why, said);
	if (strstr(said, "not allowed") != NULL)
		return fail(err, "%s%s (ranges are granted in %s)", path, said, sides[side].grants);
	return -1;
}

int
userns_ask_helper(const char *path, enum userns_side side, pid_t pid, const struct text_list *numbers,
		  struct arena *arena, struct error *err)
{
	static const char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL };
	struct text_list args = { 0 };

	list_add(&args, arena, sides[side].helper);
	list_add(&args, arena, arena_format(arena, "%d", (int) pid));
	FOR_EACH(number, numbers)
		list_add(&args, arena, *number);
	const struct process_helper helper = {
		.path = path,
		.args = (const char *const *) process_vector(&args, arena),
		.env = env,
		.directory = "/",
		.timeout_ms = HELPER_TIMEOUT_MS,
	};
	return process_run(&helper, err) < 0 ? explain_helper(side, path, arena, err) : 0;
}
