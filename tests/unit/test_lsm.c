/* SPDX-License-Identifier: Apache-2.0 */
/* Where there is no AppArmor and no SELinux, only that their absence is no secret can be tested. */
#include "tests/unit/check.h"

#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/kernel/lsm.h"
#include "runtime/kernel/procfs.h"
#include "tests/unit/child.h"

static bool
has_module(void)
{
	bool has = lsm_has_apparmor() || lsm_has_selinux();

	if (has)
		print_message("skipped: there is one here\n");
	return has;
}

static int
set(int (*setter)(int, const char *, struct error *), const char *label, struct error *err)
{
	scoped_fd procfs = procfs_open(err);

	return procfs < 0 ? -1 : setter(procfs, label, err);
}

TEST(no_label_asks_for_nothing)
{
	struct error err = { 0 };

	CHECK_OK(set(lsm_set_apparmor, NULL, &err), err);
	CHECK_OK(set(lsm_set_apparmor, "", &err), err);
	CHECK_OK(set(lsm_set_selinux, NULL, &err), err);
	CHECK_OK(set(lsm_set_selinux, "", &err), err);
	CHECK_OK(set(lsm_set_key_label, NULL, &err), err);
}

TEST(a_label_that_nobody_enforces_is_an_error_as_podman_knows_it)
{
	struct error err = { 0 };

	if (has_module())
		skip();
	CHECK_FAILS(set(lsm_set_apparmor, "docker-default", &err), err,
		    "write AppArmor label \"docker-default\" to `/proc/self/attr/exec`: Invalid argument");
	CHECK_FAILS(set(lsm_set_selinux, "system_u:system_r:container_t:s0", &err), err,
		    "write SELinux label \"system_u:system_r:container_t:s0\" to `/proc/self/attr/exec`: "
		    "Invalid argument");
}

TEST(without_apparmor_everything_is_unconfined_but_not_what_sounds_like_it)
{
	struct error err = { 0 };

	if (has_module())
		skip();
	CHECK_OK(set(lsm_set_apparmor, "unconfined", &err), err);
	CHECK_FAILS_WITH(set(lsm_set_apparmor, "unconfined_foo", &err), err, "\"unconfined_foo\"");
	CHECK_FAILS_WITH(set(lsm_set_apparmor, "Unconfined", &err), err, "\"Unconfined\"");
}

TEST(a_name_that_no_profile_can_have_is_refused)
{
	struct error err = { 0 };
	char name[5000];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK_FAILS(set(lsm_set_apparmor, name, &err), err, "the AppArmor profile's name is too long");
	CHECK(set(lsm_set_selinux, name, &err) < 0);
}
