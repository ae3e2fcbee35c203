/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/kernel/keyring.h"
#include "tests/unit/child.h"

static long
session_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
}

static bool
can_find(const char *key)
{
	return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", key, 0) >= 0;
}

static void
join_with_a_key_in_the_old_one(void)
{
	struct error err = { 0 };
	char about[256] = "";

	(void) syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	long before = session_keyring();
	(void) syscall(SYS_add_key, "user", "caller", "secret", 6, KEY_SPEC_SESSION_KEYRING);
	child_expect(can_find("caller"), "the key was not added");

	child_expect(keyring_join("_ses.web1", &err) == 0, "%s", err.text);
	child_expect(session_keyring() != before, "the keyring is still the old one");
	child_expect(!can_find("caller"), "the caller's key can be found");
	(void) syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, about, sizeof(about));
	child_expect(strstr(about, ";_ses.web1.") != NULL, "the keyring is called %s", about);
}

static void
join_where_another_lies_in_wait(void)
{
	struct error err = { 0 };
	long mine;

	child_expect(keyring_join("_ses.web1", &err) == 0, "%s", err.text);
	mine = session_keyring();
	/* Whoever comes after may search it (KEY_USR_SEARCH), and so would join it by its name. */
	(void) syscall(SYS_keyctl, KEYCTL_SETPERM, mine, 0x3f3f0000);
	child_expect(keyring_join("_ses.web1", &err) == 0, "%s", err.text);
	child_expect(session_keyring() != mine, "two containers of one name share a keyring");
}

static bool
has_keyrings(void)
{
	bool has = session_keyring() >= 0 || (errno != ENOSYS && errno != EPERM);

	if (!has)
		print_message("skipped: no keyrings here\n");
	return has;
}

TEST(a_container_does_not_see_its_callers_keys)
{
	if (!has_keyrings())
		skip();
	CHECK_CHILD(0, join_with_a_key_in_the_old_one);
}

TEST(nobody_shares_a_keyring_by_knowing_a_name)
{
	if (!has_keyrings())
		skip();
	CHECK_CHILD(0, join_where_another_lies_in_wait);
}
