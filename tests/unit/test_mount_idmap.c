/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "runtime/kernel/mount_idmap.h"

static struct oci_id_map container_ids[] = { { 0, 0, 1 }, { 1, 2, 1000 } };
static const struct oci_linux container = { .uid_mappings = { container_ids, 2 } };

static void
check_map(const struct oci_id_map *map, uint32_t inside, uint32_t outside, uint32_t size)
{
	CHECK_EQ(map->container_id, inside);
	CHECK_EQ(map->host_id, outside);
	CHECK_EQ(map->size, size);
}

TEST(ranges_are_read_for_uids_and_gids)
{
	scoped_arena arena = { 0 };
	struct oci_id_map_list uids, gids;
	struct error err = { 0 };

	CHECK_OK(mount_idmap_parse(&uids, &gids, "uids=0-1-10#10-11-20;gids=0-100-10", &container,
				   &arena, &err),
		 err);
	CHECK_EQ(uids.count, 2);
	CHECK_EQ(gids.count, 1);
	check_map(&uids.items[1], 10, 11, 20);
	check_map(&gids.items[0], 0, 100, 10);
}

TEST(a_relative_range_is_looked_up_in_the_container)
{
	scoped_arena arena = { 0 };
	struct oci_id_map_list uids, gids;
	struct error err = { 0 };

	CHECK_OK(mount_idmap_parse(&uids, &gids, "uids=@1-3-10", &container, &arena, &err), err);
	check_map(&uids.items[0], 1, 4, 10);
	CHECK_FAILS(mount_idmap_parse(&uids, &gids, "uids=@1-5000-10", &container, &arena, &err),
		    err, "idmap: \"@1-5000-10\": the container has no such id");
}

TEST(what_is_no_range_is_refused)
{
	scoped_arena arena = { 0 };
	struct oci_id_map_list uids, gids;
	struct error err = { 0 };

	CHECK_FAILS(mount_idmap_parse(&uids, &gids, "uids=0-1", &container, &arena, &err), err,
		    "idmap: \"0-1\" is not FILE-HOST-COUNT");
	CHECK_FAILS(mount_idmap_parse(&uids, &gids, "both=0-1-2", &container, &arena, &err), err,
		    "idmap: \"both=0-1-2\" is neither uids= nor gids=");
	CHECK(mount_idmap_parse(&uids, &gids, "uids=0-x-2", &container, &arena, &err) < 0);
	CHECK(mount_idmap_parse(&uids, &gids, "uids=0-1-4294967296", &container, &arena, &err) < 0);
}
