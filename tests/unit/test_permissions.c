/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/permissions.h"

static void
check_mode(const char *text, uint32_t old, bool is_directory, uint32_t wanted)
{
	scoped_arena arena = { 0 };
	struct permissions permissions;
	struct error err = { 0 };

	CHECK_OK(permissions_read(&permissions, text, &arena, &err), err);
	uint32_t mode = permissions_apply(&permissions, old, is_directory);
	if (mode != wanted)
		check_failed("%s of %o is %o, wanted %o", text, old, mode, wanted);
}

static void
check_refused(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct permissions permissions;
	struct error err = { 0 };

	CHECK_FAILS(permissions_read(&permissions, text, &arena, &err), err, wanted);
}

TEST(an_octal_mode_is_the_mode)
{
	check_mode("644", 0777, false, 0644);
	check_mode("0755", 0, true, 0755);
	check_mode("4755", 0, false, 04755);
	check_mode("7777", 0, false, 07777);
	check_mode("0", 0777, false, 0);
}

TEST(letters_add_take_and_set)
{
	check_mode("u+x", 0644, false, 0744);
	check_mode("+x", 0644, false, 0755);
	check_mode("a-w", 0666, false, 0444);
	check_mode("go=", 0777, false, 0700);
	check_mode("u=rw,go=r", 0777, false, 0644);
	check_mode("ug+rw,o-rwx", 0004, false, 0660);
	check_mode("u+r+w-x", 0100, false, 0600);
}

TEST(a_capital_x_is_for_directories_and_programs)
{
	check_mode("u=rwX,go=rX", 0600, false, 0644);
	check_mode("u=rwX,go=rX", 0600, true, 0755);
	check_mode("u=rwX,go=rX", 0700, false, 0755);
	check_mode("a+X", 0010, false, 0111);
}

TEST(one_may_be_copied_from_another)
{
	check_mode("g=u", 0740, false, 0770);
	check_mode("o=g", 0750, false, 0755);
	check_mode("go-u", 0677, false, 0611);
}

TEST(the_special_bits_have_their_letters)
{
	check_mode("u+s", 0755, false, 04755);
	check_mode("g+s", 0755, true, 02755);
	check_mode("+t", 0755, true, 01755);
	check_mode("ug-s", 06755, false, 0755);
	check_mode("u=rwx", 04755, false, 0755);
	check_mode("o+s", 0755, false, 0755);
}

TEST(wrong_modes_are_refused)
{
	check_refused("8", "\"8\" is not an octal mode");
	check_refused("10000", "mode \"10000\" is above 07777");
	check_refused("", "\"\" is neither an octal mode up to 7777 nor like u=rwX,go=rX");
	check_refused("rwx", "\"rwx\" is neither an octal mode up to 7777 nor like u=rwX,go=rX");
	check_refused("u+x,", "\"u+x,\" is neither an octal mode up to 7777 nor like u=rwX,go=rX");
	check_refused("u+q", "\"u+q\": \"q\" is no permission");
	check_refused("g=uo", "\"g=uo\": \"o\" is no permission");
}
