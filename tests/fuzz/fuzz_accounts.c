/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first line is a user as USER and --chown name one; up to a line of "%" follows the /etc/passwd of
 * an image, then its /etc/group.
 */
#include "tests/fuzz/place.h"

#include <sys/stat.h>

#include "builder/build/accounts.h"
#include "libcommon/file.h"
#include "libcommon/text.h"

static void
write_database(const char *path, const uint8_t *bytes, size_t n)
{
	struct error err = { 0 };

	DEMAND(file_replace(place_fd, path, (const char *) bytes, n, 0644, &err) == 0);
}

static bool
is_numeric(const char *text)
{
	size_t user = strspn(text, "0123456789");

	return user > 0 && user < 10 &&
	       (text[user] == '\0' ||
		(text[user] == ':' && text[user + 1] != '\0' && strlen(text + user + 1) < 10 &&
		 text[user + 1 + strspn(text + user + 1, "0123456789")] == '\0'));
}

static void
try_user(const char *user, struct arena *arena)
{
	struct account account, owner, process;
	struct account_groups groups = { 0 };
	struct error err = { 0 };
	const char *home = NULL;

	int found = accounts_find(&account, place_fd, user, &err);
	if (found < 0)
		DEMAND_REASON(err);
	DEMAND(found == 0 || !is_numeric(user));
	if (accounts_find_owner(&owner, place_fd, user, &err) == 0 && !is_numeric(user))
		DEMAND(found < 0 || owner.uid == account.uid);
	int ready = accounts_find_process(&process, &groups, &home, place_fd, user, arena, &err);
	if (found == 0 && ready == 0)
		DEMAND(process.uid == account.uid && process.gid == account.gid);
	if (ready == 0) {
		DEMAND(process.uid != (uid_t) -1 && process.gid != (gid_t) -1);
		DEMAND(home == NULL || strchr(home, '\n') == NULL);
		FOR_EACH(gid, &groups)
			DEMAND(*gid != (gid_t) -1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct fuzz_input input = { bytes, n };
	const char *user = fuzz_line(&input, &arena);
	const uint8_t *group = input.left > 0 ? memmem(input.at, input.left, "\n%\n", 3) : NULL;
	size_t passwd = group == NULL ? input.left : (size_t) (group - input.at) + 1;

	if (place_make())
		DEMAND(mkdirat(place_fd, "etc", 0755) == 0);
	write_database("etc/passwd", input.at, passwd);
	write_database("etc/group", group == NULL ? input.at : group + 3,
		       group == NULL ? 0 : input.left - passwd - 2);
	try_user(user, &arena);
	return 0;
}
