/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar is that of RFC 9110 (5.6, 11.2 to 11.6), where one comma parts challenges and
 * parameters alike: what comes behind it is a parameter if a "=" follows its name, else a scheme.
 */
#include "builder/registry/challenge.h"

#include <string.h>

#include "libcommon/buffer.h"
#include "libcommon/text.h"

#define ALPHANUMERIC                                                                               \
	"abcdefghijklmnopqrstuvwxyz"                                                               \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                                               \
	"0123456789"
#define TOKEN ALPHANUMERIC "!#$%&'*+-.^_`|~"
#define TOKEN68 ALPHANUMERIC "-._~+/"
#define BLANKS " \t"

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
	const char *header, *at;
	struct challenge_list *list;
	struct arena *arena;
	struct error *err;
};

static int
refuse(const struct reader *reader, const char *why)
{
	return fail(reader->err, "WWW-Authenticate: at character %zu: %s",
		    (size_t) (reader->at - reader->header) + 1, why);
}

static void
skip_blanks(struct reader *reader)
{
	reader->at += strspn(reader->at, BLANKS);
}

/* Lists may have empty elements. */
static void
skip_commas(struct reader *reader)
{
	reader->at += strspn(reader->at, BLANKS ",");
}

/* In lower case, as names of schemes and parameters count the same however they are written. */
static int
read_name(struct reader *reader, const char **name)
{
	size_t n = strspn(reader->at, TOKEN);

	if (n == 0)
		return refuse(reader, "must be a name");
	*name = text_lower(reader->arena, arena_copy(reader->arena, reader->at, n));
	reader->at += n;
	return 0;
}

/* What a quoted string may hold: blanks, and all that is visible, also beyond ASCII. */
static bool
may_be_quoted(char c)
{
	return c == '\t' || ((unsigned char) c >= ' ' && c != '\x7f');
}

static int
read_quoted(struct reader *reader, const char **value)
{
	scoped_buffer text = { 0 };

	for (reader->at++; *reader->at != '"'; reader->at++) {
		if (*reader->at == '\\')
			reader->at++;
		if (*reader->at == '\0')
			return refuse(reader, "the quotes do not end");
		if (!may_be_quoted(*reader->at))
			return refuse(reader, "must not have a control character in quotes");
		buffer_add_char(&text, *reader->at);
	}
	reader->at++;
	*value = arena_copy(reader->arena, buffer_text(&text), text.length);
	return 0;
}

static int
read_value(struct reader *reader, const char **value)
{
	if (*reader->at == '"')
		return read_quoted(reader, value);

	size_t n = strspn(reader->at, TOKEN);
	if (n == 0)
		return refuse(reader, "must be a word or in quotes");
	*value = arena_copy(reader->arena, reader->at, n);
	reader->at += n;
	return 0;
}

/* The name is read, and we are at its "=". */
static int
read_parameter(struct reader *reader, const char *name)
{
	struct challenge *challenge = &reader->list->items[reader->list->count - 1];
	struct pair parameter = { .key = name };

	if (challenge->token68 != NULL)
		return refuse(reader, "a token and parameters exclude each other");
	if (challenge_parameter(challenge, name) != NULL)
		return refuse(reader, "a parameter that is there already");
	if (challenge->parameters.count == CHALLENGE_PARAMETERS_MAX)
		return refuse(reader, "too many parameters");
	reader->at++;
	skip_blanks(reader);
	TRY(read_value(reader, &parameter.value));
	list_add(&challenge->parameters, reader->arena, parameter);
	return 0;
}

/* Letters, perhaps "=" behind, and then nothing more: "YWJj==". False if that is not what is here. */
static bool
read_token68(struct reader *reader, struct challenge *challenge)
{
	size_t n = strspn(reader->at, TOKEN68);

	if (n == 0)
		return false;
	n += strspn(reader->at + n, "=");
	const char *behind = reader->at + n + strspn(reader->at + n, BLANKS);
	if (*behind != ',' && *behind != '\0')
		return false;
	challenge->token68 = arena_copy(reader->arena, reader->at, n);
	reader->at = behind;
	return true;
}

/* The scheme is read. What follows it on the same side of the comma is its first parameter, or all. */
static int
begin_challenge(struct reader *reader, const char *scheme, bool has_more)
{
	struct challenge challenge = { .scheme = scheme };
	const char *name;

	if (reader->list->count == CHALLENGE_COUNT_MAX)
		return refuse(reader, "too many challenges");
	has_more = has_more && *reader->at != ',' && *reader->at != '\0' &&
		   !read_token68(reader, &challenge);
	list_add(reader->list, reader->arena, challenge);
	if (!has_more)
		return 0;
	TRY(read_name(reader, &name));
	skip_blanks(reader);
	if (*reader->at != '=')
		return refuse(reader, "a parameter needs a value");
	return read_parameter(reader, name);
}

static int
read_element(struct reader *reader, size_t before)
{
	const char *name;

	TRY(read_name(reader, &name));
	bool has_blank = *reader->at == ' ';
	skip_blanks(reader);
	if (*reader->at != '=')
		return begin_challenge(reader, name, has_blank);
	/* Those of another header are not to be added to. */
	if (reader->list->count == before)
		return refuse(reader, "a parameter of no challenge");
	return read_parameter(reader, name);
}

int
challenge_read(struct challenge_list *list, const char *header, struct arena *arena,
	       struct error *err)
{
	struct reader reader = { header, header, list, arena, err };
	size_t before = list->count;

	if (strlen(header) > CHALLENGE_HEADER_MAX)
		return fail(err, "WWW-Authenticate: longer than %d characters",
			    CHALLENGE_HEADER_MAX);
	for (skip_commas(&reader); *reader.at != '\0'; skip_commas(&reader)) {
		TRY(read_element(&reader, before));
		skip_blanks(&reader);
		if (*reader.at != ',' && *reader.at != '\0')
			return refuse(&reader, "must be a comma");
	}
	return 0;
}

const char *
challenge_parameter(const struct challenge *challenge, const char *name)
{
	FOR_EACH(parameter, &challenge->parameters)
		if (text_equal(parameter->key, name))
			return parameter->value;
	return NULL;
}

/* ---- choosing -------------------------------------------------------------------------------- */

static const struct challenge *
find_scheme(const struct challenge_list *list, const char *scheme)
{
	FOR_EACH(challenge, list)
		if (text_equal(challenge->scheme, scheme))
			return challenge;
	return NULL;
}

/* One that can be asked as it stands: nothing in it that would have to be escaped (RFC 3986). */
static bool
is_url(const char *text)
{
	static const char allowed[] = ALPHANUMERIC "-._~:/?[]@!$&'()*+,;=%";
	scoped_arena arena = { 0 };
	const char *lower = text_lower(&arena, text);
	const char *host = text_after(lower, "https://");

	if (host == NULL)
		host = text_after(lower, "http://");
	if (host == NULL || text[strspn(text, allowed)] != '\0')
		return false;
	size_t n = strcspn(host, "/?");
	return n > 0 && host[0] != ':' && memchr(host, '@', n) == NULL;
}

/* RFC 6749, 3.3: between blanks, all that is visible but quotes and backslashes. */
static int
read_scopes(struct text_list *scopes, const char *text, struct arena *arena, struct error *err)
{
	for (const char *at = text; *at != '\0'; at++)
		if (*at < ' ' || *at > '~' || *at == '"' || *at == '\\')
			return fail(err, "its scope has a character that no scope has");
	struct text_list words = text_split(arena, text, ' ');
	FOR_EACH(word, &words)
		if (**word != '\0')
			list_add(scopes, arena, *word);
	return 0;
}

static int
demand_token(struct challenge_demand *demand, const struct challenge *challenge,
	     struct arena *arena, struct error *err)
{
	const char *scope = challenge_parameter(challenge, "scope");

	*demand = (struct challenge_demand){
		.kind = CHALLENGE_BEARER,
		.realm = challenge_parameter(challenge, "realm"),
		.service = challenge_parameter(challenge, "service"),
	};
	if (demand->realm == NULL)
		return fail(err, "it asks for a token without saying of whom");
	if (!is_url(demand->realm)) {
		scoped_buffer shown = { 0 };
		buffer_add_shown(&shown, demand->realm, strlen(demand->realm), 200);
		return fail(err, "it asks for a token of \"%s\", which is no URL to ask",
			    buffer_text(&shown));
	}
	return scope == NULL ? 0 : read_scopes(&demand->scopes, scope, arena, err);
}

int
challenge_choose(struct challenge_demand *demand, const struct challenge_list *list,
		 struct arena *arena, struct error *err)
{
	const struct challenge *bearer = find_scheme(list, "bearer"),
			       *basic = find_scheme(list, "basic");

	if (bearer != NULL)
		return demand_token(demand, bearer, arena, err);
	if (basic == NULL)
		return 1;

	/* RFC 7617 wants a realm; nothing depends on it, and some have none. */
	const char *realm = challenge_parameter(basic, "realm");
	*demand = (struct challenge_demand){
		.kind = CHALLENGE_BASIC,
		.realm = realm != NULL ? realm : "",
	};
	return 0;
}
