/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record is lines, since neither a cgroup's name nor a mount that we use can contain a line
 * break; tabs part a line's fields, and the path, which may contain anything else, is the last:
 *
 *	cgroupfs unified                   DRIVER LAYOUT
 *	systemd unified system UNIT        the same, whose systemd, and what it calls it
 *	CONTROLLERS \t MOUNT \t PATH       one for each hierarchy
 */
#include "runtime/kernel/cgroup_record.h"

#include <string.h>

#include "libcommon/buffer.h"
#include "libcommon/text.h"
#include "libcommon/word.h"
#include "runtime/kernel/cgroup_path.h"
#include "runtime/kernel/cgroup_unit.h"

static const struct word driver_words[] = {
	{ "cgroupfs", CGROUP_FILES },
	{ "systemd", CGROUP_SYSTEMD },
	{ "disabled", CGROUP_DISABLED },
	{ NULL, 0 },
};

static const struct word layout_words[] = {
	{ "none", CGROUP_NONE },
	{ "unified", CGROUP_UNIFIED },
	{ "legacy", CGROUP_LEGACY },
	{ "hybrid", CGROUP_HYBRID },
	{ NULL, 0 },
};

const char *
cgroup_record(const struct cgroup *cgroup, struct arena *arena)
{
	scoped_buffer text = { 0 };

	buffer_add_format(&text, "%s %s", word_text(driver_words, (int) cgroup->driver),
			  word_text(layout_words, (int) cgroup->layout));
	if (cgroup->unit != NULL)
		buffer_add_format(&text, " %s %s", cgroup->for_user ? "user" : "system", cgroup->unit);
	for (size_t i = 0; i < cgroup->count; i++) {
		const struct cgroup_hierarchy *hierarchy = &cgroup->hierarchies[i];
		buffer_add_format(&text, "\n%s\t%s\t%s", hierarchy->controllers, hierarchy->mount,
				  hierarchy->path);
	}
	return arena_text(arena, buffer_text(&text));
}

static int
read_unit(struct cgroup *cgroup, const struct text_list *words, struct error *err)
{
	const char *whose = words->count > 2 ? words->items[2] : "";

	if (words->count != 4 || !cgroup_unit_is_name(words->items[3]))
		return fail(err, "cgroup record: there is no unit of systemd's in it");
	cgroup->for_user = text_equal(whose, "user");
	if (!cgroup->for_user && !text_equal(whose, "system"))
		return fail(err, "cgroup record: \"%s\" is neither user nor system", whose);
	cgroup->unit = words->items[3];
	return 0;
}

static int
read_head(struct cgroup *cgroup, const char *line, struct arena *arena, struct error *err)
{
	struct text_list words = text_split(arena, line, ' ');

	if (words.count < 2)
		return fail(err, "cgroup record: \"%s\" is not a driver and a layout", line);

	int driver = word_value(driver_words, words.items[0]);
	int layout = word_value(layout_words, words.items[1]);
	if (driver < 0)
		return fail(err, "cgroup record: unknown driver \"%s\"", words.items[0]);
	if (layout < 0)
		return fail(err, "cgroup record: unknown layout \"%s\"", words.items[1]);
	cgroup->driver = (enum cgroup_driver) driver;
	cgroup->layout = (enum cgroup_layout) layout;
	return driver == CGROUP_SYSTEMD ? read_unit(cgroup, &words, err) : 0;
}

static int
read_hierarchy(struct cgroup *cgroup, char *line, struct error *err)
{
	char *mount = strchr(line, '\t');
	char *path = mount == NULL ? NULL : strchr(mount + 1, '\t');

	if (path == NULL || mount[1] != '/' || path[1] != '/')
		return fail(err, "cgroup record: \"%s\" is not a hierarchy, its mount and a path",
			    line);
	TRY(cgroup_path_check_below(path + 1, err));
	if (cgroup->count == CGROUP_HIERARCHIES)
		return fail(err, "cgroup record: more than %d hierarchies", CGROUP_HIERARCHIES);
	*mount = '\0';
	*path = '\0';
	cgroup->hierarchies[cgroup->count++] = (struct cgroup_hierarchy){
		.controllers = line,
		.mount = mount + 1,
		.path = path + 1,
		.fd = -1,
		.entry = -1,
		.ours = true,
	};
	return 0;
}

int
cgroup_record_read(struct cgroup *cgroup, const char *record, struct arena *arena,
		   struct error *err)
{
	struct text_list lines = text_split(arena, record, '\n');

	*cgroup = (struct cgroup){ 0 };
	TRY(read_head(cgroup, lines.items[0], arena, err));
	for (size_t i = 1; i < lines.count; i++)
		TRY(read_hierarchy(cgroup, arena_text(arena, lines.items[i]), err));
	return 0;
}
