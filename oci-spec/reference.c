/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/reference.h"

#include <string.h>

#include "libcommon/text.h"
#include "oci-spec/digest.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define LETTERS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

#define NAME_MAX_LENGTH 255 /* of registry and repository together */
#define TAG_MAX_LENGTH 128

#define OLD_REGISTRY "index.docker.io" /* docker.io by an older name */
#define LIBRARY "library/"

/* ---- grammar --------------------------------------------------------------------------------- */

/* Letters and digits in runs, between them one ".", one or two "_", or any number of "-". */
static bool
is_component(const char *text, size_t n)
{
	const char *end = text + n;

	for (const char *at = text;;) {
		size_t run = strspn(at, LOWER DIGITS);
		if (run == 0 || run > (size_t) (end - at))
			return false;
		at += run;
		if (at == end)
			return true;
		size_t dashes = strspn(at, "-"), lines = strspn(at, "_");
		if (dashes == 0 && lines != 1 && lines != 2 && *at != '.')
			return false;
		at += dashes > 0 ? dashes : lines > 0 ? lines : 1;
	}
}

static bool
is_repository(const char *text)
{
	for (;; text++) {
		size_t n = strcspn(text, "/");
		if (!is_component(text, n))
			return false;
		text += n;
		if (*text == '\0')
			return true;
	}
}

/* One part of a host name: letters, digits, and "-" inside. */
static bool
is_host_part(const char *text, size_t n)
{
	return n > 0 && strspn(text, LETTERS DIGITS "-") == n && text[0] != '-' &&
	       text[n - 1] != '-';
}

static bool
is_host(const char *text, size_t n)
{
	if (n > 2 && text[0] == '[')
		return text[n - 1] == ']' && strspn(text + 1, "0123456789abcdefABCDEF:") == n - 2;
	for (const char *end = text + n;; text++) {
		size_t part = strcspn(text, ".:");
		part = part < (size_t) (end - text) ? part : (size_t) (end - text);
		if (!is_host_part(text, part))
			return false;
		text += part;
		if (text == end)
			return true;
	}
}

static bool
is_registry(const char *text)
{
	const char *bracket = strrchr(text, ']');
	const char *port = strchr(bracket != NULL ? bracket : text, ':');

	if (port == NULL)
		return is_host(text, strlen(text));
	return is_host(text, (size_t) (port - text)) && port[1] != '\0' &&
	       port[1 + strspn(port + 1, DIGITS)] == '\0';
}

bool
reference_is_tag(const char *text)
{
	size_t n = strspn(text, LETTERS DIGITS "_.-");

	return n > 0 && n <= TAG_MAX_LENGTH && text[n] == '\0' && text[0] != '.' && text[0] != '-';
}

/* Before the first "/", is it a registry, or already the repository? */
static bool
looks_like_registry(const char *text, size_t n)
{
	bool localhost = n == strlen("localhost") && strncmp(text, "localhost", n) == 0;
	size_t lower = strcspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return localhost || strcspn(text, ".:[") < n || lower < n;
}

/* What is all hexadecimal and as long as a digest could be taken for an image's id. */
static bool
looks_like_id(const char *text)
{
	return strlen(text) == 64 && strspn(text, DIGITS "abcdef") == 64;
}

/* ---- parsing --------------------------------------------------------------------------------- */

static int
check_name(const struct reference *reference, const char *text, struct error *err)
{
	size_t length = strlen(reference->repository);
	scoped_arena arena = { 0 };

	if (reference->registry != NULL && !is_registry(reference->registry))
		return fail(err, "\"%.300s\" names no image: \"%.100s\" is no registry", text,
			    reference->registry);
	if (reference->registry != NULL)
		length += strlen(reference->registry) + 1;
	if (length > NAME_MAX_LENGTH)
		return fail(err,
			    "\"%.300s…\" names no image: the name is longer than %d characters",
			    text, NAME_MAX_LENGTH);
	if (is_repository(reference->repository))
		return 0;
	if (is_repository(text_lower(&arena, reference->repository)))
		return fail(err, "\"%s\" names no image: the repository must be in lower case",
			    text);
	return fail(err, "\"%s\" names no image: \"%s\" is no repository", text,
		    reference->repository);
}

/* Cuts the last part off, from a separator that is behind the last "/". */
static const char *
cut_tag(char *name)
{
	char *slash = strrchr(name, '/');
	char *colon = strrchr(slash != NULL ? slash : name, ':');

	if (colon == NULL)
		return NULL;
	*colon = '\0';
	return colon + 1;
}

int
reference_parse(struct reference *reference, struct arena *arena, const char *text,
		struct error *err)
{
	char *name = arena_text(arena, text);
	char *at = strchr(name, '@');

	*reference = (struct reference){ .digest = at != NULL ? at + 1 : NULL };
	if (at != NULL)
		*at = '\0';
	reference->tag = cut_tag(name);
	reference->repository = name;
	if (reference->digest != NULL && digest_check(reference->digest, err) < 0)
		return error_prefixf(err, "\"%.300s\" names no image", text);
	if (reference->tag != NULL && !reference_is_tag(reference->tag))
		return fail(err, "\"%.300s\" names no image: \"%.150s\" is no tag", text,
			    reference->tag);

	char *slash = strchr(name, '/');
	if (slash != NULL && looks_like_registry(name, (size_t) (slash - name))) {
		*slash = '\0';
		reference->registry = name;
		reference->repository = slash + 1;
	}
	if (reference->registry == NULL && looks_like_id(reference->repository))
		return fail(err, "\"%s\" names no image: it is the id of one", text);
	return check_name(reference, text, err);
}

void
reference_complete(struct reference *reference, struct arena *arena)
{
	if (reference->registry == NULL || text_equal(reference->registry, OLD_REGISTRY))
		reference->registry = REFERENCE_REGISTRY;
	if (text_equal(reference->registry, REFERENCE_REGISTRY) &&
	    strchr(reference->repository, '/') == NULL)
		reference->repository = arena_format(arena, LIBRARY "%s", reference->repository);
	if (reference->tag == NULL && reference->digest == NULL)
		reference->tag = REFERENCE_TAG;
}

int
reference_parse_full(struct reference *reference, struct arena *arena, const char *text,
		     struct error *err)
{
	TRY(reference_parse(reference, arena, text, err));
	reference_complete(reference, arena);
	return 0;
}

/* ---- text ------------------------------------------------------------------------------------ */

char *
reference_text(const struct reference *r, struct arena *arena)
{
	return arena_format(arena, "%s%s%s%s%s%s%s", r->registry != NULL ? r->registry : "",
			    r->registry != NULL ? "/" : "", r->repository,
			    r->tag != NULL ? ":" : "", r->tag != NULL ? r->tag : "",
			    r->digest != NULL ? "@" : "", r->digest != NULL ? r->digest : "");
}

/* "a.b/c" and what looks like an id would be read as something else without docker.io in front. */
static bool
is_read_as(const char *text, const struct reference *reference, struct arena *arena)
{
	struct reference read, whole = *reference;
	struct error unused;

	reference_complete(&whole, arena);
	return reference_parse_full(&read, arena, text, &unused) == 0 &&
	       text_equal(read.registry, whole.registry) &&
	       text_equal(read.repository, whole.repository);
}

char *
reference_familiar(const struct reference *reference, struct arena *arena)
{
	struct reference familiar = *reference;

	if (!text_equal(familiar.registry, REFERENCE_REGISTRY))
		return reference_text(&familiar, arena);
	familiar.registry = NULL;

	const char *official = text_after(familiar.repository, LIBRARY);
	if (official != NULL && strchr(official, '/') == NULL)
		familiar.repository = official;
	char *text = reference_text(&familiar, arena);
	return is_read_as(text, reference, arena) ? text : reference_text(reference, arena);
}
