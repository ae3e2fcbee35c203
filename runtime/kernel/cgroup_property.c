/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_property.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/buffer.h"
#include "libcommon/number.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_device_list.h"
#include "runtime/kernel/cgroup_devices.h"
#include "runtime/kernel/cgroup_limits.h"
#include "runtime/kernel/variant.h"

#define ANNOTATION "org.systemd.property."
#define UNLIMITED UINT64_MAX
#define USEC_PER_SEC 1000000
#define SHARE_STEP 10000 /* systemd keeps quotas in whole percents of a CPU */
#define PERIOD 100000
#define CPUS_MAX 8192

static void
add_words(struct text_list *words, const char *name, const char *type, const char *value,
	  struct arena *arena)
{
	list_add(words, arena, arena_text(arena, name));
	list_add(words, arena, type);
	list_add(words, arena, arena_text(arena, value));
}

void
cgroup_property_add_text(struct text_list *words, const char *name, const char *text,
			 struct arena *arena)
{
	add_words(words, name, "s", text, arena);
}

void
cgroup_property_add_bool(struct text_list *words, const char *name, bool value, struct arena *arena)
{
	add_words(words, name, "b", value ? "true" : "false", arena);
}

void
cgroup_property_add_number(struct text_list *words, const char *name, uint64_t number,
			   struct arena *arena)
{
	add_words(words, name, "t", arena_format(arena, "%" PRIu64, number), arena);
}

/* ---- values that are not what they are in the document -------------------------------------------- */

/* "0-3,7" as a mask, the lowest eight first. */
static int
add_mask(struct text_list *words, const char *name, const char *list, struct arena *arena,
	 struct error *err)
{
	unsigned char mask[CPUS_MAX / 8] = { 0 };
	size_t used = 0;
	struct text_list parts = text_split(arena, list, ',');

	FOR_EACH(part, &parts) {
		const char *range = text_trimmed(arena, *part);
		const char *dash = strchr(range, '-');
		uint64_t first, last;

		if (range[0] == '\0')
			continue;
		const char *from =
			dash == NULL ? range : arena_copy(arena, range, (size_t) (dash - range));
		TRY(number_unsigned(&first, from, CPUS_MAX - 1, err));
		TRY(number_unsigned(&last, dash == NULL ? from : dash + 1, CPUS_MAX - 1, err));
		if (first > last)
			return fail(err, "\"%s\" ends before it begins", range);
		for (uint64_t i = first; i <= last; i++)
			mask[i / 8] |= (unsigned char) (1U << i % 8);
		used = last / 8 + 1 > used ? last / 8 + 1 : used;
	}
	add_words(words, name, "ay", arena_format(arena, "%zu", used), arena);
	for (size_t i = 0; i < used; i++)
		list_add(words, arena, arena_format(arena, "%u", mask[i]));
	return 0;
}

/* Rounded up, so that what is in the container can be given what was asked for it. */
static uint64_t
share_of(int64_t quota, uint64_t period)
{
	const double exact = (double) quota * USEC_PER_SEC / (double) (period == 0 ? PERIOD : period);

	return ((uint64_t) exact + SHARE_STEP - 1) / SHARE_STEP * SHARE_STEP;
}

static void
add_quota(struct text_list *words, int64_t quota, uint64_t period, const struct cgroup_now *now, struct arena *arena)
{
	if (period != 0)
		cgroup_property_add_number(words, "?CPUQuotaPeriodUSec", period, arena);
	if (quota == 0 && period != 0)
		quota = now->quota;
	if (quota != 0)
		cgroup_property_add_number(words, "CPUQuotaPerSecUSec",
					   quota < 0 ? UNLIMITED : share_of(quota, period != 0 ? period : now->period),
					   arena);
}

/* ---- sections of the document ---------------------------------------------------------------------- */

/* Below zero is unlimited, zero is unset. */
static void
add_limit(struct text_list *words, const char *name, const int64_t *limit, struct arena *arena)
{
	if (limit != NULL && *limit != 0)
		cgroup_property_add_number(words, name, *limit < 0 ? UNLIMITED : (uint64_t) *limit,
					   arena);
}

static int
add_memory(struct text_list *words, const struct oci_memory *memory, const struct cgroup_now *now,
	   struct arena *arena, struct error *err)
{
	const int64_t limit = memory->limit == NULL ? 0 : *memory->limit;
	int64_t sum = memory->swap == NULL ? 0 : *memory->swap, swap;

	if (sum == 0 && limit < 0)
		sum = -1;
	TRY(cgroup_limits_swap(&swap, sum, limit != 0 ? limit : now->memory, err));
	add_limit(words, "MemoryMax", memory->limit, arena);
	add_limit(words, "MemoryLow", memory->reservation, arena);
	if (sum != 0)
		cgroup_property_add_number(words, "MemorySwapMax",
					   swap < 0 ? UNLIMITED : (uint64_t) swap, arena);
	return 0;
}

static int
add_cpu(struct text_list *words, const struct oci_cpu *cpu, bool unified, const struct cgroup_now *now,
	struct arena *arena, struct error *err)
{
	const uint64_t shares = cpu->shares == NULL ? 0 : *cpu->shares;

	if (unified && cpu->idle != NULL && *cpu->idle != 0)
		cgroup_property_add_number(words, "CPUWeight", 0, arena);
	else if (unified && shares != 0)
		cgroup_property_add_number(words, "CPUWeight", cgroup_limits_cpu_weight(shares),
					   arena);
	else if (shares != 0)
		cgroup_property_add_number(words, "CPUShares", shares < 2 ? 2 : shares, arena);
	add_quota(words, cpu->quota == NULL ? 0 : *cpu->quota, cpu->period == NULL ? 0 : *cpu->period, now, arena);
	if (unified && !text_is_empty(cpu->cpus) &&
	    add_mask(words, "?AllowedCPUs", cpu->cpus, arena, err) < 0)
		return error_prefix(err, "cpu.cpus");
	if (unified && !text_is_empty(cpu->mems) &&
	    add_mask(words, "?AllowedMemoryNodes", cpu->mems, arena, err) < 0)
		return error_prefix(err, "cpu.mems");
	return 0;
}

/* ---- files of v2 that the document names --------------------------------------------------------------- */

struct file_row {
	const char *file, *property;
	int (*add)(struct text_list *words, const struct file_row *row, const char *text,
		   struct arena *arena, struct error *err);
};

static int
parse_limit(uint64_t *number, const char *text, struct error *err)
{
	*number = UNLIMITED;
	return text_equal(text, "max") ? 0 : number_unsigned(number, text, UINT64_MAX, err);
}

static int
file_number(struct text_list *words, const struct file_row *row, const char *text,
	    struct arena *arena, struct error *err)
{
	uint64_t number;

	TRY(parse_limit(&number, text, err));
	cgroup_property_add_number(words, row->property, number, arena);
	return 0;
}

/* "default 100", or "100"; for one device it is no property of ours. */
static int
file_io_weight(struct text_list *words, const struct file_row *row, const char *text,
	       struct arena *arena, struct error *err)
{
	const char *rest = text_after(text, "default ");

	if (rest == NULL && strchr(text, ':') != NULL)
		return 0;
	return file_number(words, row, rest == NULL ? text : rest, arena, err);
}

static int
file_idle(struct text_list *words, const struct file_row *row, const char *text,
	  struct arena *arena, struct error *err)
{
	(void) err;
	if (text_equal(text, "1"))
		cgroup_property_add_number(words, row->property, 0, arena);
	return 0;
}

/* "QUOTA", "QUOTA PERIOD" or "max". */
static int
file_quota(struct text_list *words, const struct file_row *row, const char *text,
	   struct arena *arena, struct error *err)
{
	struct text_list parts = text_split(arena, text, ' ');
	uint64_t quota, period = 0;
	(void) row;

	TRY(parse_limit(&quota, parts.items[0], err));
	if (parts.count > 1)
		TRY(number_unsigned(&period, parts.items[1], UINT64_MAX, err));
	add_quota(words, quota > INT64_MAX ? -1 : (int64_t) quota, period, &(struct cgroup_now){ 0 }, arena);
	return 0;
}

static int
file_mask(struct text_list *words, const struct file_row *row, const char *text,
	  struct arena *arena, struct error *err)
{
	return add_mask(words, row->property, text, arena, err);
}

static int
file_oom_group(struct text_list *words, const struct file_row *row, const char *text,
	       struct arena *arena, struct error *err)
{
	(void) err;
	cgroup_property_add_text(words, row->property, text_equal(text, "1") ? "kill" : "continue",
				 arena);
	return 0;
}

/* clang-format off */
static const struct file_row file_rows[] = {
	{ "memory.min",       "MemoryMin",           file_number },
	{ "memory.low",       "MemoryLow",           file_number },
	{ "memory.high",      "MemoryHigh",          file_number },
	{ "memory.max",       "MemoryMax",           file_number },
	{ "memory.swap.max",  "MemorySwapMax",       file_number },
	{ "memory.zswap.max", "?MemoryZSwapMax",     file_number },
	{ "memory.oom.group", "?OOMPolicy",          file_oom_group },
	{ "cpu.weight",       "CPUWeight",           file_number },
	{ "cpu.idle",         "CPUWeight",           file_idle },
	{ "cpu.max",          "CPUQuotaPerSecUSec",  file_quota },
	{ "cpuset.cpus",      "?AllowedCPUs",        file_mask },
	{ "cpuset.mems",      "?AllowedMemoryNodes", file_mask },
	{ "io.weight",        "IOWeight",            file_io_weight },
	{ "pids.max",         "TasksMax",            file_number },
};
/* clang-format on */

static int
add_files(struct text_list *words, const struct pair_list *files, struct arena *arena,
	  struct error *err)
{
	FOR_EACH(file, files) {
		for (size_t i = 0; i < COUNT(file_rows); i++) {
			if (text_equal(file->key, file_rows[i].file) &&
			    file_rows[i].add(words, &file_rows[i], file->value, arena, err) < 0)
				return error_prefixf(err, "unified.%s", file->key);
		}
	}
	return 0;
}

int
cgroup_property_add_resources(struct text_list *words, const struct oci_resources *resources,
			      enum cgroup_layout layout, const struct cgroup_now *now, struct arena *arena,
			      struct error *err)
{
	const bool unified = layout == CGROUP_UNIFIED;

	if (resources == NULL)
		return 0;
	if (resources->memory != NULL && unified)
		TRY(add_memory(words, resources->memory, now, arena, err));
	else if (resources->memory != NULL)
		add_limit(words, "MemoryLimit", resources->memory->limit, arena);
	if (resources->cpu != NULL)
		TRY(add_cpu(words, resources->cpu, unified, now, arena, err));
	if (resources->pids != NULL && resources->pids->limit != NULL) {
		const int64_t limit = *resources->pids->limit;
		cgroup_property_add_number(words, "TasksMax",
					   limit < 0    ? UNLIMITED
					   : limit == 0 ? 1
							: (uint64_t) limit,
					   arena);
	}
	if (resources->block_io != NULL && resources->block_io->weight != NULL &&
	    *resources->block_io->weight != 0)
		cgroup_property_add_number(
			words, unified ? "IOWeight" : "BlockIOWeight",
			unified ? cgroup_limits_io_weight(*resources->block_io->weight)
				: *resources->block_io->weight,
			arena);
	return add_files(words, &resources->unified, arena, err);
}

/* ---- devices ------------------------------------------------------------------------------- */

/* "/dev/char/1:3", "char-136", "char-*"; NULL for what systemd cannot say. */
static const char *
name_device(const struct cgroup_rule *rule, struct arena *arena)
{
	const char *kind = rule->type == 'b' ? "block" : "char";

	if (rule->major < 0)
		return rule->minor < 0 ? arena_format(arena, "%s-*", kind) : NULL;
	if (rule->minor < 0)
		return arena_format(arena, "%s-%" PRId64, kind, rule->major);
	return arena_format(arena, "/dev/%s/%" PRId64 ":%" PRId64, kind, rule->major, rule->minor);
}

static const char *
name_access(unsigned access, struct arena *arena)
{
	return arena_format(arena, "%s%s%s", (access & CGROUP_READ) != 0 ? "r" : "",
			    (access & CGROUP_WRITE) != 0 ? "w" : "",
			    (access & CGROUP_MKNOD) != 0 ? "m" : "");
}

int
cgroup_property_add_devices(struct text_list *words, const struct oci_device_rule_list *document,
			    struct arena *arena, struct error *err)
{
	struct cgroup_rules rules, list;
	struct text_list items = { 0 };

	cgroup_devices_complete(&rules, document, arena);
	TRY(cgroup_device_list_reduce(&list, &rules, arena, err));
	cgroup_property_add_text(words, "DevicePolicy", list.allow ? "auto" : "strict", arena);
	add_words(words, "DeviceAllow", "a(ss)", "0", arena); /* forgets what was there */
	if (list.allow)
		return 0;
	FOR_EACH(rule, &list) {
		const char *device = name_device(rule, arena);
		if (device == NULL)
			continue;
		list_add(&items, arena, device);
		list_add(&items, arena, name_access(rule->access, arena));
	}
	add_words(words, "DeviceAllow", "a(ss)", arena_format(arena, "%zu", items.count / 2),
		  arena);
	FOR_EACH(item, &items)
		list_add(words, arena, *item);
	return 0;
}

/* ---- annotations --------------------------------------------------------------------------------------- */

static bool
is_property_name(const char *name)
{
	const size_t n = strlen(name);

	return n >= 3 && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == n;
}

/* systemd's settings are in seconds, the properties behind them in microseconds. */
static int
in_microseconds(struct text_list *value, struct arena *arena, struct error *err)
{
	const char *type = value->items[0], *word = value->items[1];
	const double seconds = strtod(word, NULL);

	if (strlen(type) != 1 || strchr("yqutnixd", type[0]) == NULL)
		return fail(err, "seconds must be a number");
	if (seconds < 0 || seconds > (double) (UINT64_MAX / USEC_PER_SEC))
		return fail(err, "%s seconds are out of range", word);
	value->items[0] = "t";
	value->items[1] = arena_format(arena, "%" PRIu64, (uint64_t) (seconds * USEC_PER_SEC));
	return 0;
}

static int
add_annotation(struct text_list *words, const char *name, const char *text, struct arena *arena,
	       struct error *err)
{
	struct text_list value = { 0 };

	if (!is_property_name(name))
		return fail(err, "a property's name is three letters or more, and nothing else");
	TRY(variant_parse(&value, text, arena, err));
	if (text_ends_with(name, "Sec") && !text_ends_with(name, "USec")) {
		TRY(in_microseconds(&value, arena, err));
		name = arena_format(arena, "%.*sUSec", (int) strlen(name) - 3, name);
	}
	list_add(words, arena, name);
	FOR_EACH(word, &value)
		list_add(words, arena, *word);
	return 0;
}

int
cgroup_property_add_annotations(struct text_list *words, const struct pair_list *annotations,
				struct arena *arena, struct error *err)
{
	FOR_EACH(annotation, annotations) {
		const char *name = text_after(annotation->key, ANNOTATION);
		if (name != NULL && add_annotation(words, name, annotation->value, arena, err) < 0)
			return error_prefixf(err, "annotation \"%s\"", annotation->key);
	}
	return 0;
}
