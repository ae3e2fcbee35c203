/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/gather.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builder/build/filter.h"
#include "builder/build/links.h"
#include "builder/build/walk.h"
#include "builder/build/wildcard.h"
#include "builder/layer/effigy.h"
#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

static const char *
join(struct arena *arena, const char *base, const char *path)
{
	if (text_equal(base, ".") || base[0] == '\0')
		return arena_text(arena, path);
	return arena_format(arena, "%s/%s", base, path);
}

static size_t
count_slashes(const char *path)
{
	size_t n = 0;

	for (; *path != '\0'; path++)
		n += *path == '/';
	return n;
}

static int
add(struct gather *gather, struct gathered *found, int directory, const char *name,
    struct error *err)
{
	if (gather->effigies)
		TRY(effigy_look(directory, name, &found->about, err));
	if (found->role != GATHERED_DIRECTORY &&
	    digests_of(found->digest, gather->digests, directory, name, &found->about, err) < 0)
		return error_prefixf(err, "\"%s\"", found->source);
	list_add(&gather->list, gather->arena, *found);
	return 0;
}

/* ---- what is in a directory ------------------------------------------------------------------ */

struct harvest {
	struct gather *gather;
	struct filter ignore;  /* paths from the root */
	struct filter exclude; /* paths from the directory */
	const char *source, *target;
	size_t level;             /* of what is right in it, from the root */
	struct gathered *waiting; /* directories that are taken only if something in them is */
	size_t waiting_count, waiting_size;
};

static void
end_harvest(struct harvest *harvest)
{
	filter_done(&harvest->ignore);
	filter_done(&harvest->exclude);
	free(harvest->waiting);
}

static void
let_wait(struct harvest *harvest, const struct gathered *directory)
{
	if (harvest->waiting_count == harvest->waiting_size) {
		harvest->waiting_size = 2 * harvest->waiting_size + 8;
		harvest->waiting = realloc(harvest->waiting,
					   harvest->waiting_size * sizeof(*harvest->waiting));
		if (harvest->waiting == NULL)
			abort();
	}
	harvest->waiting[harvest->waiting_count++] = *directory;
}

/* Directories that wait and are not on the way to this path had nothing in them. */
static void
forget_others(struct harvest *harvest, const char *path)
{
	size_t keep = 0;

	while (keep < harvest->waiting_count) {
		size_t n = strlen(harvest->waiting[keep].source);
		if (strncmp(path, harvest->waiting[keep].source, n) != 0 || path[n] != '/')
			break;
		keep++;
	}
	harvest->waiting_count = keep;
}

static int
take_waiting(struct harvest *harvest, struct error *err)
{
	struct gather *gather = harvest->gather;

	for (size_t i = 0; i < harvest->waiting_count; i++) {
		char leaf[256];
		scoped_fd parent = GET(
			beneath_open_parent(gather->root, harvest->waiting[i].source, leaf, err));
		TRY(add(gather, &harvest->waiting[i], parent, leaf, err));
	}
	harvest->waiting_count = 0;
	return 0;
}

static int
visit(void *data, const struct walk_visit *seen, struct error *err)
{
	struct harvest *harvest = data;
	struct arena *arena = harvest->gather->arena;
	struct gathered found = {
		.role = GATHERED_BELOW,
		.source = join(arena, harvest->source, seen->path),
		.target = join(arena, harvest->target, seen->path),
		.about = *seen->about,
	};
	bool ignored =
		filter_leaves_out(&harvest->ignore, found.source, harvest->level + seen->depth);
	bool excluded = filter_leaves_out(&harvest->exclude, seen->path, seen->depth);

	if (S_ISSOCK(seen->about->st_mode))
		return 0;
	forget_others(harvest, found.source);
	if (!ignored && !excluded) {
		TRY(take_waiting(harvest, err));
		return add(harvest->gather, &found, seen->directory, seen->name, err);
	}
	if (!S_ISDIR(seen->about->st_mode) ||
	    (ignored && filter_prunes(&harvest->ignore, found.source)) ||
	    (excluded && filter_prunes(&harvest->exclude, seen->path)))
		return WALK_PASS;
	let_wait(harvest, &found);
	return 0;
}

static int
gather_directory(struct gather *gather, const struct gathered *found, int directory,
		 struct error *err)
{
	scoped(end_harvest) struct harvest harvest = {
		.gather = gather,
		.ignore.ignore = gather->ignore,
		.exclude.ignore = &gather->exclude,
		.source = found->source,
		.target = found->target,
	};

	if (!text_equal(found->source, ".")) {
		harvest.level = count_slashes(found->source) + 1;
		(void) filter_leaves_out_whole(&harvest.ignore,
					       found->source); /* for those below */
	}
	return walk_below(directory, visit, &harvest, err);
}

/* ---- one path -------------------------------------------------------------------------------- */

/* Returns 1 if it is not there, or left out. */
static int
gather_path(struct gather *gather, struct gathered *found, struct error *err)
{
	scoped_filter ignore = { .ignore = gather->ignore };
	scoped_fd parent = -1, fd = -1;
	char leaf[256];

	bool ignored =
		!text_equal(found->source, ".") && filter_leaves_out_whole(&ignore, found->source);
	if (ignored && filter_prunes(&ignore, found->source))
		return 1;
	if (GET(beneath_open_if_there(&fd, gather->root, found->source, O_PATH | O_NOFOLLOW, err)) >
	    0)
		return 1;
	if (fstat(fd, &found->about) < 0)
		return fail_errno(err, "look at \"%s\"", found->source);
	bool is_directory = S_ISDIR(found->about.st_mode);
	if (ignored && !is_directory)
		return 1;

	if (found->role == GATHERED_FILE && !is_directory &&
	    ignore_matches(&gather->exclude, found->target))
		return 0;

	parent = GET(beneath_open_parent(gather->root, found->source, leaf, err));
	if (is_directory && found->role == GATHERED_FILE)
		*found = (struct gathered){ GATHERED_DIRECTORY, found->source, "", found->about,
					    "" };
	TRY(add(gather, found, parent, leaf, err));
	return is_directory ? gather_directory(gather, found, fd, err) : 0;
}

/* ---- sources that lose their path ------------------------------------------------------------ */

/* Links are followed, the last one too; but what it is called is what the source says. */
static int
gather_named(struct gather *gather, const char *path, struct error *err)
{
	const char *name = path_base(path);
	struct gathered found = { .role = GATHERED_FILE, .target = name };

	if (GET(links_resolve(&found.source, gather->root, path, gather->arena, err)) > 0)
		return 1;
	return gather_path(gather, &found, err);
}

static int
gather_matching(struct gather *gather, const char *path, const char *wild, struct error *err)
{
	const char *prefix = arena_copy(gather->arena, path, (size_t) (wild - path)), *base;
	struct text_list matches = { 0 };

	if (GET(links_resolve(&base, gather->root, prefix, gather->arena, err)) > 0)
		return 0;
	TRY(wildcard_expand(&matches, gather->root, base, wild, false, gather->arena, err));
	FOR_EACH(match, &matches)
		if (gather_named(gather, *match, err) < 0)
			return -1;
	return 0;
}

/* ---- sources that keep it -------------------------------------------------------------------- */

/* What is kept of "a/./b/c" is "b/c"; of "a/b" all. Returns how many components go. */
static size_t
count_dropped(struct arena *arena, const char *source)
{
	const char *pivot = strstr(source, "/./");

	if (pivot == NULL)
		return 0;
	const char *head =
		path_clean(arena, arena_format(arena, "/%.*s", (int) (pivot - source), source));
	return head[1] == '\0' ? 0 : count_slashes(head);
}

static int
add_parents(struct gather *gather, const char *path, const char *kept, struct error *err)
{
	for (const char *slash = strchr(kept, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		char leaf[256];
		struct gathered found = { .role = GATHERED_BELOW };

		found.source = arena_copy(gather->arena, path, (size_t) (slash - path));
		found.target = found.source + (kept - path);
		scoped_fd parent = GET(beneath_open_parent(gather->root, found.source, leaf, err));
		if (fstatat(parent, leaf, &found.about, AT_SYMLINK_NOFOLLOW) < 0)
			return fail_errno(err, "look at \"%s\"", found.source);
		TRY(add(gather, &found, parent, leaf, err));
	}
	return 0;
}

static int
gather_kept(struct gather *gather, const char *path, size_t dropped, struct error *err)
{
	struct gathered found = { .role = GATHERED_BELOW, .source = path, .target = path };
	size_t before = gather->list.count;

	for (; dropped > 0 && strchr(found.target, '/') != NULL; dropped--)
		found.target = strchr(found.target, '/') + 1;
	TRY(add_parents(gather, path, found.target, err));
	int result = GET(gather_path(gather, &found, err));
	if (result > 0)
		gather->list.count = before; /* nothing is there, so nothing is on the way to it */
	return result;
}

static int
gather_parents(struct gather *gather, const char *source, const char *path, struct error *err)
{
	size_t dropped = count_dropped(gather->arena, source);
	const char *wild = wildcard_find(path);
	struct text_list matches = { 0 };

	if (wild == NULL)
		return gather_kept(gather, path, dropped, err);
	const char *base = arena_copy(gather->arena, path, (size_t) (wild - path));
	base = path_clean(gather->arena, base);
	TRY(wildcard_expand(&matches, gather->root, base, wild, true, gather->arena, err));
	FOR_EACH(match, &matches)
		if (gather_kept(gather, *match, dropped, err) < 0)
			return -1;
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int
refuse(const struct gather *gather, const char *source, const char *path, struct error *err)
{
	scoped_fd there = -1;
	struct error unused;

	if (gather->ignore != NULL && ignore_matches(gather->ignore, path) &&
	    beneath_open_if_there(&there, gather->root, path, O_PATH | O_NOFOLLOW, &unused) == 0)
		return fail(err, "\"%s\": not found: %s leaves it out", source,
			    gather->ignore_name);
	return fail(err, "\"%s\": not found", source);
}

int
gather_source(struct gather *gather, const char *source, struct error *err)
{
	const char *path =
		path_clean(gather->arena, arena_format(gather->arena, "/%s", source)) + 1;
	const char *wild = wildcard_find(path);
	int result;

	if (path[0] == '\0')
		path = ".";
	if (gather->parents)
		result = GET(gather_parents(gather, source, path, err));
	else if (wild != NULL)
		result = GET(gather_matching(gather, path, wild, err));
	else
		result = GET(gather_named(gather, path, err));
	return result > 0 ? refuse(gather, source, path, err) : 0;
}
