/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a PAX header: all of them are understood as the format has it, or none are. */
#include "tests/fuzz/fuzz.h"

#include "builder/layer/tar_pax.h"
#include "libcommon/text.h"

static void
read_body(struct tar_pax *pax, const void *bytes, size_t n)
{
	pax->sparse_offset = -1;
	buffer_add(&pax->body, bytes, n);
}

/* "LENGTH KEY=VALUE\n", the length with itself in it. */
static void
print_record(struct buffer *out, const char *prefix, const char *key, const void *value,
	     size_t size)
{
	size_t rest = strlen(prefix) + strlen(key) + size + 3, length = rest + 1;

	while ((size_t) snprintf(NULL, 0, "%zu", length) + rest != length)
		length++;
	buffer_add_format(out, "%zu %s%s=", length, prefix, key);
	buffer_add(out, value, size);
	buffer_add_char(out, '\n');
}

static void
print_text(struct buffer *out, const char *key, const char *value)
{
	if (value != NULL)
		print_record(out, "", key, value, strlen(value));
}

static void
print(struct buffer *out, const struct tar_pax *pax)
{
	print_text(out, "path", pax->path);
	print_text(out, "linkpath", pax->link);
	print_text(out, "size", pax->size);
	print_text(out, "uid", pax->uid);
	print_text(out, "gid", pax->gid);
	print_text(out, "mtime", pax->mtime);
	print_text(out, "GNU.sparse.major", pax->sparse_major);
	print_text(out, "GNU.sparse.minor", pax->sparse_minor);
	print_text(out, "GNU.sparse.name", pax->sparse_name);
	print_text(out, "GNU.sparse.size", pax->sparse_size);
	print_text(out, "GNU.sparse.realsize", pax->sparse_real_size);
	print_text(out, "GNU.sparse.map", pax->sparse_map);
	for (size_t i = 0; i < pax->sparse.count; i++) {
		char number[32];
		(void) snprintf(number, sizeof(number), "%ju",
				(uintmax_t) pax->sparse.items[i].offset);
		print_text(out, "GNU.sparse.offset", number);
		(void) snprintf(number, sizeof(number), "%ju",
				(uintmax_t) pax->sparse.items[i].size);
		print_text(out, "GNU.sparse.numbytes", number);
	}
	for (size_t i = 0; i < pax->attribute_count; i++)
		print_record(out, "SCHILY.xattr.", pax->attributes[i].name,
			     pax->attributes[i].value, pax->attributes[i].size);
}

static void
check(const struct tar_pax *pax)
{
	const char *begin = pax->body.bytes, *end = begin + pax->body.length;

	DEMAND(pax->attribute_count <= tar_read_limits.attributes);
	DEMAND(pax->sparse.count <= tar_read_limits.pieces);
	for (size_t i = 0; i < pax->attribute_count; i++) {
		const struct entry_attribute *attribute = &pax->attributes[i];
		const char *value = attribute->value;
		DEMAND(value >= begin && value + attribute->size <= end);
		DEMAND(strlen(attribute->name) <= 255 && strchr(attribute->name, '.') != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct tar_pax pax = { 0 }, again = { 0 };
	scoped_buffer one = { 0 }, two = { 0 }, global = { 0 };
	struct error err = { 0 };

	buffer_add(&global, bytes, n);
	if (n > 0 && tar_pax_parse_global(&global, &err) < 0)
		DEMAND_REASON(err);
	read_body(&pax, bytes, n);
	if (n > 0 && tar_pax_parse(&pax, &tar_read_limits, &err) < 0) {
		DEMAND_REASON(err);
	} else {
		check(&pax);
		print(&one, &pax);
		read_body(&again, buffer_text(&one), one.length);
		DEMAND(tar_pax_parse(&again, &tar_read_limits, &err) == 0);
		print(&two, &again);
		DEMAND(one.length == two.length &&
		       memcmp(buffer_text(&one), buffer_text(&two), one.length) == 0);
	}
	tar_pax_done(&pax);
	tar_pax_done(&again);
	return 0;
}
