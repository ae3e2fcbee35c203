/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/mounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/stage.h"

/* cgroups have tests of their own. */
int
cgroup_mount(const struct cgroup *cgroup, int target, bool own_namespace, bool readonly, unsigned long flags,
	     struct error *err)
{
	(void) cgroup, (void) target, (void) own_namespace, (void) readonly, (void) flags, (void) err;
	return 0;
}

#define DEFAULTS                                                                                   \
	"\"mounts\":["                                                                             \
	"{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\",\"options\":[\"nosuid\",\"noexec\",\"nodev\"]}," \
	"{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":[\"nosuid\",\"strictatime\",\"mode=755\",\"size=65536k\"]}," \
	"{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\",\"options\":[\"nosuid\",\"noexec\",\"nodev\",\"ro\"]}," \
	"{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"source\":\"devpts\",\"options\":[\"nosuid\",\"noexec\",\"newinstance\",\"ptmxmode=0666\",\"mode=0620\",\"gid=5\"]}," \
	"{\"destination\":\"/dev/mqueue\",\"type\":\"mqueue\",\"source\":\"mqueue\",\"options\":[\"nosuid\",\"noexec\",\"nodev\"]}," \
	"{\"destination\":\"/dev/shm\",\"type\":\"tmpfs\",\"source\":\"shm\",\"options\":[\"nosuid\",\"noexec\",\"nodev\",\"mode=1777\",\"size=65536k\"]}" \
	"]"
#define MASKS                                                                                      \
	"\"linux\":{\"maskedPaths\":[\"/proc/kcore\",\"/proc/keys\",\"/proc/scsi\",\"/proc/timer_list\",\"/sys/firmware\",\"/sys/fs\",\"/not/there\"]," \
	"\"readonlyPaths\":[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\",\"/not/there\"]}"

static int
play(const struct play *play_)
{
	const char *said;

	if (stage_is_closed() != NULL)
		skip();
	said = stage_run(play_);
	if (said[0] != '\0')
		fail_msg("%s", said);
	return 0;
}

static void
check_defaults(void)
{
	struct stat st;

	stage_expect(stat("/dev/null", &st) == 0 && st.st_rdev == makedev(1, 3), "no /dev/null");
	stage_expect((st.st_mode & 07777) == 0666, "/dev/null has mode %o", st.st_mode);
	stage_expect(access("/sys/class", F_OK) == 0, "no /sys");
}

static void
the_default_mounts_are_made(void **state)
{
	(void) state;
	play(&(struct play) { .config = DEFAULTS "," MASKS, .check = check_defaults });
	play(&(struct play) { .config = DEFAULTS "," MASKS, .user = true, .check = check_defaults });
	play(&(struct play) { .config = DEFAULTS "," MASKS, .unprivileged = true, .check = check_defaults });
	play(&(struct play) { .config = DEFAULTS "," MASKS, .old_kernel = true, .check = check_defaults });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_mounts_are_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
