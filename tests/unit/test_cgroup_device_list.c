/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <stdlib.h>

#include "libcommon/schema.h"
#include "runtime/kernel/cgroup_device_list.h"

static struct cgroup_rules
complete(const char *devices, struct arena *arena)
{
	struct error err = { 0 };
	struct oci_resources resources;
	struct cgroup_rules rules;
	const char *json = arena_format(arena, "{\"devices\":%s}", devices);

	if (schema_read(&oci_resources_schema, &resources, "r", json, strlen(json), arena, &err) <
	    0)
		check_failed("%s", err.text);
	cgroup_devices_complete(&rules, &resources.devices, arena);
	return rules;
}

/* The bits of the exception for exactly this device; 0 if there is none. */
static unsigned
bits_of(const struct cgroup_rules *list, char type, int64_t major, int64_t minor)
{
	FOR_EACH(item, list)
		if (item->type == type && item->major == major && item->minor == minor)
			return item->access;
	return 0;
}

TEST(rules_for_one_device_become_one_exception)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup_rules list,
		rules = complete(
			"[{\"allow\":true,\"type\":\"b\",\"major\":8,\"minor\":0,\"access\":\"r\"},"
			"{\"allow\":true,\"type\":\"b\",\"major\":8,\"minor\":0,\"access\":\"wm\"},"
			"{\"allow\":false,\"type\":\"b\",\"major\":8,\"minor\":0,\"access\":\"w\"}"
			"]",
			&arena);

	CHECK_OK(cgroup_device_list_reduce(&list, &rules, &arena, &err), err);
	CHECK(!list.allow);
	CHECK_EQ(bits_of(&list, 'b', 8, 0), CGROUP_READ | CGROUP_MKNOD);
	CHECK_EQ(bits_of(&list, 'c', 1, 3), CGROUP_ANY_ACCESS);
	CHECK_EQ(bits_of(&list, 'b', -1, -1), CGROUP_MKNOD);
}

TEST(a_wide_deny_takes_back_what_was_allowed_in_it)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup_rules list,
		rules = complete("[{\"allow\":true,\"type\":\"b\",\"major\":8,\"minor\":0},"
				 "{\"allow\":true,\"type\":\"c\",\"major\":8,\"minor\":0},"
				 "{\"allow\":false,\"type\":\"b\",\"major\":8}]",
				 &arena);

	CHECK_OK(cgroup_device_list_reduce(&list, &rules, &arena, &err), err);
	CHECK_EQ(bits_of(&list, 'b', 8, 0), 0);
	CHECK_EQ(bits_of(&list, 'c', 8, 0), CGROUP_ANY_ACCESS);
}

TEST(a_hole_in_a_wide_allow_cannot_be_said_in_v1)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup_rules list, rules = complete("[{\"allow\":true,\"type\":\"b\",\"major\":8},"
						   "{\"allow\":false,\"type\":\"b\",\"major\":8,"
						   "\"minor\":1,\"access\":\"w\"}]",
						   &arena);

	CHECK_FAILS(cgroup_device_list_reduce(&list, &rules, &arena, &err), err,
		    "devices: cgroup v1 cannot deny single devices among those that another rule "
		    "allows");
}

TEST(a_deny_of_what_was_not_allowed_is_no_hole)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup_rules list,
		rules = complete("[{\"allow\":true,\"type\":\"b\",\"major\":8,\"access\":\"r\"},"
				 "{\"allow\":false,\"type\":\"b\",\"major\":8,\"minor\":1,"
				 "\"access\":\"w\"}]",
				 &arena);

	CHECK_OK(cgroup_device_list_reduce(&list, &rules, &arena, &err), err);
	CHECK_EQ(bits_of(&list, 'b', 8, -1), CGROUP_READ);
}

TEST(everything_but_one_is_kept_as_what_is_denied)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup_rules list, rules = complete("[{\"allow\":true},{\"allow\":false,\"type\":"
						   "\"b\",\"major\":8,\"minor\":0}]",
						   &arena);

	CHECK_OK(cgroup_device_list_reduce(&list, &rules, &arena, &err), err);
	CHECK(list.allow);
	/* Making the node is among the default rules, and comes last. */
	CHECK_EQ(bits_of(&list, 'b', 8, 0), CGROUP_READ | CGROUP_WRITE);
	CHECK_EQ(list.count, 1);
}

TEST(a_rule_for_all_types_becomes_two)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup_rules list,
		rules = complete("[{\"allow\":true,\"major\":7,\"minor\":1,\"access\":\"r\"}]",
				 &arena);

	CHECK_OK(cgroup_device_list_reduce(&list, &rules, &arena, &err), err);
	CHECK_EQ(bits_of(&list, 'b', 7, 1), CGROUP_READ);
	CHECK_EQ(bits_of(&list, 'c', 7, 1), CGROUP_READ);
}

TEST(what_the_kernel_lists_is_understood)
{
	scoped_arena arena = { 0 };
	struct cgroup_rules list;

	cgroup_device_list_parse(&list, "c 1:3 rwm\nb *:* m\nc 136:* rw\n", &arena);
	CHECK(!list.allow);
	CHECK_EQ(list.count, 3);
	CHECK_EQ(bits_of(&list, 'c', 1, 3), CGROUP_ANY_ACCESS);
	CHECK_EQ(bits_of(&list, 'b', -1, -1), CGROUP_MKNOD);
	CHECK_EQ(bits_of(&list, 'c', 136, -1), CGROUP_READ | CGROUP_WRITE);
	cgroup_device_list_parse(&list, "a *:* rwm\n", &arena);
	CHECK(list.allow);
	CHECK_EQ(list.count, 0);
	cgroup_device_list_parse(&list, "", &arena);
	CHECK(!list.allow);
}
