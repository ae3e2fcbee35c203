/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <sys/mount.h>

#include "libcommon/text.h"
#include "runtime/kernel/mount_options.h"

static struct mount_options
parse(struct arena *arena, const char *words)
{
	struct text_list list = text_split(arena, words, ' ');

	return mount_options_parse(&list, arena);
}

TEST(of_two_words_that_disagree_the_later_counts)
{
	scoped_arena arena = { 0 };
	struct mount_options options = parse(&arena, "ro nosuid rw noexec exec sync async");

	CHECK_EQ(options.set, MS_NOSUID);
	CHECK_EQ(options.clear, MS_RDONLY | MS_NOEXEC | MS_SYNCHRONOUS);
	CHECK_EQ(options.data.count, 0);
}

TEST(what_no_row_knows_is_for_the_file_system)
{
	scoped_arena arena = { 0 };
	struct mount_options options = parse(&arena, "size=64k ro newinstance defaults  mode=755");

	CHECK_EQ(options.data.count, 3);
	CHECK_TEXT(options.data.items[0], "size=64k");
	CHECK_TEXT(options.data.items[1], "newinstance");
	CHECK_TEXT(options.data.items[2], "mode=755");
	CHECK_EQ(options.set, MS_RDONLY);
}

TEST(rbind_is_bind_and_more)
{
	scoped_arena arena = { 0 };

	CHECK(parse(&arena, "rbind").bind && parse(&arena, "rbind").recursive);
	CHECK(parse(&arena, "bind").bind && !parse(&arena, "bind").recursive);
	CHECK(!parse(&arena, "ro").bind);
}

TEST(propagation_is_the_last_word_of_its_kind)
{
	scoped_arena arena = { 0 };

	CHECK_EQ(parse(&arena, "rprivate rslave").propagation, MS_SLAVE | MS_REC);
	CHECK_EQ(parse(&arena, "unbindable").propagation, MS_UNBINDABLE);
	CHECK_EQ(parse(&arena, "ro").propagation, 0);
}

TEST(an_idmap_may_come_with_text)
{
	scoped_arena arena = { 0 };
	struct mount_options options = parse(&arena, "ridmap=uids=0-1-2;gids=0-1-2");

	CHECK(options.idmap && options.idmap_recursive);
	CHECK_TEXT(options.idmap_text, "uids=0-1-2;gids=0-1-2");
	CHECK(parse(&arena, "idmap").idmap && !parse(&arena, "idmap").idmap_recursive);
	CHECK(parse(&arena, "ridmap").idmap && parse(&arena, "ridmap").idmap_recursive);
	CHECK(!parse(&arena, "idmapping").idmap);
}

TEST(flags_for_a_tree_know_that_access_times_are_one_number)
{
	scoped_arena arena = { 0 };
	struct mount_options options = parse(&arena, "rro rsuid rnoatime rstrictatime");

	CHECK_EQ(options.rset, MOUNT_ATTR_RDONLY | MOUNT_ATTR_STRICTATIME);
	CHECK_EQ(options.rclear, MOUNT_ATTR_NOSUID | MOUNT_ATTR__ATIME);
	CHECK_EQ(parse(&arena, "ratime").rclear, MOUNT_ATTR__ATIME);
	CHECK_EQ(parse(&arena, "rro rrw").rset, 0);
	CHECK_EQ(parse(&arena, "rro rrw").rclear, MOUNT_ATTR_RDONLY);
}

static void
check_bind(const char *words, uint64_t set, uint64_t clear)
{
	scoped_arena arena = { 0 };
	struct mount_options options = parse(&arena, words);
	struct mount_attributes attributes = mount_options_bind_attributes(&options);

	if (attributes.set != set || attributes.clear != clear)
		check_failed("%s: set %#jx clear %#jx", words, (uintmax_t) attributes.set,
			     (uintmax_t) attributes.clear);
}

#define PLAIN                                                                                      \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |            \
	 MOUNT_ATTR_NOSYMFOLLOW)

TEST(naming_one_flag_of_a_bind_is_naming_them_all)
{
	check_bind("rbind rprivate", 0, 0);
	check_bind("bind ro", MOUNT_ATTR_RDONLY, PLAIN & ~MOUNT_ATTR_RDONLY);
	check_bind("bind dev", 0, PLAIN);
	check_bind("bind atime", 0, PLAIN);
	check_bind("bind relatime", 0, PLAIN | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME);
	check_bind("bind noatime", MOUNT_ATTR_NOATIME,
		   PLAIN | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME);
	check_bind("bind nodiratime strictatime", MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_STRICTATIME,
		   PLAIN | MOUNT_ATTR__ATIME);
}

TEST(the_words_are_sorted)
{
	scoped_arena arena = { 0 };
	struct text_list words = mount_options_words(&arena);

	CHECK(words.count > 60);
	for (size_t i = 1; i < words.count; i++)
		CHECK(strcmp(words.items[i - 1], words.items[i]) < 0);
}
