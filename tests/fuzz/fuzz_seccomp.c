/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document becomes a program that the kernel would load, and that says of each call named without
 * conditions in one rule what that rule says.
 */
#include <seccomp.h>

#include "tests/fuzz/filters.h"

#include "libcommon/buffer.h"
#include "libcommon/schema.h"
#include "oci-spec/seccomp_rules.h"
#include "runtime/kernel/seccomp.h"
#include "runtime/kernel/seccomp_cache.h"
#include "tests/fuzz/documents.h"

#define NAMES_MAX 200 /* compiling takes longer than all else */

static size_t
count_names(const struct oci_seccomp *document)
{
	size_t n = document->architectures.count * 20;

	FOR_EACH(rule, &document->syscalls)
		n += rule->names.count * (1 + rule->args.count);
	return n;
}

/* In how many rules the call is; the last of them. */
static unsigned
find_rules(const struct oci_seccomp *document, int number, const struct oci_seccomp_rule **found)
{
	unsigned n = 0;

	FOR_EACH(rule, &document->syscalls)
		FOR_EACH(name, &rule->names)
			if (seccomp_syscall_resolve_name(*name) == number) {
				*found = rule;
				n++;
			}
	return n;
}

static uint32_t
verdict_of(enum oci_seccomp_action action, const uint32_t *errno_ret)
{
	uint32_t value = errno_ret == NULL ? 1 /* EPERM */ : *errno_ret & 0xffff;

	switch (action) {
	case OCI_SECCOMP_KILL_PROCESS: return SECCOMP_RET_KILL_PROCESS;
	case OCI_SECCOMP_TRAP: return SECCOMP_RET_TRAP;
	case OCI_SECCOMP_ERRNO: return SECCOMP_RET_ERRNO | value;
	case OCI_SECCOMP_TRACE: return SECCOMP_RET_TRACE | value;
	case OCI_SECCOMP_ALLOW: return SECCOMP_RET_ALLOW;
	case OCI_SECCOMP_LOG: return SECCOMP_RET_LOG;
	case OCI_SECCOMP_NOTIFY: return SECCOMP_RET_USER_NOTIF;
	default: return SECCOMP_RET_KILL_THREAD;
	}
}

static void
check_verdicts(const struct oci_seccomp *document, const struct seccomp_filter *filter)
{
	struct seccomp_data data = { .arch = seccomp_arch_native() };

	FOR_EACH(rule, &document->syscalls)
		FOR_EACH(name, &rule->names) {
			const struct oci_seccomp_rule *only = NULL;
			data.nr = seccomp_syscall_resolve_name(*name);
			if (data.nr < 0 || find_rules(document, data.nr, &only) != 1 ||
			    only->args.count > 0)
				continue;
			uint32_t verdict = machine_run(filter->program, filter->length, &data);
			DEMAND(verdict == verdict_of(only->action, only->errno_ret));
		}
}

/* Equal documents have one key; it is the whole of one. */
static void
check_key(const struct oci_seccomp *document, struct arena *arena)
{
	scoped_buffer json = { 0 }, one = { 0 }, two = { 0 };
	struct oci_seccomp again = { 0 };
	struct error err = { 0 };

	schema_write(&oci_seccomp_schema, document, SCHEMA_COMPACT, &json);
	DEMAND(schema_read(&oci_seccomp_schema, &again, "document", json.bytes, json.length, arena,
			   &err) == 0);
	seccomp_cache_key(&one, document, "1");
	seccomp_cache_key(&two, &again, "1");
	DEMAND(one.length == two.length && memcmp(one.bytes, two.bytes, one.length) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct oci_seccomp document = { 0 };
	struct seccomp_filter filter;
	struct error err = { 0 };

	documents_keep(&oci_seccomp_schema, bytes, n);
	if (schema_read(&oci_seccomp_schema, &document, "document", (const char *) bytes, n, &arena,
			&err) < 0 ||
	    seccomp_rules_judge(&document, "", &err) < 0 || count_names(&document) > NAMES_MAX)
		return 0;
	check_key(&document, &arena);
	if (seccomp_compile(&filter, &document, -1, &err) < 0) {
		DEMAND(err.text[0] != '\0');
		return 0;
	}
	DEMAND(filters_is_loadable(filter.program, filter.length));
	check_verdicts(&document, &filter);
	seccomp_done(&filter);
	return 0;
}
