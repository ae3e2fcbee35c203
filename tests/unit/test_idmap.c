/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/kernel/idmap.h"
#include "tests/unit/child.h"

/* ---- finding -------------------------------------------------------------------------------- */

TEST(an_id_is_found_in_the_line_that_holds_it)
{
	struct oci_id_map lines[] = { { 0, 1000, 1 }, { 1, 100000, 65536 }, { 4294967290, 5, 4 } };
	struct oci_id_map_list map = { lines, 3 };
	uint32_t id = 7;

	CHECK_EQ(idmap_find(&map, 0, &id), 0);
	CHECK_EQ(id, 1000);
	CHECK_EQ(idmap_find(&map, 1, &id), 0);
	CHECK_EQ(id, 100000);
	CHECK_EQ(idmap_find(&map, 65536, &id), 0);
	CHECK_EQ(id, 165535);
	CHECK_EQ(idmap_find(&map, 65537, &id), 1);
	CHECK_EQ(idmap_find(&map, 4294967293, &id), 0);
	CHECK_EQ(id, 8);
	CHECK_EQ(idmap_find(&map, 4294967294, &id), 1);
	CHECK_EQ(idmap_find(&(struct oci_id_map_list){ 0 }, 0, &id), 1);
}

/* ---- writing -------------------------------------------------------------------------------- */

/* The map as the kernel shows it, blanks made one. */
static const char *
map_of(pid_t pid, const char *file)
{
	static char text[8192];
	char path[64];
	size_t n = 0;

	(void) snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, file);
	for (const char *at = child_read(path); *at != '\0'; at++)
		if (*at != ' ' || (n > 0 && text[n - 1] != ' ' && text[n - 1] != '\n'))
			text[n++] = *at;
	text[n] = '\0';
	return text;
}

static int
write_maps(pid_t pid, struct oci_id_map *lines, size_t n, struct error *err)
{
	struct oci_id_map_list map = { lines, n };

	return idmap_write(pid, &map, &map, err);
}

static void
write_as_root(void)
{
	struct oci_id_map lines[] = { { 0, 100000, 1000 },
				      { 1000, 5000, 1 },
				      { 2000, 200000, 70000 } };
	struct error err = { 0 };
	pid_t pid = child_bystander(CLONE_NEWUSER, 0);

	child_expect(write_maps(pid, lines, 3, &err) == 0, "%s", err.text);
	child_expect_text(map_of(pid, "uid_map"),
			  "0 100000 1000\n1000 5000 1\n2000 200000 70000\n");
	child_expect_text(map_of(pid, "gid_map"),
			  "0 100000 1000\n1000 5000 1\n2000 200000 70000\n");
	child_expect_text(map_of(pid, "setgroups"), "allow\n");
	child_expect(write_maps(pid, lines, 3, &err) < 0, "a map was written twice");
}

static void
write_as_nobody_special(void)
{
	struct error err = { 0 };

	if (geteuid() == 0) {
		child_expect(setresgid(999, 999, 999) == 0 && setresuid(999, 999, 999) == 0,
			     "become nobody");
		(void) prctl(PR_SET_DUMPABLE, 1); /* else /proc/PID is root's */
	}
	struct oci_id_map users = { 0, geteuid(), 1 }, groups = { 0, getegid(), 1 };
	pid_t pid = child_bystander(CLONE_NEWUSER, 0);
	child_expect(idmap_write(pid, &(struct oci_id_map_list){ &users, 1 },
				 &(struct oci_id_map_list){ &groups, 1 }, &err) == 0,
		     "%s", err.text);
	child_expect_text(map_of(pid, "setgroups"), "deny\n");
	child_expect(strncmp(map_of(pid, "gid_map"), "0 ", 2) == 0, "gid_map: %s",
		     map_of(pid, "gid_map"));
}

/* Ids that nobody gave to us: newuidmap refuses if it is there, else the kernel has done so. */
static void
write_foreign_ids(void)
{
	struct oci_id_map lines[] = { { 0, 3000000000, 5 } };
	struct error err = { 0 };

	if (geteuid() == 0) {
		child_expect(setresgid(999, 999, 999) == 0 && setresuid(999, 999, 999) == 0,
			     "become nobody");
		(void) prctl(PR_SET_DUMPABLE, 1);
	}
	child_expect(write_maps(child_bystander(CLONE_NEWUSER, 0), lines, 1, &err) < 0,
		     "foreign ids were mapped");
	child_expect(strncmp(err.text, "map user ids: ", 14) == 0 &&
			     strstr(err.text, "newuidmap") != NULL,
		     "%s", err.text);
}

#define NOBODY 65534

/* /etc/subuid and /etc/subgid say, to this mount namespace, that nobody may use some ids. */
static void
grant_ids_to_nobody(void)
{
	child_expect(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "mount");
	child_expect(mount("test", "/tmp", "tmpfs", 0, NULL) == 0, "mount /tmp");
	child_expect(child_write("/tmp/ids", "65534:300000:65536\n"), "write");
	child_expect(mount("/tmp/ids", "/etc/subuid", NULL, MS_BIND, NULL) == 0,
		     "mount /etc/subuid");
	child_expect(mount("/tmp/ids", "/etc/subgid", NULL, MS_BIND, NULL) == 0,
		     "mount /etc/subgid");
}

static void
write_granted_ids(void)
{
	struct error err = { 0 };

	grant_ids_to_nobody();
	child_expect(setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
			     setresuid(NOBODY, NOBODY, NOBODY) == 0,
		     "become nobody");
	(void) prctl(PR_SET_DUMPABLE, 1);
	struct oci_id_map lines[] = { { 0, NOBODY, 1 }, { 1, 300000, 65536 } };
	pid_t pid = child_bystander(CLONE_NEWUSER, 0);
	child_expect(write_maps(pid, lines, 2, &err) == 0, "%s", err.text);
	child_expect_text(map_of(pid, "uid_map"), "0 65534 1\n1 300000 65536\n");
	child_expect_text(map_of(pid, "gid_map"), "0 65534 1\n1 300000 65536\n");
	child_expect(strcmp(map_of(pid, "setgroups"), "allow\n") == 0, "groups are denied");
}

static void
write_too_much(void)
{
	struct oci_id_map lines[400];
	struct error err = { 0 };

	for (uint32_t i = 0; i < COUNT(lines); i++)
		lines[i] = (struct oci_id_map){ i, i, 1 };
	child_expect(write_maps(getpid(), lines, 341, &err) < 0, "341 lines were taken");
	child_expect_text(err.text,
			  "map user ids: the map has 341 lines, the kernel takes 340 at most");
	for (uint32_t i = 0; i < COUNT(lines); i++)
		lines[i] = (struct oci_id_map){ 1000000000 + 2 * i, 1000000000 + 2 * i, 1 };
	child_expect(write_maps(getpid(), lines, 300, &err) < 0, "more than a page was taken");
	child_expect_text(err.text,
			  "map user ids: the map has 7200 bytes, the kernel takes 4095 at most");
}

static void
write_many(void)
{
	struct oci_id_map lines[120];
	struct error err = { 0 };
	pid_t pid = child_bystander(CLONE_NEWUSER, 0);

	for (uint32_t i = 0; i < COUNT(lines); i++)
		lines[i] = (struct oci_id_map){ 2 * i, 100000 + 2 * i, 1 };
	child_expect(write_maps(pid, lines, COUNT(lines), &err) == 0, "%s", err.text);
	child_expect(strstr(map_of(pid, "uid_map"), "238 100238 1\n") != NULL,
		     "the last line is missing: %s", map_of(pid, "uid_map"));
}

static bool
is_root(void)
{
	if (geteuid() != 0)
		print_message("skipped: needs root\n");
	return geteuid() == 0;
}

TEST(root_maps_what_it_likes_and_groups_stay_free)
{
	if (!is_root())
		skip();
	CHECK_CHILD(0, write_as_root);
}

TEST(a_map_of_many_lines_is_written_whole)
{
	if (!is_root())
		skip();
	CHECK_CHILD(0, write_many);
}

TEST(who_is_nobody_special_maps_himself_and_loses_setgroups)
{
	CHECK_CHILD(0, write_as_nobody_special);
}

TEST(ids_that_the_administrator_gave_to_us_are_mapped_by_the_helpers)
{
	if (!is_root())
		skip();
	if (access("/usr/bin/newuidmap", X_OK) < 0 || access("/etc/subuid", F_OK) < 0) {
		print_message("skipped: no newuidmap here\n");
		skip();
	}
	CHECK_CHILD(CLONE_NEWNS, write_granted_ids);
}

TEST(ids_that_nobody_gave_to_us_are_refused_with_the_helpers_name)
{
	CHECK_CHILD(0, write_foreign_ids);
}

TEST(a_map_that_the_kernel_could_not_take_is_refused_with_its_size)
{
	if (sysconf(_SC_PAGESIZE) != 4096) {
		print_message("skipped: pages of another size\n");
		skip();
	}
	CHECK_CHILD(0, write_too_much);
}

/* ---- a namespace with nobody in it ---------------------------------------------------------- */

static void
make_namespace(void)
{
	struct oci_id_map line = { 0, 0, 1 };
	struct oci_id_map_list map = { &line, 1 };
	struct error err = { 0 };
	struct stat theirs, ours;

	scoped_fd fd = idmap_namespace(&map, &map, &err);
	child_expect(fd >= 0, "%s", err.text);
	child_expect(fstat(fd, &theirs) == 0 && stat("/proc/self/ns/user", &ours) == 0, "stat");
	child_expect(theirs.st_ino != ours.st_ino, "it is ours");
	child_expect(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "a child is left over");
	child_expect(setns(fd, CLONE_NEWUSER) == 0, "setns: %s", strerror(errno));
	child_expect(geteuid() == 0, "we are %u there", geteuid());

	line.size = 0;
	child_expect(idmap_namespace(&map, &map, &err) < 0, "a line of size 0");
	child_expect(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
		     "a child is left over by a failure");
}

TEST(a_namespace_for_mounts_has_maps_and_nobody_in_it)
{
	CHECK_CHILD(CLONE_NEWUSER, make_namespace);
}

/* ---- inside --------------------------------------------------------------------------------- */

static void
become_root(void)
{
	struct oci_id_map lines[] = { { 0, 100000, 1000 } };
	struct error err = { 0 };
	pid_t parent = getpid();
	int status = -1, ready[2], go[2];
	char byte;

	child_expect(pipe2(ready, O_CLOEXEC) == 0 && pipe2(go, O_CLOEXEC) == 0, "pipe");
	pid_t pid = fork();
	if (pid == 0) {
		child_expect(getppid() == parent && unshare(CLONE_NEWUSER) == 0, "unshare");
		(void) !write(ready[1], "x", 1);
		(void) !read(go[0], &byte, 1);
		child_expect(geteuid() == 65534, "mapped before");
		child_expect(idmap_become_root(&err) == 0, "%s", err.text);
		child_expect(geteuid() == 0 && getegid() == 0, "we are %u", geteuid());
		child_expect(!idmap_denies_groups(), "groups are denied");
		_exit(0);
	}
	(void) !read(ready[0], &byte, 1);
	child_expect(write_maps(pid, lines, 1, &err) == 0, "%s", err.text);
	(void) !write(go[1], "x", 1);
	(void) waitpid(pid, &status, 0);
	child_expect(status == 0, "the child failed");
}

static void
become_unmapped_root(void)
{
	struct error err = { 0 };

	child_expect(unshare(CLONE_NEWUSER) == 0, "unshare");
	child_expect(idmap_become_root(&err) < 0, "it worked");
	child_expect_text(err.text,
			  "become group 0 of the user namespace (is it mapped?): Invalid argument");
}

static void
see_that_groups_are_denied(void)
{
	child_expect(idmap_denies_groups(), "they are not");
}

TEST(who_enters_becomes_root_there)
{
	if (!is_root())
		skip();
	CHECK_CHILD(0, become_root);
}

TEST(a_map_without_root_is_told_of)
{
	CHECK_CHILD(0, become_unmapped_root);
}

TEST(denied_groups_are_seen)
{
	CHECK_CHILD(CLONE_NEWUSER, see_that_groups_are_denied);
}
