/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/text.h"
#include "runtime/kernel/procfs.h"

#define SELINUX_FS_MAGIC 0xf97cff8c
#define LABEL_SIZE 4096 /* the kernel's own limit: a page */

bool
lsm_has_apparmor(void)
{
	char answer = 'N';
	scoped_fd fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, &answer, 1) == 1 && answer == 'Y';
}

bool
lsm_has_selinux(void)
{
	struct statfs fs;

	return statfs("/sys/fs/selinux", &fs) == 0 && (uint32_t) fs.f_type == SELINUX_FS_MAGIC;
}

/*
 * Podman looks for a path in backticks that ends in "/exec" to tell a label that was refused from
 * other errors, so this is how the file is called whichever it is.
 */
static int
refuse(struct error *err, const char *module, const char *label)
{
	return fail_errno(err, "write %s label \"%s\" to `/proc/self/attr/exec`", module, label);
}

/* Writes an attribute of ours and reads back what the kernel understood. */
static int
set_attribute(int procfs, const char *file, const char *value, char now[LABEL_SIZE],
	      struct error *err)
{
	scoped_fd fd = GET(procfs_open_file(procfs, file, O_RDWR, err));
	ssize_t n = write(fd, value, strlen(value));

	if (n >= 0)
		n = pread(fd, now, LABEL_SIZE - 1, 0);
	if (n < 0)
		return fail_errno(err, "write %s", file);
	now[n] = '\0';
	now[strcspn(now, "\n")] = '\0';
	return 0;
}

/* ---- AppArmor ------------------------------------------------------------------------------- */

/*
 * The kernel answers "profile (mode)". A stack of profiles, or one of another policy namespace, may
 * be spelled in another way than asked for, so there only its presence can be told.
 */
static bool
is_profile(const char *now, const char *profile)
{
	const char *rest = text_after(now, profile);

	if (strpbrk(profile, "&:") != NULL)
		return now[0] != '\0';
	return rest != NULL && (rest[0] == '\0' || text_after(rest, " (") != NULL);
}

int
lsm_set_apparmor(int procfs, const char *profile, struct error *err)
{
	char command[LABEL_SIZE], now[LABEL_SIZE];

	if (text_is_empty(profile))
		return 0;
	if (snprintf(command, sizeof(command), "exec %s", profile) >= (int) sizeof(command))
		return fail(err, "the AppArmor profile's name is too long");

	/* Its own directory knows no other module; a kernel without AppArmor has not got it. */
	int result = set_attribute(procfs, "self/attr/apparmor/exec", command, now, err);
	if (result < 0 && err->code == ENOENT && !text_equal(profile, "unconfined"))
		result = set_attribute(procfs, "self/attr/exec", command, now, err);
	if (result < 0 && (err->code == ENOENT || err->code == EINVAL) &&
	    text_equal(profile, "unconfined"))
		return 0; /* without AppArmor everything is */
	if (result < 0) {
		errno = err->code;
		return refuse(err, "AppArmor", profile);
	}
	if (!is_profile(now, profile))
		return fail(err, "AppArmor label \"%s\": `/proc/self/attr/exec` says \"%s\"",
			    profile, now);
	return 0;
}

/* ---- SELinux -------------------------------------------------------------------------------- */

/*
 * The length of "user:role:type" at its beginning. What follows, the level, has several
 * spellings.
 */
static size_t
length_of_type(const char *label)
{
	const char *at = label;

	for (int colons = 0; *at != '\0'; at++)
		if (*at == ':' && ++colons == 3)
			break;
	return (size_t) (at - label);
}

int
lsm_set_selinux(int procfs, const char *label, struct error *err)
{
	char now[LABEL_SIZE];
	size_t n;

	if (text_is_empty(label))
		return 0;
	if (set_attribute(procfs, "self/attr/exec", label, now, err) < 0) {
		errno = err->code;
		return refuse(err, "SELinux", label);
	}
	n = length_of_type(label);
	if (length_of_type(now) != n || strncmp(now, label, n) != 0)
		return fail(err, "SELinux label \"%s\": `/proc/self/attr/exec` says \"%s\"", label,
			    now);
	return 0;
}

int
lsm_set_key_label(int procfs, const char *label, struct error *err)
{
	char now[LABEL_SIZE];

	if (text_is_empty(label))
		return 0;
	if (set_attribute(procfs, "self/attr/keycreate", label, now, err) < 0)
		return error_prefixf(err, "label new keys \"%s\"", label);
	return 0;
}
