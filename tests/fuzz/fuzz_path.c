/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first line is a path that somebody wishes for, the second one an id, the third where we are. No
 * path that is accepted leads out of where it belongs.
 */
#include "tests/fuzz/fuzz.h"

#include "builder/layer/tar_path.h"
#include "libcommon/path.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_path.h"
#include "runtime/life/state.h"

static bool
climbs(const char *path)
{
	scoped_arena arena = { 0 };
	struct text_list parts = text_split(&arena, path, '/');

	FOR_EACH(part, &parts)
		if (strcmp(*part, "..") == 0)
			return true;
	return false;
}

static bool
is_clean(const char *path)
{
	size_t n = strlen(path);

	return n > 0 && strstr(path, "//") == NULL && strstr(path, "/./") == NULL &&
	       (n == 1 || path[n - 1] != '/') && (n == 1 || !text_ends_with(path, "/."));
}

static void
try_clean(const char *path, struct arena *arena)
{
	const char *clean = path_clean(arena, path);

	DEMAND(is_clean(clean));
	DEMAND(text_equal(path_clean(arena, clean), clean));
	DEMAND((clean[0] == '/') == (path[0] == '/'));
	DEMAND(clean[0] != '/' || !climbs(clean));
}

/* A cgroup of the container's own, below where it may be, and never where we are ourselves. */
static void
try_cgroup(const char *wish, const char *id, const char *own, struct arena *arena)
{
	struct error err = { 0 };

	if (own[0] != '/' || state_check_id(id, &err) < 0)
		return;
	if (cgroup_path_check(wish, &err) < 0) {
		DEMAND(err.text[0] != '\0');
		return;
	}
	for (int beside = 0; beside < 2; beside++) {
		const char *base = cgroup_path_base(arena, own, beside == 1);
		const char *path = cgroup_path_choose(arena, wish, id, base);

		DEMAND(base[0] == '/' && is_clean(base));
		DEMAND(path[0] == '/' && path[1] != '\0' && is_clean(path) && !climbs(path));
		DEMAND(strchr(wish, '\n') == NULL);
		if (cgroup_path_is_relative(wish) && strcmp(base, "/") != 0)
			DEMAND(text_after(path, base) != NULL && text_after(path, base)[0] == '/');
	}
}

static void
try_member(const char *name, struct arena *arena)
{
	scoped_buffer path = { 0 }, again = { 0 };
	struct error err = { 0 };

	if (tar_path_clean(&path, name, &tar_read_limits, &err) < 0) {
		DEMAND_REASON(err);
		return;
	}
	const char *text = buffer_text(&path);
	DEMAND(is_clean(text) && text[0] != '/' && !climbs(text));
	DEMAND(strlen(text) == path.length && path.length <= tar_read_limits.path);
	DEMAND(text_split(arena, text, '/').count <= tar_read_limits.depth);
	DEMAND(tar_path_clean(&again, text, &tar_read_limits, &err) == 0);
	DEMAND(text_equal(text, buffer_text(&again)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct fuzz_input input = { bytes, n };
	const char *wish = fuzz_line(&input, &arena), *id = fuzz_line(&input, &arena),
		   *own = fuzz_line(&input, &arena);

	try_clean(wish, &arena);
	try_clean(own, &arena);
	try_cgroup(wish, id, own, &arena);
	try_member(wish, &arena);
	try_member(own, &arena);
	return 0;
}
