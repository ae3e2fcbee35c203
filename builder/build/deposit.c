/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/deposit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "builder/build/draft.h"
#include "builder/build/links.h"
#include "builder/layer/attributes.h"
#include "builder/layer/decompress.h"
#include "builder/layer/inodes.h"
#include "builder/layer/tar_apply.h"
#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

struct work {
	const struct deposit *deposit;
	struct placer placer; /* through the mount, if there is one */
	struct placer direct; /* into its upper directory, in directories that are new */
	struct inodes names;  /* of files that have several */
	const char *base;     /* the destination, links followed; "." is the root */
	bool is_directory;    /* it is one, or shall be */
	const char *fresh;    /* a directory made here: what is below it meets nothing */
};

static void
end_work(struct work *work)
{
	place_done(&work->direct);
	place_done(&work->placer);
	inodes_done(&work->names);
}

static const char *
join(struct arena *arena, const char *base, const char *path)
{
	if (path[0] == '\0')
		return base;
	return text_equal(base, ".") ? path : arena_format(arena, "%s/%s", base, path);
}

/* ---- where to -------------------------------------------------------------------------------- */

static mode_t
mode_of_parents(const struct copy_step *copy)
{
	return copy->permissions != NULL && copy->permissions->is_octal ? copy->permissions->octal
									: 0755;
}

static int
make_directories(const struct work *work, const char *path, struct error *err)
{
	const struct deposit *deposit = work->deposit;
	const struct account root = { 0 }, *owner = deposit->owner == NULL ? &root : deposit->owner;
	const char *absolute =
		path_clean(deposit->arena, arena_format(deposit->arena, "/%s", path));

	return draft_make_directories(deposit->root, absolute, mode_of_parents(deposit->copy),
				      owner->uid, owner->gid, err);
}

static size_t
count_files(const struct deposit *deposit)
{
	size_t n = 0;

	FOR_EACH(source, &deposit->copy->sources)
		n += source->content != NULL;
	FOR_EACH(file, deposit->files)
		n += file->role == GATHERED_FILE;
	return n;
}

static int
find_destination(struct work *work, struct error *err)
{
	const struct deposit *deposit = work->deposit;
	const char *destination = deposit->copy->destination;
	scoped_fd there = -1;
	struct stat about;

	(void) GET(links_resolve(&work->base, deposit->root, destination, deposit->arena, err));
	work->is_directory = text_ends_with(destination, "/") || deposit->copy->parents;
	if (GET(beneath_open_if_there(&there, deposit->root, work->base, O_PATH | O_NOFOLLOW,
				      err)) == 0) {
		if (fstat(there, &about) < 0)
			return fail_errno(err, "look at \"%s\"", destination);
		if (work->is_directory && !S_ISDIR(about.st_mode))
			return fail(err, "the destination \"%s\" is no directory in the image",
				    destination);
		work->is_directory = S_ISDIR(about.st_mode);
	}
	if (!work->is_directory && count_files(deposit) > 1)
		return fail(err,
			    "several files need a directory to go to: the destination \"%s\" must "
			    "end with \"/\"",
			    destination);
	return work->is_directory ? make_directories(work, work->base, err) : 0;
}

/* Where a file goes that a source names: into the destination, or it becomes the destination. */
static int
place_of_file(const char **path, struct work *work, const char *name, struct error *err)
{
	const char *slash = strrchr(work->base, '/');

	*path = work->is_directory ? join(work->deposit->arena, work->base, name) : work->base;
	if (work->is_directory || slash == NULL)
		return 0;
	return make_directories(
		work, arena_copy(work->deposit->arena, work->base, (size_t) (slash - work->base)),
		err);
}

/* ---- what is there already ------------------------------------------------------------------- */

static bool
is_below(const char *path, const char *directory)
{
	size_t n = strlen(directory);

	return strncmp(path, directory, n) == 0 && path[n] == '/';
}

static bool
is_fresh(const struct work *work, const char *path)
{
	return work->fresh != NULL && is_below(path, work->fresh);
}

static int
judge_place(struct work *work, const struct entry *entry, struct error *err)
{
	scoped_fd there = -1;
	struct stat about;

	if (is_fresh(work, entry->path))
		return 0;
	if (GET(beneath_open_if_there(&there, work->deposit->root, entry->path, O_PATH | O_NOFOLLOW,
				      err)) > 0) {
		if (S_ISDIR(entry->mode))
			work->fresh = entry->path;
		return 0;
	}
	if (fstat(there, &about) < 0)
		return fail_errno(err, "look at \"/%s\"", entry->path);
	if (S_ISDIR(about.st_mode) && !S_ISDIR(entry->mode))
		return fail(err, "\"/%s\" is a directory in the image, and a file here",
			    entry->path);
	if (!S_ISDIR(about.st_mode) && S_ISDIR(entry->mode))
		return fail(err, "\"/%s\" is no directory in the image, and one here", entry->path);
	return 0;
}

/* ---- one file -------------------------------------------------------------------------------- */

static bool
is_unchanged(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int
open_content(const struct work *work, const struct gathered *file, struct error *err)
{
	struct stat about;
	scoped_fd fd = GET(beneath_open(work->deposit->source, file->source,
					O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, err));

	if (fstat(fd, &about) < 0)
		return fail_errno(err, "look at it");
	if (S_ISREG(file->about.st_mode) && !is_unchanged(&about, &file->about))
		return fail(err, "it changed while it was copied");
	return fd_take(&fd);
}

static int
read_link(struct entry *entry, const struct work *work, const struct gathered *file,
	  struct arena *arena, struct error *err)
{
	char target[PATH_MAX];
	scoped_fd fd =
		GET(beneath_open(work->deposit->source, file->source, O_PATH | O_NOFOLLOW, 0, err));
	ssize_t n = readlinkat(fd, "", target, sizeof(target));

	if (n < 0)
		return fail_errno(err, "read the link");
	entry->link = arena_copy(arena, target, (size_t) n);
	return 0;
}

static struct entry
describe_file(const struct work *work, const struct gathered *file, const char *path)
{
	const struct deposit *deposit = work->deposit;
	const struct stat *about = &file->about;
	struct entry entry = {
		.path = path,
		.mode = about->st_mode,
		.uid = about->st_uid,
		.gid = about->st_gid,
		.size = S_ISREG(about->st_mode) ? (uint64_t) about->st_size : 0,
		.mtime = about->st_mtim,
		.major = major(about->st_rdev),
		.minor = minor(about->st_rdev),
	};

	if (deposit->owner != NULL) {
		entry.uid = deposit->owner->uid;
		entry.gid = deposit->owner->gid;
	}
	if (deposit->copy->permissions != NULL && !S_ISLNK(entry.mode))
		entry.mode = (entry.mode & S_IFMT) |
			     permissions_apply(deposit->copy->permissions, entry.mode & 07777,
					       S_ISDIR(entry.mode));
	return entry;
}

/*
 * What is new all the way goes around the mount: the kernel then copies from file to file, or shares
 * the blocks. Nobody has looked into that directory through the mount, so nobody is surprised.
 */
static int
place(struct work *work, const struct entry *entry, int content, struct error *err)
{
	struct placer *placer = is_fresh(work, entry->path) && work->deposit->upper >= 0
					? &work->direct
					: &work->placer;

	return place_file(placer, entry, content, err);
}

static int
put_file(struct work *work, const struct gathered *file, const char *path, struct error *err)
{
	scoped_arena arena = { 0 };
	scoped_fd content = -1;
	scoped(attributes_done) struct attributes set = { 0 };
	struct entry entry = describe_file(work, file, path);

	TRY(judge_place(work, &entry, err));
	if (S_ISREG(entry.mode) && file->about.st_nlink > 1) {
		entry.link = inodes_add(&work->names, file->about.st_dev, file->about.st_ino, path);
		if (entry.link != NULL) {
			entry.is_hard_link = true;
			entry.size = 0;
			return place(work, &entry, -1, err);
		}
	}
	if (S_ISREG(entry.mode) || S_ISDIR(entry.mode)) {
		content = GET(open_content(work, file, err));
		TRY(attributes_read(&set, content, file->source, err));
	} else if (S_ISLNK(entry.mode))
		TRY(read_link(&entry, work, file, &arena, err));
	entry.attributes = set.items;
	entry.attribute_count = set.count;
	return place(work, &entry, entry.size > 0 ? content : -1, err);
}

/* ---- archives -------------------------------------------------------------------------------- */

/*
 * Does it begin, compressed or not, like an archive with something in it? Its name does not matter. What does
 * not decompress is none; what cannot be read, or not by what is installed here, might be one, and is an error.
 */
static int
is_archive(int fd, struct error *err)
{
	struct stream_from_fd file;
	scoped_decompress plain = { 0 };
	char begin[TAR_READ_MAGIC];
	struct error why = { 0 };
	ssize_t n = -1;

	stream_from_fd(&file, fd, "archive");
	if (decompress_init(&plain, &file.source, &why) == 0)
		n = stream_read_all(&plain.source, begin, sizeof(begin), &why);
	if (n < 0 && why.code != 0) {
		*err = why;
		return -1;
	}
	return n > 0 && tar_read_begins(begin, (size_t) n);
}

static int
unpack_archive(struct work *work, int fd, struct error *err)
{
	const struct account *owner =
		work->deposit->copy->chown == NULL ? NULL : work->deposit->owner;
	const struct place_owner forced = { owner == NULL ? 0 : owner->uid,
					    owner == NULL ? 0 : owner->gid };
	struct stream_from_fd file;
	scoped_decompress plain = { 0 };
	struct tar_apply_options options = {
		.form = TAR_APPLY_ARCHIVE,
		.place = { .owner = owner == NULL ? NULL : &forced,
			   .keep_root = true,
			   .effigies = work->deposit->effigies },
	};

	if (lseek(fd, 0, SEEK_SET) < 0)
		return fail_errno(err, "read the archive again");
	TRY(make_directories(work, work->base, err));
	scoped_fd into =
		GET(beneath_open(work->deposit->root, work->base, O_PATH | O_DIRECTORY, 0, err));
	stream_from_fd(&file, fd, "the archive");
	TRY(decompress_init(&plain, &file.source, err));
	return tar_apply(&plain.source, into, &options, NULL, err);
}

/* Returns 1 if it is not an archive. */
static int
try_archive(struct work *work, const struct gathered *file, struct error *err)
{
	if (!work->deposit->copy->unpacks || !S_ISREG(file->about.st_mode) ||
	    file->about.st_size == 0)
		return 1;

	scoped_fd fd = GET(open_content(work, file, err));
	if (GET(is_archive(fd, err)) == 0)
		return 1;
	return unpack_archive(work, fd, err);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int
put_gathered(struct work *work, const struct gathered *file, struct error *err)
{
	const char *path;

	switch (file->role) {
	case GATHERED_DIRECTORY:
		work->is_directory = true;
		return make_directories(work, work->base, err);
	case GATHERED_FILE:
		if (GET(try_archive(work, file, err)) == 0)
			return 0;
		TRY(place_of_file(&path, work, file->target, err));
		return put_file(work, file, path, err);
	case GATHERED_BELOW:
		return put_file(work, file, join(work->deposit->arena, work->base, file->target),
				err);
	}
	return 0;
}

/* A document out of the Dockerfile: a file of root's that anybody may read. */
static int
put_document(struct work *work, const struct copy_source *source, struct error *err)
{
	const struct permissions *permissions = work->deposit->copy->permissions;
	const struct account *owner = work->deposit->owner;
	scoped_fd content = memfd_create("document", MFD_CLOEXEC);
	struct entry entry = {
		.mode = S_IFREG |
			(permissions == NULL ? 0644 : permissions_apply(permissions, 0644, false)),
		.size = strlen(source->content),
		.mtime = epoch_now(),
		.uid = owner == NULL ? 0 : owner->uid,
		.gid = owner == NULL ? 0 : owner->gid,
	};

	if (content < 0)
		return fail_errno(err, "make a file in memory");
	TRY(file_write(content, source->path, source->content, entry.size, err));
	TRY(place_of_file(&entry.path, work, source->path, err));
	TRY(judge_place(work, &entry, err));
	return place_file(&work->placer, &entry, entry.size > 0 ? content : -1, err);
}

int
deposit_files(const struct deposit *deposit, struct error *err)
{
	scoped(end_work) struct work work = { .deposit = deposit };
	const struct place_options options = { .keep_root = true, .effigies = deposit->effigies };

	place_init(&work.placer, deposit->root, &options);
	place_init(&work.direct, deposit->upper < 0 ? deposit->root : deposit->upper, &options);
	TRY(find_destination(&work, err));
	FOR_EACH(file, deposit->files)
		if (put_gathered(&work, file, err) < 0)
			return error_prefixf(err, "\"%s\"", file->source);
	FOR_EACH(source, &deposit->copy->sources)
		if (source->content != NULL)
			TRY(put_document(&work, source, err));
	TRY(place_end(&work.direct,
		      err)); /* before the directories that hold all of it get their times */
	return place_end(&work.placer, err);
}
