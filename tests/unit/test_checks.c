/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/list.h"
#include "oci-spec/checks.h"

typedef int check_fn(const void *value, struct error *err);

static void
check_all(check_fn *check, const char *const *good, const char *const *bad, const char *must)
{
	struct error err = { 0 };

	for (; *good != NULL; good++)
		CHECK_OK(check(good, &err), err);
	for (; *bad != NULL; bad++)
		CHECK_FAILS_WITH(check(bad, &err), err, must);
}

#define TEXTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

TEST(paths_begin_with_a_slash)
{
	check_all(checks_absolute, TEXTS("/", "/a"), TEXTS("", "a", "./a"),
		  "must be an absolute path");
	check_all(checks_not_empty, TEXTS("a", " "), TEXTS(""), "must not be empty");
}

TEST(an_environment_is_made_of_names_and_values)
{
	check_all(checks_environment, TEXTS("A=", "A=b=c", "a b=c"), TEXTS("", "A", "=b"),
		  "must be NAME=VALUE");
}

TEST(versions_are_semantic)
{
	check_all(checks_version,
		  TEXTS("1.0.0", "0.5.0-dev", "1.0.2-rc.1", "1.3.0+dev", "1.0.0-a-b.10+x.01",
			"10.20.30"),
		  TEXTS("", "1", "1.0", "1.0.0.0", "v1.0.0", "01.0.0", "1.0.0-", "1.0.0-a..b",
			"1.0.0-01", "1.0.0+", "1.0.0 ", "1.0.x"),
		  "must be a version");
}

TEST(cpus_are_listed_by_ranges)
{
	check_all(checks_cpu_list, TEXTS("0", "0-3", "0-3,7", "0, 2-4 , 9", "5-5"),
		  TEXTS("", "a", "-1", "3-1", "0-", "0,", ",0", "0 1", "1-2-3", "99999999999"),
		  "must be a list like");
}

TEST(small_grammars_are_kept)
{
	check_all(checks_access, TEXTS("r", "rwm", "mw"), TEXTS("x", "r w", "RW"),
		  "must be made of");
	check_all(checks_page_size, TEXTS("64KB", "2MB", "1GB"),
		  TEXTS("", "2", "2M", "2mb", "02MB", "MB", "2KMB", "2MBB", "-2MB", "2TB"),
		  "must be a size like");
	check_all(checks_interface, TEXTS("eth0", "a", "veth%d", "abcdefghijklmno"),
		  TEXTS("", ".", "..", "a/b", "a:b", "a b", "abcdefghijklmnop"),
		  "must be the name of");
	check_all(checks_bandwidth, TEXTS("MB:", "MB:0=20;1=70"),
		  TEXTS("", "L3:0=f", "MB:0=1\nL3:0=f"), "must be one line");
	check_all(checks_media_type, TEXTS("application/vnd.oci.image.layer.v1.tar+gzip", "a/b"),
		  TEXTS("", "a", "a/", "/b", "a/b/c", "a b/c", ".a/b"), "must be a media type");
	check_all(checks_digest, TEXTS("x:ab"), TEXTS("", "x"), "must be a digest");
}

TEST(names_in_maps_are_judged_too)
{
	struct error err = { 0 };

	CHECK_OK(checks_named(&(struct pair){ "a", "" }, &err), err);
	CHECK_FAILS(checks_named(&(struct pair){ "", "a" }, &err), err, "a name must not be empty");
	CHECK_OK(checks_file_name(&(struct pair){ "memory.max", "1" }, &err), err);
	CHECK_FAILS_WITH(checks_file_name(&(struct pair){ "../x", "1" }, &err), err,
			 "name of a file");
	CHECK_FAILS_WITH(checks_file_name(&(struct pair){ "..", "1" }, &err), err,
			 "name of a file");
	CHECK_FAILS_WITH(checks_file_name(&(struct pair){ "", "1" }, &err), err, "name of a file");
}
