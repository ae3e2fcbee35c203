/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "oci-spec/media_type.h"
#include "oci-spec/platform.h"

static struct oci_platform
parsed(const char *text, struct arena *arena)
{
	const struct oci_platform host = platform_of_machine("armv7l");
	struct oci_platform platform;
	struct error err = { 0 };

	CHECK_OK(platform_parse(&platform, arena, text, &host, &err), err);
	return platform;
}

static void
check_parsed(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct oci_platform platform = parsed(text, &arena);

	CHECK_TEXT(platform_text(&platform, &arena), wanted);
}

static unsigned
fit(const char *offered, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct oci_platform a = parsed(offered, &arena), b = parsed(wanted, &arena);

	return platform_fit(&a, &b);
}

TEST(a_platform_is_parsed_and_has_one_spelling)
{
	check_parsed("linux/amd64", "linux/amd64");
	check_parsed("linux/x86_64", "linux/amd64");
	check_parsed("Linux/AMD64/v1", "linux/amd64");
	check_parsed("linux/amd64/v3", "linux/amd64/v3");
	check_parsed("linux/arm64/v8", "linux/arm64");
	check_parsed("linux/aarch64", "linux/arm64");
	check_parsed("linux/arm", "linux/arm/v7");
	check_parsed("linux/armhf", "linux/arm/v7");
	check_parsed("linux/arm/6", "linux/arm/v6");
	check_parsed("linux/i386", "linux/386");
	check_parsed("macos/arm64", "darwin/arm64");
	check_parsed("linux/riscv64", "linux/riscv64");
}

TEST(what_is_left_out_is_the_hosts)
{
	check_parsed("arm64", "linux/arm64");
	check_parsed("linux", "linux/arm/v7");
	check_parsed("windows", "windows/arm/v7");
}

TEST(what_is_no_platform_is_refused)
{
	static const char *const texts[] = { "",          "/",       "linux/",
					     "linux//v7", "a/b/c/d", "linux/am d64" };
	const struct oci_platform host = platform_of_machine("x86_64");
	scoped_arena arena = { 0 };
	struct oci_platform platform;
	struct error err = { 0 };

	for (size_t i = 0; i < COUNT(texts); i++)
		CHECK_FAILS_WITH(platform_parse(&platform, &arena, texts[i], &host, &err), err,
				 "must be a platform like \"linux/arm64\", not ");
}

TEST(machines_are_named_as_go_names_them)
{
	CHECK_TEXT(platform_of_machine("x86_64").architecture, "amd64");
	CHECK_TEXT(platform_of_machine("aarch64").architecture, "arm64");
	CHECK_TEXT(platform_of_machine("armv7l").variant, "v7");
	CHECK_TEXT(platform_of_machine("i686").architecture, "386");
	CHECK_TEXT(platform_of_machine("ppc64le").architecture, "ppc64le");
	CHECK_TEXT(platform_of_machine("loongarch64").architecture, "loong64");
}

TEST(a_machine_runs_what_is_not_above_it)
{
	CHECK(fit("linux/amd64", "linux/amd64") > 0);
	CHECK(fit("linux/arm/v6", "linux/arm/v7") > 0);
	CHECK_EQ(fit("linux/arm/v8", "linux/arm/v7"), 0);
	CHECK_EQ(fit("linux/amd64/v3", "linux/amd64"), 0);
	CHECK(fit("linux/amd64", "linux/amd64/v3") > 0);
	CHECK_EQ(fit("linux/amd64", "windows/amd64"), 0);
	CHECK_EQ(fit("linux/arm64", "linux/amd64"), 0);
	CHECK_EQ(fit("unknown/unknown", "linux/amd64"), 0);
}

TEST(the_best_fit_is_the_nearest)
{
	CHECK(fit("linux/amd64/v3", "linux/amd64/v3") > fit("linux/amd64/v2", "linux/amd64/v3"));
	CHECK(fit("linux/arm/v7", "linux/arm/v7") > fit("linux/arm/v5", "linux/arm/v7"));
	CHECK(fit("linux/arm64", "linux/arm64") > fit("linux/arm/v8", "linux/arm64"));
	CHECK(fit("linux/arm/v8", "linux/arm64") > fit("linux/arm/v7", "linux/arm64"));
	CHECK(fit("linux/arm64/v8.1", "linux/arm64/v9") > fit("linux/arm64", "linux/arm64/v9"));
	CHECK(fit("linux/amd64", "linux/amd64") > fit("linux/386", "linux/amd64"));
}

TEST(a_platform_that_says_too_little_fits_nowhere)
{
	const struct oci_platform host = platform_of_machine("x86_64");

	CHECK_EQ(platform_fit(&(struct oci_platform){ .os = "linux" }, &host), 0);
	CHECK_EQ(platform_fit(&(struct oci_platform){ .architecture = "amd64" }, &host), 0);
	CHECK_EQ(platform_fit(&(struct oci_platform){ 0 }, &host), 0);
}

TEST(media_types_say_what_is_behind_them)
{
	CHECK_EQ(media_type_find(MEDIA_TYPE_INDEX)->kind, MEDIA_INDEX);
	CHECK_EQ(media_type_find(MEDIA_TYPE_DOCKER_LIST)->kind, MEDIA_INDEX);
	CHECK(media_type_find(MEDIA_TYPE_DOCKER_LIST)->docker);
	CHECK_EQ(media_type_find(MEDIA_TYPE_LAYER_ZSTD)->compression, MEDIA_ZSTD);
	CHECK_EQ(media_type_find(MEDIA_TYPE_DOCKER_LAYER_GZIP)->compression, MEDIA_GZIP);
	CHECK(media_type_find(MEDIA_TYPE_DOCKER_FOREIGN)->foreign);
	CHECK(media_type_find("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd")
		      ->foreign);
	CHECK_EQ(media_type_find("text/plain")->kind, MEDIA_UNKNOWN);
	CHECK_EQ(media_type_find(NULL)->kind, MEDIA_UNKNOWN);
}
