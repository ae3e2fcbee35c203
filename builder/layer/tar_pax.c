/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/tar_pax.h"

#include <stdlib.h>
#include <string.h>

#include "builder/layer/tar_number.h"
#include "libcommon/text.h"

#define ATTRIBUTE "SCHILY.xattr."
#define SPARSE    "GNU.sparse."

struct record {
	char *key, *value; /* both with a NUL behind */
	size_t size;       /* of the value, which may have NULs in it */
};

static const struct keyword {
	const char *key;
	size_t member;
} keywords[] = {
	{ "path", offsetof(struct tar_pax, path) },
	{ "linkpath", offsetof(struct tar_pax, link) },
	{ "size", offsetof(struct tar_pax, size) },
	{ "uid", offsetof(struct tar_pax, uid) },
	{ "gid", offsetof(struct tar_pax, gid) },
	{ "mtime", offsetof(struct tar_pax, mtime) },
	{ SPARSE "major", offsetof(struct tar_pax, sparse_major) },
	{ SPARSE "minor", offsetof(struct tar_pax, sparse_minor) },
	{ SPARSE "name", offsetof(struct tar_pax, sparse_name) },
	{ SPARSE "size", offsetof(struct tar_pax, sparse_size) },
	{ SPARSE "realsize", offsetof(struct tar_pax, sparse_real_size) },
	{ SPARSE "map", offsetof(struct tar_pax, sparse_map) },
};

void
tar_pax_done(struct tar_pax *pax)
{
	buffer_done(&pax->body);
	tar_sparse_done(&pax->sparse);
	free(pax->attributes);
	pax->attributes = NULL;
}

void
tar_pax_clear(struct tar_pax *pax)
{
	struct tar_pax kept = *pax;

	*pax = (struct tar_pax){ .body = kept.body, .sparse = kept.sparse, .sparse_offset = -1,
				 .attributes = kept.attributes, .attribute_room = kept.attribute_room };
	buffer_clear(&pax->body);
	tar_sparse_clear(&pax->sparse);
}

/* ---- one record ------------------------------------------------------------------------------- */

static int
fail_record(struct error *err, const char *what)
{
	return fail(err, "a PAX record %s", what);
}

/* "LENGTH KEY=VALUE\n", where the length counts itself and the line end. */
static int
cut_record(struct record *record, char **at, size_t *left, struct error *err)
{
	size_t digits = 0, length = 0;

	while (digits < *left && (*at)[digits] >= '0' && (*at)[digits] <= '9' && length <= *left)
		length = length * 10 + (size_t) ((*at)[digits++] - '0');
	if (digits == 0 || digits == *left || (*at)[digits] != ' ')
		return fail_record(err, "does not begin with its length");
	if (length > *left || length < digits + 4)
		return fail_record(err, "has the wrong length");
	if ((*at)[length - 1] != '\n')
		return fail_record(err, "does not end with a line end");

	record->key = *at + digits + 1;
	char *end = *at + length - 1, *equals = memchr(record->key, '=', (size_t) (end - record->key));
	if (equals == NULL || equals == record->key)
		return fail_record(err, "has no keyword");
	if (memchr(record->key, '\0', (size_t) (equals - record->key)) != NULL)
		return fail_record(err, "has a NUL in its keyword");
	*equals = *end = '\0';
	record->value = equals + 1;
	record->size = (size_t) (end - record->value);
	*at += length;
	*left -= length;
	return 0;
}

/* ---- what it says ----------------------------------------------------------------------------- */

/* Replaces one of the same name. */
static int
keep_attribute(struct tar_pax *pax, const struct tar_limits *limits, const char *name,
	       const struct record *record, struct error *err)
{
	const char *dot = strchr(name, '.');
	size_t i = 0;

	if (dot == NULL || dot == name || dot[1] == '\0' || strlen(name) > 255)
		return fail(err, "its attribute \"%.64s\" has no name that an attribute could have",
			    entry_shown(name).text);
	if (record->size > limits->attribute_size)
		return fail(err, "its attribute \"%s\" has more than %zu bytes", entry_shown(name).text,
			    limits->attribute_size);
	while (i < pax->attribute_count && strcmp(pax->attributes[i].name, name) != 0)
		i++;
	if (i == limits->attributes)
		return fail(err, "it has more than %zu attributes", limits->attributes);
	if (i == pax->attribute_room) {
		pax->attribute_room = pax->attribute_room * 2 + 8;
		pax->attributes = reallocarray(pax->attributes, pax->attribute_room, sizeof(*pax->attributes));
		if (pax->attributes == NULL)
			abort();
	}
	pax->attributes[i] = (struct entry_attribute){ name, record->value, record->size };
	pax->attribute_count += i == pax->attribute_count;
	return 0;
}

/* PAX 0.0: a record for each offset, and one for each size behind it. Returns 1 if it is none of these. */
static int
keep_piece(struct tar_pax *pax, const struct record *record, struct error *err)
{
	int64_t size;

	if (strcmp(record->key, SPARSE "offset") == 0)
		return tar_number_decimal(&pax->sparse_offset, record->value, "sparse map", err);
	if (strcmp(record->key, SPARSE "numbytes") != 0)
		return 1;
	TRY(tar_number_decimal(&size, record->value, "sparse map", err));
	TRY(tar_sparse_add(&pax->sparse, pax->sparse_offset, size, err));
	pax->sparse_offset = -1;
	return 0;
}

static const struct keyword *
find_keyword(const char *key)
{
	for (size_t i = 0; i < COUNT(keywords); i++)
		if (strcmp(key, keywords[i].key) == 0)
			return &keywords[i];
	return NULL;
}

static int
keep(struct tar_pax *pax, const struct tar_limits *limits, const struct record *record, struct error *err)
{
	const char *name = text_after(record->key, ATTRIBUTE);

	if (name != NULL)
		return keep_attribute(pax, limits, name, record, err);
	if (strlen(record->value) != record->size)
		return fail_record(err, "has a NUL in its value");

	const struct keyword *keyword = find_keyword(record->key);
	if (keyword == NULL)
		return GET(keep_piece(pax, record, err)) * 0;
	*(const char **) (void *) ((char *) pax + keyword->member) = record->size > 0 ? record->value : NULL;
	return 0;
}

static int
check_attributes(const struct tar_pax *pax, const struct tar_limits *limits, struct error *err)
{
	size_t sum = 0;

	for (size_t i = 0; i < pax->attribute_count; i++)
		sum += pax->attributes[i].size;
	if (sum > limits->attributes_size)
		return fail(err, "its attributes have more than %zu bytes", limits->attributes_size);
	return 0;
}

int
tar_pax_parse(struct tar_pax *pax, const struct tar_limits *limits, struct error *err)
{
	char *at = pax->body.bytes;
	size_t left = pax->body.length;
	struct record record;

	pax->there = true;
	pax->sparse.limit = limits->pieces;
	while (left > 0) {
		TRY(cut_record(&record, &at, &left, err));
		TRY(keep(pax, limits, &record, err));
	}
	return check_attributes(pax, limits, err);
}

int
tar_pax_parse_global(struct buffer *body, struct error *err)
{
	char *at = body->bytes;
	size_t left = body->length;
	struct record record;

	while (left > 0) {
		TRY(cut_record(&record, &at, &left, err));
		if (find_keyword(record.key) != NULL || text_after(record.key, ATTRIBUTE) != NULL ||
		    text_after(record.key, SPARSE) != NULL)
			return fail(err, "a global PAX header sets \"%s\" for all that follows",
				    entry_shown(record.key).text);
	}
	return 0;
}
