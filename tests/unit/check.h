/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unit tests, said shortly: each is a sentence, and a failure is tested by its text.
 *
 *	TEST(a_missing_member_is_named_by_its_path)
 *	{
 *		struct error err = { 0 };
 *
 *		CHECK_FAILS(read_config("{}", &err), err, "config.json:1: ociVersion: missing");
 *	}
 *
 * A file that includes this is a program: its tests run in the order in which they stand.
 */
#ifndef COOPERAGE_CHECK_H
#define COOPERAGE_CHECK_H

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#undef fail /* ours says more */

#include "libcommon/error.h"

#define CHECK_TESTS_MAX 256

static struct CMUnitTest check_tests[CHECK_TESTS_MAX];
static size_t check_count;
static bool check_skips; /* the test that runs */

static inline void
check_add(const char *name, CMUnitTestFunction test)
{
	assert(check_count < CHECK_TESTS_MAX);
	check_tests[check_count++] = (struct CMUnitTest){ .name = name, .test_func = test };
}

#define TEST(sentence)                                                                             \
	static void sentence(void);                                                                \
	static void run_##sentence(void **state)                                                   \
	{                                                                                          \
		(void) state;                                                                      \
		check_skips = false;                                                               \
		sentence();                                                                        \
		if (check_skips)                                                                   \
			_skip(__FILE__, __LINE__);                                                 \
	}                                                                                          \
	static void __attribute__((constructor)) add_##sentence(void)                              \
	{                                                                                          \
		check_add(#sentence, run_##sentence);                                              \
	}                                                                                          \
	static void sentence(void)

/* Leaves the test by return, unlike cmocka's own, so that what is scoped in it is undone. */
#undef skip
#define skip()                                                                                     \
	do {                                                                                       \
		check_skips = true;                                                                \
		return;                                                                            \
	} while (0)

int
main(void)
{
	return _cmocka_run_group_tests("unit", check_tests, check_count, NULL, NULL);
}

#define check_failed(format, ...)                                                                  \
	do {                                                                                       \
		print_error(format "\n", __VA_ARGS__);                                             \
		_fail(__FILE__, __LINE__);                                                         \
	} while (0)

#define CHECK(condition)          assert_true(condition)
#define CHECK_EQ(actual, wanted)  assert_int_equal(actual, wanted)
#define CHECK_TEXT(actual, wanted) assert_string_equal(actual, wanted)

/* The call takes &err. */
#define CHECK_OK(call, err)                                                                        \
	do {                                                                                       \
		int check_ = (call);                                                               \
		if (check_ != 0)                                                                   \
			check_failed("%s: returned %d: %s", #call, check_, (err).text);                \
	} while (0)

/* The whole text of the error, or with _WITH a part of it. */
#define CHECK_FAILS(call, err, wanted)                                                             \
	do {                                                                                       \
		if ((call) >= 0)                                                                   \
			check_failed("%s: did not fail, wanted: %s", #call, wanted);                   \
		assert_string_equal((err).text, wanted);                                           \
	} while (0)

#define CHECK_FAILS_WITH(call, err, part)                                                          \
	do {                                                                                       \
		if ((call) >= 0)                                                                   \
			check_failed("%s: did not fail, wanted: %s", #call, part);                     \
		if (strstr((err).text, part) == NULL)                                              \
			check_failed("wanted \"%s\" in: %s", part, (err).text);                        \
	} while (0)

#endif
