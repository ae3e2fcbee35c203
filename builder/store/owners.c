/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/store/owners.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/buffer.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/text.h"

#define FILE_NAME  "owners"
#define FILE_LIMIT ((size_t) 64 * 1024) /* the kernel takes 340 lines */

/* ---- ours -------------------------------------------------------------------------------------- */

/* "         0       1000          1" */
static int
read_map(struct oci_id_map_list *map, const char *path, struct arena *arena, struct error *err)
{
	char *text;
	struct oci_id_map line;
	int used;

	*map = (struct oci_id_map_list){ 0 };
	TRY(file_read_at(AT_FDCWD, path, FILE_LIMIT, arena, &text, NULL, err));
	for (const char *at = text; sscanf(at, "%" SCNu32 " %" SCNu32 " %" SCNu32 " %n", &line.container_id,
					   &line.host_id, &line.size, &used) == 3;
	     at += used)
		list_add(map, arena, line);
	return 0;
}

int
owners_read(struct owners *owners, struct arena *arena, struct error *err)
{
	TRY(read_map(&owners->users, "/proc/self/uid_map", arena, err));
	return read_map(&owners->groups, "/proc/self/gid_map", arena, err);
}

static bool
is_all(const struct oci_id_map_list *map)
{
	return map->count == 1 && map->items[0].container_id == 0 && map->items[0].host_id == 0 &&
	       map->items[0].size == UINT32_MAX;
}

bool
owners_are_all(const struct owners *owners)
{
	return is_all(&owners->users) && is_all(&owners->groups);
}

bool
owners_have_group(const struct owners *owners, uint32_t gid)
{
	FOR_EACH(line, &owners->groups)
		if (gid >= line->container_id && gid - line->container_id < line->size)
			return true;
	return false;
}

/* ---- the store's ------------------------------------------------------------------------------- */

static void
add_lines(struct buffer *text, char kind, const struct oci_id_map_list *map)
{
	FOR_EACH(line, map)
		buffer_add_format(text, "%c %u %u %u\n", kind, line->container_id, line->host_id, line->size);
}

/* Returns 1 if there is no such file. */
static int
read_kept(struct owners *kept, struct store *store, struct arena *arena, struct error *err)
{
	scoped_fd fd = -1;
	struct oci_id_map line;
	char *text, kind;
	const char *at;
	int used;

	*kept = (struct owners){ 0 };
	if (GET(file_open_if_there(&fd, store->root, FILE_NAME, O_RDONLY | O_NOFOLLOW, err)) > 0)
		return 1;
	TRY(file_read(fd, FILE_NAME, FILE_LIMIT, arena, &text, NULL, err));
	for (at = text; sscanf(at, "%c %" SCNu32 " %" SCNu32 " %" SCNu32 "%n", &kind, &line.container_id,
			       &line.host_id, &line.size, &used) == 4 && at[used] == '\n';
	     at += used + 1)
		list_add(kind == 'u' ? &kept->users : &kept->groups, arena, line);
	if (*at != '\0')
		return fail(err, "%s/" FILE_NAME " says nothing that makes sense", store->path);
	return 0;
}

/* The line of a map in which the id stands, or NULL. */
static const struct oci_id_map *
find_line(const struct oci_id_map_list *map, uint32_t id)
{
	FOR_EACH(line, map)
		if (id >= line->container_id && id - line->container_id < line->size)
			return line;
	return NULL;
}

/* Is every id of the one the same in the other, however it is cut into lines? */
static bool
is_covered(const struct oci_id_map_list *map, const struct oci_id_map_list *by)
{
	FOR_EACH(line, map)
		for (uint32_t done = 0; done < line->size;) {
			uint32_t id = line->container_id + done;
			const struct oci_id_map *other = find_line(by, id);

			if (other == NULL || other->host_id + (id - other->container_id) != line->host_id + done)
				return false;
			uint32_t here = other->size - (id - other->container_id);
			done = here < line->size - done ? done + here : line->size;
		}
	return true;
}

static int
keep(struct store *store, const struct owners *owners, struct error *err)
{
	scoped_buffer text = { 0 };

	add_lines(&text, 'u', &owners->users);
	add_lines(&text, 'g', &owners->groups);
	return file_replace(store->root, FILE_NAME, text.bytes, text.length, 0600, err);
}

int
owners_settle(struct store *store, struct error *err)
{
	scoped_arena arena = { 0 };
	struct owners ours, kept;

	TRY(owners_read(&ours, &arena, err));
	if (GET(read_kept(&kept, store, &arena, err)) > 0)
		return owners_are_all(&ours) ? 0 : keep(store, &ours, err);
	if (!is_covered(&kept.users, &ours.users) || !is_covered(&kept.groups, &ours.groups))
		return fail(err, "the files of %s belong to other ids than this user namespace has: compare "
			    "/etc/subuid and /etc/subgid with %s/" FILE_NAME, store->path, store->path);
	bool more = !is_covered(&ours.users, &kept.users) || !is_covered(&ours.groups, &kept.groups);
	return more ? keep(store, &ours, err) : 0;
}
