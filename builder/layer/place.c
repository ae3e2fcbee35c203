/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "builder/layer/attributes.h"
#include "builder/layer/contents.h"
#include "builder/layer/effigy.h"
#include "builder/layer/hide.h"
#include "builder/layer/later.h"
#include "builder/layer/parents.h"
#include "libcommon/fd.h"
#include "libcommon/log.h"
#include "libcommon/tree.h"

struct place_state {
	struct place_options options;
	struct parents parents;
	struct later later;
	struct entry entry; /* the regular file that is being written */
	int fd;             /* of it; -1: none is */
	uint64_t end;       /* of the pieces so far; what follows is a hole */
	bool lacks;         /* something of further down, and nobody knew what is there */
	bool warned;        /* of devices */
	bool is_root;       /* and so may enter and write where the mode says nobody may */
};

static int
take_file(struct entry_taker *taker, const struct entry *entry, int content, struct error *err)
{
	return place_file((struct placer *) taker, entry, content, err);
}

void
place_init(struct placer *placer, int root, const struct place_options *options)
{
	struct place_state *state = calloc(1, sizeof(*state));

	if (state == NULL)
		abort();
	state->options = *options;
	state->fd = -1;
	state->is_root = geteuid() == 0;
	parents_init(&state->parents, root, options->below);
	*placer = (struct placer){ .taker.take = take_file, .state = state };
}

void
place_done(struct placer *placer)
{
	struct place_state *state = placer->state;

	if (state == NULL)
		return;
	fd_close(&state->fd);
	parents_done(&state->parents);
	later_done(&state->later);
	free(state);
	placer->state = NULL;
}

bool
place_is_bound(const struct placer *placer)
{
	return placer->state->lacks || placer->state->parents.guessed > 0;
}

static int
fail_entry(const struct entry *entry, const char *what, struct error *err)
{
	return fail_errno(err, "\"%s\": %s", entry_shown(entry->path).text, what);
}

/* ---- what an entry wants ---------------------------------------------------------------------- */

static mode_t
mode_of(const struct place_state *state, const struct entry *entry)
{
	const mode_t *mode = S_ISDIR(entry->mode) ? state->options.directory_mode : state->options.file_mode;

	return mode != NULL ? *mode : entry->mode & 07777;
}

static struct timespec
time_of(const struct place_state *state, const struct entry *entry)
{
	return state->options.mtime != NULL ? *state->options.mtime : entry->mtime;
}

int
place_refuse_owner(uint32_t uid, uint32_t gid, struct error *err)
{
	if (errno == EINVAL)
		return fail(err, "its owner %u:%u is none of those that this user namespace has, and that /etc/subuid "
			    "and /etc/subgid allot", uid, gid);
	return fail_errno(err, "give it to %u:%u", uid, gid);
}

static int
set_owner(const struct place_state *state, int fd, const char *name, int flags, const struct entry *entry,
	  struct error *err)
{
	const struct place_owner *owner = state->options.owner;
	uint32_t uid = owner != NULL ? owner->uid : entry->uid, gid = owner != NULL ? owner->gid : entry->gid;

	if (state->options.ignore_owner || fchownat(fd, name, uid, gid, flags) == 0)
		return 0;
	(void) place_refuse_owner(uid, gid, err);
	return error_prefixf(err, "\"%s\"", entry_shown(entry->path).text);
}

static int
set_time(const struct place_state *state, int fd, const char *name, const struct entry *entry, struct error *err)
{
	struct timespec times[2] = { time_of(state, entry), time_of(state, entry) };

	if (utimensat(fd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_entry(entry, "set its time", err);
	return 0;
}

/* ---- making room ------------------------------------------------------------------------------ */

/* Whatever is there goes; a link is unlinked, never followed. */
static int
clear_place(struct place_state *state, int parent, const char *leaf, const struct entry *entry, struct error *err)
{
	struct stat about;

	if (fstatat(parent, leaf, &about, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail_entry(entry, "look at what is there", err);
	if (!S_ISREG(about.st_mode)) {
		/* what is open may lie behind it */
		scoped_fd kept = GET(fd_copy(parent, err));
		parents_forget(&state->parents);
		return tree_remove(kept, leaf, err);
	}
	return unlinkat(parent, leaf, 0) < 0 ? fail_entry(entry, "remove what is there", err) : 0;
}

/* The directory of the entry, again after something was cleared away. */
static int
clear_and_open(struct place_state *state, int parent, const struct entry *entry, struct error *err)
{
	TRY(clear_place(state, parent, parents_leaf(entry->path), entry, err));
	return parents_open(&state->parents, entry->path, err);
}

/* ---- directories ------------------------------------------------------------------------------ */

/* Without the right to write into it, one who is not root could not fill it. */
static mode_t
working_mode(const struct place_state *state, const struct entry *entry)
{
	return mode_of(state, entry) | (state->is_root ? 0 : 0700);
}

static int
dress_directory(struct place_state *state, int fd, const struct entry *entry, struct error *err)
{
	TRY(set_owner(state, fd, "", AT_EMPTY_PATH, entry, err));
	if (fchmod(fd, working_mode(state, entry)) < 0)
		return fail_entry(entry, "set its mode", err);
	return later_note(&state->later, fd, entry, mode_of(state, entry), time_of(state, entry), err);
}

static int
place_root(struct place_state *state, const struct entry *entry, struct error *err)
{
	if (state->options.keep_root)
		return 0;
	scoped_fd fd = openat(state->parents.root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? fail_entry(entry, "open it", err) : dress_directory(state, fd, entry, err);
}

static int
place_directory(struct place_state *state, int parent, const struct entry *entry, struct error *err)
{
	const char *leaf = parents_leaf(entry->path);
	struct stat about;
	bool was_there = mkdirat(parent, leaf, 0700) < 0;

	if (was_there && errno != EEXIST)
		return fail_entry(entry, "make the directory", err);
	if (was_there && fstatat(parent, leaf, &about, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_entry(entry, "look at what is there", err);
	if (was_there && !S_ISDIR(about.st_mode)) {
		parent = GET(clear_and_open(state, parent, entry, err));
		if (mkdirat(parent, leaf, 0700) < 0)
			return fail_entry(entry, "make the directory", err);
		was_there = false;
	}
	parents_note_entry(&state->parents, entry->path);
	if (was_there && state->options.keep_directories)
		return 0;
	scoped_fd fd = openat(parent, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? fail_entry(entry, "open the directory", err) : dress_directory(state, fd, entry, err);
}

/* ---- regular files ---------------------------------------------------------------------------- */

static int
create(int parent, const char *leaf)
{
	return openat(parent, leaf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static int
place_regular(struct place_state *state, int parent, const struct entry *entry, struct error *err)
{
	const char *leaf = parents_leaf(entry->path);

	state->fd = create(parent, leaf);
	if (state->fd < 0 && errno == EEXIST)
		state->fd = create(GET(clear_and_open(state, parent, entry, err)), leaf);
	if (state->fd < 0)
		return fail_entry(entry, "create the file", err);
	state->entry = *entry;
	state->end = 0;
	return 0;
}

int
place_piece(struct placer *placer, const void *bytes, size_t n, uint64_t offset, struct error *err)
{
	struct place_state *state = placer->state;

	assert(state->fd >= 0);
	TRY(contents_write(state->fd, bytes, n, offset, state->entry.path, err));
	if (offset + n > state->end)
		state->end = offset + n;
	return 0;
}

/* chown takes set-uid bits and capabilities away, and writing takes capabilities: hence the order. */
int
place_finish_entry(struct placer *placer, struct error *err)
{
	struct place_state *state = placer->state;
	const struct entry *entry = &state->entry;
	struct timespec times[2] = { time_of(state, entry), time_of(state, entry) };

	if (state->fd < 0)
		return 0;
	scoped_fd fd = fd_take(&state->fd);
	if (state->end < entry->size && ftruncate(fd, (off_t) entry->size) < 0)
		return fail_entry(entry, "make its end", err);
	TRY(set_owner(state, fd, "", AT_EMPTY_PATH, entry, err));
	if (fchmod(fd, mode_of(state, entry)) < 0)
		return fail_entry(entry, "set its mode", err);
	TRY(attributes_write(fd, entry, err));
	return futimens(fd, times) < 0 ? fail_entry(entry, "set its time", err) : 0;
}

int
place_file(struct placer *placer, const struct entry *entry, int content, struct error *err)
{
	TRY(place_entry(placer, entry, err));
	if (entry->size > 0 && placer->state->fd >= 0) {
		TRY(contents_copy(placer->state->fd, content, entry->size, entry->path, err));
		placer->state->end = entry->size;
	}
	return place_finish_entry(placer, err);
}

/* ---- links ------------------------------------------------------------------------------------ */

static int
place_symlink(struct place_state *state, int parent, const struct entry *entry, struct error *err)
{
	const char *leaf = parents_leaf(entry->path);
	int result = symlinkat(entry->link, parent, leaf);

	if (result < 0 && errno == EEXIST) {
		parent = GET(clear_and_open(state, parent, entry, err));
		result = symlinkat(entry->link, parent, leaf);
	}
	if (result < 0)
		return fail_entry(entry, "make the link", err);
	TRY(set_owner(state, parent, leaf, AT_SYMLINK_NOFOLLOW, entry, err));
	return set_time(state, parent, leaf, entry, err);
}

static bool
is_same_file(int one, const char *name, int other, const char *other_name)
{
	struct stat a, b;

	return fstatat(one, name, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(other, other_name, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

static int
link_to(struct place_state *state, int target, const char *target_leaf, const struct entry *entry,
	struct error *err)
{
	const char *leaf = parents_leaf(entry->path);
	int parent = GET(parents_open(&state->parents, entry->path, err));

	if (linkat(target, target_leaf, parent, leaf, 0) == 0)
		return 0;
	if (errno == EEXIST && is_same_file(target, target_leaf, parent, leaf))
		return 0;
	if (errno == EEXIST) {
		parent = GET(clear_and_open(state, parent, entry, err));
		if (linkat(target, target_leaf, parent, leaf, 0) == 0)
			return 0;
	}
	return fail_errno(err, "\"%s\": link it to \"%s\"", entry_shown(entry->path).text,
			  entry_shown(entry->link).text);
}

static int copy_from_below(struct placer *placer, const char *path, struct error *err);

/* A layer may link to what lies further down; that is brought up first, as the kernel would. */
static int
place_hard_link(struct placer *placer, const struct entry *entry, struct error *err)
{
	struct place_state *state = placer->state;
	const char *leaf = parents_leaf(entry->link);
	struct stat about;
	int found = -1;

	bool is_missing = GET(parents_find(&found, &state->parents, entry->link, err)) == 1;
	if (!is_missing && fstatat(found, leaf, &about, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return fail_entry(entry, "look at what it links to", err);
		is_missing = true;
	}
	if (is_missing) {
		if (!state->options.is_layer)
			return fail(err, "\"%s\": it is a hard link to \"%s\", which is not there",
				    entry_shown(entry->path).text, entry_shown(entry->link).text);
		state->lacks = true;
		if (state->options.below == NULL)
			return 0;
		if (copy_from_below(placer, entry->link, err) < 0)
			return error_prefixf(err, "\"%s\"", entry_shown(entry->path).text);
		if (GET(parents_find(&found, &state->parents, entry->link, err)) == 1)
			return fail(err, "\"%s\": what it links to went away", entry_shown(entry->path).text);
	}
	/* our own, since opening the entry's directory closes it */
	scoped_fd target = GET(fd_copy(found, err));
	return link_to(state, target, leaf, entry, err);
}

/* ---- special files ---------------------------------------------------------------------------- */

/* Returns 1 if it is left out. */
static int
make_special(struct place_state *state, int parent, const struct entry *entry, dev_t device, struct error *err)
{
	const char *leaf = parents_leaf(entry->path);

	if (mknodat(parent, leaf, (entry->mode & S_IFMT) | 0600, device) == 0)
		return 0;
	if (errno != EPERM || S_ISFIFO(entry->mode))
		return fail_entry(entry, "make it", err);
	if (state->options.effigies)
		return effigy_make(parent, leaf, entry->mode, device) < 0
			       ? fail_entry(entry, "make what stands for the device", err)
			       : 0;
	if (!state->options.skip_devices)
		return fail_entry(entry, "make the device", err);
	if (!state->warned)
		log_warn("\"%s\" and all other devices are left out: we may not make any, continuing",
			 entry_shown(entry->path).text);
	state->warned = true;
	return 1;
}

static int
place_special(struct place_state *state, int parent, const struct entry *entry, struct error *err)
{
	const char *leaf = parents_leaf(entry->path);
	dev_t device = S_ISFIFO(entry->mode) ? 0 : makedev(entry->major, entry->minor);

	if (S_ISCHR(entry->mode) && device == 0)
		return fail(err, "\"%s\": a device 0:0 would hide what lies below it",
			    entry_shown(entry->path).text);
	parent = GET(clear_and_open(state, parent, entry, err));
	if (GET(make_special(state, parent, entry, device, err)) == 1)
		return 0;
	TRY(set_owner(state, parent, leaf, AT_SYMLINK_NOFOLLOW, entry, err));
	if (fchmodat(parent, leaf, mode_of(state, entry), 0) < 0) /* it was made just now, and is no link */
		return fail_entry(entry, "set its mode", err);
	return set_time(state, parent, leaf, entry, err);
}

/* ---- entries ---------------------------------------------------------------------------------- */

int
place_entry(struct placer *placer, const struct entry *entry, struct error *err)
{
	struct place_state *state = placer->state;

	assert(state->fd < 0);
	if (strcmp(entry->path, ".") == 0)
		return place_root(state, entry, err);
	if (entry->is_hard_link)
		return place_hard_link(placer, entry, err);

	int parent = parents_open(&state->parents, entry->path, err);
	if (parent < 0)
		return error_prefixf(err, "\"%s\"", entry_shown(entry->path).text);
	switch (entry->mode & S_IFMT) {
	case S_IFDIR:
		return place_directory(state, parent, entry, err);
	case S_IFREG:
		return place_regular(state, parent, entry, err);
	case S_IFLNK:
		return place_symlink(state, parent, entry, err);
	default:
		return place_special(state, parent, entry, err);
	}
}

/* ---- from below ------------------------------------------------------------------------------- */

static int
place_copy(struct placer *placer, struct entry *entry, int parent, const char *leaf, struct error *err)
{
	scoped_fd content = openat(parent, leaf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct attributes attributes = { .count = 0 };

	if (content < 0)
		return fail_entry(entry, "open it further down", err);
	int result = attributes_read(&attributes, content, entry->path, err);
	entry->attributes = attributes.items;
	entry->attribute_count = attributes.count;
	if (result == 0)
		result = place_file(placer, entry, content, err);
	attributes_done(&attributes);
	return result;
}

static int
copy_from_below(struct placer *placer, const char *path, struct error *err)
{
	const struct stack *below = placer->state->options.below;
	scoped_buffer directory = { 0 };
	scoped_fd parent = -1;
	struct stat about;
	size_t where;
	char target[PATH_MAX];

	if (GET(stack_look(below, path, &about, &where, err)) == 1 || S_ISDIR(about.st_mode))
		return fail(err, "it is a hard link to \"%s\", which is not there", entry_shown(path).text);
	const char *leaf = parents_leaf(path);
	buffer_add(&directory, path, (size_t) (leaf - path));
	buffer_add_char(&directory, '.');
	if (GET(parents_open_directory(&parent, below->directories[where], directory.bytes, O_PATH, err)) == 1)
		return fail(err, "\"%s\" went away", entry_shown(path).text);

	if (below->dialect == WHITEOUT_USER)
		TRY(effigy_look(parent, leaf, &about, err));
	struct entry entry = { .path = path, .mode = about.st_mode, .uid = about.st_uid, .gid = about.st_gid,
			       .mtime = about.st_mtim, .major = major(about.st_rdev), .minor = minor(about.st_rdev) };
	if (S_ISREG(about.st_mode)) {
		entry.size = (uint64_t) about.st_size;
		return place_copy(placer, &entry, parent, leaf, err);
	}
	if (S_ISLNK(about.st_mode)) {
		ssize_t n = readlinkat(parent, leaf, target, sizeof(target) - 1);
		if (n < 0)
			return fail_entry(&entry, "read the link", err);
		target[n] = '\0';
		entry.link = target;
	}
	TRY(place_entry(placer, &entry, err));
	return place_finish_entry(placer, err);
}

/* ---- whiteouts -------------------------------------------------------------------------------- */

int
place_whiteout(struct placer *placer, const char *path, enum whiteout_dialect dialect, struct error *err)
{
	return hide_path(&placer->state->parents, path, dialect, err);
}

int
place_opaque(struct placer *placer, const char *path, enum whiteout_dialect dialect, struct error *err)
{
	return hide_inside(&placer->state->parents, path, dialect, err);
}

/* ---- the end ---------------------------------------------------------------------------------- */

int
place_end(struct placer *placer, struct error *err)
{
	struct place_state *state = placer->state;

	parents_forget(&state->parents);
	return later_settle(&state->later, state->parents.root, !state->is_root, err);
}
