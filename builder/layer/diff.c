/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walk for one directory or many: a level of it is one directory of the result, which may be made
 * of several that are merged. Deep trees are no danger to our stack, as levels live on the heap.
 */
#include "builder/layer/diff.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "builder/layer/attributes.h"
#include "builder/layer/effigy.h"
#include "builder/layer/inodes.h"
#include "builder/layer/listing.h"
#include "libcommon/buffer.h"
#include "libcommon/fd.h"
#include "libcommon/log.h"

#define DEPTH_MAX 1024 /* what tar_read takes */

struct level {
	struct listing listing;
	size_t next;        /* of its items */
	size_t path_length; /* of the directory itself */
};

struct walk {
	const struct diff_options *options;
	struct entry_taker *taker;
	struct diff_totals totals;
	bool merges; /* else whiteouts are told */
	struct level *levels;
	size_t depth, size;
	struct buffer path;
	struct inodes seen; /* files that have several names */
	struct attributes attributes;
};

/* ---- levels ----------------------------------------------------------------------------------- */

static void
leave_level(struct walk *walk)
{
	struct level *level = &walk->levels[--walk->depth];

	listing_done(&level->listing);
	walk->path.length = level->path_length;
	if (walk->path.bytes != NULL)
		walk->path.bytes[walk->path.length] = '\0';
}

static void
end_walk(struct walk *walk)
{
	while (walk->depth > 0)
		leave_level(walk);
	free(walk->levels);
	buffer_done(&walk->path);
	inodes_done(&walk->seen);
	attributes_done(&walk->attributes);
}

static struct level *
add_level(struct walk *walk)
{
	if (walk->depth == walk->size) {
		walk->size = walk->size == 0 ? 16 : walk->size * 2;
		walk->levels = reallocarray(walk->levels, walk->size, sizeof(*walk->levels));
		if (walk->levels == NULL)
			abort();
	}
	walk->levels[walk->depth] = (struct level){ .path_length = walk->path.length };
	return &walk->levels[walk->depth++];
}

static const char *
shown(const struct walk *walk)
{
	return walk->path.length > 0 ? walk->path.bytes : ".";
}

static int
fail_at(const struct walk *walk, const char *what, struct error *err)
{
	return fail_errno(err, "%s \"%s\"", what, entry_shown(shown(walk)).text);
}

static int
read_level(struct walk *walk, struct level *level, struct error *err)
{
	enum listing_order order = walk->merges		  ? LISTING_MERGED
				   : walk->options->plain ? LISTING_PLAIN
							  : LISTING_WHITEOUTS_FIRST;

	return listing_read(&level->listing, order, entry_shown(shown(walk)).text, err);
}

/* ---- entries ---------------------------------------------------------------------------------- */

static int
give(struct walk *walk, const struct entry *entry, int content, struct error *err)
{
	walk->totals.entries++;
	walk->totals.bytes += entry->size;
	return walk->taker->take(walk->taker, entry, content, err);
}

static bool
is_later(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec > other->tv_sec || (one->tv_sec == other->tv_sec && one->tv_nsec > other->tv_nsec);
}

static void
describe(struct walk *walk, struct entry *entry, const struct stat *about)
{
	const struct timespec *newest = walk->options->newest;

	*entry = (struct entry){
		.path = shown(walk),
		.mode = about->st_mode,
		.uid = about->st_uid,
		.gid = about->st_gid,
		.size = S_ISREG(about->st_mode) ? (uint64_t) about->st_size : 0,
		.mtime = about->st_mtim,
	};
	if (S_ISCHR(about->st_mode) || S_ISBLK(about->st_mode)) {
		entry->major = major(about->st_rdev);
		entry->minor = minor(about->st_rdev);
	}
	if (newest != NULL && is_later(&entry->mtime, newest))
		entry->mtime = *newest;
}

/*
 * A layer that was just made and one that is unpacked from its archive must be the same tree, or
 * what a step gives would depend on whether the steps before it came from the cache.
 */
static int
settle_time(struct walk *walk, struct stat *about, int directory, const char *name, struct error *err)
{
	const struct timespec *newest = walk->options->newest;
	struct timespec whole = { .tv_sec = about->st_mtim.tv_sec };

	if (!walk->options->settle_times || walk->merges)
		return 0;
	if (newest != NULL && is_later(&about->st_mtim, newest))
		whole.tv_sec = newest->tv_sec;
	if (whole.tv_sec == about->st_mtim.tv_sec && about->st_mtim.tv_nsec == 0)
		return 0;
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, whole };
	if (utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_at(walk, "set the time of", err);
	about->st_mtim = whole;
	return 0;
}

/* With the attributes that travel. */
static int
describe_open(struct walk *walk, struct entry *entry, const struct stat *about, int fd, struct error *err)
{
	describe(walk, entry, about);
	TRY(attributes_read(&walk->attributes, fd, entry->path, err));
	entry->attributes = walk->attributes.items;
	entry->attribute_count = walk->attributes.count;
	return 0;
}

/* An empty file whose name says what is gone. The path ends in `name` already, or is the directory's. */
static int
give_mark(struct walk *walk, const char *prefix, const char *name, struct error *err)
{
	size_t length = walk->path.length;
	struct entry entry = { .mode = S_IFREG };

	walk->path.length -= strlen(name);
	buffer_add_text(&walk->path, prefix);
	buffer_add_text(&walk->path, name);
	entry.path = walk->path.bytes;
	TRY(give(walk, &entry, -1, err));
	walk->path.length = length - strlen(name);
	buffer_add_text(&walk->path, name);
	return 0;
}

static int
give_link(struct walk *walk, struct entry *entry, int directory, const char *name, struct error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(directory, name, target, sizeof(target));

	if (n < 0)
		return fail_at(walk, "read link", err);
	if ((size_t) n >= sizeof(target))
		return fail(err, "read link \"%s\": its target is too long", entry_shown(entry->path).text);
	target[n] = '\0';
	entry->link = target;
	return give(walk, entry, -1, err);
}

static int
give_file(struct walk *walk, const struct stat *about, int directory, const char *name, struct error *err)
{
	scoped_fd fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat opened;
	struct entry entry;

	if (fd < 0 || fstat(fd, &opened) < 0)
		return fail_at(walk, "open", err);
	if (opened.st_ino != about->st_ino || opened.st_dev != about->st_dev)
		return fail(err, "\"%s\" changed while it was read", entry_shown(shown(walk)).text);
	TRY(describe_open(walk, &entry, &opened, fd, err));
	return give(walk, &entry, entry.size > 0 ? fd : -1, err);
}

/* The first name has the content; the others point to it. Returns 1 if it was one of those. */
static int
give_other_name(struct walk *walk, const struct stat *about, struct error *err)
{
	const char *first = inodes_add(&walk->seen, about->st_dev, about->st_ino, shown(walk));
	struct entry entry;

	if (first == NULL)
		return 0;
	describe(walk, &entry, about);
	entry.size = 0;
	entry.link = first;
	entry.is_hard_link = true;
	TRY(give(walk, &entry, -1, err));
	return 1;
}

static int
give_other(struct walk *walk, const struct stat *about, int directory, const char *name, struct error *err)
{
	struct entry entry;

	if (S_ISSOCK(about->st_mode)) {
		log_warn("socket \"%s\" is left out, since layers cannot hold one, continuing",
			 entry_shown(shown(walk)).text);
		return 0;
	}
	if (about->st_nlink > 1 && GET(give_other_name(walk, about, err)) == 1)
		return 0;
	if (S_ISREG(about->st_mode))
		return give_file(walk, about, directory, name, err);
	describe(walk, &entry, about);
	if (S_ISLNK(about->st_mode))
		return give_link(walk, &entry, directory, name, err);
	return give(walk, &entry, -1, err);
}

/* ---- directories ------------------------------------------------------------------------------ */

/* "Opaque" is what overlayfs writes on every new directory; it says something only if it hides something. */
static int
hides_something(struct walk *walk, int directory, struct error *err)
{
	struct stat about;

	if (walk->options->plain || GET(stack_is_opaque(directory, walk->options->dialect, err)) == 0)
		return 0;
	if (walk->options->below.directories == NULL)
		return 1;
	return GET(stack_look(&walk->options->below, shown(walk), &about, NULL, err)) == 0 &&
	       S_ISDIR(about.st_mode);
}

static int
open_directory(int parent, const char *name)
{
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Further down the same directory may have more in it, until something hides it. */
static int
add_lower_parts(struct walk *walk, struct level *level, size_t parent, const struct listing_item *found, size_t n,
		struct error *err)
{
	for (size_t i = 1; i < n; i++) {
		int above = level->listing.directories[level->listing.directory_count - 1];
		if (GET(stack_is_opaque(above, walk->options->dialect, err)) == 1)
			return 0;
		const struct listing *listing = &walk->levels[parent].listing;
		int fd = open_directory(listing->directories[found[i].from], listing_name(listing, &found[i]));
		if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
			return 0;
		if (fd < 0)
			return fail_at(walk, "open directory", err);
		listing_add_directory(&level->listing, fd);
	}
	return 0;
}

/* `found` is what the parent's directories have under this name: n of them. */
static int
enter_directory(struct walk *walk, size_t parent, const struct listing_item *found, size_t n, struct error *err)
{
	const struct listing *listing = &walk->levels[parent].listing;
	struct stat about;
	struct entry entry;
	int fd = open_directory(listing->directories[found->from], listing_name(listing, found));

	if (fd < 0)
		return fail_at(walk, "open directory", err);
	if (walk->depth == DEPTH_MAX) {
		fd_close(&fd);
		return fail(err, "\"%s\": directories are nested deeper than %d", entry_shown(shown(walk)).text,
			    DEPTH_MAX);
	}
	struct level *level = add_level(walk);
	listing_add_directory(&level->listing, fd);
	level->path_length = walk->path.length; /* its own; leaving it cuts what follows */
	if (fstat(fd, &about) < 0)
		return fail_at(walk, "look at", err);
	TRY(describe_open(walk, &entry, &about, fd, err));
	TRY(give(walk, &entry, -1, err));
	if (walk->merges) {
		TRY(add_lower_parts(walk, level, parent, found, n, err));
	} else if (GET(hides_something(walk, fd, err)) == 1) {
		buffer_add_char(&walk->path, '/');
		TRY(give_mark(walk, WHITEOUT_OPAQUE, "", err));
	}
	return read_level(walk, level, err);
}

/* ---- the walk --------------------------------------------------------------------------------- */

/* How many of the found have this name: the same thing in several directories of the stack. */
static size_t
count_same(const struct level *level)
{
	const struct listing *listing = &level->listing;
	const struct listing_item *found = &listing->items[level->next];
	size_t n = 1;

	while (level->next + n < listing->count &&
	       strcmp(listing_name(listing, &found[n]), listing_name(listing, found)) == 0)
		n++;
	return n;
}

static int
visit(struct walk *walk, struct error *err)
{
	size_t here = walk->depth - 1;
	struct level *level = &walk->levels[here];
	const struct listing_item *found = &level->listing.items[level->next];
	const char *name = listing_name(&level->listing, found);
	int directory = level->listing.directories[found->from];
	size_t n = count_same(level);
	struct stat about;

	level->next += n;
	if (found->is_gone && walk->merges)
		return 0;
	walk->path.length = level->path_length;
	if (walk->path.length > 0)
		buffer_add_char(&walk->path, '/');
	buffer_add_text(&walk->path, name);
	if (found->is_gone)
		return give_mark(walk, WHITEOUT_PREFIX, name, err);
	if (!walk->options->plain && whiteout_is_name(name))
		return fail(err, "\"%s\": a name that begins with \"%s\" means in a layer that something is gone",
			    entry_shown(shown(walk)).text, WHITEOUT_PREFIX);
	if (fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_at(walk, "look at", err);
	TRY(settle_time(walk, &about, directory, name, err));
	if (!walk->options->plain && walk->options->dialect == WHITEOUT_USER)
		TRY(effigy_look(directory, name, &about, err));
	if (S_ISDIR(about.st_mode))
		return enter_directory(walk, here, found, n, err);
	return give_other(walk, &about, directory, name, err);
}

static int
give_root(struct walk *walk, size_t which, struct error *err)
{
	struct stat about;
	struct entry entry;
	int fd = walk->levels[0].listing.directories[which];

	if (fstat(fd, &about) < 0)
		return fail_at(walk, "look at", err);
	TRY(settle_time(walk, &about, fd, ".", err));
	TRY(describe_open(walk, &entry, &about, fd, err));
	return give(walk, &entry, -1, err);
}

static int
walk_all(struct walk *walk, const struct stack *stack, struct error *err)
{
	struct level *root = add_level(walk);

	for (size_t i = 0; i < stack->count; i++) {
		int fd = open_directory(stack->directories[i], ".");
		if (fd < 0)
			return fail_at(walk, "open directory", err);
		listing_add_directory(&root->listing, fd);
	}
	if (walk->options->with_root && stack->count > 0)
		TRY(give_root(walk, stack->root, err));
	TRY(read_level(walk, root, err));
	while (walk->depth > 0) {
		const struct level *level = &walk->levels[walk->depth - 1];
		if (level->next == level->listing.count)
			leave_level(walk);
		else
			TRY(visit(walk, err));
	}
	return 0;
}

int
diff_upper(int upper, const struct diff_options *options, struct entry_taker *taker,
	   struct diff_totals *totals, struct error *err)
{
	scoped(end_walk) struct walk walk = { .options = options, .taker = taker };
	struct stack alone = { .directories = &upper, .count = 1 };

	TRY(walk_all(&walk, &alone, err));
	if (totals != NULL)
		*totals = walk.totals;
	return 0;
}

int
diff_merged(const struct stack *stack, const struct diff_options *options, struct entry_taker *taker,
	    struct diff_totals *totals, struct error *err)
{
	struct diff_options settled = *options;
	scoped(end_walk) struct walk walk = { .options = &settled, .taker = taker, .merges = true };

	settled.plain = false;
	settled.dialect = stack->dialect;
	TRY(walk_all(&walk, stack, err));
	if (totals != NULL)
		*totals = walk.totals;
	return 0;
}
