/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/site.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/directory.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/lock.h"
#include "libcommon/log.h"
#include "libcommon/text.h"
#include "libcommon/tree.h"

#define MARK	 ".unfinished"
#define DOCUMENT "config.json"

static const char *const parts[] = { "rootfs", "upper", "work", DOCUMENT };

/* ---- half made ------------------------------------------------------------------------------- */

/* Of those who made an overlay. What is no mount point is none of theirs, and who may not mount has not. */
static int
unmount_root(int directory, const char *path, struct error *err)
{
	char root[64];

	(void) snprintf(root, sizeof(root), "/proc/self/fd/%d/rootfs", directory);
	if (umount2(root, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT &&
	    errno != EPERM)
		return fail_errno(err, "unmount \"%s/rootfs\"", path);
	return 0;
}

/* A document that was only begun has a name that begins like it. */
static int
clear_away(int directory, const char *path, struct error *err)
{
	scoped_directory stream = NULL;
	struct dirent *entry;

	TRY(unmount_root(directory, path, err));
	for (size_t i = 0; i < COUNT(parts); i++)
		TRY(tree_remove(directory, parts[i], err));
	TRY(directory_open(&stream, directory, ".", err));
	while (GET(directory_next(&entry, stream, path, err)) > 0)
		if (text_after(entry->d_name, DOCUMENT ".new") != NULL)
			TRY(tree_remove(directory, entry->d_name, err));
	return 0;
}

static int
check_free(const struct site *site, struct error *err)
{
	if (GET(file_look_for(site->directory, DOCUMENT, err)) == 0)
		return fail(err, "\"%s\" is a bundle already", site->path);
	for (size_t i = 0; i < COUNT(parts); i++)
		if (GET(file_look_for(site->directory, parts[i], err)) == 0)
			return fail(err, "\"%s\" holds \"%s\", which is in the way", site->path,
				    parts[i]);
	return 0;
}

/*
 * Returns 1 if the mark was there already. One that went away while we looked belonged to somebody who
 * has finished.
 */
static int
claim(struct site *site, struct error *err)
{
	int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
	scoped_fd mark = openat(site->directory, MARK, flags | O_CREAT | O_EXCL, 0600);
	bool was_there = mark < 0 && errno == EEXIST;

	if (was_there)
		mark = openat(site->directory, MARK, flags);
	if (mark < 0 && !(was_there && errno == ENOENT))
		return fail_errno(err, "make \"%s/" MARK "\"", site->path);
	bool is_ours = mark >= 0 && GET(lock_try_exclusive(mark, MARK, err)) == 0;
	if (!is_ours || GET(file_is_gone(mark, MARK, err)) == 1)
		return fail(err, "\"%s\" is being made by another cooper", site->path);
	site->mark = fd_take(&mark);
	return was_there;
}

/* ---- the whole ------------------------------------------------------------------------------- */

int
site_open(struct site *site, const char *path, struct error *err)
{
	site->path = path;
	site->made = mkdir(path, 0755) == 0;
	if (!site->made && errno != EEXIST)
		return fail_errno(err, "make the directory \"%s\"", path);
	site->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (site->directory < 0)
		return fail_errno(err, "open the directory \"%s\"", path);
	if (GET(claim(site, err)) > 0)
		return clear_away(site->directory, path, err);
	if (check_free(site, err) == 0)
		return 0;
	(void) unlinkat(site->directory, MARK, 0); /* beside what is not ours it means nothing */
	fd_close(&site->mark);
	return -1;
}

int
site_finish(struct site *site, struct error *err)
{
	if (unlinkat(site->directory, MARK, 0) < 0)
		return fail_errno(err, "remove \"%s/" MARK "\"", site->path);
	fd_close(&site->mark);
	return 0;
}

void
site_done(struct site *site)
{
	struct error why;

	if (site->mark >= 0 && clear_away(site->directory, site->path, &why) < 0)
		log_warn("%s, continuing", why.text); /* the mark stays: the next one will do it */
	else if (site->mark >= 0)
		(void) unlinkat(site->directory, MARK, 0); /* of an empty directory, it is no harm */
	if (site->made && site->mark >= 0)
		(void) rmdir(site->path); /* if nobody has put something there meanwhile */
	fd_close(&site->mark);
	fd_close(&site->directory);
}

bool
site_is_used(const char *path)
{
	scoped_arena arena = { 0 };
	struct error unknown;

	return file_look_for(AT_FDCWD, arena_format(&arena, "%s/" DOCUMENT, path), &unknown) != 1 ||
	       file_look_for(AT_FDCWD, arena_format(&arena, "%s/" MARK, path), &unknown) != 1;
}
