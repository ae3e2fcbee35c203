/* SPDX-License-Identifier: Apache-2.0 */
/* Most machines have one module or none: each test says which it needs. */
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
		    "write AppArmor label \"docker-default\" to `/proc/self/attr/exec`: Invalid "
		    "argument");
	CHECK_FAILS(set(lsm_set_selinux, "system_u:system_r:container_t:s0", &err), err,
		    "write SELinux label \"system_u:system_r:container_t:s0\" to "
		    "`/proc/self/attr/exec`: "
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

/* ---- with AppArmor -------------------------------------------------------------------------- */

static bool
has_apparmor(void)
{
	if (!lsm_has_apparmor())
		print_message("skipped: no AppArmor here\n");
	return lsm_has_apparmor();
}

TEST(a_profile_that_is_not_loaded_is_an_error)
{
	struct error err = { 0 };

	if (!has_apparmor())
		skip();
	CHECK_FAILS(set(lsm_set_apparmor, "no-such-profile", &err), err,
		    "write AppArmor label \"no-such-profile\" to `/proc/self/attr/exec`: "
		    "No such file or directory");
}

/* The first of those that are loaded, "" if there is none or we may not know. */
static const char *
find_profile(void)
{
	static char name[256];

	(void) snprintf(name, sizeof(name), "%.255s",
			child_read("/sys/kernel/security/apparmor/profiles"));
	name[strcspn(name, "\n")] = '\0';
	char *mode = strrchr(name, '(');
	if (mode != NULL && mode > name)
		mode[-1] = '\0';
	return name;
}

static void
take_a_profile(void)
{
	struct error err = { 0 };
	const char *name = find_profile();

	child_expect(set(lsm_set_apparmor, name, &err) == 0, "%s", err.text);
	const char *now = child_read("/proc/self/attr/apparmor/exec");
	child_expect(strncmp(now, name, strlen(name)) == 0, "the exec's profile is %s", now);
	child_expect(set(lsm_set_apparmor, "unconfined", &err) == 0, "%s", err.text);
	now = child_read("/proc/self/attr/apparmor/exec");
	child_expect(strncmp(now, "unconfined", 10) == 0, "the exec's profile is %s", now);
}

TEST(a_profile_that_is_loaded_is_that_of_the_next_exec)
{
	if (!has_apparmor())
		skip();
	if (find_profile()[0] == '\0') {
		print_message("skipped: no profile is loaded\n");
		skip();
	}
	CHECK_CHILD(0, take_a_profile);
}

/* ---- with SELinux --------------------------------------------------------------------------- */

TEST(a_label_that_selinux_does_not_know_is_an_error)
{
	struct error err = { 0 };

	if (!lsm_has_selinux()) {
		print_message("skipped: no SELinux here\n");
		skip();
	}
	CHECK_FAILS_WITH(set(lsm_set_selinux, "no_such_user:no_role:no_type:s0", &err), err,
			 "`/proc/self/attr/exec`");
}

/* ---- with either ---------------------------------------------------------------------------- */

TEST(a_name_that_no_profile_can_have_is_refused)
{
	struct error err = { 0 };
	char name[5000];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK_FAILS(set(lsm_set_apparmor, name, &err), err,
		    "the AppArmor profile's name is too long");
	CHECK(set(lsm_set_selinux, name, &err) < 0);
}
