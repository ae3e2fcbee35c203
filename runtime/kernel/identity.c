/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/arena.h"
#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/list.h"
#include "libcommon/number.h"
#include "libcommon/text.h"
#include "runtime/kernel/capabilities.h"

/* clang-format off */
#define DATABASE_LIMIT (10 * 1024 * 1024)
#define HIGHEST_ID     (UINT32_MAX - 1) /* the one above means "leave as it is" to the kernel */
#define USUAL_UMASK    0022             /* what runc and crun set where the document says nothing */
/* clang-format on */

/* ---- becoming ------------------------------------------------------------------------------- */

static int
set_groups(const struct oci_user *user, struct error *err)
{
	const struct oci_id_list *more = &user->additional_gids;
	scoped_arena arena = { 0 };
	gid_t *groups = arena_alloc(&arena, (more->count + 1) * sizeof(*groups));

	groups[0] = user->gid;
	for (size_t i = 0; i < more->count; i++)
		groups[i + 1] = more->items[i];
	if (setgroups(more->count + 1, groups) == 0)
		return 0;

	/*
	 * Refused although we may: the user namespace denies it for all time, because whoever made it
	 * was nobody special (user_namespaces(7)). Its groups are then those of the caller.
	 */
	if (errno == EPERM && capabilities_holds(CAP_SETGID)) {
		if (more->count == 0)
			return 0;
		return fail_errno(err, "set %zu additional groups: the user namespace denies it",
				  more->count);
	}
	return fail_errno(err, "set the groups");
}

int
identity_become(const struct oci_user *user, bool keep_groups, struct error *err)
{
	if (!keep_groups)
		TRY(set_groups(user, err));
	if (setresgid(user->gid, user->gid, user->gid) < 0)
		return fail_errno(err, "become group %u", user->gid);
	if (setresuid(user->uid, user->uid, user->uid) < 0)
		return fail_errno(err, "become user %u", user->uid);
	(void) umask(user->umask != NULL ? (mode_t) *user->umask & 0777 : USUAL_UMASK);
	return 0;
}

/* ---- /etc/passwd and /etc/group of a root that is not ours ---------------------------------- */

#define FIELDS 7

/* One line, cut at its colons. */
struct row {
	char *fields[FIELDS];
	size_t count;
};

/*
 * Reads a database whole. It may be anything at all: a FIFO that never answers, a device, a sparse
 * file of terabytes. Returns 1 if there is none.
 */
static int
read_database(char **text, int root, const char *path, struct arena *arena, struct error *err)
{
	struct stat about;
	scoped_fd place = -1, fd = -1;

	if (GET(beneath_open_if_there(&place, root, path, O_PATH, err)) == 1)
		return 1;
	if (fstat(place, &about) < 0)
		return fail_errno(err, "look at /%s", path);
	if (!S_ISREG(about.st_mode))
		return fail(err, "/%s is not a regular file", path);

	/* It may have been replaced since, so it is opened without waiting and looked at again. */
	if (GET(beneath_open_if_there(&fd, root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, err)) == 1)
		return 1;
	if (fstat(fd, &about) < 0)
		return fail_errno(err, "look at /%s", path);
	if (!S_ISREG(about.st_mode))
		return fail(err, "/%s is not a regular file", path);
	return file_read(fd, path, DATABASE_LIMIT, arena, text, NULL, err);
}

/* Takes the next line off the text, cutting it in place. False at the end. */
static bool
next_row(char **text, struct row *row)
{
	char *line = *text;

	if (*line == '\0')
		return false;
	char *end = strchrnul(line, '\n');
	*text = *end == '\n' ? end + 1 : end;
	*end = '\0';

	row->count = 0;
	while (row->count < FIELDS) {
		char *colon = strchrnul(line, ':');
		bool last = *colon == '\0';
		row->fields[row->count++] = line;
		*colon = '\0';
		if (last)
			break;
		line = colon + 1;
	}
	return true;
}

static bool
is_id(uint32_t *id, const char *text)
{
	struct error unused;
	uint64_t value;

	if (number_unsigned(&value, text, HIGHEST_ID, &unused) < 0)
		return false;
	*id = (uint32_t) value;
	return true;
}

/* Finds a row of passwd by name or, if `name` is NULL, by uid. False if there is none. */
static bool
find_user(struct row *row, char *text, const char *name, uint32_t uid)
{
	uint32_t id;

	while (next_row(&text, row)) {
		if (row->count < 4)
			continue;
		if (name != NULL ? strcmp(row->fields[0], name) == 0
				 : is_id(&id, row->fields[2]) && id == uid)
			return true;
	}
	return false;
}

const char *
identity_home(int root, uint32_t uid, char home[4096])
{
	scoped_arena arena = { 0 };
	struct error unused;
	struct row row;
	char *text;

	(void) strcpy(home, "/");
	if (read_database(&text, root, "etc/passwd", &arena, &unused) != 0 ||
	    !find_user(&row, text, NULL, uid) || row.count < 6)
		return home;
	if (row.fields[5][0] == '/' && strlen(row.fields[5]) < 4096)
		(void) strcpy(home, row.fields[5]);
	return home;
}

/* ---- looking up what the user typed --------------------------------------------------------- */

/* Adds the groups that list this user as a member. */
static int
add_memberships(struct oci_user *user, const char *name, int root, struct arena *arena,
		struct error *err)
{
	struct row row;
	char *text;
	uint32_t gid;

	if (GET(read_database(&text, root, "etc/group", arena, err)) == 1)
		return 0;
	while (next_row(&text, &row)) {
		if (row.count < 4)
			continue;
		struct text_list members = text_split(arena, row.fields[3], ',');
		FOR_EACH(member, &members) {
			if (strcmp(*member, name) != 0)
				continue;
			if (!is_id(&gid, row.fields[2]))
				return fail(err, "/etc/group: group \"%s\" has the id \"%s\"",
					    row.fields[0], row.fields[2]);
			if (gid != user->gid)
				list_add(&user->additional_gids, arena, gid);
			break;
		}
	}
	return 0;
}

static int
look_up_group(uint32_t *gid, const char *group, int root, struct arena *arena, struct error *err)
{
	uint64_t number;
	struct row row;
	char *text;

	if (number_is_decimal(group)) {
		if (number_unsigned(&number, group, HIGHEST_ID, err) < 0)
			return error_prefix(err, "group");
		*gid = (uint32_t) number;
		return 0;
	}
	if (GET(read_database(&text, root, "etc/group", arena, err)) == 1)
		return fail(err, "group \"%s\": there is no /etc/group", group);
	while (next_row(&text, &row)) {
		if (row.count < 3 || strcmp(row.fields[0], group) != 0)
			continue;
		if (!is_id(gid, row.fields[2]))
			return fail(err, "/etc/group: group \"%s\" has the id \"%s\"", group,
				    row.fields[2]);
		return 0;
	}
	return fail(err, "no group \"%s\" in /etc/group", group);
}

/* Fills uid and gid from passwd; `name` gets what the user is called there, or NULL. */
static int
look_up_user(struct oci_user *user, const char **name, const char *who, int root,
	     struct arena *arena, struct error *err)
{
	bool by_id = number_is_decimal(who);
	uint64_t number = 0;
	struct row row;
	char *text;

	*name = NULL;
	if (by_id && number_unsigned(&number, who, HIGHEST_ID, err) < 0)
		return error_prefix(err, "user");
	user->uid = (uint32_t) number;
	user->gid = 0;

	int missing = GET(read_database(&text, root, "etc/passwd", arena, err));
	bool found = missing == 0 && find_user(&row, text, by_id ? NULL : who, user->uid);
	if (!found && by_id)
		return 0;
	if (missing == 1)
		return fail(err, "user \"%s\": there is no /etc/passwd", who);
	if (!found)
		return fail(err, "no user \"%s\" in /etc/passwd", who);
	if (!is_id(&user->uid, row.fields[2]) || !is_id(&user->gid, row.fields[3]))
		return fail(err, "/etc/passwd: user \"%s\" has the ids \"%s\" and \"%s\"", who,
			    row.fields[2], row.fields[3]);
	*name = row.fields[0];
	return 0;
}

int
identity_look_up(struct oci_user *user, const char *text, int root, struct arena *arena,
		 struct error *err)
{
	const char *colon = strchr(text, ':'), *name;
	const char *who = colon == NULL ? text : arena_copy(arena, text, (size_t) (colon - text));

	if (who[0] == '\0' || (colon != NULL && colon[1] == '\0'))
		return fail(err, "user \"%s\": write user, uid, user:group or uid:gid", text);
	user->additional_gids = (struct oci_id_list){ 0 };
	TRY(look_up_user(user, &name, who, root, arena, err));
	if (colon != NULL)
		return look_up_group(&user->gid, colon + 1, root, arena, err);
	return name != NULL ? add_memberships(user, name, root, arena, err) : 0;
}
