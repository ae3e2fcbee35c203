/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/store/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/log.h"

#define OVERLAY_DATA_MAX 4095 /* a page, as mount(2) takes it */

struct overlay {
	int lower_count, upper, work; /* upper is -1: read-only */
	const int *lower;             /* the topmost first */
	bool user_attributes;
};

/* ---- with fsconfig ---------------------------------------------------------------------------- */

static int
set_flag(int fs, const char *key)
{
	return (int) syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, key, NULL, 0);
}

static int
set_text(int fs, const char *key, const char *value)
{
	return (int) syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0);
}

static int
set_fd(int fs, const char *key, int fd)
{
	return (int) syscall(SYS_fsconfig, fs, FSCONFIG_SET_FD, key, NULL, fd);
}

static bool
set_options(int fs, const struct overlay *overlay)
{
	if (overlay->user_attributes && set_flag(fs, "userxattr") < 0)
		return false;
	if (set_text(fs, "redirect_dir", "nofollow") < 0 || set_text(fs, "metacopy", "off") < 0 ||
	    set_text(fs, "index", "off") < 0)
		return false;
	return overlay->upper < 0 || set_flag(fs, "volatile") == 0;
}

static bool
set_layers(int fs, const struct overlay *overlay)
{
	for (int i = 0; i < overlay->lower_count; i++)
		if (set_fd(fs, "lowerdir+", overlay->lower[i]) < 0)
			return false;
	return overlay->upper < 0 ||
	       (set_fd(fs, "upperdir", overlay->upper) == 0 && set_fd(fs, "workdir", overlay->work) == 0);
}

/* What the kernel has to say about it, if anything: "e overlay: …" */
static int
say_why(int fs, struct error *err)
{
	char text[512];
	int code = errno;
	ssize_t n = read(fs, text, sizeof(text) - 1);

	errno = code;
	if (n < 0)
		return fail_errno((errno = code, err), "stack the layers");
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return fail_errno((errno = code, err), "stack the layers: %s", text);
}

/* Returns 1 if this kernel does not take layers by fd. */
static int
mount_by_fds(const struct overlay *overlay, int target, struct error *err)
{
	scoped_fd fs = (int) syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);

	if (fs < 0 && (errno == EPERM || errno == ENODEV))
		return fail_errno(err, "stack the layers by overlayfs");
	if (fs < 0 || !set_options(fs, overlay) || !set_layers(fs, overlay))
		return 1;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return say_why(fs, err);

	scoped_fd mount = (int) syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV);
	if (mount < 0)
		return fail_errno(err, "mount the layers");
	if (syscall(SYS_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return fail_errno(err, "attach the layers");
	return 0;
}

/* ---- with mount(2) ---------------------------------------------------------------------------- */

static int
write_data(char data[OVERLAY_DATA_MAX + 1], const struct overlay *overlay, struct error *err)
{
	size_t used = (size_t) snprintf(data, OVERLAY_DATA_MAX, "%sredirect_dir=%s,metacopy=off,index=off,lowerdir=",
					overlay->user_attributes ? "userxattr," : "",
					overlay->user_attributes ? "nofollow" : "off");

	for (int i = 0; i < overlay->lower_count && used < OVERLAY_DATA_MAX; i++)
		used += (size_t) snprintf(data + used, OVERLAY_DATA_MAX - used, "%s%d", i > 0 ? ":" : "",
					  overlay->lower[i]);
	if (overlay->upper >= 0 && used < OVERLAY_DATA_MAX)
		used += (size_t) snprintf(data + used, OVERLAY_DATA_MAX - used, ",volatile,upperdir=%d,workdir=%d",
					  overlay->upper, overlay->work);
	return used < OVERLAY_DATA_MAX ? 0 : fail(err, "stack the layers: there are too many of them");
}

/*
 * One page must hold all names. Inside /proc/self/fd an fd's number is a name, and none is shorter.
 * Nothing else of ours uses the working directory meanwhile.
 */
static int
mount_by_names(const struct overlay *overlay, int target, struct error *err)
{
	char data[OVERLAY_DATA_MAX + 1], place[32];
	scoped_fd home = GET(file_open(AT_FDCWD, ".", O_PATH | O_DIRECTORY, err));

	TRY(write_data(data, overlay, err));
	(void) snprintf(place, sizeof(place), "%d", target);
	if (chdir("/proc/self/fd") < 0)
		return fail_errno(err, "enter /proc/self/fd");
	int result = (int) syscall(SYS_mount, "overlay", place, "overlay", MS_NODEV, data);
	int code = errno;
	if (fchdir(home) < 0)
		return fail_errno(err, "go back to the working directory");
	errno = code;
	return result < 0 ? fail_errno(err, "stack the layers") : 0;
}

static int
stack_layers(const struct overlay *overlay, int target, struct error *err)
{
	if (GET(mount_by_fds(overlay, target, err)) == 0)
		return 0;
	log_debug("this kernel takes no layers by fd");
	return mount_by_names(overlay, target, err);
}

/* ---- what is asked ---------------------------------------------------------------------------- */

int
overlay_mount(const struct staging *staging, const struct chain *below, int target, struct error *err)
{
	scoped_fd nothing = -1;
	struct overlay overlay = {
		.lower = below->directories,
		.lower_count = (int) below->count,
		.upper = staging->upper,
		.work = staging->work,
		.user_attributes = staging->store->dialect == WHITEOUT_USER,
	};

	if (below->count == 0) {
		if (mkdirat(staging->directory, "nothing", 0700) < 0 && errno != EEXIST)
			return fail_errno(err, "make an empty layer");
		nothing = GET(file_open(staging->directory, "nothing", O_RDONLY | O_DIRECTORY, err));
		overlay.lower = &nothing;
		overlay.lower_count = 1;
	}
	return stack_layers(&overlay, target, err);
}

/*
 * The kernel wants two directories at least, and takes the root's mode and owner from the topmost:
 * an empty one that was made as staging is made answers both. It must last as long as the mount.
 */
int
overlay_mount_read_only(struct store *store, const struct chain *chain, int target, struct error *err)
{
	struct staging top;
	int *lower = NULL;

	TRY(snapshots_stage(&top, store, chain, err));
	struct overlay overlay = { .upper = -1, .user_attributes = store->dialect == WHITEOUT_USER };
	scoped_buffer lowers = { 0 };
	buffer_add(&lowers, &top.upper, sizeof(int));
	buffer_add(&lowers, chain->directories, chain->count * sizeof(int));
	if (chain->count == 0)
		buffer_add(&lowers, &top.work, sizeof(int));
	lower = (int *) (void *) lowers.bytes;
	overlay.lower = lower;
	overlay.lower_count = (int) (lowers.length / sizeof(int));
	int result = stack_layers(&overlay, target, err);
	fd_close(&top.upper);
	fd_close(&top.work);
	fd_close(&top.directory);
	return result;
}
