/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way back is "..": cgroups cannot move to another parent, and there are no links among them.
 * Where we were in the parent's listing is kept as the kernel's own position, which for these file
 * systems is a hash of the name and so outlives both our fd and removals.
 */
#include "runtime/kernel/cgroup_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/buffer.h"
#include "libcommon/fd.h"

/* What getdents64 fills in, one after the other. */
struct listed {
	uint64_t inode;
	int64_t next;
	uint16_t length;
	uint8_t type;
	char name[];
};

#define LISTED_DIRECTORY 4 /* DT_DIR */

struct level {
	int64_t next; /* where the parent's listing goes on */
	char name[256];
};

/* The next subdirectory from the position on. Returns 1 if there is none. */
static int
find_child(int dir, int64_t from, struct level *child, struct error *err)
{
	_Alignas(struct listed) char room[4096];

	if (lseek(dir, from, SEEK_SET) < 0)
		return fail_errno(err, "go on listing a cgroup");
	for (;;) {
		long n = syscall(SYS_getdents64, dir, room, sizeof(room));
		if (n < 0 && errno == ENOENT) /* removed meanwhile */
			return 1;
		if (n < 0)
			return fail_errno(err, "list a cgroup");
		if (n == 0)
			return 1;
		for (long at = 0; at < n;) {
			const struct listed *entry =
				(const struct listed *) (const void *) (room + at);

			at += entry->length;
			if (entry->type != LISTED_DIRECTORY || strcmp(entry->name, ".") == 0 ||
			    strcmp(entry->name, "..") == 0)
				continue;
			child->next = entry->next;
			(void) strncpy(child->name, entry->name, sizeof(child->name) - 1);
			child->name[sizeof(child->name) - 1] = '\0';
			return 0;
		}
	}
}

static int
move_to(int *at, const char *name, struct error *err)
{
	int fd = openat(*at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENODEV))
		return 1;
	if (fd < 0)
		return fail_errno(err, "open cgroup %s", name);
	fd_close(at);
	*at = fd;
	return 0;
}

static int
leave_child(int *at, struct buffer *way, int64_t *from, const struct cgroup_visit *visit,
	    struct error *err)
{
	struct level done;

	way->length -= sizeof(done);
	memcpy(&done, way->bytes + way->length, sizeof(done));
	if (GET(move_to(at, "..", err)) == 1)
		return fail(err, "walk a cgroup: the parent of %s is gone", done.name);
	*from = done.next;
	return visit->leave != NULL ? visit->leave(*at, done.name, visit->with, err) : 0;
}

int
cgroup_tree_walk(int top, const struct cgroup_visit *visit, struct error *err)
{
	scoped_buffer way = { 0 }; /* the levels above us, as struct level */
	scoped_fd at = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t from = 0;

	if (at < 0)
		return errno == ENOENT ? 0 : fail_errno(err, "open a cgroup");
	if (visit->enter != NULL)
		TRY(visit->enter(at, visit->with, err));
	for (;;) {
		struct level child;

		if (GET(find_child(at, from, &child, err)) == 1) {
			if (way.length == 0)
				return 0;
			TRY(leave_child(&at, &way, &from, visit, err));
			continue;
		}
		from = child.next;
		if (GET(move_to(&at, child.name, err)) == 1)
			continue;
		buffer_add(&way, &child, sizeof(child));
		from = 0;
		if (visit->enter != NULL)
			TRY(visit->enter(at, visit->with, err));
	}
}
