/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/build/allotment.h"
#include "scratch.h"

static int
read_text(struct oci_id_map_list *map, const char *text, struct arena *arena, struct error *err)
{
	scoped_scratch struct scratch scratch = scratch_make();
	const char *path = arena_format(arena, "%s/subuid", scratch.path);

	scratch_run(&scratch, "printf '%%s' '%s' > subuid", text);
	return allotment_read(map, path, "me", 1000, 1000, arena, err);
}

/* "0=1000*1 1=100000*65536" */
static const char *
show(const struct oci_id_map_list *map, struct arena *arena)
{
	const char *shown = "";

	FOR_EACH(line, map)
		shown = arena_format(arena, "%s%s%u=%u*%u", shown, shown[0] == '\0' ? "" : " ",
				     line->container_id, line->host_id, line->size);
	return shown;
}

static void
check_map(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct oci_id_map_list map;
	struct error err = { 0 };

	CHECK_OK(read_text(&map, text, &arena, &err), err);
	CHECK_TEXT(show(&map, &arena), wanted);
}

static void
check_refused(const char *text, const char *why)
{
	scoped_arena arena = { 0 };
	struct oci_id_map_list map;
	struct error err = { 0 };

	CHECK_FAILS_WITH(read_text(&map, text, &arena, &err), err, why);
}

TEST(what_is_given_to_the_user_follows_his_own_id)
{
	check_map("me:100000:65536\n", "0=1000*1 1=100000*65536");
	check_map("you:1:5\nme:100000:10\nme:200000:20", "0=1000*1 1=100000*10 11=200000*20");
}

TEST(a_number_is_the_user_too)
{
	check_map("1000:100000:10\n1001:5:5\n01000x:7:7\n", "0=1000*1 1=100000*10");
}

TEST(lines_of_others_are_not_judged)
{
	check_map("# a comment\n\nyou:nonsense\nyou\nme:5:1\nmenot:x:y\n", "0=1000*1 1=5*1");
}

TEST(nothing_given_is_his_own_id_alone)
{
	check_map("", "0=1000*1");
	check_map("you:100000:65536\nme:5:0\n", "0=1000*1");
}

TEST(no_file_gives_nothing)
{
	scoped_arena arena = { 0 };
	struct oci_id_map_list map;
	struct error err = { 0 };

	CHECK_OK(allotment_read(&map, "/nowhere/subuid", "me", 1000, 5, &arena, &err), err);
	CHECK_TEXT(show(&map, &arena), "0=5*1");
}

TEST(a_line_of_ours_must_make_sense)
{
	check_refused("you:x\nme:100000\n", "subuid:2: \"100000\" is not FIRST:COUNT");
	check_refused("me:ten:5\n", "subuid:1: ");
	check_refused("me:5:-1\n", "subuid:1: ");
	check_refused("me:5: 1\n", "subuid:1: ");
	check_refused("me:4294967290:10\n", "there are no 10 ids from 4294967290 on");
	check_refused("me:4294967296:1\n", "subuid:1: ");
}

TEST(an_id_is_given_once)
{
	check_refused("me:100:10\nme:109:1\n", "subuid:2: the ids from 109 on are given twice");
	check_refused("me:990:20\n", "the ids from 990 on are given twice");
	check_map("me:100:10\nme:110:1\n", "0=1000*1 1=100*10 11=110*1");
}
