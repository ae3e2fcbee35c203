/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any archive, put into a tree as a layer and as what a user adds: whatever stands in it, nothing beside
 * the tree is touched, twice gives the same, and the tree can be removed.
 */
#include "tests/fuzz/archives.h"

#include <dirent.h>
#include <sys/stat.h>

#include "builder/layer/tar_apply.h"
#include "libcommon/fd.h"
#include "tests/fuzz/place.h"

/* Beside the tree, where archives would like to reach: "../victim/file". */
static const char *const victims[] = { "victim", "victim/file", "victim/directory" };

static void
prepare(void)
{
	if (!place_make())
		return;
	DEMAND(mkdirat(place_fd, "victim", 0755) == 0);
	DEMAND(mkdirat(place_fd, "victim/directory", 0755) == 0);
	scoped_fd file = openat(place_fd, "victim/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0640);
	DEMAND(file >= 0 && write(file, "untouched", 9) == 9);
}

static void
look(struct stat about[COUNT(victims)])
{
	for (size_t i = 0; i < COUNT(victims); i++)
		DEMAND(fstatat(place_fd, victims[i], &about[i], AT_SYMLINK_NOFOLLOW) == 0);
}

/* The time of change tells of everything but reading. */
static void
compare(const struct stat before[COUNT(victims)], const struct stat after[COUNT(victims)])
{
	for (size_t i = 0; i < COUNT(victims); i++)
		DEMAND(before[i].st_ino == after[i].st_ino &&
		       before[i].st_nlink == after[i].st_nlink &&
		       before[i].st_mode == after[i].st_mode &&
		       before[i].st_size == after[i].st_size &&
		       before[i].st_ctim.tv_sec == after[i].st_ctim.tv_sec &&
		       before[i].st_ctim.tv_nsec == after[i].st_ctim.tv_nsec);
}

static size_t
count_neighbours(void)
{
	DIR *dir = opendir(place);
	size_t n = 0;

	DEMAND(dir != NULL);
	while (readdir(dir) != NULL)
		n++;
	(void) closedir(dir);
	return n;
}

/* Returns how it went; what it came to is in the result. */
static int
apply(const struct buffer *bytes, const struct tar_apply_options *options,
      struct tar_apply_result *result)
{
	struct stat before[COUNT(victims)], after[COUNT(victims)];
	struct stream_from_memory from;
	struct error err = { 0 };

	*result = (struct tar_apply_result){ 0 };
	DEMAND(mkdirat(place_fd, "tree", 0755) == 0);
	int root = openat(place_fd, "tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	look(before);
	stream_from_memory(&from, buffer_text(bytes), bytes->length);
	int applied = tar_apply(&from.source, root, options, result, &err);
	look(after);
	compare(before, after);
	DEMAND(count_neighbours() == 4); /* ".", "..", the victim and the tree */
	if (applied < 0)
		DEMAND(err.text[0] != '\0');
	(void) close(root);
	DEMAND(tree_remove(place_fd, "tree", &err) == 0);
	return applied;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct tar_limits limits = tar_read_limits;
	struct tar_apply_options layer = { .form = TAR_APPLY_LAYER,
					   .dialect = WHITEOUT_TRUSTED,
					   .limits = &limits,
					   .place = { .is_layer = true,
						      .skip_devices = true,
						      .ignore_owner = geteuid() != 0 } },
				 archive = { .form = TAR_APPLY_ARCHIVE,
					     .limits = &limits,
					     .place = { .skip_devices = true,
							.ignore_owner = geteuid() != 0 } };
	struct tar_apply_result first, second;
	scoped_buffer whole = { 0 };

	prepare();
	limits.bytes = limits.file_size = 1 << 20;
	limits.entries = 100;
	buffer_add(&whole, bytes, n);
	archives_fix(&whole);
	int applied = apply(&whole, &layer, &first);
	DEMAND(apply(&whole, &layer, &second) == applied);
	DEMAND(first.entries == second.entries && first.bytes == second.bytes &&
	       first.is_bound == second.is_bound);
	(void) apply(&whole, &archive, &first);
	return 0;
}
