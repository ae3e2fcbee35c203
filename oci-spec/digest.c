/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/digest.h"

#include <stdio.h>
#include <string.h>

#define LOWER_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"
#define ENCODED "ABCDEFGHIJKLMNOPQRSTUVWXYZ" LOWER_DIGITS "=_-"
#define DIGEST_MAX 512 /* longer is no digest of anything, and would not do as a file name */

static const struct algorithm {
	const char *name;
	size_t digits;
	bool computed; /* by us */
} algorithms[] = {
	{ "sha256", 64, true },
	{ "sha512", 128, true },
	{ "blake3", 64, false },
};

static const struct algorithm *
find_algorithm(const char *text)
{
	size_t n = digest_algorithm_length(text);

	for (size_t i = 0; i < COUNT(algorithms); i++)
		if (strlen(algorithms[i].name) == n && strncmp(algorithms[i].name, text, n) == 0)
			return &algorithms[i];
	return NULL;
}

/* algorithm ::= component (separator component)*, the colon, something encoded */
static bool
is_digest(const char *text)
{
	const char *at = text;

	for (;; at++) {
		size_t n = strspn(at, LOWER_DIGITS);
		if (n == 0)
			return false;
		at += n;
		if (*at == ':')
			break;
		if (*at == '\0' || strchr("+._-", *at) == NULL)
			return false;
	}
	size_t n = strspn(at + 1, ENCODED);
	return n > 0 && at[1 + n] == '\0' && strlen(text) <= DIGEST_MAX;
}

int
digest_check(const char *text, struct error *err)
{
	if (!is_digest(text))
		return fail(err, "must be a digest like \"sha256:…\", not \"%.80s\"", text);

	const struct algorithm *algorithm = find_algorithm(text);
	const char *encoded = digest_encoded(text);
	if (algorithm != NULL && (strlen(encoded) != algorithm->digits ||
				  encoded[strspn(encoded, "0123456789abcdef")] != '\0'))
		return fail(err, "must have %zu lower-case hexadecimal digits: \"%.80s\"",
			    algorithm->digits, text);
	return 0;
}

int
digest_check_known(const char *text, struct error *err)
{
	TRY(digest_check(text, err));

	const struct algorithm *algorithm = find_algorithm(text);
	if (algorithm == NULL || !algorithm->computed)
		return fail(err, "digests by %.*s are not known: \"%.80s\"",
			    (int) digest_algorithm_length(text), text, text);
	return 0;
}

size_t
digest_algorithm_length(const char *text)
{
	return strcspn(text, ":");
}

const char *
digest_encoded(const char *text)
{
	const char *colon = strchr(text, ':');

	assert(colon != NULL);
	return colon + 1;
}

void
digest_shorten(char out[DIGEST_SHORT_SIZE], const char *text)
{
	(void) snprintf(out, DIGEST_SHORT_SIZE, "%s", digest_encoded(text));
}
