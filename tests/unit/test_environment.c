/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <stdlib.h>

#include "runtime/life/environment.h"

static char **
make(struct arena *arena, const char *home, unsigned listen, const char *const *entries)
{
	struct text_list list = { 0 };

	for (; *entries != NULL; entries++)
		list_add(&list, arena, *entries);
	return environment_make(&list, home, listen, arena);
}

TEST(of_several_with_one_name_the_last_wins_in_the_place_of_the_first)
{
	static const char *const entries[] = { "A=1", "B=2", "A=3", NULL };
	scoped_arena arena = { 0 };
	char **env = make(&arena, NULL, 0, entries);

	CHECK_TEXT(env[0], "A=3");
	CHECK_TEXT(env[1], "B=2");
	assert_null(env[2]);
}

TEST(home_is_filled_in_when_it_is_missing_or_empty)
{
	static const char *const none[] = { "PATH=/bin", NULL }, *const empty[] = { "HOME=/late", "HOME=", NULL };
	scoped_arena arena = { 0 };

	CHECK_TEXT(environment_find(make(&arena, "/root", 0, none), "HOME"), "/root");
	CHECK_TEXT(environment_find(make(&arena, "/root", 0, empty), "HOME"), "/root");
}

TEST(a_name_is_found_whole_only)
{
	static const char *const entries[] = { "PATHS=x", "PATH=/bin", NULL };
	scoped_arena arena = { 0 };

	CHECK_TEXT(environment_find(make(&arena, NULL, 0, entries), "PATH"), "/bin");
	assert_null(environment_find(make(&arena, NULL, 0, entries), "PAT"));
}

TEST(listening_descriptors_are_announced_to_the_first_process)
{
	static const char *const entries[] = { "LISTEN_FDS=9", NULL };
	scoped_arena arena = { 0 };
	char **env = make(&arena, NULL, 2, entries);

	CHECK_TEXT(environment_find(env, "LISTEN_FDS"), "2");
	CHECK_TEXT(environment_find(env, "LISTEN_PID"), "1");
}

TEST(thousands_of_variables_are_all_kept)
{
	scoped_arena arena = { 0 };
	struct text_list list = { 0 };
	size_t n = 0;

	for (int i = 0; i < 5000; i++)
		list_add(&list, &arena, arena_format(&arena, "SERVICE_%d=%d", i, i));
	char **env = environment_make(&list, "/", 0, &arena);
	while (env[n] != NULL)
		n++;
	CHECK_EQ(n, 5001);
	CHECK_TEXT(environment_find(env, "SERVICE_4999"), "4999");
}

TEST(a_count_of_listening_descriptors_that_is_no_number_is_none)
{
	CHECK_EQ(setenv("LISTEN_FDS", "3", 1), 0);
	CHECK_EQ(environment_listen_fds(), 3);
	CHECK_EQ(setenv("LISTEN_FDS", "x", 1), 0);
	CHECK_EQ(environment_listen_fds(), 0);
	CHECK_EQ(unsetenv("LISTEN_FDS"), 0);
	CHECK_EQ(environment_listen_fds(), 0);
}
