/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/buffer.h"
#include "libcommon/fd.h"
#include "libcommon/list.h"
#include "libcommon/process.h"
#include "libcommon/userns.h"
#include "runtime/kernel/procfs.h"

#define LINES_MAX 340 /* UID_GID_MAP_MAX_EXTENTS of the kernel */

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
write_map(int procfs, pid_t pid, const char *file, const char *text, struct error *err)
{
	char path[64];

	(void) snprintf(path, sizeof(path), "%d/%s", (int) pid, file);
	if (procfs_write(procfs, path, text, err) == 0)
		return 0;
	return err->code == EPERM ? 1 : -1;
}

/* newuidmap and newgidmap let us use what /etc/subuid and /etc/subgid give to us. */
static int
ask_helper(pid_t pid, enum userns_side side, const struct oci_id_map_list *map, struct error *err)
{
	scoped_arena arena = { 0 };
	struct text_list numbers = runtime_linux_id_numbers(map, &arena);
	const char *path = userns_helper(side, &arena);

	if (path == NULL)
		return fail(err, "the kernel does not let us, and there is no %s",
			    side == USERNS_USERS ? "newuidmap" : "newgidmap");
	return userns_ask_helper(path, side, pid, &numbers, &arena, err);
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
	if (GET(write_map(procfs, pid, "uid_map", buffer_text(&text), err)) == 0)
		return 0;
	return ask_helper(pid, USERNS_USERS, map, err);
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
	if (GET(write_map(procfs, pid, "gid_map", buffer_text(&text), err)) == 0)
		return 0;
	if (!is_one_id(map, getegid()))
		return ask_helper(pid, USERNS_GROUPS, map, err);
	(void) snprintf(setgroups_path, sizeof(setgroups_path), "%d/setgroups", (int) pid);
	TRY(procfs_write(procfs, setgroups_path, "deny", err));
	return GET(write_map(procfs, pid, "gid_map", buffer_text(&text), err)) == 0 ? 0 : -1;
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

int
idmap_namespace(const struct oci_id_map_list *uids, const struct oci_id_map_list *gids,
		struct error *err)
{
	char path[64];
	int pidfd = -1;
	pid_t pid = userns_placeholder(&pidfd);

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
