/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/tar_sparse.h"

#include <stdlib.h>

#include "builder/layer/tar_number.h"

void
tar_sparse_done(struct tar_sparse *map)
{
	free(map->items);
	*map = (struct tar_sparse){ 0 };
}

void
tar_sparse_clear(struct tar_sparse *map)
{
	map->count = 0;
}

int
tar_sparse_add(struct tar_sparse *map, int64_t offset, int64_t size, struct error *err)
{
	if (offset < 0 || size < 0)
		return fail(err, "its sparse map has a negative number");
	if (map->count == map->limit)
		return fail(err, "its sparse map has more than %zu pieces", map->limit);
	if (map->count == map->room) {
		map->room = map->room == 0 ? 32 : map->room * 2;
		map->items = reallocarray(map->items, map->room, sizeof(*map->items));
		if (map->items == NULL)
			abort();
	}
	map->items[map->count++] = (struct tar_extent){ (uint64_t) offset, (uint64_t) size };
	return 0;
}

int
tar_sparse_add_block(struct tar_sparse *map, const struct tar_piece *pieces, size_t n, struct error *err)
{
	for (size_t i = 0; i < n && pieces[i].size[0] != '\0'; i++) {
		int64_t offset, size;

		TRY(tar_number_field(&offset, pieces[i].offset, sizeof(pieces[i].offset), "sparse map", err));
		TRY(tar_number_field(&size, pieces[i].size, sizeof(pieces[i].size), "sparse map", err));
		TRY(tar_sparse_add(map, offset, size, err));
	}
	return 0;
}

/* One number and the comma behind it; the last has none. */
static int
read_number(int64_t *number, const char **at, struct error *err)
{
	char digits[24];
	size_t n = strcspn(*at, ",");

	if (n == 0 || n >= sizeof(digits))
		return fail(err, "its sparse map makes no sense");
	memcpy(digits, *at, n);
	digits[n] = '\0';
	*at += n + ((*at)[n] == ',');
	return tar_number_decimal(number, digits, "sparse map", err);
}

int
tar_sparse_add_text(struct tar_sparse *map, const char *text, struct error *err)
{
	while (*text != '\0') {
		int64_t offset, size;

		TRY(read_number(&offset, &text, err));
		TRY(read_number(&size, &text, err));
		TRY(tar_sparse_add(map, offset, size, err));
	}
	return 0;
}

int
tar_sparse_check(const struct tar_sparse *map, uint64_t file_size, uint64_t stored, struct error *err)
{
	uint64_t end = 0, sum = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct tar_extent *piece = &map->items[i];
		if (piece->offset < end)
			return fail(err, "its sparse map overlaps itself or is not in order");
		if (piece->offset > file_size || piece->size > file_size - piece->offset)
			return fail(err, "its sparse map goes beyond the end of the file");
		end = piece->offset + piece->size;
		sum += piece->size;
	}
	if (sum != stored)
		return fail(err, "its sparse map says %llu bytes, the archive has %llu", (unsigned long long) sum,
			    (unsigned long long) stored);
	return 0;
}
