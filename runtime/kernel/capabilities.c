/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/capabilities.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/buffer.h"
#include "libcommon/log.h"

/*
 * libcap knows the names. The sets are asked of the kernel directly: they are two words of bits
 * each.
 */

#define BIT(capability) (UINT64_C(1) << (capability))

/* ---- names ---------------------------------------------------------------------------------- */

/* How many this kernel has: they are numbered from 0 without a gap. */
static int
count_all(void)
{
	int low = 0, high = 64;

	while (low < high) {
		int middle = (low + high) / 2;
		if (prctl(PR_CAPBSET_READ, middle, 0, 0, 0) >= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The capability of this name, or -1. */
static int
find_one(const char *name)
{
	const char *bare = strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;
	char lower[64] = "cap_";
	size_t n = strlen(bare);
	cap_value_t value;

	if (n == 0 || n >= sizeof(lower) - 4)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char) bare[i]) && bare[i] != '_')
			return -1; /* libcap reads a name up to what cannot be part of one */
		lower[4 + i] = (char) tolower((unsigned char) bare[i]);
	}
	return cap_from_name(lower, &value) < 0 ? -1 : value;
}

int
capabilities_find(const char *name, uint64_t *bits)
{
	bool all = strcasecmp(name, "ALL") == 0 || strcasecmp(name, "CAP_ALL") == 0;
	int n = count_all(), one = all ? -1 : find_one(name);

	assert(n < 64);
	if (all)
		*bits = BIT(n) - 1;
	else if (one >= 0 && one < n)
		*bits = BIT(one);
	else
		return 1;
	return 0;
}

/* "CAP_CHOWN"; one that is newer than libcap is a number. */
static const char *
write_name(int capability, char text[64])
{
	char *name = cap_to_name(capability);

	(void) snprintf(text, 64, "%s", name != NULL ? name : "?");
	(void) cap_free(name);
	for (char *c = text; *c != '\0'; c++)
		*c = (char) toupper((unsigned char) *c);
	return text;
}

struct text_list
capabilities_names(struct arena *arena)
{
	struct text_list names = { 0 };
	int n = count_all();
	char text[64];

	for (int i = 0; i < n; i++)
		if (strncmp(write_name(i, text), "CAP_", 4) == 0)
			list_add(&names, arena, arena_text(arena, text));
	return names;
}

static void
add_names(struct buffer *line, uint64_t bits)
{
	char text[64];

	for (int i = 0; i < 64; i++)
		if ((bits & BIT(i)) != 0)
			buffer_add_format(line, "%s%s", line->length > 0 ? ", " : "",
					  write_name(i, text));
}

/* ---- the document --------------------------------------------------------------------------- */

/* `unknown` gets each name once that is none of the first n: five sets, one complaint. */
static uint64_t
parse_set(const struct text_list *names, int n, struct buffer *unknown)
{
	uint64_t bits = 0;

	FOR_EACH(name, names) {
		int one = find_one(*name);
		scoped_buffer quoted = { 0 };

		if (one >= 0 && one < n) {
			bits |= BIT(one);
			continue;
		}
		buffer_add_format(&quoted, "\"%s\"", *name);
		if (strstr(buffer_text(unknown), quoted.bytes) == NULL)
			buffer_add_format(unknown, "%s%s", unknown->length > 0 ? ", " : "",
					  quoted.bytes);
	}
	return bits;
}

struct capability_sets
capabilities_parse(const struct oci_capabilities *document)
{
	scoped_buffer unknown = { 0 };
	struct capability_sets sets = { 0 };
	int n = count_all();

	if (document == NULL)
		return sets;
	sets.bounding = parse_set(&document->bounding, n, &unknown);
	sets.effective = parse_set(&document->effective, n, &unknown);
	sets.inheritable = parse_set(&document->inheritable, n, &unknown);
	sets.permitted = parse_set(&document->permitted, n, &unknown);
	sets.ambient = parse_set(&document->ambient, n, &unknown);
	if (unknown.length > 0)
		log_warn("this kernel does not have the capabilities %s, continuing",
			 unknown.bytes);
	return sets;
}

/* ---- the sets of this process --------------------------------------------------------------- */

struct bits {
	uint64_t effective, permitted, inheritable;
};

static int
read_sets(struct bits *now, struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return fail_errno(err, "read the capabilities");
	*now = (struct bits){
		.effective = data[0].effective | (uint64_t) data[1].effective << 32,
		.permitted = data[0].permitted | (uint64_t) data[1].permitted << 32,
		.inheritable = data[0].inheritable | (uint64_t) data[1].inheritable << 32,
	};
	return 0;
}

static int
write_sets(const struct bits *wanted, struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t) wanted->effective, (uint32_t) wanted->permitted,
		  (uint32_t) wanted->inheritable },
		{ (uint32_t) (wanted->effective >> 32), (uint32_t) (wanted->permitted >> 32),
		  (uint32_t) (wanted->inheritable >> 32) },
	};

	if (syscall(SYS_capset, &header, data) < 0)
		return fail_errno(err, "set the capabilities");
	return 0;
}

bool
capabilities_holds(int capability)
{
	struct error unused;
	struct bits now = { 0 };

	return read_sets(&now, &unused) == 0 && (now.effective & BIT(capability)) != 0;
}

int
capabilities_bound(const struct capability_sets *sets, struct error *err)
{
	int n = count_all();
	char name[64];

	for (int i = 0; i < n; i++) {
		if ((sets->bounding & BIT(i)) != 0)
			continue;
		int dropped = prctl(PR_CAPBSET_DROP, i, 0, 0, 0), why = errno;
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 0)
			continue; /* also where we may drop nothing, but had not got it */
		errno = dropped < 0 ? why : EINVAL;
		return fail_errno(err, "drop %s from the bounding set", write_name(i, name));
	}
	return 0;
}

int
capabilities_keep(struct error *err)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return fail_errno(err, "keep the capabilities over the change of user");
	return 0;
}

int
capabilities_try(const struct capability_sets *sets, struct error *err)
{
	struct bits now;

	TRY(read_sets(&now, err));
	now.effective = now.permitted & sets->effective;
	return write_sets(&now, err);
}

int
capabilities_raise(struct error *err)
{
	struct bits now;

	TRY(read_sets(&now, err));
	now.effective = now.permitted;
	return write_sets(&now, err);
}

static int
set_ambient(uint64_t wanted, struct error *err)
{
	scoped_buffer refused = { 0 };

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return fail_errno(err, "clear the ambient capabilities");
	for (int i = 0; i < 64; i++) {
		if ((wanted & BIT(i)) == 0)
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			add_names(&refused, BIT(i));
	}
	if (refused.length > 0)
		log_warn("can't raise the ambient capabilities %s, continuing", refused.bytes);
	return 0;
}

/*
 * What we do not have ourselves cannot be given; the specification wants that to be a warning
 * (config.md, "Linux Process"), as where the caller runs with a reduced set.
 */
static struct bits
limit_to(const struct capability_sets *sets, uint64_t ours)
{
	struct bits given = {
		.effective = sets->effective & sets->permitted & ours,
		.permitted = sets->permitted & ours,
		.inheritable = sets->inheritable & ours,
	};
	uint64_t lost = (sets->effective & ~given.effective) |
			(sets->permitted & ~given.permitted) |
			(sets->inheritable & ~given.inheritable);
	scoped_buffer names = { 0 };

	if (lost != 0) {
		add_names(&names, lost);
		log_warn("the capabilities %s cannot be granted here, continuing", names.bytes);
	}
	return given;
}

int
capabilities_set(const struct capability_sets *sets, struct error *err)
{
	struct bits now;

	TRY(read_sets(&now, err));
	struct bits wanted = limit_to(sets, now.permitted);
	TRY(write_sets(&wanted, err));
	TRY(set_ambient(sets->ambient, err));

	TRY(read_sets(&now, err));
	if (memcmp(&now, &wanted, sizeof(now)) != 0)
		return fail(err, "set the capabilities: the kernel has others than it was given");
	return 0;
}
