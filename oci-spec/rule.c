/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/rule.h"

#include <stdarg.h>
#include <stdio.h>

#define BROKEN_MAX 256 /* more than an error has room for */

void
rule_broken(struct verdict *verdict, const char *path, ...)
{
	char text[256];
	va_list args;

	if (verdict->broken++ > BROKEN_MAX)
		return;
	va_start(args, path);
	(void) vsnprintf(text, sizeof(text), path, args);
	va_end(args);
	(void) error_add(verdict->err, "%s%s: %s", verdict->at, text, verdict->sentence);
}

int
rule_judge(const struct rule *rules, size_t count, const void *subject, const char *at,
	   struct error *err)
{
	struct verdict verdict = { .err = err, .at = at };

	for (size_t i = 0; i < count; i++) {
		verdict.sentence = rules[i].sentence;
		rules[i].judge(&verdict, subject);
	}
	return verdict.broken == 0 ? 0 : -1;
}
