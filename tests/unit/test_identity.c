/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/tree.h"
#include "runtime/kernel/identity.h"
#include "tests/unit/child.h"

/* ---- a root directory with databases -------------------------------------------------------- */

struct root {
	char path[64];
	int fd;
	struct arena arena;
	struct oci_user user;
	struct error err;
};

static struct root
make_root(const char *passwd, const char *group)
{
	struct root root = { .path = "/tmp/test_identity.XXXXXX" };

	assert_non_null(mkdtemp(root.path));
	root.fd = open(root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(root.fd, "etc", 0755), 0);
	if (passwd != NULL) {
		scoped_fd fd = openat(root.fd, "etc/passwd", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		assert_int_equal(write(fd, passwd, strlen(passwd)), strlen(passwd));
	}
	if (group != NULL) {
		scoped_fd fd = openat(root.fd, "etc/group", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		assert_int_equal(write(fd, group, strlen(group)), strlen(group));
	}
	return root;
}

static void
remove_root(struct root *root)
{
	struct error err;

	fd_close(&root->fd);
	arena_done(&root->arena);
	(void) tree_remove(AT_FDCWD, root->path, &err);
}
#define scoped_root scoped(remove_root) struct root

static int
look_up(struct root *root, const char *text)
{
	root->user = (struct oci_user){ 0 };
	return identity_look_up(&root->user, text, root->fd, &root->arena, &root->err);
}

static void
check_ids(struct root *root, const char *text, uint32_t uid, uint32_t gid)
{
	CHECK_OK(look_up(root, text), root->err);
	CHECK_EQ(root->user.uid, uid);
	CHECK_EQ(root->user.gid, gid);
}

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "1:x:0:0::/:/bin/sh\n"
			     "\n"
			     "# a comment\n"
			     "short:x\n"
			     "4294967296:x:0:0::/:/\n"
			     "bob:x:1000:1001::/home/bob:/bin/sh\n"
			     "huge:x:4294967296:5::/:/\n"
			     "last:x:4294967294:4294967294::/last";
static const char group[] = "root:x:0:\n"
			    "bobs:x:1001:bob\n"
			    "1002:x:7:\n"
			    "wheel:x:10:alice,bob\n"
			    "audio:x:29:bobby,notbob,\n"
			    "huge:x:4294967295:zoe\n"
			    "docker:x:999:bob";

/* ---- who is meant --------------------------------------------------------------------------- */

TEST(digits_are_ids_and_never_names)
{
	scoped_root root = make_root(passwd, group);

	check_ids(&root, "1", 1, 0);
	check_ids(&root, "1:2", 1, 2);
	check_ids(&root, "0:1002", 0, 1002);
	check_ids(&root, "4294967294", UINT32_MAX - 1, UINT32_MAX - 1);
	check_ids(&root, "4294967294:0", UINT32_MAX - 1, 0);
	check_ids(&root, "007", 7, 0);
}

TEST(a_name_brings_its_group_and_memberships)
{
	scoped_root root = make_root(passwd, group);

	check_ids(&root, "bob", 1000, 1001);
	CHECK_EQ(root.user.additional_gids.count, 2);
	CHECK_EQ(root.user.additional_gids.items[0], 10);
	CHECK_EQ(root.user.additional_gids.items[1], 999);
}

TEST(an_id_that_has_a_name_brings_the_same)
{
	scoped_root root = make_root(passwd, group);

	check_ids(&root, "1000", 1000, 1001);
	CHECK_EQ(root.user.additional_gids.count, 2);
}

TEST(a_group_that_is_named_is_the_only_one)
{
	scoped_root root = make_root(passwd, group);

	check_ids(&root, "bob:wheel", 1000, 10);
	CHECK_EQ(root.user.additional_gids.count, 0);
	check_ids(&root, "bob:5", 1000, 5);
	check_ids(&root, "77:docker", 77, 999);
}

TEST(what_is_no_user_is_refused)
{
	scoped_root root = make_root(passwd, group);

	static const char *const wrong[][2] = {
		{ "", "user \"\": write user, uid, user:group or uid:gid" },
		{ ":", "user \":\": write user, uid, user:group or uid:gid" },
		{ ":5", "user \":5\": write user, uid, user:group or uid:gid" },
		{ "bob:", "user \"bob:\": write user, uid, user:group or uid:gid" },
		{ "4294967295", "user: \"4294967295\" is too large, at most 4294967294" },
		{ "4294967296", "user: \"4294967296\" is too large, at most 4294967294" },
		{ "99999999999999999999",
		  "user: \"99999999999999999999\" is too large, at most 4294967294" },
		{ "1:4294967295", "group: \"4294967295\" is too large, at most 4294967294" },
		{ "-1", "no user \"-1\" in /etc/passwd" },
		{ "1:-1", "no group \"-1\" in /etc/group" },
		{ "0x10", "no user \"0x10\" in /etc/passwd" },
		{ " 1", "no user \" 1\" in /etc/passwd" },
		{ "1e3", "no user \"1e3\" in /etc/passwd" },
		{ "nosuch", "no user \"nosuch\" in /etc/passwd" },
		{ "short", "no user \"short\" in /etc/passwd" },
		{ "bob:nosuch", "no group \"nosuch\" in /etc/group" },
		{ "bob:x:y", "no group \"x:y\" in /etc/group" },
	};
	for (size_t i = 0; i < COUNT(wrong); i++)
		CHECK_FAILS(look_up(&root, wrong[i][0]), root.err, wrong[i][1]);
}

TEST(ids_that_the_image_makes_too_large_are_refused)
{
	scoped_root root = make_root(passwd, group);

	CHECK_FAILS(look_up(&root, "huge"), root.err,
		    "/etc/passwd: user \"huge\" has the ids \"4294967296\" and \"5\"");
	CHECK_FAILS(look_up(&root, "1:huge"), root.err,
		    "/etc/group: group \"huge\" has the id \"4294967295\"");
}

TEST(without_databases_ids_still_work_and_names_do_not)
{
	scoped_root root = make_root(NULL, NULL);

	check_ids(&root, "1000", 1000, 0);
	check_ids(&root, "1000:1000", 1000, 1000);
	CHECK_FAILS(look_up(&root, "bob"), root.err, "user \"bob\": there is no /etc/passwd");
	CHECK_FAILS(look_up(&root, "1:bobs"), root.err, "group \"bobs\": there is no /etc/group");
	CHECK_EQ(unlinkat(root.fd, "etc", AT_REMOVEDIR), 0);
	check_ids(&root, "1000", 1000, 0);
}

TEST(a_database_that_is_no_file_is_refused_without_waiting_for_it)
{
	scoped_root root = make_root(NULL, NULL);
	char home[4096];

	CHECK_EQ(mkfifoat(root.fd, "etc/passwd", 0644), 0);
	CHECK_FAILS(look_up(&root, "bob"), root.err, "/etc/passwd is not a regular file");
	CHECK_FAILS(look_up(&root, "1000"), root.err, "/etc/passwd is not a regular file");
	CHECK_TEXT(identity_home(root.fd, 1000, home), "/");
	CHECK_EQ(unlinkat(root.fd, "etc/passwd", 0), 0);
	CHECK_EQ(mkdirat(root.fd, "etc/passwd", 0755), 0);
	CHECK_FAILS(look_up(&root, "bob"), root.err, "/etc/passwd is not a regular file");
}

TEST(a_database_of_gigabytes_is_refused_unread)
{
	scoped_root root = make_root(passwd, group);
	scoped_fd fd = openat(root.fd, "etc/passwd", O_WRONLY | O_CLOEXEC);

	CHECK_EQ(ftruncate(fd, INT64_C(8) << 30), 0);
	CHECK_FAILS_WITH(look_up(&root, "bob"), root.err, "larger than 10485760 bytes");
}

TEST(an_absolute_link_in_the_image_stays_in_the_image)
{
	scoped_root root = make_root(NULL, group);

	CHECK_EQ(symlinkat("/nix/passwd", root.fd, "etc/passwd"), 0);
	CHECK_EQ(mkdirat(root.fd, "nix", 0755), 0);
	scoped_fd fd = openat(root.fd, "nix/passwd", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	CHECK_EQ(write(fd, "eve:x:5:6::/:\n", 14), 14);
	check_ids(&root, "eve", 5, 6);
	CHECK_FAILS(look_up(&root, "root"), root.err, "no user \"root\" in /etc/passwd");
}

/* ---- home ----------------------------------------------------------------------------------- */

TEST(the_home_is_that_of_the_first_row_with_the_uid)
{
	scoped_root root = make_root(passwd, group);
	char home[4096];

	CHECK_TEXT(identity_home(root.fd, 0, home), "/root");
	CHECK_TEXT(identity_home(root.fd, 1000, home), "/home/bob");
	CHECK_TEXT(identity_home(root.fd, UINT32_MAX - 1, home), "/last");
	CHECK_TEXT(identity_home(root.fd, 5, home), "/");
}

TEST(a_home_that_is_no_path_is_none)
{
	char row[8192], home[4096];
	int n = snprintf(row, sizeof(row), "a:x:1:1::relative:\nb:x:2:2:::\nc:x:3:3\nd:x:4:4::/");

	memset(row + n, 'x', 5000);
	row[n + 5000] = '\0';
	scoped_root root = make_root(row, NULL);
	for (uint32_t uid = 1; uid <= 4; uid++)
		CHECK_TEXT(identity_home(root.fd, uid, home), "/");
}

/* ---- becoming ------------------------------------------------------------------------------- */

static void
become_somebody(void)
{
	uint32_t more[] = { 5, 6 };
	struct oci_user user = { .uid = 1000, .gid = 1001, .additional_gids = { more, 2 } };
	struct error err = { 0 };
	gid_t groups[8], real, effective, saved;
	uid_t real_uid, effective_uid, saved_uid;

	child_expect(identity_become(&user, false, &err) == 0, "%s", err.text);
	(void) getresuid(&real_uid, &effective_uid, &saved_uid);
	child_expect(real_uid == 1000 && effective_uid == 1000 && saved_uid == 1000, "uid");
	(void) getresgid(&real, &effective, &saved);
	child_expect(real == 1001 && effective == 1001 && saved == 1001, "gid");
	child_expect(getgroups(8, groups) == 3 && groups[0] == 5 && groups[1] == 6 &&
			     groups[2] == 1001,
		     "the groups are others than 5, 6 and the primary one");
	child_expect(umask(0) == 022, "the umask is not the usual one");
	child_expect(setuid(0) < 0, "the way back is open");
}

static void
become_with_umask(void)
{
	uint32_t mask = 0077;
	struct oci_user user = { .uid = 1000, .gid = 1000, .umask = &mask };
	struct error err = { 0 };

	child_expect(identity_become(&user, false, &err) == 0, "%s", err.text);
	child_expect(umask(0) == 077, "the umask is not the one asked for");
	child_expect(getgroups(0, NULL) == 1, "the caller's groups are still there");
}

static void
become_keeping_groups(void)
{
	struct oci_user user = { .uid = 1000, .gid = 1000 };
	struct error err = { 0 };
	gid_t groups[] = { 7, 8 };

	child_expect(setgroups(2, groups) == 0, "setgroups");
	child_expect(identity_become(&user, true, &err) == 0, "%s", err.text);
	child_expect(getgroups(2, groups) == 2 && groups[0] == 7 && groups[1] == 8,
		     "the groups went");
}

static bool
is_root(void)
{
	if (geteuid() != 0)
		print_message("skipped: needs root\n");
	return geteuid() == 0;
}

TEST(ids_and_groups_are_given_up_for_good)
{
	if (!is_root())
		skip();
	CHECK_CHILD(0, become_somebody);
}

TEST(a_umask_is_set_as_asked)
{
	if (!is_root())
		skip();
	CHECK_CHILD(0, become_with_umask);
}

TEST(the_callers_groups_stay_only_when_asked_to)
{
	if (!is_root())
		skip();
	CHECK_CHILD(0, become_keeping_groups);
}

static void
become_where_groups_are_denied(void)
{
	uint32_t more[] = { 0 };
	struct oci_user user = { 0 };
	struct error err = { 0 };

	child_expect(identity_become(&user, false, &err) == 0, "without groups: %s", err.text);
	user.additional_gids = (struct oci_id_list){ more, 1 };
	child_expect(identity_become(&user, false, &err) < 0, "additional groups were taken");
	child_expect_text(err.text, "set 1 additional groups: the user namespace denies it: "
				    "Operation not permitted");
}

TEST(where_the_user_namespace_denies_groups_to_ask_for_some_is_an_error)
{
	CHECK_CHILD(CLONE_NEWUSER, become_where_groups_are_denied);
}

static void
become_unprivileged(void)
{
	struct oci_user user = { .uid = 12345, .gid = 12345 };
	struct error err = { 0 };

	if (geteuid() == 0)
		child_expect(setresuid(999, 999, 999) == 0, "setresuid");
	child_expect(identity_become(&user, false, &err) < 0, "it worked");
	child_expect_text(err.text, "set the groups: Operation not permitted");
}

TEST(without_privilege_nobody_becomes_another)
{
	CHECK_CHILD(0, become_unprivileged);
}
