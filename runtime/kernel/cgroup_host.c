/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/self/cgroup says which controllers share a hierarchy and where in it we are; mountinfo says
 * where it is mounted. The second is long on a host with many containers, so it is read only where
 * there is more than the unified hierarchy, and once.
 */
#include "runtime/kernel/cgroup_host.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "libcommon/file.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_file.h"

#define CGROUP_LIST_MAX ((size_t) 1 << 20)
#define MOUNTINFO_MAX ((size_t) 1 << 28)

/* The initial user namespace has this inode on every host (the kernel's PROC_USER_INIT_INO). */
#define INITIAL_USER_NAMESPACE 0xEFFFFFFDU

static bool
is_cgroup2(const char *path)
{
	struct statfs about;

	return statfs(path, &about) == 0 && about.f_type == CGROUP2_SUPER_MAGIC;
}

enum cgroup_layout
cgroup_host_layout(void)
{
	struct statfs about;

	if (statfs(CGROUP_HOST_MOUNT, &about) < 0)
		return CGROUP_NONE;
	if (about.f_type == CGROUP2_SUPER_MAGIC)
		return CGROUP_UNIFIED;
	if (about.f_type != TMPFS_MAGIC)
		return CGROUP_NONE;
	return is_cgroup2(CGROUP_HOST_UNIFIED) ? CGROUP_HYBRID : CGROUP_LEGACY;
}

static struct cgroup_hierarchy *
add_hierarchy(struct cgroup *cgroup, const char *controllers, const char *mount, const char *own)
{
	if (cgroup->count == CGROUP_HIERARCHIES)
		return NULL;

	struct cgroup_hierarchy *hierarchy = &cgroup->hierarchies[cgroup->count++];
	*hierarchy = (struct cgroup_hierarchy){
		.controllers = controllers,
		.mount = mount,
		.path = own,
		.fd = -1,
		.entry = -1,
	};
	return hierarchy;
}

/* Undoes mountinfo's "\040". */
static char *
decode(struct arena *arena, const char *text)
{
	char *decoded = arena_text(arena, text), *to = decoded;

	for (const char *from = text; *from != '\0'; from++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] != '\0' &&
		    from[3] != '\0') {
			*to++ = (char) ((from[1] - '0') * 64 + (from[2] - '0') * 8 +
					(from[3] - '0'));
			from += 3;
			continue;
		}
		*to++ = *from;
	}
	*to = '\0';
	return decoded;
}

/* One line of mountinfo: "36 35 98:0 ROOT MOUNT OPTIONS TAGS… - TYPE SOURCE SUPER". */
struct mount_line {
	const char *root, *mount, *super;
};

static bool
read_mount_line(struct mount_line *line, struct arena *arena, const char *text)
{
	const char *kind = strstr(text, " - cgroup ");

	if (kind == NULL)
		return false;

	struct text_list before = text_split(arena, text, ' ');
	struct text_list after = text_split(arena, kind + strlen(" - cgroup "), ' ');
	if (before.count < 6 || after.count < 2)
		return false;
	*line = (struct mount_line){
		.root = decode(arena, before.items[3]),
		.mount = decode(arena, before.items[4]),
		.super = after.items[1],
	};
	/* Such names would break our record, which keeps them in lines. */
	return strpbrk(line->mount, "\n\t") == NULL;
}

/* Our place below the mount, which in a container may show only a part of the hierarchy. */
static const char *
below_root(const char *own, const char *root)
{
	if (text_equal(root, "/"))
		return own;

	const char *rest = text_after(own, root);
	return rest != NULL && rest[0] == '/' ? rest : "/";
}

static void
place_hierarchy(struct cgroup *cgroup, const char *controllers, const char *own,
		const struct mount_line *lines, size_t count)
{
	const char *comma = strrchr(controllers, ',');
	const char *any = comma == NULL ? controllers : comma + 1;

	for (size_t i = 0; i < count; i++) {
		if (cgroup_file_lists(lines[i].super, ',', any)) {
			(void) add_hierarchy(cgroup, controllers, lines[i].mount,
					     below_root(own, lines[i].root));
			return;
		}
	}
}

/* Splits "4:cpu,cpuacct:/x" (or "0::/x") in place. */
static bool
split_place(char *line, const char **controllers, const char **own)
{
	char *first = strchr(line, ':');
	char *second = first == NULL ? NULL : strchr(first + 1, ':');

	if (second == NULL)
		return false;
	*second = '\0';
	*controllers = first + 1;
	*own = second + 1;
	return true;
}

void
cgroup_host_match(struct cgroup *cgroup, const char *cgroups, const char *mounts,
		  struct arena *arena)
{
	list_of(struct mount_line) lines = { 0 };
	struct text_list places = text_split(arena, cgroups, '\n');

	if (mounts != NULL) {
		struct text_list all = text_split(arena, mounts, '\n');
		FOR_EACH(text, &all) {
			struct mount_line line;
			if (read_mount_line(&line, arena, *text))
				list_add(&lines, arena, line);
		}
	}
	FOR_EACH(place, &places) {
		const char *controllers, *own;

		if (!split_place(arena_text(arena, *place), &controllers, &own))
			continue;
		if (controllers[0] != '\0')
			place_hierarchy(cgroup, controllers, own, lines.items, lines.count);
		else if (cgroup->layout != CGROUP_LEGACY)
			(void) add_hierarchy(cgroup, controllers,
					     cgroup->layout == CGROUP_UNIFIED ? CGROUP_HOST_MOUNT
									      : CGROUP_HOST_UNIFIED,
					     own);
	}
}

int
cgroup_host_find(struct cgroup *cgroup, bool own, struct arena *arena, struct error *err)
{
	char *cgroups, *mounts = NULL;

	cgroup->layout = cgroup_host_layout();
	if (cgroup->layout == CGROUP_NONE)
		return 0;
	if (cgroup->layout == CGROUP_UNIFIED && !own) {
		(void) add_hierarchy(cgroup, "", CGROUP_HOST_MOUNT, "/");
		return 0;
	}
	TRY(file_read_at(AT_FDCWD, "/proc/self/cgroup", CGROUP_LIST_MAX, arena, &cgroups, NULL,
			 err));
	if (cgroup->layout != CGROUP_UNIFIED)
		TRY(file_read_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, arena, &mounts,
				 NULL, err));
	cgroup_host_match(cgroup, cgroups, mounts, arena);
	return 0;
}

int
cgroup_host_place_of(const char **path, pid_t pid, enum cgroup_layout layout, struct arena *arena,
		     struct error *err)
{
	const char *file = arena_format(arena, "/proc/%d/cgroup", (int) pid);
	const char *wanted = layout == CGROUP_LEGACY ? "name=systemd" : "";
	char *text;

	TRY(file_read_at(AT_FDCWD, file, CGROUP_LIST_MAX, arena, &text, NULL, err));
	struct text_list places = text_split(arena, text, '\n');
	FOR_EACH(place, &places) {
		const char *controllers;
		if (split_place(arena_text(arena, *place), &controllers, path) &&
		    text_equal(controllers, wanted))
			return 0;
	}
	return fail(err, "%s: it is in no cgroup of %s", file,
		    layout == CGROUP_LEGACY ? "systemd's" : "v2");
}

bool
cgroup_host_has_root(void)
{
	struct stat about;

	return geteuid() == 0 && stat("/proc/self/ns/user", &about) == 0 &&
	       about.st_ino == INITIAL_USER_NAMESPACE;
}
