/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "runtime/kernel/cgroup_limit.h"
#include "runtime/kernel/cgroup_limits.h"

TEST(every_row_names_a_member_of_the_document)
{
	for (const struct cgroup_limit *row = cgroup_limits_v1; row->wish != NULL; row++)
		if (!cgroup_limit_is_known(row))
			check_failed("v1: there is no %s", row->wish);
	for (const struct cgroup_limit *row = cgroup_limits_v2; row->wish != NULL; row++)
		if (!cgroup_limit_is_known(row))
			check_failed("v2: there is no %s", row->wish);
}

/* A member that one version has a row for is at least refused by the other. */
TEST(the_two_tables_speak_of_the_same_members)
{
	for (const struct cgroup_limit *a = cgroup_limits_v2; a->wish != NULL; a++) {
		bool found = false;
		for (const struct cgroup_limit *b = cgroup_limits_v1; b->wish != NULL; b++)
			found = found || strcmp(a->wish, b->wish) == 0 ||
				(strncmp(a->wish, b->wish, strlen(b->wish)) == 0 &&
				 a->wish[strlen(b->wish)] == '.');
		if (!found)
			check_failed("v1 has nothing for %s", a->wish);
	}
	for (const struct cgroup_limit *b = cgroup_limits_v1; b->wish != NULL; b++) {
		bool found = false;
		for (const struct cgroup_limit *a = cgroup_limits_v2; a->wish != NULL; a++)
			found = found || strcmp(a->wish, b->wish) == 0 ||
				strcmp(b->wish, "memory.useHierarchy") == 0;
		if (!found)
			check_failed("v2 has nothing for %s", b->wish);
	}
}

TEST(shares_become_weights_along_a_curve_through_three_points)
{
	static const uint64_t points[][2] = {
		{ 0, 0 },          { 1, 1 },          { 2, 1 },
		{ 3, 2 },          { 10, 4 },         { 100, 17 },
		{ 512, 59 },       { 1024, 100 },     { 2048, 174 },
		{ 4096, 303 },     { 10000, 627 },    { 65536, 3023 },
		{ 262143, 10000 }, { 262144, 10000 }, { UINT64_MAX, 10000 },
	};

	for (size_t i = 0; i < COUNT(points); i++)
		CHECK_EQ(cgroup_limits_cpu_weight(points[i][0]), points[i][1]);
}

TEST(more_shares_are_never_less_weight)
{
	uint64_t last = 0;

	for (uint64_t shares = 1; shares <= 262144; shares++) {
		uint64_t weight = cgroup_limits_cpu_weight(shares);
		CHECK(weight >= last && weight >= 1 && weight <= 10000);
		last = weight;
	}
}

TEST(io_weights_become_those_of_v2)
{
	CHECK_EQ(cgroup_limits_io_weight(0), 0);
	CHECK_EQ(cgroup_limits_io_weight(10), 1);
	CHECK_EQ(cgroup_limits_io_weight(500), 4950);
	CHECK_EQ(cgroup_limits_io_weight(1000), 10000);
}

TEST(v1_counts_swap_with_memory_and_v2_without)
{
	struct error err = { 0 };
	int64_t swap = 7;

	CHECK_OK(cgroup_limits_swap(&swap, 300, 100, &err), err);
	CHECK_EQ(swap, 200);
	CHECK_OK(cgroup_limits_swap(&swap, 100, 100, &err), err);
	CHECK_EQ(swap, 0);
	CHECK_OK(cgroup_limits_swap(&swap, -1, 100, &err), err);
	CHECK_EQ(swap, -1);
	CHECK_OK(cgroup_limits_swap(&swap, 0, 100, &err), err);
	CHECK_EQ(swap, 0);
	CHECK_FAILS(
		cgroup_limits_swap(&swap, 50, 100, &err), err,
		"memory.swap: 50 is memory and swap together, and less than the memory limit 100");
	CHECK_FAILS(cgroup_limits_swap(&swap, 50, 0, &err), err,
		    "memory.swap: 50 is memory and swap together, but the memory has no limit");
	CHECK_FAILS(cgroup_limits_swap(&swap, 50, -1, &err), err,
		    "memory.swap: 50 is memory and swap together, but the memory has no limit");
}
