/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <stdlib.h>

#include "builder/registry/challenge.h"
#include "libcommon/buffer.h"
#include "libcommon/text.h"

static struct arena arena;

static struct challenge_list
read_one(const char *header)
{
	struct challenge_list list = { 0 };
	struct error err = { 0 };

	if (challenge_read(&list, header, &arena, &err) < 0)
		check_failed("%s: %s", header, err.text);
	return list;
}

/* All of it on one line: "bearer realm='x' service='y'; negotiate YWJj==". */
static const char *
shown(const struct challenge_list *list)
{
	scoped_buffer text = { 0 };

	FOR_EACH(challenge, list) {
		buffer_add_format(&text, "%s%s", challenge == list->items ? "" : "; ",
				  challenge->scheme);
		if (challenge->token68 != NULL)
			buffer_add_format(&text, " %s", challenge->token68);
		FOR_EACH(parameter, &challenge->parameters)
			buffer_add_format(&text, " %s='%s'", parameter->key, parameter->value);
	}
	return arena_text(&arena, buffer_text(&text));
}

#define CHECK_READ(header, wanted)                                                                 \
	do {                                                                                       \
		struct challenge_list list_ = read_one(header);                                    \
		CHECK_TEXT(shown(&list_), wanted);                                                 \
	} while (0)

#define CHECK_REFUSED(header, wanted)                                                              \
	do {                                                                                       \
		struct challenge_list list_ = { 0 };                                               \
		struct error err_ = { 0 };                                                         \
		CHECK_FAILS(challenge_read(&list_, header, &arena, &err_), err_,                   \
			    "WWW-Authenticate: " wanted);                                          \
	} while (0)

/* ---- reading --------------------------------------------------------------------------------- */

TEST(what_registries_say_is_read)
{
	CHECK_READ("Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\","
		   "scope=\"repository:library/debian:pull\"",
		   "bearer realm='https://auth.docker.io/token' service='registry.docker.io' "
		   "scope='repository:library/debian:pull'");
	CHECK_READ("Basic realm=\"Registry Realm\"", "basic realm='Registry Realm'");
	CHECK_READ("Bearer "
		   "realm=\"https://ghcr.io/"
		   "token\",service=\"ghcr.io\",scope=\"\",error=\"invalid_token\"",
		   "bearer realm='https://ghcr.io/token' service='ghcr.io' scope='' "
		   "error='invalid_token'");
}

TEST(names_count_the_same_however_they_are_written)
{
	CHECK_READ("BEARER Realm=\"A\"", "bearer realm='A'");
	CHECK_READ("bAsIc REALM=b", "basic realm='b'");
}

TEST(several_challenges_may_stand_in_one_header)
{
	CHECK_READ("Negotiate, Basic realm=\"x, y=z\", charset=\"UTF-8\", Bearer realm=\"r\"",
		   "negotiate; basic realm='x, y=z' charset='UTF-8'; bearer realm='r'");
	/* the example of RFC 9110, 11.6.1 */
	CHECK_READ("Basic realm=\"simple\", Newauth realm=\"apps\", type=1, title=\"Login to "
		   "\\\"apps\\\"\"",
		   "basic realm='simple'; newauth realm='apps' type='1' title='Login to \"apps\"'");
}

TEST(several_headers_add_to_one_list)
{
	struct challenge_list list = read_one("Basic realm=a");
	struct error err = { 0 };

	CHECK_OK(challenge_read(&list, "Bearer realm=b", &arena, &err), err);
	CHECK_TEXT(shown(&list), "basic realm='a'; bearer realm='b'");
}

TEST(a_header_does_not_go_on_with_the_challenge_of_another)
{
	struct challenge_list list = read_one("Basic realm=a");
	struct error err = { 0 };

	CHECK_FAILS(challenge_read(&list, "charset=x", &arena, &err), err,
		    "WWW-Authenticate: at character 8: a parameter of no challenge");
}

TEST(a_token_stands_in_place_of_parameters)
{
	CHECK_READ("Negotiate YWJj==", "negotiate YWJj==");
	CHECK_READ("Negotiate oRQ+/-._~9= , Basic realm=x",
		   "negotiate oRQ+/-._~9=; basic realm='x'");
	CHECK_READ("NTLM abc", "ntlm abc");
	CHECK_READ("Basic realm=, Bearer", "basic realm=; bearer"); /* an odd token, but one */
	CHECK_REFUSED("Negotiate abc=, x=y",
		      "at character 18: a token and parameters exclude each other");
}

TEST(blanks_may_stand_where_the_grammar_has_them)
{
	CHECK_READ(" ,, Basic  realm = \"a\" \t,\tcharset\t= b ,,", "basic realm='a' charset='b'");
	CHECK_READ("Basic ", "basic");
	CHECK_READ("", "");
	CHECK_REFUSED("Basic\trealm=x", "at character 7: must be a comma");
}

TEST(a_backslash_quotes_any_character)
{
	CHECK_READ("x a=\"\\\"\\\\\\a\"", "x a='\"\\a'");
	CHECK_READ("x a=\"\"", "x a=''");
	CHECK_READ("x a=\"\xc3\xa4\t\"", "x a='\xc3\xa4\t'");
}

TEST(what_is_not_of_the_grammar_is_refused)
{
	CHECK_REFUSED("Basic realm=\"x", "at character 15: the quotes do not end");
	CHECK_REFUSED("Basic realm=\"x\\", "at character 16: the quotes do not end");
	CHECK_REFUSED("Basic realm=\"x\ny\"",
		      "at character 15: must not have a control character in quotes");
	CHECK_REFUSED("Basic realm=\"x\\\x7f\"",
		      "at character 16: must not have a control character in quotes");
	CHECK_REFUSED("Basic realm=https://x/", "at character 18: must be a comma");
	CHECK_REFUSED("Basic a=b,realm=,", "at character 17: must be a word or in quotes");
	CHECK_REFUSED("Basic realm=a realm=b", "at character 15: must be a comma");
	CHECK_REFUSED("Basic realm=a, Realm=b",
		      "at character 21: a parameter that is there already");
	CHECK_REFUSED("Basic realm \"x\"", "at character 13: a parameter needs a value");
	CHECK_REFUSED("\"x\"", "at character 1: must be a name");
	CHECK_REFUSED("=x", "at character 1: must be a name");
	CHECK_REFUSED("realm=x", "at character 6: a parameter of no challenge");
	CHECK_REFUSED("Basic realm=\"a\"b", "at character 16: must be a comma");
	CHECK_REFUSED("B\xc3\xa4sic", "at character 2: must be a comma");
}

TEST(there_is_a_limit_to_everything)
{
	scoped_buffer many = { 0 };

	for (int i = 0; i <= CHALLENGE_COUNT_MAX; i++)
		buffer_add_text(&many, "x,");
	CHECK_REFUSED(buffer_text(&many), "at character 34: too many challenges");
	buffer_clear(&many);
	buffer_add_text(&many, "x ");
	for (int i = 0; i <= CHALLENGE_PARAMETERS_MAX; i++)
		buffer_add_format(&many, "a%d=1,", i);
	CHECK_REFUSED(buffer_text(&many), "at character 188: too many parameters");
	buffer_clear(&many);
	for (int i = 0; i <= CHALLENGE_HEADER_MAX; i++)
		buffer_add_char(&many, ',');
	CHECK_REFUSED(buffer_text(&many), "longer than 16384 characters");
}

/* ---- choosing -------------------------------------------------------------------------------- */

static struct challenge_demand
choose(const char *header)
{
	struct challenge_list list = read_one(header);
	struct challenge_demand demand = { 0 };
	struct error err = { 0 };

	if (challenge_choose(&demand, &list, &arena, &err) != 0)
		check_failed("%s: %s", header, err.text);
	return demand;
}

#define CHECK_UNANSWERABLE(header, wanted)                                                         \
	do {                                                                                       \
		struct challenge_list list_ = read_one(header);                                    \
		struct challenge_demand demand_;                                                   \
		struct error err_ = { 0 };                                                         \
		CHECK_FAILS(challenge_choose(&demand_, &list_, &arena, &err_), err_, wanted);      \
	} while (0)

TEST(a_token_is_asked_of_the_realm_for_a_service_and_scopes)
{
	struct challenge_demand demand = choose(
		"Bearer realm=\"https://auth.example.com/token?a=b\",service=\"registry:5000\","
		"scope=\"repository:a/b:pull,push  repository:c:pull\"");

	CHECK_EQ(demand.kind, CHALLENGE_BEARER);
	CHECK_TEXT(demand.realm, "https://auth.example.com/token?a=b");
	CHECK_TEXT(demand.service, "registry:5000");
	CHECK_TEXT(text_join(&arena, &demand.scopes, "|"),
		   "repository:a/b:pull,push|repository:c:pull");
}

TEST(service_and_scope_may_be_left_out)
{
	struct challenge_demand demand =
		choose("Bearer realm=\"http://[::1]:5001/auth\",scope=\"\"");

	CHECK(demand.service == NULL);
	CHECK_EQ(demand.scopes.count, 0);
}

TEST(a_token_is_preferred_to_a_password)
{
	CHECK_EQ(choose("Basic realm=x, Bearer realm=\"https://x\"").kind, CHALLENGE_BEARER);
	CHECK_EQ(choose("Negotiate, Basic realm=x").kind, CHALLENGE_BASIC);
	CHECK_TEXT(choose("Negotiate, Basic realm=x").realm, "x");
	CHECK_TEXT(choose("Basic").realm, "");
}

TEST(schemes_that_are_not_known_ask_for_nothing_we_have)
{
	struct challenge_list list = read_one("Negotiate, Digest realm=x");
	struct challenge_demand demand;
	struct error err = { 0 };

	CHECK_EQ(challenge_choose(&demand, &list, &arena, &err), 1);
}

TEST(a_realm_that_cannot_be_asked_is_refused_even_beside_basic)
{
	static const char *const wrong[] = {
		"ftp://x/token",
		"/token",
		"https:///token",
		"https://?x",
		"https://me:secret@x/token",
		"https://:443/",
		"https://x y/",
		"https://x/\\\\",
		"https://x/#y",
		"https://x/\xc3\xa4",
		"",
	};

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct challenge_list list = read_one(
			arena_format(&arena, "Basic realm=x, Bearer realm=\"%s\"", wrong[i]));
		struct challenge_demand demand;
		struct error err = { 0 };
		CHECK_FAILS_WITH(challenge_choose(&demand, &list, &arena, &err), err,
				 "\", which is no URL to ask");
	}
	CHECK_UNANSWERABLE("Bearer service=x", "it asks for a token without saying of whom");
	CHECK_UNANSWERABLE("Bearer realm=\"x\ty\"",
			   "it asks for a token of \"x\\x09y\", which is no URL to ask");
}

TEST(a_scope_is_visible_text)
{
	CHECK_UNANSWERABLE("Bearer realm=\"https://x\", scope=\"a\tb\"",
			   "its scope has a character that no scope has");
	CHECK_UNANSWERABLE("Bearer realm=\"https://x\", scope=\"a\\\"b\"",
			   "its scope has a character that no scope has");
	CHECK_UNANSWERABLE("Bearer realm=\"https://x\", scope=\"\xc3\xa4\"",
			   "its scope has a character that no scope has");
}
