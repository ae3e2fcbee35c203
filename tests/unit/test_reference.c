/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/text.h"
#include "oci-spec/reference.h"

#define SHA "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void
check_parsed(const char *text, struct reference wanted)
{
	scoped_arena arena = { 0 };
	struct reference r;
	struct error err = { 0 };

	CHECK_OK(reference_parse(&r, &arena, text, &err), err);
	if (!text_equal(r.registry, wanted.registry) ||
	    !text_equal(r.repository, wanted.repository) || !text_equal(r.tag, wanted.tag) ||
	    !text_equal(r.digest, wanted.digest))
		check_failed("%s: was parsed as %s", text, reference_text(&r, &arena));
	CHECK_TEXT(reference_text(&r, &arena), text);
}

static void
check_full(const char *text, const char *full, const char *familiar)
{
	scoped_arena arena = { 0 };
	struct reference r;
	struct error err = { 0 };

	CHECK_OK(reference_parse_full(&r, &arena, text, &err), err);
	CHECK_TEXT(reference_text(&r, &arena), full);
	CHECK_TEXT(reference_familiar(&r, &arena), familiar);
}

static void
check_refused(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct reference r;
	struct error err = { 0 };

	CHECK_FAILS(reference_parse(&r, &arena, text, &err), err, wanted);
}

TEST(a_name_that_would_be_read_as_another_is_not_shortened)
{
	check_full("docker.io/a.b/c", "docker.io/a.b/c:latest", "docker.io/a.b/c:latest");
	check_full("docker.io/localhost/c:d", "docker.io/localhost/c:d", "docker.io/localhost/c:d");
	check_full("docker.io/library/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		   "docker.io/library/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:latest",
		   "docker.io/library/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:latest");
	check_full("docker.io/library/localhost", "docker.io/library/localhost:latest", "localhost:latest");
}

TEST(a_name_has_up_to_four_parts)
{
	check_parsed("debian", (struct reference){ .repository = "debian" });
	check_parsed("debian:12", (struct reference){ .repository = "debian", .tag = "12" });
	check_parsed("user/app", (struct reference){ .repository = "user/app" });
	check_parsed("quay.io/a/b/c:v1.0_x-y@" SHA,
		     (struct reference){ "quay.io", "a/b/c", "v1.0_x-y", SHA });
	check_parsed("debian@" SHA, (struct reference){ .repository = "debian", .digest = SHA });
}

TEST(a_registry_is_known_by_its_dot_port_case_or_as_localhost)
{
	check_parsed("localhost/app",
		     (struct reference){ .registry = "localhost", .repository = "app" });
	check_parsed("localhost:5000/app:1",
		     (struct reference){ "localhost:5000", "app", "1", NULL });
	check_parsed("host:5000/app",
		     (struct reference){ .registry = "host:5000", .repository = "app" });
	check_parsed("HOST/app", (struct reference){ .registry = "HOST", .repository = "app" });
	check_parsed("127.0.0.1/app",
		     (struct reference){ .registry = "127.0.0.1", .repository = "app" });
	check_parsed("[::1]:5000/app:1", (struct reference){ "[::1]:5000", "app", "1", NULL });
	check_parsed("[fd00::1]/app",
		     (struct reference){ .registry = "[fd00::1]", .repository = "app" });
	check_parsed("localhost", (struct reference){ .repository = "localhost" });
	check_parsed("host:5000", (struct reference){ .repository = "host", .tag = "5000" });
}

TEST(components_have_single_dots_up_to_two_lines_and_any_dashes)
{
	check_parsed("a.b/c_d/e__f/g---h",
		     (struct reference){ .registry = "a.b", .repository = "c_d/e__f/g---h" });
	check_refused("a..b", "\"a..b\" names no image: \"a..b\" is no repository");
	check_refused("a___b", "\"a___b\" names no image: \"a___b\" is no repository");
	check_refused("-a", "\"-a\" names no image: \"-a\" is no repository");
	check_refused("a-", "\"a-\" names no image: \"a-\" is no repository");
	check_refused("a/", "\"a/\" names no image: \"a/\" is no repository");
	check_refused("a//b", "\"a//b\" names no image: \"a//b\" is no repository");
	check_refused("/a", "\"/a\" names no image: \"/a\" is no repository");
	check_refused("a b", "\"a b\" names no image: \"a b\" is no repository");
	check_refused("", "\"\" names no image: \"\" is no repository");
	check_refused(":1", "\":1\" names no image: \"\" is no repository");
}

TEST(upper_case_is_called_that)
{
	check_refused("Debian", "\"Debian\" names no image: the repository must be in lower case");
	check_refused("quay.io/User/app",
		      "\"quay.io/User/app\" names no image: the repository must be in lower case");
}

TEST(registries_that_are_none_are_refused)
{
	check_refused("-a.b/c", "\"-a.b/c\" names no image: \"-a.b\" is no registry");
	check_refused("a..b/c", "\"a..b/c\" names no image: \"a..b\" is no registry");
	check_refused("host:/c", "\"host:/c\" names no image: \"host:\" is no registry");
	check_refused("host:x/c", "\"host:x/c\" names no image: \"host:x\" is no registry");
	check_refused("http://host/c",
		      "\"http://host/c\" names no image: \"http:\" is no registry");
	check_refused("[::g]/c", "\"[::g]/c\" names no image: \"[::g]\" is no registry");
	check_refused("../c", "\"../c\" names no image: \"..\" is no registry");
}

TEST(tags_and_digests_that_are_none_are_refused)
{
	check_refused("a:", "\"a:\" names no image: \"\" is no tag");
	check_refused("a:.b", "\"a:.b\" names no image: \".b\" is no tag");
	check_refused("a:b:c", "\"a:b:c\" names no image: \"a:b\" is no repository");
	check_refused("a@", "\"a@\" names no image: must be a digest like \"sha256:…\", not \"\"");
	check_refused("a@sha256:12",
		      "\"a@sha256:12\" names no image: must have 64 lower-case hexadecimal "
		      "digits: \"sha256:12\"");
	CHECK(reference_is_tag("_1.2-3"));
	CHECK(!reference_is_tag("-1"));
	CHECK(!reference_is_tag("a/b"));
}

TEST(tags_and_names_have_a_greatest_length)
{
	scoped_arena arena = { 0 };
	char tag[130] = { 0 }, name[257] = { 0 };
	struct reference r;
	struct error err = { 0 };

	memset(tag, 'a', 128);
	CHECK(reference_is_tag(tag));
	tag[128] = 'a';
	CHECK(!reference_is_tag(tag));

	memset(name, 'a', 255);
	CHECK_OK(reference_parse(&r, &arena, name, &err), err);
	name[255] = 'a';
	CHECK_FAILS_WITH(reference_parse(&r, &arena, name, &err), err,
			 "longer than 255 characters");
}

TEST(an_id_is_not_a_name)
{
	check_refused(
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\" names no "
		"image: it is the id of one");
}

TEST(what_is_left_out_is_dockers)
{
	check_full("debian", "docker.io/library/debian:latest", "debian:latest");
	check_full("debian:12", "docker.io/library/debian:12", "debian:12");
	check_full("debian@" SHA, "docker.io/library/debian@" SHA, "debian@" SHA);
	check_full("user/app", "docker.io/user/app:latest", "user/app:latest");
	check_full("docker.io/debian", "docker.io/library/debian:latest", "debian:latest");
	check_full("index.docker.io/debian:1", "docker.io/library/debian:1", "debian:1");
	check_full("quay.io/app", "quay.io/app:latest", "quay.io/app:latest");
	check_full("localhost/app", "localhost/app:latest", "localhost/app:latest");
}
