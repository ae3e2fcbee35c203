/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/allotment.h"

#include <fcntl.h>
#include <string.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/number.h"
#include "libcommon/text.h"

#define FILE_LIMIT ((size_t) 16 * 1024 * 1024)
#define LINES_MAX  340 /* of a map, for the kernel */
#define IDS_MAX    (UINT32_MAX - 1) /* the last id means "none" */

static bool
overlaps(const struct oci_id_map_list *map, uint64_t first, uint64_t count)
{
	FOR_EACH(line, map)
		if (first < (uint64_t) line->host_id + line->size && line->host_id < first + count)
			return true;
	return false;
}

/* "100000:65536", what stands behind the name. */
static int
read_range(struct oci_id_map_list *map, char *text, struct arena *arena, struct error *err)
{
	const struct oci_id_map *last = &map->items[map->count - 1];
	uint32_t next = last->container_id + last->size;
	char *colon = strchr(text, ':');
	uint64_t first, count;

	if (colon == NULL)
		return fail(err, "\"%s\" is not FIRST:COUNT", text);
	*colon = '\0';
	TRY(number_unsigned(&first, text, IDS_MAX, err));
	TRY(number_unsigned(&count, colon + 1, UINT32_MAX, err));
	if (count > IDS_MAX - first)
		return fail(err, "there are no %s ids from %s on", colon + 1, text);
	if (count == 0)
		return 0;
	if (overlaps(map, first, count))
		return fail(err, "the ids from %s on are given twice", text);
	if (map->count == LINES_MAX)
		return fail(err, "more than %d ranges", LINES_MAX - 1);
	list_add(map, arena, (struct oci_id_map){ next, (uint32_t) first, (uint32_t) count });
	return 0;
}

static bool
is_of(const char *whose, const char *name, uint32_t uid)
{
	struct error unused;
	uint64_t number;

	if (name != NULL && strcmp(whose, name) == 0)
		return true;
	return number_unsigned(&number, whose, UINT32_MAX, &unused) == 0 && number == uid;
}

int
allotment_read(struct oci_id_map_list *map, const char *path, const char *name, uint32_t uid, uint32_t own,
	       struct arena *arena, struct error *err)
{
	scoped_fd file = -1;
	unsigned number = 0;
	char *text;

	*map = (struct oci_id_map_list){ 0 };
	list_add(map, arena, (struct oci_id_map){ 0, own, 1 });
	if (GET(file_open_if_there(&file, AT_FDCWD, path, O_RDONLY, err)) > 0)
		return 0;
	TRY(file_read(file, path, FILE_LIMIT, arena, &text, NULL, err));
	for (char *line; (line = strsep(&text, "\n")) != NULL;) {
		char *range = strchr(line, ':');

		number++;
		if (range == NULL)
			continue;
		*range = '\0';
		if (is_of(line, name, uid) && read_range(map, range + 1, arena, err) < 0)
			return error_prefixf(err, "%s:%u", path, number);
	}
	return 0;
}
