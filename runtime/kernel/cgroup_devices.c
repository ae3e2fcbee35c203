/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_devices.h"

#include <errno.h>
#include <string.h>

#include "libcommon/log.h"
#include "runtime/kernel/cgroup_device_list.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "runtime/kernel/cgroup_host.h"
#include "runtime/kernel/cgroup_program.h"

#define ANY (-1)

/* Any node may be made, which gives nothing; what may be opened is what programs expect to find. */
static const struct cgroup_rule default_rules[] = {
	{ true, 'c', ANY, ANY, CGROUP_MKNOD },      { true, 'b', ANY, ANY, CGROUP_MKNOD },
	{ true, 'c', 1, 3, CGROUP_ANY_ACCESS },     /* null */
	{ true, 'c', 1, 5, CGROUP_ANY_ACCESS },     /* zero */
	{ true, 'c', 1, 7, CGROUP_ANY_ACCESS },     /* full */
	{ true, 'c', 1, 8, CGROUP_ANY_ACCESS },     /* random */
	{ true, 'c', 1, 9, CGROUP_ANY_ACCESS },     /* urandom */
	{ true, 'c', 5, 0, CGROUP_ANY_ACCESS },     /* tty */
	{ true, 'c', 5, 2, CGROUP_ANY_ACCESS },     /* ptmx */
	{ true, 'c', 10, 200, CGROUP_ANY_ACCESS },  /* net/tun */
	{ true, 'c', 136, ANY, CGROUP_ANY_ACCESS }, /* pts */
};

static unsigned
access_of(const char *letters)
{
	if (letters == NULL)
		return CGROUP_ANY_ACCESS;
	return (strchr(letters, 'm') != NULL ? CGROUP_MKNOD : 0U) |
	       (strchr(letters, 'r') != NULL ? CGROUP_READ : 0U) |
	       (strchr(letters, 'w') != NULL ? CGROUP_WRITE : 0U);
}

static struct cgroup_rule
translate(const struct oci_device_rule *rule)
{
	const bool is_block = rule->type == OCI_DEVICE_BLOCK;
	const bool is_char = rule->type == OCI_DEVICE_CHAR || rule->type == OCI_DEVICE_UNBUFFERED;

	return (struct cgroup_rule){
		.allow = rule->allow,
		.type = is_block  ? 'b'
			: is_char ? 'c'
				  : 'a',
		.major = rule->major == NULL ? ANY : *rule->major,
		.minor = rule->minor == NULL ? ANY : *rule->minor,
		.access = access_of(rule->access),
	};
}

static void
add_rule(struct cgroup_rules *rules, const struct cgroup_rule *rule, struct arena *arena)
{
	if (rule->type == 'a' && rule->major == ANY && rule->minor == ANY &&
	    rule->access == CGROUP_ANY_ACCESS) {
		*rules = (struct cgroup_rules){ .allow = rule->allow };
		return;
	}
	/* As long as all say what holds anyway, they say nothing. */
	if (rule->access != 0 && (rules->count > 0 || rule->allow != rules->allow))
		list_add(rules, arena, *rule);
}

void
cgroup_devices_complete(struct cgroup_rules *rules, const struct oci_device_rule_list *document,
			struct arena *arena)
{
	*rules = (struct cgroup_rules){ .allow = false };
	FOR_EACH(item, document) {
		struct cgroup_rule rule = translate(item);
		add_rule(rules, &rule, arena);
	}
	for (size_t i = 0; i < COUNT(default_rules); i++)
		add_rule(rules, &default_rules[i], arena);
}

/*
 * Without root in the initial user namespace nobody can set a filter, and needs none: no device can
 * be made there, and none opened that its caller could not open before.
 */
static int
pass_unprivileged(int result, const struct error *err)
{
	if (result < 0 && (err->code == EPERM || err->code == EACCES) && !cgroup_host_has_root()) {
		log_debug("%s, continuing", err->text);
		return 0;
	}
	return result;
}

static int
apply(const struct cgroup *cgroup, const struct oci_device_rule_list *document, bool is_new,
      struct error *err)
{
	scoped_arena arena = { 0 };
	const struct cgroup_hierarchy *old = cgroup_hierarchy_with(cgroup, "devices");
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);
	struct cgroup_rules rules;

	cgroup_devices_complete(&rules, document, &arena);
	if (old != NULL)
		return pass_unprivileged(
			cgroup_device_list_set(old->fd, &rules, is_new, &arena, err), err);
	if (unified != NULL)
		return pass_unprivileged(
			cgroup_program_attach(unified->fd, &rules, is_new, &arena, err), err);
	if (cgroup_host_has_root())
		return fail(err, "devices: no cgroup hierarchy can confine them");
	return 0;
}

int
cgroup_devices_set(const struct cgroup *cgroup, const struct oci_device_rule_list *document,
		   struct error *err)
{
	return apply(cgroup, document, true, err);
}

int
cgroup_devices_change(const struct cgroup *cgroup, const struct oci_device_rule_list *document,
		      struct error *err)
{
	return apply(cgroup, document, false, err);
}
