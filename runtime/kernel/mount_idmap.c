/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/mount_idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "libcommon/fd.h"
#include "libcommon/number.h"
#include "libcommon/text.h"
#include "runtime/kernel/idmap.h"

bool
mount_idmap_is_asked(const struct oci_mount *mount, const struct mount_options *options)
{
	return options->idmap || mount->uid_mappings.count > 0 || mount->gid_mappings.count > 0;
}

static int
parse_range(struct oci_id_map *map, const char *text, const struct oci_id_map_list *container,
	    struct arena *arena, struct error *err)
{
	const char *relative = text_after(text, "@");
	struct text_list parts = text_split(arena, relative != NULL ? relative : text, '-');
	uint32_t *const members[] = { &map->container_id, &map->host_id, &map->size };

	if (parts.count != COUNT(members))
		return fail(err, "idmap: \"%s\" is not FILE-HOST-COUNT", text);
	for (size_t i = 0; i < COUNT(members); i++) {
		uint64_t number;

		if (number_unsigned(&number, parts.items[i], UINT32_MAX, err) < 0)
			return error_prefix(err, "idmap");
		*members[i] = (uint32_t) number;
	}
	if (relative != NULL && idmap_find(container, map->host_id, &map->host_id) != 0)
		return fail(err, "idmap: \"%s\": the container has no such id", text);
	return 0;
}

static int
parse_ranges(struct oci_id_map_list *maps, const char *text,
	     const struct oci_id_map_list *container, struct arena *arena, struct error *err)
{
	struct text_list ranges = text_split(arena, text, '#');

	FOR_EACH(range, &ranges) {
		struct oci_id_map map;

		TRY(parse_range(&map, *range, container, arena, err));
		list_add(maps, arena, map);
	}
	return 0;
}

int
mount_idmap_parse(struct oci_id_map_list *uids, struct oci_id_map_list *gids, const char *text,
		  const struct oci_linux *linux_, struct arena *arena, struct error *err)
{
	struct text_list parts = text_split(arena, text, ';');

	*uids = *gids = (struct oci_id_map_list){ 0 };
	FOR_EACH(part, &parts) {
		const char *uid = text_after(*part, "uids="), *gid = text_after(*part, "gids=");

		if (uid != NULL)
			TRY(parse_ranges(uids, uid, &linux_->uid_mappings, arena, err));
		else if (gid != NULL)
			TRY(parse_ranges(gids, gid, &linux_->gid_mappings, arena, err));
		else
			return fail(err, "idmap: \"%s\" is neither uids= nor gids=", *part);
	}
	return 0;
}

/* The container's own, which may be one that it joins. Returns 1 if there is none to join. */
static int
join_namespace(const char **path, const struct oci_linux *linux_)
{
	FOR_EACH(namespace, &linux_->namespaces) {
		*path = namespace->path;
		if (namespace->type == OCI_NAMESPACE_USER && namespace->path != NULL)
			return 0;
	}
	return 1;
}

static bool
is_same(const struct oci_id_map_list *a, const struct oci_id_map_list *b)
{
	return a->count == b->count &&
	       (a->count == 0 || memcmp(a->items, b->items, a->count * sizeof(*a->items)) == 0);
}

static int
make_namespace(struct mount_idmap *idmap, const struct oci_id_map_list *uids,
	       const struct oci_id_map_list *gids, struct error *err)
{
	if (idmap->fd >= 0 && is_same(&idmap->uids, uids) && is_same(&idmap->gids, gids))
		return idmap->fd;
	if (uids->count == 0 || gids->count == 0)
		return fail(err, "a mount with id maps needs maps of both uids and gids");

	int fd = GET(idmap_namespace(uids, gids, err));
	fd_close(&idmap->fd);
	*idmap = (struct mount_idmap){ .uids = *uids, .gids = *gids, .fd = fd };
	return fd;
}

static int
open_namespace(struct mount_idmap *idmap, const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(err, "open the user namespace \"%s\"", path);
	mount_idmap_done(idmap);
	return idmap->fd = fd;
}

int
mount_idmap_open(struct mount_idmap *idmap, const struct oci_mount *mount,
		 const struct mount_options *options, const struct oci_linux *linux_,
		 struct arena *arena, struct error *err)
{
	static const struct oci_linux nothing;
	const struct oci_linux *container = linux_ != NULL ? linux_ : &nothing;
	struct oci_id_map_list uids, gids;
	const char *path;

	if (options->idmap_text != NULL) {
		TRY(mount_idmap_parse(&uids, &gids, options->idmap_text, container, arena, err));
		return make_namespace(idmap, &uids, &gids, err);
	}
	if (mount->uid_mappings.count > 0 || mount->gid_mappings.count > 0)
		return make_namespace(idmap, &mount->uid_mappings, &mount->gid_mappings, err);
	if (join_namespace(&path, container) == 0)
		return open_namespace(idmap, path, err);
	return make_namespace(idmap, &container->uid_mappings, &container->gid_mappings, err);
}

void
mount_idmap_done(struct mount_idmap *idmap)
{
	fd_close(&idmap->fd);
	*idmap = (struct mount_idmap) MOUNT_IDMAP_NONE;
}
