/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_limit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/arena.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_file.h"

/* ---- what the document says ------------------------------------------------------------------ */

static const struct field *
find_field(const struct schema *schema, const char *name, size_t n)
{
	for (size_t i = 0; i < schema->count; i++)
		if (schema->fields[i].key_length == n &&
		    memcmp(schema->fields[i].key, name, n) == 0)
			return &schema->fields[i];
	return NULL;
}

/* The wish's last member. `base` is moved to the struct that it is in, NULL if that is absent. */
static const struct field *
find_member(const char *wish, const void **base)
{
	const char *dot = strchr(wish, '.');
	const struct field *field = find_field(&oci_resources_schema, wish,
					       dot == NULL ? strlen(wish) : (size_t) (dot - wish));

	if (field == NULL || dot == NULL)
		return field;
	if (*base != NULL)
		*base = *(const void *const *) ((const char *) *base + field->offset);
	return find_field(field->of, dot + 1, strlen(dot + 1));
}

bool
cgroup_limit_is_known(const struct cgroup_limit *limit)
{
	const void *nothing = NULL;

	return find_member(limit->wish, &nothing) != NULL;
}

int
cgroup_limit_put(struct cgroup_place place, const struct oci_resources *resources,
		 struct error *err)
{
	const struct cgroup_limit *limit = place.limit;
	const void *base = resources;

	place.field = find_member(limit->wish, &base);
	assert(place.field != NULL);
	if (base == NULL)
		return 1;

	const void *at = (const char *) base + place.field->offset;
	if (place.field->shape != SHAPE_LIST && place.field->shape != SHAPE_MAP) {
		const void *value = *(const void *const *) at;
		return value == NULL ? 1 : limit->put(&place, value, err);
	}
	const struct any_list *list = at;
	for (size_t i = 0; i < list->count; i++)
		TRY(limit->put(&place, (const char *) list->items + i * place.field->size, err));
	return list->count == 0;
}

/* Any integer or bool; what an int64_t cannot hold is larger than any limit of the kernel's. */
static int64_t
number_of(const struct field *field, const void *value)
{
	if (field->kind == KIND_BOOL)
		return *(const bool *) value;
	if (field->kind == KIND_INT)
		return *(const int64_t *) value;
	if (field->size == sizeof(uint16_t))
		return *(const uint16_t *) value;
	if (field->size == sizeof(uint32_t))
		return *(const uint32_t *) value;

	uint64_t large = *(const uint64_t *) value;
	return large > INT64_MAX ? INT64_MAX : (int64_t) large;
}

/* ---- how it is written ----------------------------------------------------------------------- */

int
cgroup_limit_write(const struct cgroup_place *place, const char *file, const char *text,
		   struct error *err)
{
	if (place->dir < 0)
		return fail(err,
			    "%s: no cgroup hierarchy that we may use has the controller for %s",
			    place->limit->wish, file);
	if (cgroup_file_write(place->dir, file, text) == 0)
		return 0;
	if (errno != ENOENT)
		return fail_errno(err, "%s: write \"%s\" to %s%s/%s", place->limit->wish, text,
				  place->mount, place->path, file);
	(void) fail(
		err,
		"%s: cgroup %s%s has no %s: its controller is missing there, or has no such limit",
		place->limit->wish, place->mount, place->path, file);
	err->code = ENOENT;
	return -1;
}

int
cgroup_limit_write_number(const struct cgroup_place *place, const char *file, int64_t number,
			  struct error *err)
{
	char text[32];

	(void) snprintf(text, sizeof(text), "%" PRId64, number);
	return cgroup_limit_write(place, file, text, err);
}

int
cgroup_limit_text(const struct cgroup_place *place, const void *value, struct error *err)
{
	const char *text = value;

	return text[0] == '\0' ? 0 : cgroup_limit_write(place, place->limit->file, text, err);
}

int
cgroup_limit_number(const struct cgroup_place *place, const void *value, struct error *err)
{
	return cgroup_limit_write_number(place, place->limit->file, number_of(place->field, value),
					 err);
}

int
cgroup_limit_if_set(const struct cgroup_place *place, const void *value, struct error *err)
{
	return number_of(place->field, value) == 0 ? 0 : cgroup_limit_number(place, value, err);
}

int
cgroup_limit_or_max(const struct cgroup_place *place, const void *value, struct error *err)
{
	if (number_of(place->field, value) < 0)
		return cgroup_limit_write(place, place->limit->file, "max", err);
	return cgroup_limit_if_set(place, value, err);
}

/* 0 would not even let the container's first process be born, so it is as little as can be. */
int
cgroup_limit_count(const struct cgroup_place *place, const void *value, struct error *err)
{
	int64_t number = number_of(place->field, value);

	if (number < 0)
		return cgroup_limit_write(place, place->limit->file, "max", err);
	return cgroup_limit_write_number(place, place->limit->file, number == 0 ? 1 : number, err);
}

int
cgroup_limit_refuse(const struct cgroup_place *place, const void *value, struct error *err)
{
	if (place->field->shape != SHAPE_LIST && number_of(place->field, value) <= 0)
		return 0;
	return fail(err, "%s: %s", place->limit->wish, place->limit->word);
}

/* The size is a word that the document's table has checked, so it can be part of a file's name. */
int
cgroup_limit_pages(const struct cgroup_place *place, const void *value, struct error *err)
{
	const struct oci_hugepage_limit *wish = value;
	const char *file = text_after(place->limit->file, "hugetlb.");
	char name[64], number[32];

	(void) snprintf(number, sizeof(number), "%" PRIu64, wish->limit);
	(void) snprintf(name, sizeof(name), "hugetlb.%s.%s", wish->page_size, file);
	TRY(cgroup_limit_write(place, name, number, err));

	(void) snprintf(name, sizeof(name), "hugetlb.%s.rsvd.%s", wish->page_size, file);
	if (cgroup_limit_write(place, name, number, err) < 0 &&
	    err->code != ENOENT) /* is there since 5.7 */
		return -1;
	return 0;
}

int
cgroup_limit_rdma(const struct cgroup_place *place, const void *value, struct error *err)
{
	scoped_arena arena = { 0 };
	const struct oci_rdma *wish = value;
	const char *text = wish->key;

	if (wish->hca_handles != NULL)
		text = arena_format(&arena, "%s hca_handle=%" PRIu32, text, *wish->hca_handles);
	if (wish->hca_objects != NULL)
		text = arena_format(&arena, "%s hca_object=%" PRIu32, text, *wish->hca_objects);
	return cgroup_limit_write(place, place->limit->file, text, err);
}
