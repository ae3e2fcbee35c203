/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "oci-spec/digest.h"

#define HEX64 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void
check_good(const char *text)
{
	struct error err = { 0 };

	CHECK_OK(digest_check(text, &err), err);
}

static void
check_refused(const char *text)
{
	struct error err = { 0 };

	CHECK_FAILS_WITH(digest_check(text, &err), err, "must ");
	CHECK(strlen(err.text) < 200);
}

TEST(digests_of_known_algorithms_have_their_length)
{
	check_good("sha256:" HEX64);
	check_good("sha512:" HEX64 HEX64);
	check_good("blake3:" HEX64);
	check_refused("sha256:" HEX64 "0");
	check_refused("sha512:" HEX64);
	check_refused("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855");
	check_refused("sha256:g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(digests_of_other_algorithms_are_taken_if_they_are_of_the_grammar)
{
	check_good("sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564");
	check_good("multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8");
	check_good("a.b_c-d:=");
}

TEST(what_could_be_a_path_is_no_digest)
{
	check_refused("");
	check_refused("sha256");
	check_refused("sha256:");
	check_refused(":" HEX64);
	check_refused("sha256:../../etc/passwd");
	check_refused("../x:abc");
	check_refused("a/b:abc");
	check_refused("a..b:abc");
	check_refused("A:abc");
	check_refused("a:b:c");
	check_refused("sha256:" HEX64 "\n");
}

TEST(a_digest_does_not_grow_without_end)
{
	char text[600] = "x:";

	memset(text + 2, 'a', sizeof(text) - 3);
	check_refused(text);
}

TEST(only_what_is_computed_here_is_known)
{
	struct error err = { 0 };

	CHECK_OK(digest_check_known("sha512:" HEX64 HEX64, &err), err);
	CHECK_FAILS(digest_check_known("md5:abc", &err), err,
		    "digests by md5 are not known: \"md5:abc\"");
	CHECK_FAILS_WITH(digest_check_known("blake3:" HEX64, &err), err,
			 "digests by blake3 are not known");
}

TEST(a_digest_has_two_halves_and_a_short_form)
{
	char brief[DIGEST_SHORT_SIZE];

	CHECK_EQ(digest_algorithm_length("sha256:" HEX64), 6);
	CHECK_TEXT(digest_encoded("sha256:" HEX64), HEX64);
	digest_shorten(brief, "sha256:" HEX64);
	CHECK_TEXT(brief, "e3b0c44298fc");
	digest_shorten(brief, "x:ab");
	CHECK_TEXT(brief, "ab");
}
