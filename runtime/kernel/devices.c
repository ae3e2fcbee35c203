/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/path.h"
#include "libcommon/text.h"
#include "runtime/kernel/detached.h"

struct device_source {
	const char *path; /* cleaned */
	mode_t mode;      /* with its type */
	dev_t number;
	uid_t uid;
	gid_t gid;
	bool is_default;
	int fd; /* the host's, to be bound; -1: to be made, or cloned by the guest */
};

#define CHARACTER(path_, major_, minor_)                                                           \
	{                                                                                          \
		.path = (path_), .mode = S_IFCHR | 0666, .number = makedev((major_), (minor_)),    \
		.is_default = true, .fd = -1                                                       \
	}

static mode_t
find_type(enum oci_device_type type)
{
	switch (type) {
	case OCI_DEVICE_BLOCK: return S_IFBLK;
	case OCI_DEVICE_FIFO: return S_IFIFO;
	default: return S_IFCHR;
	}
}

static int
read_device(struct device_source *source, const struct oci_device *device, struct arena *arena,
	    struct error *err)
{
	*source = (struct device_source){
		.path = path_join(arena, "/", device->path),
		.mode = find_type(device->type) |
			(device->file_mode != NULL ? *device->file_mode & 07777 : 0666),
		.uid = device->uid != NULL ? *device->uid : 0,
		.gid = device->gid != NULL ? *device->gid : 0,
		.fd = -1,
	};
	if (S_ISFIFO(source->mode))
		return 0;
	if (device->major == NULL || device->minor == NULL)
		return fail(err, "major and minor: missing");
	source->number = makedev((unsigned) *device->major, (unsigned) *device->minor);
	return 0;
}

static bool
is_same(const struct device_source *source, const struct stat *st)
{
	return (st->st_mode & S_IFMT) == (source->mode & S_IFMT) &&
	       (S_ISFIFO(st->st_mode) || st->st_rdev == source->number);
}

/*
 * A clone of the host's node at the path, into `out`, which must be what its numbers say
 * (CVE-2025-31133). Returns 1 if it is something else or not there. It leaves the host's peer group
 * where the kernel can do that now; on a lone file nothing could ever be mounted, so one that stays
 * tells the host nothing.
 */
static int
clone_path(int *out, const struct device_source *source, const char *path, struct error *err)
{
	const struct mount_change change = { .top = { .propagation = MS_PRIVATE } };
	scoped_fd fd = detached_clone(AT_FDCWD, path, 0, err);
	struct stat st;

	if (fd < 0)
		return err->code == ENOENT ? 1 : -1;
	if (fstat(fd, &st) < 0)
		return fail_errno(err, "look at the host's \"%s\"", path);
	if (!is_same(source, &st))
		return 1;
	(void) GET(detached_change(fd, &change, err));
	*out = fd_take(&fd);
	return 0;
}

/* By its name; or by its number, where udev keeps links, if the host calls it otherwise. */
static int
clone_node(const struct device_source *source, struct error *err)
{
	char by_number[64];
	int fd = -1;

	if (GET(clone_path(&fd, source, source->path, err)) == 0)
		return fd;
	(void) snprintf(by_number, sizeof(by_number), "/dev/%s/%u:%u",
			S_ISBLK(source->mode) ? "block" : "char", major(source->number),
			minor(source->number));
	if (GET(clone_path(&fd, source, by_number, err)) == 0)
		return fd;
	return fail(err,
		    "\"%s\": the host has no such device, and a user namespace cannot make one",
		    source->path);
}

/* A default device that the document lists too is as the document says. */
static struct device_source *
find_place(struct devices *devices, const char *path)
{
	for (size_t i = 0; i < devices->count; i++) {
		if (text_equal(devices->sources[i].path, path))
			return &devices->sources[i];
	}
	return &devices->sources[devices->count++];
}

static int
list_devices(struct devices *devices, const struct oci_device_list *listed, struct arena *arena,
	     struct error *err)
{
	const struct device_source defaults[] = {
		CHARACTER("/dev/null", 1, 3),   CHARACTER("/dev/zero", 1, 5),
		CHARACTER("/dev/full", 1, 7),   CHARACTER("/dev/tty", 5, 0),
		CHARACTER("/dev/random", 1, 8), CHARACTER("/dev/urandom", 1, 9),
	};

	devices->sources = arena_alloc(arena, sizeof(defaults) + listed->count * sizeof(*defaults));
	memcpy(devices->sources, defaults, sizeof(defaults));
	devices->count = COUNT(defaults);
	for (size_t i = 0; i < listed->count; i++) {
		struct device_source source;

		if (read_device(&source, &listed->items[i], arena, err) < 0)
			return error_prefixf(err, "linux.devices[%zu] (\"%s\")", i,
					     listed->items[i].path);
		/* Always the link to pts/ptmx; another would reach the host's terminals. */
		if (text_equal(source.path, "/dev/ptmx"))
			continue;
		*find_place(devices, source.path) = source;
	}
	return 0;
}

static int
open_null(struct devices *devices, struct error *err)
{
	const struct device_source null = CHARACTER("/dev/null", 1, 3);

	devices->null = clone_node(&null, err);
	return devices->null < 0 && err->code != EPERM ? -1 : 0;
}

int
devices_open(struct devices *devices, const struct oci_device_list *listed, bool own_user_namespace,
	     struct arena *arena, struct error *err)
{
	*devices = (struct devices) DEVICES_NONE;
	TRY(list_devices(devices, listed, arena, err));
	TRY(open_null(devices, err));
	if (!own_user_namespace || devices->null < 0)
		return 0;
	for (size_t i = 0; i < devices->count; i++) {
		struct device_source *source = &devices->sources[i];

		if (!S_ISFIFO(source->mode))
			source->fd = GET(clone_node(source, err));
	}
	return 0;
}

void
devices_done(struct devices *devices)
{
	for (size_t i = 0; i < devices->count; i++)
		fd_close(&devices->sources[i].fd);
	fd_close(&devices->null);
	devices->count = 0;
}

/* The directory it lies in: /dev itself for nearly all, so that one is opened once. */
static int
open_parent(int root, int dev, const char *path, int *opened, struct arena *arena,
	    struct error *err)
{
	const char *name = path_base(path), *in_dev = text_after(path, "/dev/");

	if (in_dev != NULL && in_dev == name)
		return dev;
	*opened = GET(beneath_make_directories(
		root, arena_copy(arena, path, (size_t) (name - path)), 0755, err));
	return *opened;
}

static int
check_existing(int dir, const char *name, const struct device_source *source, struct error *err)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, "look at \"%s\"", source->path);
	if (!is_same(source, &st))
		return fail(err, "\"%s\" exists and is not the device asked for", source->path);
	return 0;
}

static int
make_node(int dir, const char *name, const struct device_source *source, struct error *err)
{
	if (mknodat(dir, name, source->mode, source->number) < 0) {
		if (errno == EEXIST)
			return check_existing(dir, name, source, err);
		return fail_errno(err, "make device \"%s\"", source->path);
	}
	if ((source->uid != 0 || source->gid != 0) &&
	    fchownat(dir, name, source->uid, source->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, "set the owner of device \"%s\"", source->path);
	return 0;
}

/* Over an empty file, or over whatever lies there that is no link. */
static int
bind_node(int dir, const char *name, struct device_source *source, struct error *err)
{
	scoped_fd made =
		openat(dir, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (made < 0 && errno != EEXIST)
		return fail_errno(err, "create \"%s\"", source->path);

	scoped_fd target = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return fail_errno(err, "open \"%s\"", source->path);
	if (detached_attach(source->fd, target, err) < 0)
		return error_prefixf(err, "bind device \"%s\"", source->path);
	fd_close(&source->fd);
	return 0;
}

/* A user namespace may not make nodes: also one that we are in without having asked for it. */
static int
make_device(int dir, const char *name, struct device_source *source, struct error *err)
{
	if (source->fd < 0) {
		if (make_node(dir, name, source, err) == 0)
			return 0;
		if (err->code != EPERM)
			return -1;
		source->fd = GET(clone_node(source, err));
	}
	return bind_node(dir, name, source, err);
}

static int
make_links(int dev, struct error *err)
{
	/* clang-format off */
	static const struct { const char *name, *target; } links[] = {
		{ "fd",     "/proc/self/fd" },
		{ "stdin",  "/proc/self/fd/0" },
		{ "stdout", "/proc/self/fd/1" },
		{ "stderr", "/proc/self/fd/2" },
		{ "core",   "/proc/kcore" },
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT(links); i++) {
		if (symlinkat(links[i].target, dev, links[i].name) < 0 && errno != EEXIST)
			return fail_errno(err, "make the link /dev/%s", links[i].name);
	}
	return 0;
}

/* Replaced even if it exists: a node of that number would reach the host's terminals. */
static int
make_ptmx(int dev, struct error *err)
{
	if (symlinkat("pts/ptmx", dev, "ptmx") == 0)
		return 0;
	if (errno == EEXIST && unlinkat(dev, "ptmx", 0) == 0 &&
	    symlinkat("pts/ptmx", dev, "ptmx") == 0)
		return 0;
	return fail_errno(err, "make the link /dev/ptmx");
}

static int
make_all(struct devices *devices, int root, int dev, bool bound_dev, struct error *err)
{
	for (size_t i = 0; i < devices->count; i++) {
		struct device_source *source = &devices->sources[i];
		scoped_arena arena = { 0 };
		scoped_fd opened = -1;

		if (bound_dev && source->is_default)
			continue;
		int dir = GET(open_parent(root, dev, source->path, &opened, &arena, err));
		TRY(make_device(dir, path_base(source->path), source, err));
	}
	if (bound_dev)
		return 0;
	TRY(make_links(dev, err));
	return make_ptmx(dev, err);
}

/* The guest's own clone, where the host was not allowed one. */
static int
keep_null(struct devices *devices, struct error *err)
{
	const struct device_source null = CHARACTER("/dev/null", 1, 3);

	if (devices->null < 0)
		devices->null = GET(clone_node(&null, err));
	return 0;
}

int
devices_make(struct devices *devices, int root, bool bound_dev, struct error *err)
{
	scoped_fd dev = GET(beneath_make_directories(root, "/dev", 0755, err));
	mode_t was = umask(0);
	int result = make_all(devices, root, dev, bound_dev, err);

	(void) umask(was);
	return result < 0 ? -1 : keep_null(devices, err);
}
