/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's limits and annotations as properties of its unit. systemd writes to a cgroup's files
 * whenever it likes (at `systemctl daemon-reload`, say) what it believes to be right, so it has to
 * know. What it has no property for it leaves alone; on v2 the rules for devices too, as long as
 * nobody gives it any: there they are set by ourselves only (cgroup_limits.h).
 *
 * A property is words: name, signature, value (variant.h). One whose name begins with "?" may be left
 * out where systemd is too old for it, since the cgroup's file is written all the same.
 */
#ifndef COOPERAGE_CGROUP_PROPERTY_H
#define COOPERAGE_CGROUP_PROPERTY_H

#include "runtime/kernel/cgroup.h"

void cgroup_property_add_text(struct text_list *words, const char *name, const char *text,
			      struct arena *arena);
void cgroup_property_add_bool(struct text_list *words, const char *name, bool value,
			      struct arena *arena);
void cgroup_property_add_number(struct text_list *words, const char *name, uint64_t number,
				struct arena *arena);

/*
 * What holds where a document does not say; 0 where nothing does. The limit of swap depends on that of
 * memory, and the share of the CPUs on quota and period both.
 */
struct cgroup_now {
	int64_t memory, quota;
	uint64_t period;
};

/* What the document names. */
int cgroup_property_add_resources(struct text_list *words, const struct oci_resources *resources,
				  enum cgroup_layout layout, const struct cgroup_now *now,
				  struct arena *arena, struct error *err);

/*
 * The rules for devices, for a host with v1, where systemd writes a list whether it is told one or
 * not. It has no words for an exception from "everything", nor for a minor number of any major one.
 */
int cgroup_property_add_devices(struct text_list *words,
				const struct oci_device_rule_list *document, struct arena *arena,
				struct error *err);

/*
 * Annotations "org.systemd.property.NAME" with a value in GVariant's text format. A name in …Sec is
 * taken for …USec, the value for seconds.
 */
int cgroup_property_add_annotations(struct text_list *words, const struct pair_list *annotations,
				    struct arena *arena, struct error *err);

#endif
