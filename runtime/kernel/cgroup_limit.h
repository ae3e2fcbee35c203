/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row of a table of limits: this member of linux.resources, if it is there, goes to that file,
 * written by this function. What C type the member has is known to the document's own table.
 *
 * A wish names a number or text ("memory.reservation"), a list, of which each item is written by
 * itself ("hugepageLimits"), or a section, whose members bear on each other ("cpu").
 */
#ifndef COOPERAGE_CGROUP_LIMIT_H
#define COOPERAGE_CGROUP_LIMIT_H

#include "libcommon/error.h"
#include "oci-spec/runtime_resources.h"

struct cgroup_limit;
struct field;

/* Where a row is written: a directory of a hierarchy, and its name for messages. */
struct cgroup_place {
	int dir; /* -1: there is none, and what must be written fails */
	const char *mount, *path;
	const struct cgroup_limit *limit;
	const struct field *field;
};

/* `value` is the text, points to the number, the item or the section. */
typedef int (*cgroup_limit_fn)(const struct cgroup_place *place, const void *value,
			       struct error *err);

struct cgroup_limit {
	const char *wish; /* as the document spells it */
	const char *file; /* what stands before its first dot is the controller */
	cgroup_limit_fn put;
	const char *word; /* for `put`: the key of one number among many, the reason to refuse */
};

extern const struct cgroup_limit cgroup_limits_v1[]; /* both end with a row without a wish */
extern const struct cgroup_limit cgroup_limits_v2[];

/* Writes what the row wishes, each item of a list. Returns 1 if the document is silent on it. */
int cgroup_limit_put(struct cgroup_place place, const struct oci_resources *resources,
		     struct error *err);

/* True if the document's table has such a member; for tests. */
bool cgroup_limit_is_known(const struct cgroup_limit *limit);

/* Writes a text or a number, and fails with a sentence that names the wish. */
int cgroup_limit_write(const struct cgroup_place *place, const char *file, const char *text,
		       struct error *err);
int cgroup_limit_write_number(const struct cgroup_place *place, const char *file, int64_t number,
			      struct error *err);

/* What rows of both tables are written by */

int cgroup_limit_text(const struct cgroup_place *place, const void *value, struct error *err);
int cgroup_limit_number(const struct cgroup_place *place, const void *value, struct error *err);
int cgroup_limit_if_set(const struct cgroup_place *place, const void *value,
			struct error *err); /* 0: unset */
int cgroup_limit_or_max(const struct cgroup_place *place, const void *value,
			struct error *err); /* < 0: "max" */
int cgroup_limit_count(const struct cgroup_place *place, const void *value, struct error *err);

/* Values that ask for nothing pass, all others are refused: this version has no such limit. */
int cgroup_limit_refuse(const struct cgroup_place *place, const void *value, struct error *err);

/* "2MB" to hugetlb.2MB.max and, where reservations count, to hugetlb.2MB.rsvd.max. */
int cgroup_limit_pages(const struct cgroup_place *place, const void *value, struct error *err);
int cgroup_limit_rdma(const struct cgroup_place *place, const void *value, struct error *err);

#endif
