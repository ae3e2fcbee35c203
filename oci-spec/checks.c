/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/checks.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/list.h"
#include "oci-spec/digest.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define IFNAME_MAX 15 /* IFNAMSIZ without the NUL */

static const char *
text_of(const void *value)
{
	return *(const char *const *) value;
}

int
checks_absolute(const void *value, struct error *err)
{
	const char *text = text_of(value);

	return text[0] == '/' ? 0 : fail(err, "must be an absolute path, not \"%s\"", text);
}

int
checks_not_empty(const void *value, struct error *err)
{
	return text_of(value)[0] != '\0' ? 0 : fail(err, "must not be empty");
}

int
checks_environment(const void *value, struct error *err)
{
	const char *text = text_of(value);

	if (text[0] == '=' || strchr(text, '=') == NULL)
		return fail(err, "must be NAME=VALUE, not \"%s\"", text);
	return 0;
}

/* ---- versions: major.minor.patch, -pre.release, +build --------------------------------------- */

/* Behind a number without leading zeros, or NULL. */
static const char *
skip_number(const char *text)
{
	size_t n = strspn(text, DIGITS);

	return n == 0 || (n > 1 && text[0] == '0') ? NULL : text + n;
}

/* Behind dotted identifiers, none of them empty, or NULL. */
static const char *
skip_identifiers(const char *text, bool leading_zeros)
{
	for (;; text++) {
		size_t digits = strspn(text, DIGITS);
		size_t n = strspn(text, DIGITS LETTERS "-");
		if (n == 0 || (!leading_zeros && digits == n && n > 1 && text[0] == '0'))
			return NULL;
		text += n;
		if (*text != '.')
			return text;
	}
}

static bool
is_version(const char *text)
{
	for (int i = 0; i < 3; i++) {
		text = skip_number(text);
		if (text == NULL || (i < 2 && *text++ != '.'))
			return false;
	}
	if (*text == '-')
		text = skip_identifiers(text + 1, false);
	if (text != NULL && *text == '+')
		text = skip_identifiers(text + 1, true);
	return text != NULL && *text == '\0';
}

int
checks_version(const void *value, struct error *err)
{
	const char *text = text_of(value);

	return is_version(text) ? 0
				: fail(err, "must be a version like \"1.3.0\", not \"%s\"", text);
}

/* ---- small grammars -------------------------------------------------------------------------- */

static bool
is_cpu_range(const char **text)
{
	char *end;
	unsigned long first, last;

	if (strspn(*text, DIGITS) == 0)
		return false;
	first = last = strtoul(*text, &end, 10);
	if (*end == '-' && strspn(end + 1, DIGITS) > 0)
		last = strtoul(end + 1, &end, 10);
	*text = end;
	return first <= last && last <= INT32_MAX;
}

int
checks_cpu_list(const void *value, struct error *err)
{
	const char *text = text_of(value);

	for (const char *at = text;; at++) {
		at += strspn(at, " ");
		if (!is_cpu_range(&at))
			break;
		at += strspn(at, " ");
		if (*at == '\0')
			return 0;
		if (*at != ',')
			break;
	}
	return fail(err, "must be a list like \"0-3,7\", not \"%s\"", text);
}

int
checks_access(const void *value, struct error *err)
{
	const char *text = text_of(value);

	if (text[strspn(text, "rwm")] != '\0')
		return fail(err, "must be made of the letters r, w and m, not \"%s\"", text);
	return 0;
}

int
checks_page_size(const void *value, struct error *err)
{
	const char *text = text_of(value);
	size_t n = strspn(text, DIGITS);
	const char *unit = text + n;

	if (n == 0 || text[0] == '0' || strspn(unit, "KMG") != 1 || strcmp(unit + 1, "B") != 0)
		return fail(err, "must be a size like \"64KB\", \"2MB\" or \"1GB\", not \"%s\"",
			    text);
	return 0;
}

int
checks_interface(const void *value, struct error *err)
{
	const char *text = text_of(value);

	if (text[0] == '\0' || strlen(text) > IFNAME_MAX ||
	    text[strcspn(text, "/: \t\r\n\v\f")] != '\0' || strcmp(text, ".") == 0 ||
	    strcmp(text, "..") == 0)
		return fail(err, "must be the name of a network interface, not \"%s\"", text);
	return 0;
}

int
checks_bandwidth(const void *value, struct error *err)
{
	const char *text = text_of(value);

	if (strncmp(text, "MB:", 3) != 0 || strchr(text, '\n') != NULL)
		return fail(err, "must be one line that begins with \"MB:\", not \"%s\"", text);
	return 0;
}

/* Behind one half of a media type (RFC 6838, section 4.2), or NULL. */
static const char *
skip_media_name(const char *text)
{
	size_t n = strspn(text, DIGITS LETTERS "!#$&^_.+-");

	return n == 0 || n > 127 || strspn(text, DIGITS LETTERS) == 0 ? NULL : text + n;
}

int
checks_media_type(const void *value, struct error *err)
{
	const char *text = text_of(value), *end = skip_media_name(text);

	if (end != NULL && *end == '/')
		end = skip_media_name(end + 1);
	else
		end = NULL;
	if (end == NULL || *end != '\0')
		return fail(err, "must be a media type, not \"%s\"", text);
	return 0;
}

int
checks_digest(const void *value, struct error *err)
{
	return digest_check(text_of(value), err);
}

/* ---- members of maps ------------------------------------------------------------------------- */

int
checks_named(const void *value, struct error *err)
{
	const struct pair *pair = value;

	return pair->key[0] != '\0' ? 0 : fail(err, "a name must not be empty");
}

int
checks_file_name(const void *value, struct error *err)
{
	const struct pair *pair = value;

	if (pair->key[0] == '\0' || strchr(pair->key, '/') != NULL || strcmp(pair->key, ".") == 0 ||
	    strcmp(pair->key, "..") == 0)
		return fail(err, "must be the name of a file, not of a path");
	return 0;
}
