/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/build/epoch.h"
#include "scratch.h"

TEST(an_epoch_is_seconds)
{
	struct timespec epoch;
	struct error err = { 0 };

	CHECK_OK(epoch_read(&epoch, "1700000000", &err), err);
	CHECK_EQ(epoch.tv_sec, 1700000000);
	CHECK_FAILS_WITH(epoch_read(&epoch, "tomorrow", &err), err, "SOURCE_DATE_EPOCH");
	CHECK_FAILS_WITH(epoch_read(&epoch, "-1", &err), err, "SOURCE_DATE_EPOCH");
	CHECK_OK(epoch_read(&epoch, "253402300799", &err), err); /* the last one that an image can tell */
	CHECK_FAILS_WITH(epoch_read(&epoch, "253402300800", &err), err, "SOURCE_DATE_EPOCH");
}

TEST(what_is_later_becomes_of_the_epoch_links_and_the_root_too)
{
	scoped_scratch struct scratch tree = scratch_make();
	struct epoch_cut cut = { .from = { .tv_sec = 1000 }, .to = { .tv_sec = 500 } };
	struct error err = { 0 };

	scratch_run(&tree, "mkdir d; echo > d/new; echo > old; ln -s nowhere link; touch -h -d @1 "
			   "old; touch -h -d @1000 d/new; "
			   "touch -h -d @2000 link; touch -d @999 d; touch -d @3000 .");
	CHECK_OK(epoch_cut_tree(tree.fd, &cut, &err), err);
	CHECK_TEXT(scratch_says(&tree, "stat -c %%Y d/new d old link ."), "500\n999\n1\n500\n500");
}
