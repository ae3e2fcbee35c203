/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/state_root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_host.h"

static bool
is_own_directory(const char *path)
{
	struct stat about;

	return path != NULL && path[0] == '/' && stat(path, &about) == 0 && S_ISDIR(about.st_mode) &&
	       about.st_uid == geteuid();
}

/* One that is kept from another user's session (su, sudo -E) is his, not ours. */
const char *
state_root_default(struct arena *arena)
{
	const char *given = getenv("XDG_RUNTIME_DIR");

	/* Podman without privileges calls us as root of its user namespace, and names no user. */
	bool is_user = geteuid() != 0 || (!cgroup_host_has_root() && !text_equal(getenv("USER"), "root"));

	if (is_user && is_own_directory(given))
		return arena_format(arena, "%s/runlet", given);
	if (geteuid() == 0)
		return "/run/runlet";
	const char *usual = arena_format(arena, "/run/user/%u", geteuid());
	if (is_own_directory(usual))
		return arena_format(arena, "%s/runlet", usual);
	return arena_format(arena, "/tmp/runlet-%u", geteuid());
}

/* The sticky bit keeps systemd-tmpfiles from clearing away what lies in a user's runtime directory. */
static int
make_root(const char *root, struct error *err)
{
	if (access(root, F_OK) == 0)
		return 0;
	TRY(file_make_directories(AT_FDCWD, root, 0700, err));
	if (!cgroup_host_has_root())
		(void) chmod(root, 01700); /* a courtesy */
	return 0;
}

int
state_root_check(int dir, const char *name, struct error *err)
{
	struct stat about;

	if (fstat(dir, &about) < 0)
		return fail_errno(err, "look at %s", name);
	if (about.st_uid == geteuid() || about.st_uid == 0)
		return 0;
	(void) fail(err, "%s belongs to user %u: it is not ours to believe", name, about.st_uid);
	err->code = STATE_FOREIGN;
	return -1;
}

/* A link that another user put there leads where he likes (/tmp), so it must be ours like the rest. */
static int
check_link(const char *root, struct error *err)
{
	scoped_fd link = open(root, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return link < 0 ? fail_errno(err, "open the state root %s", root) : state_root_check(link, root, err);
}

int
state_root_open(const char *root, bool make, struct error *err)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && make) {
		TRY(make_root(root, err));
		fd = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		TRY(check_link(root, err));
		fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	scoped_fd dir = fd;
	if (dir < 0)
		return fail_errno(err, "open the state root %s", root);
	TRY(state_root_check(dir, root, err));
	return fd_take(&dir);
}
