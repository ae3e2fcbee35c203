/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_unit.h"

#include <string.h>

#include "libcommon/buffer.h"
#include "libcommon/text.h"

#define NAME_MAX_LENGTH 255

static const char allowed[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@";

static char *
escape(struct arena *arena, const char *text)
{
	scoped_buffer out = { 0 };

	for (; *text != '\0'; text++) {
		if (strchr(allowed, *text) != NULL)
			buffer_add_char(&out, *text);
		else
			buffer_add_format(&out, "\\x%02x", (unsigned char) *text);
	}
	return arena_text(arena, buffer_text(&out));
}

bool
cgroup_unit_is_slice(const char *name)
{
	return text_ends_with(name, ".slice");
}

bool
cgroup_unit_is_name(const char *name)
{
	size_t n = strlen(name);

	return n <= NAME_MAX_LENGTH && strspn(name, allowed) == n &&
	       (cgroup_unit_is_slice(name) || text_ends_with(name, ".scope"));
}

static int
check(const char *name, const char *what, struct error *err)
{
	if (strchr(name, '/') != NULL)
		return fail(err, "cgroupsPath: %s \"%s\" must not contain \"/\"", what, name);
	if (strlen(name) > NAME_MAX_LENGTH)
		return fail(err, "cgroupsPath: %s \"%.20s…\" is longer than %d characters", what,
			    name, NAME_MAX_LENGTH);
	return 0;
}

int
cgroup_unit_name(struct cgroup_unit *unit, const char *wish, const char *id, bool for_user,
		 struct arena *arena, struct error *err)
{
	const char *slice = "", *prefix = "runlet", *name = id;

	if (!text_is_empty(wish)) {
		struct text_list parts = text_split(arena, wish, ':');
		if (parts.count != 3)
			return fail(
				err,
				"expected cgroupsPath to be of format \"slice:prefix:name\" for "
				"systemd cgroups, got \"%s\" instead",
				wish);
		slice = parts.items[0];
		prefix = parts.items[1];
		name = parts.items[2];
	}
	if (name[0] == '\0')
		return fail(err, "cgroupsPath: \"%s\" names no unit", wish);
	if (slice[0] == '\0')
		slice = for_user ? "user.slice" : "system.slice";
	if (!cgroup_unit_is_slice(slice) || !cgroup_unit_is_name(slice))
		return fail(err, "cgroupsPath: \"%s\" is no name of a slice", slice);

	*unit = (struct cgroup_unit){ .for_user = for_user };
	if (cgroup_unit_is_slice(name)) {
		unit->name = escape(arena, name);
		TRY(check(name, "slice", err));
		return check(unit->name, "slice", err); /* an escape is four characters */
	}
	unit->slice = arena_text(arena, slice);
	unit->name = arena_format(arena, "%s%s%s.scope", escape(arena, prefix),
				  prefix[0] == '\0' ? "" : "-", escape(arena, name));
	TRY(check(prefix, "prefix", err));
	TRY(check(name, "name", err));
	return check(unit->name, "unit", err);
}
