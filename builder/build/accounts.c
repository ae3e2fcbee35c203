/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/list.h"
#include "libcommon/number.h"
#include "libcommon/text.h"

#define FILE_LIMIT ((size_t) 10 * 1024 * 1024)
#define FIELDS 7 /* of a line of passwd; a group's has four */

/* Ids are below this: (uid_t) -1 means "leave it". */
#define ID_MAX (UINT32_MAX - 1)

/*
 * Opened without waiting and without following anything odd: a fifo there must not stop us, and a
 * device must not be read. Returns 1 if there is no such file.
 */
static int
read_database(char **text, int root, const char *path, struct arena *arena, struct error *err)
{
	scoped_fd fd = -1;
	struct stat about;
	size_t n;

	if (GET(beneath_open_if_there(&fd, root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, err)) > 0)
		return 1;
	if (fstat(fd, &about) < 0)
		return fail_errno(err, "look at %s", path);
	if (!S_ISREG(about.st_mode))
		return fail(err, "%s is no regular file", path);
	return file_read(fd, path, FILE_LIMIT, arena, text, &n, err);
}

/* Cuts the next line into its fields, in place. Returns how many; 0 at the end. */
static size_t
next_record(char **at, char *fields[FIELDS])
{
	size_t n = 0;

	while (n == 0 && **at != '\0') {
		char *line = *at, *end = line + strcspn(line, "\n");

		*at = *end == '\0' ? end : end + 1;
		*end = '\0';
		if (*line == '\0' || *line == '#')
			continue;
		while (n < FIELDS && line != NULL)
			fields[n++] = strsep(&line, ":");
	}
	return n;
}

static bool
read_id(uint32_t *id, const char *text)
{
	struct error unused;
	uint64_t number;

	if (number_unsigned(&number, text, ID_MAX, &unused) < 0)
		return false;
	*id = (uint32_t) number;
	return true;
}

struct user {
	const char *name; /* NULL: not in the file */
	uint32_t uid, gid;
	const char *home;
};

/* By name first: a name may consist of digits. */
static int
find_user(struct user *user, int root, const char *wanted, struct arena *arena, struct error *err)
{
	char *fields[FIELDS], *at;
	uint32_t number = 0;
	bool is_number = read_id(&number, wanted);

	*user = (struct user){ .uid = number };
	if (GET(read_database(&at, root, "etc/passwd", arena, err)) == 0) {
		size_t n;

		while ((n = next_record(&at, fields)) > 0) {
			struct user found = { .name = fields[0] };

			if (n < 4 || !read_id(&found.uid, fields[2]) ||
			    !read_id(&found.gid, fields[3]))
				continue;
			found.home = n > 5 ? fields[5] : NULL;
			if (strcmp(found.name, wanted) == 0) {
				*user = found;
				return 0;
			}
			if (is_number && user->name == NULL && found.uid == number)
				*user = found;
		}
	}
	if (!is_number)
		return fail(err, "there is no user \"%s\" in /etc/passwd", wanted);
	return 0;
}

static int
find_group(uint32_t *gid, int root, const char *wanted, struct arena *arena, struct error *err)
{
	char *fields[FIELDS], *at;
	size_t n;

	if (read_id(gid, wanted))
		return 0;
	if (GET(read_database(&at, root, "etc/group", arena, err)) == 0)
		while ((n = next_record(&at, fields)) > 0)
			if (n > 2 && strcmp(fields[0], wanted) == 0 && read_id(gid, fields[2]))
				return 0;
	return fail(err, "there is no group \"%s\" in /etc/group", wanted);
}

static bool
lists_member(char *members, const char *name)
{
	for (char *member; (member = strsep(&members, ",")) != NULL;)
		if (strcmp(member, name) == 0)
			return true;
	return false;
}

static int
find_memberships(struct account_groups *groups, int root, const char *name, struct arena *arena,
		 struct error *err)
{
	char *fields[FIELDS], *at;
	size_t n;
	uint32_t gid;

	if (name == NULL || GET(read_database(&at, root, "etc/group", arena, err)) > 0)
		return 0;
	while ((n = next_record(&at, fields)) > 0)
		if (n > 3 && read_id(&gid, fields[2]) && lists_member(fields[3], name))
			list_add(groups, arena, gid);
	return 0;
}

/* What stands before and behind the colon; the group may be NULL. */
static int
split(const char **user, const char **group, const char *text, struct arena *arena,
      struct error *err)
{
	const char *colon = strchr(text, ':');

	*user = colon == NULL ? text : arena_copy(arena, text, (size_t) (colon - text));
	*group = colon == NULL || colon[1] == '\0' ? NULL : colon + 1;
	if (**user == '\0' && *group == NULL)
		return fail(err, "\"%s\" names no user", text);
	if (**user == '\0')
		*user = "0";
	return 0;
}

static int
find(struct account *account, struct user *user, const char **group, int root, const char *text,
     struct arena *arena, struct error *err)
{
	const char *name;

	TRY(split(&name, group, text, arena, err));
	TRY(find_user(user, root, name, arena, err));
	*account = (struct account){ user->uid, user->gid };
	if (*group != NULL)
		TRY(find_group(&account->gid, root, *group, arena, err));
	return 0;
}

int
accounts_find(struct account *account, int root, const char *text, struct error *err)
{
	scoped_arena arena = { 0 };
	struct user user;
	const char *group;

	return find(account, &user, &group, root, text, &arena, err);
}

int
accounts_find_owner(struct account *account, int root, const char *text, struct error *err)
{
	scoped_arena arena = { 0 };
	struct user user;
	const char *group;
	uint32_t number;

	if (read_id(&number, text)) {
		*account = (struct account){ number, number };
		return 0;
	}
	return find(account, &user, &group, root, text, &arena, err);
}

int
accounts_find_process(struct account *account, struct account_groups *groups, const char **home,
		      int root, const char *text, struct arena *arena, struct error *err)
{
	struct user user;
	const char *group;

	*groups = (struct account_groups){ 0 };
	TRY(find(account, &user, &group, root, text, arena, err));
	*home = text_is_empty(user.home) ? "/" : user.home;
	if (group != NULL)
		return 0;
	return find_memberships(groups, root, user.name, arena, err);
}
