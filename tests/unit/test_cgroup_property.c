/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "oci-spec/runtime_resources.h"
#include "runtime/kernel/cgroup_property.h"

#define NOTHING ((struct cgroup_now){ 0 })

static int
add(struct text_list *words, const char *json, enum cgroup_layout layout, struct cgroup_now now, struct arena *arena,
    struct error *err)
{
	struct oci_resources *resources = arena_new(arena, struct oci_resources);

	CHECK_OK(schema_read(&oci_resources_schema, resources, "resources", json, strlen(json),
			     arena, err),
		 *err);
	return cgroup_property_add_resources(words, resources, layout, &now, arena, err);
}

/* The properties of a document, on one line. */
static const char *
properties(struct arena *arena, const char *json)
{
	struct error err = { 0 };
	struct text_list words = { 0 };

	CHECK_OK(add(&words, json, CGROUP_UNIFIED, NOTHING, arena, &err), err);
	return text_join(arena, &words, " ");
}

static const char *
annotated(struct arena *arena, const char *name, const char *value)
{
	struct error err = { 0 };
	struct text_list words = { 0 };
	struct pair pair = { name, value };

	CHECK_OK(cgroup_property_add_annotations(&words, &(struct pair_list){ &pair, 1 }, arena,
						 &err),
		 err);
	return text_join(arena, &words, " ");
}

static void
check_refused(const char *name, const char *value, const char *why)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct text_list words = { 0 };
	struct pair pair = { name, value };

	CHECK_FAILS_WITH(cgroup_property_add_annotations(&words, &(struct pair_list){ &pair, 1 },
							 &arena, &err),
			 err, why);
}

TEST(what_is_not_limited_is_no_property)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(properties(&arena, "{}"), "");
	CHECK_TEXT(properties(&arena,
			      "{\"memory\":{\"limit\":0},\"cpu\":{\"shares\":0,\"quota\":0},"
			      "\"blockIO\":{\"weight\":0},\"devices\":[{\"allow\":false}]}"),
		   "");
}

TEST(memory_is_a_maximum_and_swap_is_what_is_beyond_it)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(properties(&arena,
			      "{\"memory\":{\"limit\":1000,\"reservation\":500,\"swap\":1500}}"),
		   "MemoryMax t 1000 MemoryLow t 500 MemorySwapMax t 500");
	CHECK_TEXT(properties(&arena, "{\"memory\":{\"limit\":1000,\"swap\":1000}}"),
		   "MemoryMax t 1000 MemorySwapMax t 0");
	CHECK_TEXT(properties(&arena, "{\"memory\":{\"limit\":-1}}"),
		   "MemoryMax t 18446744073709551615 MemorySwapMax t 18446744073709551615");
}

TEST(an_update_of_swap_counts_from_the_limit_that_holds)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct text_list words = { 0 };

	CHECK_OK(add(&words, "{\"memory\":{\"swap\":3000}}", CGROUP_UNIFIED, (struct cgroup_now){ .memory = 2000 }, &arena, &err),
		 err);
	CHECK_TEXT(text_join(&arena, &words, " "), "MemorySwapMax t 1000");
	CHECK_FAILS_WITH(
		add(&words, "{\"memory\":{\"swap\":3000}}", CGROUP_UNIFIED, NOTHING, &arena, &err), err,
		"the memory has no limit");
}

TEST(an_update_of_quota_or_period_alone_is_a_share_with_the_other_that_holds)
{
	const struct cgroup_now now = { .quota = 30000, .period = 50000 };
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct text_list words = { 0 };

	CHECK_OK(add(&words, "{\"cpu\":{\"quota\":10000}}", CGROUP_UNIFIED, now, &arena, &err), err);
	CHECK_OK(add(&words, "{\"cpu\":{\"period\":60000}}", CGROUP_UNIFIED, now, &arena, &err), err);
	CHECK_OK(add(&words, "{\"cpu\":{\"period\":60000}}", CGROUP_UNIFIED, NOTHING, &arena, &err), err);
	CHECK_TEXT(text_join(&arena, &words, " "),
		   "CPUQuotaPerSecUSec t 200000 ?CPUQuotaPeriodUSec t 60000 CPUQuotaPerSecUSec t 500000 "
		   "?CPUQuotaPeriodUSec t 60000");
}

TEST(a_quota_is_rounded_up_to_a_hundredth_of_a_cpu)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(properties(&arena, "{\"cpu\":{\"quota\":12345,\"period\":100000}}"),
		   "?CPUQuotaPeriodUSec t 100000 CPUQuotaPerSecUSec t 130000");
	CHECK_TEXT(properties(&arena, "{\"cpu\":{\"quota\":50000}}"),
		   "CPUQuotaPerSecUSec t 500000");
	CHECK_TEXT(properties(&arena, "{\"cpu\":{\"quota\":200000,\"period\":100000}}"),
		   "?CPUQuotaPeriodUSec t 100000 CPUQuotaPerSecUSec t 2000000");
	CHECK_TEXT(properties(&arena, "{\"cpu\":{\"quota\":-1}}"),
		   "CPUQuotaPerSecUSec t 18446744073709551615");
}

TEST(shares_become_a_weight_and_idle_is_none)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(properties(&arena, "{\"cpu\":{\"shares\":1024}}"), "CPUWeight t 100");
	CHECK_TEXT(properties(&arena, "{\"cpu\":{\"shares\":1024,\"idle\":1}}"), "CPUWeight t 0");
	CHECK_TEXT(properties(&arena, "{\"cpu\":{\"shares\":1024,\"idle\":0}}"), "CPUWeight t 100");
}

TEST(lists_of_cpus_become_masks)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(properties(&arena, "{\"cpu\":{\"cpus\":\"0\"}}"), "?AllowedCPUs ay 1 1");
	CHECK_TEXT(properties(&arena, "{\"cpu\":{\"cpus\":\"0-3,7, 9\",\"mems\":\"0\"}}"),
		   "?AllowedCPUs ay 2 143 2 ?AllowedMemoryNodes ay 1 1");
}

TEST(a_list_that_is_none_is_refused)
{
	static const char *const bad[] = { "x", "3-1", "1-", "0-99999", "-1" };

	for (size_t i = 0; i < COUNT(bad); i++) {
		scoped_arena arena = { 0 };
		struct error err = { 0 };
		struct text_list words = { 0 };
		const char *json = arena_format(&arena, "{\"cpu\":{\"cpus\":\"%s\"}}", bad[i]);
		CHECK_FAILS_WITH(add(&words, json, CGROUP_UNIFIED, NOTHING, &arena, &err), err,
				 "cpu.cpus: ");
	}
}

TEST(tasks_are_one_at_least)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(properties(&arena, "{\"pids\":{\"limit\":20}}"), "TasksMax t 20");
	CHECK_TEXT(properties(&arena, "{\"pids\":{\"limit\":0}}"), "TasksMax t 1");
	CHECK_TEXT(properties(&arena, "{\"pids\":{\"limit\":-1}}"),
		   "TasksMax t 18446744073709551615");
}

TEST(files_of_v2_that_have_a_property_are_that_too)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(properties(&arena, "{\"unified\":{\"memory.high\":\"4096\"}}"),
		   "MemoryHigh t 4096");
	CHECK_TEXT(properties(&arena, "{\"unified\":{\"memory.min\":\"max\"}}"),
		   "MemoryMin t 18446744073709551615");
	CHECK_TEXT(properties(&arena, "{\"unified\":{\"cpu.max\":\"10000 50000\"}}"),
		   "?CPUQuotaPeriodUSec t 50000 CPUQuotaPerSecUSec t 200000");
	CHECK_TEXT(properties(&arena, "{\"unified\":{\"cpu.max\":\"max\"}}"),
		   "CPUQuotaPerSecUSec t 18446744073709551615");
	CHECK_TEXT(properties(&arena, "{\"unified\":{\"cpuset.cpus\":\"1\"}}"),
		   "?AllowedCPUs ay 1 2");
	CHECK_TEXT(properties(&arena, "{\"unified\":{\"io.weight\":\"default 50\"}}"),
		   "IOWeight t 50");
	CHECK_TEXT(properties(&arena, "{\"unified\":{\"io.weight\":\"8:0 50\"}}"), "");
	CHECK_TEXT(properties(&arena, "{\"unified\":{\"memory.oom.group\":\"1\"}}"),
		   "?OOMPolicy s kill");
	CHECK_TEXT(properties(&arena, "{\"unified\":{\"hugetlb.2MB.max\":\"0\"}}"), "");
}

TEST(a_file_with_a_wrong_value_is_named)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct text_list words = { 0 };

	CHECK_FAILS_WITH(add(&words, "{\"unified\":{\"memory.high\":\"4k\"}}", CGROUP_UNIFIED, NOTHING,
			     &arena, &err),
			 err, "unified.memory.high: ");
}

TEST(a_host_with_v1_has_the_properties_of_its_time)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct text_list words = { 0 };

	CHECK_OK(add(&words,
		     "{\"memory\":{\"limit\":1000,\"swap\":1500},\"cpu\":{\"shares\":512,\"cpus\":"
		     "\"0\"},"
		     "\"blockIO\":{\"weight\":500}}",
		     CGROUP_LEGACY, NOTHING, &arena, &err),
		 err);
	CHECK_TEXT(text_join(&arena, &words, " "),
		   "MemoryLimit t 1000 CPUShares t 512 BlockIOWeight t 500");
}

static const char *
devices(struct arena *arena, const char *json)
{
	struct error err = { 0 };
	struct text_list words = { 0 };
	struct oci_resources *resources = arena_new(arena, struct oci_resources);

	CHECK_OK(schema_read(&oci_resources_schema, resources, "resources", json, strlen(json),
			     arena, &err),
		 err);
	CHECK_OK(cgroup_property_add_devices(&words, &resources->devices, arena, &err), err);
	return text_join(arena, &words, " ");
}

TEST(rules_for_devices_are_those_that_systemd_has_words_for)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(devices(&arena, "{}"),
		   "DevicePolicy s strict DeviceAllow a(ss) 0 DeviceAllow a(ss) 11 "
		   "char-* m block-* m /dev/char/1:3 rwm /dev/char/1:5 rwm /dev/char/1:7 rwm "
		   "/dev/char/1:8 rwm /dev/char/1:9 rwm /dev/char/5:0 rwm /dev/char/5:2 rwm "
		   "/dev/char/10:200 rwm char-136 rwm");
	CHECK(strstr(devices(&arena, "{\"devices\":[{\"allow\":true,\"type\":\"b\",\"major\":8,"
				     "\"minor\":1,\"access\":\"r\"}]}"),
		     " 12 /dev/block/8:1 r char-* m ") != NULL);
	CHECK_TEXT(devices(&arena, "{\"devices\":[{\"allow\":true}]}"),
		   "DevicePolicy s auto DeviceAllow a(ss) 0");
}

TEST(annotations_become_properties)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(annotated(&arena, "org.systemd.property.KillSignal", "15"), "KillSignal i 15");
	CHECK_TEXT(annotated(&arena, "org.systemd.property.TimeoutStopUSec", "uint64 10000000"),
		   "TimeoutStopUSec t 10000000");
	CHECK_TEXT(annotated(&arena, "org.systemd.property.CollectMode", "'inactive'"),
		   "CollectMode s inactive");
	CHECK_TEXT(annotated(&arena, "org.systemd.property.After", "['a.service', 'b.service']"),
		   "After as 2 a.service b.service");
	CHECK_TEXT(annotated(&arena, "org.opencontainers.image.title", "x"), "");
}

TEST(seconds_become_microseconds)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(annotated(&arena, "org.systemd.property.TimeoutStopSec", "123"),
		   "TimeoutStopUSec t 123000000");
	CHECK_TEXT(annotated(&arena, "org.systemd.property.RuntimeMaxSec", "double 1.5"),
		   "RuntimeMaxUSec t 1500000");
	CHECK_TEXT(annotated(&arena, "org.systemd.property.RuntimeMaxUSec", "uint64 5"),
		   "RuntimeMaxUSec t 5");
	check_refused("org.systemd.property.TimeoutStopSec", "'soon'", "seconds must be a number");
	check_refused("org.systemd.property.TimeoutStopSec", "-1", "out of range");
}

TEST(annotations_that_are_none_are_refused_by_name)
{
	check_refused("org.systemd.property.KillSignal", "SIGTERM",
		      "annotation \"org.systemd.property.KillSignal\": \"SIGTERM\" is not a value");
	check_refused("org.systemd.property.Ab", "1", "three letters or more");
	check_refused("org.systemd.property.Kill-Signal", "1", "three letters or more");
	check_refused("org.systemd.property.", "1", "three letters or more");
}
