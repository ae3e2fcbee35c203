/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/epoch.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "builder/build/walk.h"
#include "libcommon/number.h"
#include "libcommon/timestamp.h"

int
epoch_read(struct timespec *epoch, const char *text, struct error *err)
{
	uint64_t seconds;

	if (number_unsigned(&seconds, text, TIMESTAMP_LAST, err) < 0)
		return error_prefix(err, "SOURCE_DATE_EPOCH");
	*epoch = (struct timespec){ .tv_sec = (time_t) seconds };
	return 0;
}

bool
epoch_is_later(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

struct timespec
epoch_now(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_REALTIME_COARSE, &now); /* the clock is always there */
	return now;
}

static int
cut_file(int directory, const char *name, const struct stat *about, const struct epoch_cut *cut,
	 struct error *err)
{
	const struct timespec times[2] = { cut->to, cut->to };

	if (epoch_is_later(cut->from, about->st_mtim))
		return 0;
	if (utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, "set its time");
	return 0;
}

static int
visit(void *data, const struct walk_visit *seen, struct error *err)
{
	return cut_file(seen->directory, seen->name, seen->about, data, err);
}

int
epoch_cut_tree(int root, const struct epoch_cut *cut, struct error *err)
{
	struct epoch_cut copy = *cut;
	struct stat about;

	if (fstat(root, &about) < 0)
		return fail_errno(err, "look at the root of a layer");
	TRY(walk_below(root, visit, &copy, err));
	return cut_file(root, ".", &about, cut, err);
}
