/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/build/accounts.h"
#include "scratch.h"

#define PASSWD                                                                                     \
	"root:x:0:0:root:/root:/bin/sh\n# a comment\n\nbroken\nme:x:5:6::/home/me:/bin/sh\n"       \
	"1000:x:7:8::/odd:\nbad:x:y:z::/:\nshort:x:11:12\nhuge:x:4294967295:0::/:\n"
#define GROUP "root:x:0:\nus:x:20:me,root\nthem:x:21:you\nmore:x:22:root,me\nbad:x:x:me\n"

static struct scratch
make_root(void)
{
	struct scratch scratch = scratch_make();

	scratch_run(&scratch,
		    "mkdir etc; printf '%%s' '%s' > etc/passwd; printf '%%s' '%s' > etc/group",
		    PASSWD, GROUP);
	return scratch;
}

static void
check_account(int (*find)(struct account *, int, const char *, struct error *), const char *text,
	      uid_t uid, gid_t gid)
{
	scoped_scratch struct scratch root = make_root();
	struct account account = { 0 };
	struct error err = { 0 };

	CHECK_OK(find(&account, root.fd, text, &err), err);
	CHECK_EQ(account.uid, uid);
	CHECK_EQ(account.gid, gid);
}

TEST(names_and_numbers_are_found)
{
	check_account(accounts_find, "me", 5, 6);
	check_account(accounts_find, "5", 5, 6);
	check_account(accounts_find, "77", 77, 0);
	check_account(accounts_find, "me:us", 5, 20);
	check_account(accounts_find, "me:33", 5, 33);
	check_account(accounts_find, "77:88", 77, 88);
	check_account(accounts_find, "short", 11, 12);
}

TEST(a_name_of_digits_is_a_name_first)
{
	check_account(accounts_find, "1000", 7, 8);
}

TEST(for_chown_a_number_is_also_the_group)
{
	check_account(accounts_find_owner, "77", 77, 77);
	check_account(accounts_find_owner, "77:1", 77, 1);
	check_account(accounts_find_owner, "me", 5, 6);
}

TEST(who_is_not_there_is_named)
{
	scoped_scratch struct scratch root = make_root();
	struct account account;
	struct error err = { 0 };

	CHECK_FAILS(accounts_find(&account, root.fd, "ghost", &err), err,
		    "there is no user \"ghost\" in /etc/passwd");
	CHECK_FAILS(accounts_find(&account, root.fd, "me:ghost", &err), err,
		    "there is no group \"ghost\" in /etc/group");
	CHECK_FAILS(accounts_find(&account, root.fd, ":", &err), err, "\":\" names no user");
	CHECK_FAILS_WITH(accounts_find(&account, root.fd, "huge", &err), err, "there is no user");
	CHECK_FAILS_WITH(accounts_find(&account, root.fd, "4294967295", &err), err,
			 "there is no user");
	CHECK_FAILS_WITH(accounts_find(&account, root.fd, "bad", &err), err, "there is no user");
}

TEST(a_process_gets_the_groups_that_list_it_unless_it_names_one)
{
	scoped_scratch struct scratch root = make_root();
	scoped_arena arena = { 0 };
	struct account account;
	struct account_groups groups;
	const char *home;
	struct error err = { 0 };

	CHECK_OK(accounts_find_process(&account, &groups, &home, root.fd, "me", &arena, &err), err);
	CHECK_EQ(groups.count, 2);
	CHECK_EQ(groups.items[0], 20);
	CHECK_EQ(groups.items[1], 22);
	CHECK_TEXT(home, "/home/me");
	CHECK_OK(accounts_find_process(&account, &groups, &home, root.fd, "me:us", &arena, &err),
		 err);
	CHECK_EQ(groups.count, 0);
	CHECK_OK(accounts_find_process(&account, &groups, &home, root.fd, "123", &arena, &err),
		 err);
	CHECK_EQ(groups.count, 0);
	CHECK_TEXT(home, "/");
}

TEST(a_tree_without_databases_has_numbers_only)
{
	scoped_scratch struct scratch root = scratch_make();
	struct account account;
	struct error err = { 0 };

	CHECK_OK(accounts_find(&account, root.fd, "3:4", &err), err);
	CHECK_FAILS_WITH(accounts_find(&account, root.fd, "me", &err), err, "no user \"me\"");
}

TEST(what_is_no_regular_file_is_not_read)
{
	scoped_scratch struct scratch root = scratch_make();
	struct account account;
	struct error err = { 0 };

	scratch_run(&root, "mkdir etc; mkfifo etc/passwd");
	CHECK_FAILS(accounts_find(&account, root.fd, "me", &err), err,
		    "etc/passwd is no regular file");
	scratch_run(&root, "rm etc/passwd; mkdir etc/passwd");
	CHECK_FAILS(accounts_find(&account, root.fd, "me", &err), err,
		    "etc/passwd is no regular file");
	scratch_run(&root, "rmdir etc/passwd; truncate -s 11M etc/passwd");
	CHECK(accounts_find(&account, root.fd, "me", &err) < 0);
}

TEST(a_link_leads_where_it_leads_inside)
{
	scoped_scratch struct scratch root = scratch_make();
	struct account account;
	struct error err = { 0 };

	scratch_run(
		&root,
		"mkdir -p etc real; ln -s /real/passwd etc/passwd; echo me:x:1:2 > real/passwd");
	CHECK_OK(accounts_find(&account, root.fd, "me", &err), err);
	CHECK_EQ(account.uid, 1);
	scratch_run(&root, "ln -sf /etc/hostname etc/passwd");
	CHECK_FAILS_WITH(accounts_find(&account, root.fd, "me", &err), err, "no user \"me\"");
}
