/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/store/owners.h"
#include "scratch.h"

/* A store as far as owners look at it. */
static int
settle(struct scratch *scratch, struct error *err)
{
	struct store store = { .root = scratch->fd, .path = "/store" };

	return owners_settle(&store, err);
}

/* Who runs this may be in a user namespace, so tests speak of its first id only. */
static uint32_t
first_id(void)
{
	scoped_arena arena = { 0 };
	struct owners owners = { 0 };
	struct error err = { 0 };

	CHECK_OK(owners_read(&owners, &arena, &err), err);
	return owners.users.items[0].host_id;
}

TEST(a_store_without_a_word_about_it_takes_what_comes)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_arena arena = { 0 };
	struct owners owners;
	struct error err = { 0 };

	CHECK_OK(owners_read(&owners, &arena, &err), err);
	CHECK_OK(settle(&scratch, &err), err);
	CHECK_EQ(access(arena_format(&arena, "%s/owners", scratch.path), F_OK) == 0, !owners_are_all(&owners));
	CHECK_OK(settle(&scratch, &err), err);
}

TEST(other_ids_on_disk_are_refused)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	scratch_run(&scratch, "printf 'u 0 %u 1\\n' > owners", first_id() + 1);
	CHECK_FAILS_WITH(settle(&scratch, &err), err, "the files of /store belong to other ids than this user namespace has");
	scratch_run(&scratch, "printf 'u 0 %u 1\\ng 0 4294967294 1\\n' > owners", first_id());
	CHECK_FAILS_WITH(settle(&scratch, &err), err, "belong to other ids");
}

TEST(ids_that_are_not_there_any_more_are_refused)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	scratch_run(&scratch, "printf 'u 4294967295 7 1\\n' > owners");
	CHECK_FAILS_WITH(settle(&scratch, &err), err, "belong to other ids");
}

TEST(more_ids_are_welcome_and_remembered)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };
	char before[64];

	scratch_run(&scratch, "printf 'u 0 %u 1\\n' > owners", first_id());
	(void) snprintf(before, sizeof(before), "u 0 %u 1", first_id());
	CHECK_OK(settle(&scratch, &err), err);
	CHECK(strcmp(scratch_says(&scratch, "cat owners"), before) != 0);
	CHECK_OK(settle(&scratch, &err), err);
}

TEST(nonsense_is_told)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	scratch_run(&scratch, "printf 'u 0 0 1\\nhello\\n' > owners");
	CHECK_FAILS(settle(&scratch, &err), err, "/store/owners says nothing that makes sense");
	scratch_run(&scratch, "printf 'u 0 0 1' > owners");
	CHECK_FAILS(settle(&scratch, &err), err, "/store/owners says nothing that makes sense");
}

TEST(groups_are_found_in_any_line)
{
	struct oci_id_map lines[] = { { 0, 1000, 1 }, { 1, 100000, 4 }, { 10, 7, 2 } };
	struct owners owners = { .groups = { lines, COUNT(lines) } };

	CHECK(owners_have_group(&owners, 0) && owners_have_group(&owners, 4) && owners_have_group(&owners, 11));
	CHECK(!owners_have_group(&owners, 5) && !owners_have_group(&owners, 12) && !owners_have_group(&owners, 9));
}
