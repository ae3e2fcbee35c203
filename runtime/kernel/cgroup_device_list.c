/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_device_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/file.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_file.h"

#define LIST_MAX ((size_t) 1 << 20)

/* ---- reducing -------------------------------------------------------------------------------- */

static bool
is_same_device(const struct cgroup_rule *a, const struct cgroup_rule *b)
{
	return a->type == b->type && a->major == b->major && a->minor == b->minor;
}

static bool
meets(int64_t a, int64_t b)
{
	return a == b || a < 0 || b < 0;
}

static bool
covers(const struct cgroup_rule *wide, const struct cgroup_rule *narrow)
{
	return wide->type == narrow->type && (wide->major < 0 || wide->major == narrow->major) &&
	       (wide->minor < 0 || wide->minor == narrow->minor);
}

static bool
overlaps(const struct cgroup_rule *a, const struct cgroup_rule *b)
{
	return a->type == b->type && meets(a->major, b->major) && meets(a->minor, b->minor);
}

static void
add_exception(struct cgroup_rules *list, const struct cgroup_rule *rule, struct arena *arena)
{
	FOR_EACH(item, list) {
		if (is_same_device(item, rule)) {
			item->access |= rule->access;
			return;
		}
	}
	list_add(list, arena, *rule);
}

static int
drop_exceptions(struct cgroup_rules *list, const struct cgroup_rule *rule, struct error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct cgroup_rule *item = &list->items[i];

		if (covers(rule, item))
			item->access &= ~rule->access;
		else if (overlaps(rule, item) && (item->access & rule->access) != 0)
			return fail(err,
				    "devices: cgroup v1 cannot %s single devices among those that "
				    "another rule %s",
				    rule->allow ? "allow" : "deny",
				    rule->allow ? "denies" : "allows");
		if (item->access != 0)
			list->items[kept++] = *item;
	}
	list->count = kept;
	return 0;
}

int
cgroup_device_list_reduce(struct cgroup_rules *list, const struct cgroup_rules *rules,
			  struct arena *arena, struct error *err)
{
	*list = (struct cgroup_rules){ .allow = rules->allow };
	FOR_EACH(rule, rules) {
		struct cgroup_rule one = *rule;

		for (const char *type = rule->type == 'a' ? "bc"
							  : (const char[]){ rule->type, '\0' };
		     *type != '\0'; type++) {
			one.type = *type;
			if (one.allow != list->allow)
				add_exception(list, &one, arena);
			else
				TRY(drop_exceptions(list, &one, err));
		}
	}
	return 0;
}

/* ---- reading and writing --------------------------------------------------------------------- */

static int64_t
number_or_any(const char *text, const char **rest)
{
	char *end;

	if (*text == '*') {
		*rest = text + 1;
		return -1;
	}
	long long number = strtoll(text, &end, 10);
	*rest = end;
	return number;
}

/* Lines as "c 1:3 rwm"; "a *:* rwm" alone is how the kernel says that everything is allowed. */
void
cgroup_device_list_parse(struct cgroup_rules *list, const char *text, struct arena *arena)
{
	struct text_list lines = text_split(arena, text, '\n');

	*list = (struct cgroup_rules){ .allow = false };
	FOR_EACH(line, &lines) {
		const char *at = *line;
		struct cgroup_rule rule = { .allow = true, .type = at[0] };

		if (strlen(at) < 3)
			continue;
		if (rule.type == 'a') {
			list->allow = true;
			continue;
		}
		rule.major = number_or_any(at + 2, &at);
		rule.minor = number_or_any(at + (*at == ':'), &at);
		rule.access = (strchr(at, 'm') != NULL ? CGROUP_MKNOD : 0U) |
			      (strchr(at, 'r') != NULL ? CGROUP_READ : 0U) |
			      (strchr(at, 'w') != NULL ? CGROUP_WRITE : 0U);
		list_add(list, arena, rule);
	}
}

static int
write_exception(int dir, const char *file, const struct cgroup_rule *rule, struct arena *arena,
		struct error *err)
{
	const char *major =
		rule->major < 0 ? "*" : arena_format(arena, "%lld", (long long) rule->major);
	const char *minor =
		rule->minor < 0 ? "*" : arena_format(arena, "%lld", (long long) rule->minor);
	const char *text = arena_format(arena, "%c %s:%s %s%s%s", rule->type, major, minor,
					(rule->access & CGROUP_READ) != 0 ? "r" : "",
					(rule->access & CGROUP_WRITE) != 0 ? "w" : "",
					(rule->access & CGROUP_MKNOD) != 0 ? "m" : "");

	return file_write_at(dir, file, text, err);
}

static int
write_all(int dir, const struct cgroup_rules *list, struct arena *arena, struct error *err)
{
	TRY(file_write_at(dir, list->allow ? "devices.allow" : "devices.deny", "a", err));
	FOR_EACH(item, list)
		TRY(write_exception(dir, list->allow ? "devices.deny" : "devices.allow", item,
				    arena, err));
	return 0;
}

/* What `list` has of this device that `other` has not. */
static unsigned
missing_in(const struct cgroup_rules *other, const struct cgroup_rule *rule)
{
	FOR_EACH(item, other) {
		if (is_same_device(item, rule))
			return rule->access & ~item->access;
	}
	return rule->access;
}

static int
write_missing(int dir, const char *file, const struct cgroup_rules *from,
	      const struct cgroup_rules *in, struct arena *arena, struct error *err)
{
	FOR_EACH(item, from) {
		struct cgroup_rule rule = *item;

		rule.access = missing_in(in, item);
		if (rule.access != 0)
			TRY(write_exception(dir, file, &rule, arena, err));
	}
	return 0;
}

int
cgroup_device_list_set(int dir, const struct cgroup_rules *rules, bool is_new, struct arena *arena,
		       struct error *err)
{
	struct cgroup_rules list, now = { 0 };
	char *text;

	TRY(cgroup_device_list_reduce(&list, rules, arena, err));
	if (is_new)
		return write_all(dir, &list, arena, err);

	TRY(file_read_at(dir, "devices.list", LIST_MAX, arena, &text, NULL, err));
	cgroup_device_list_parse(&now, text, arena);
	if (now.allow && list.allow && list.count == 0)
		return 0;
	/* What everything but a few was allowed is not told apart when it is read. */
	if (now.allow || list.allow)
		return write_all(dir, &list, arena, err);
	TRY(write_missing(dir, "devices.allow", &list, &now, arena, err));
	return write_missing(dir, "devices.deny", &now, &list, arena, err);
}
