/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
fail(struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void) vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	err->code = 0;
	return -1;
}

int
fail_errno(struct error *err, const char *format, ...)
{
	int code = errno;
	va_list args;

	va_start(args, format);
	int n = vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	if (n >= 0 && (size_t) n < sizeof(err->text))
		(void) snprintf(err->text + n, sizeof(err->text) - (size_t) n, ": %s", strerror(code));
	err->code = code;
	return -1;
}

int
error_prefix(struct error *err, const char *where)
{
	struct error was = *err;
	size_t used = 0;

	for (const char *line = was.text; used < sizeof(err->text);) {
		const char *end = strchrnul(line, '\n');
		int n = snprintf(err->text + used, sizeof(err->text) - used, "%s: %.*s%s", where,
				 (int) (end - line), line, *end == '\n' ? "\n" : "");
		used += (size_t) (n > 0 ? n : 0);
		if (*end == '\0')
			break;
		line = end + 1;
	}
	return -1;
}

int
error_prefixf(struct error *err, const char *format, ...)
{
	char where[512];
	va_list args;

	va_start(args, format);
	(void) vsnprintf(where, sizeof(where), format, args);
	va_end(args);
	return error_prefix(err, where);
}

int
error_add(struct error *err, const char *format, ...)
{
	static const char more[] = "\n… and more";
	char line[1024];
	va_list args;

	va_start(args, format);
	(void) vsnprintf(line, sizeof(line), format, args);
	va_end(args);

	size_t used = strlen(err->text);
	bool said = used >= sizeof(more) - 1 && strcmp(err->text + used - (sizeof(more) - 1), more) == 0;
	size_t room = sizeof(err->text) - sizeof(more) - used;
	if (said)
		return -1; /* a short line may fit behind it, but has no place there */
	if (used + sizeof(more) > sizeof(err->text) || strlen(line) + 1 > room) {
		if (used + sizeof(more) <= sizeof(err->text))
			memcpy(err->text + used, more, sizeof(more));
		return -1;
	}
	(void) snprintf(err->text + used, sizeof(err->text) - used, "%s%s", used > 0 ? "\n" : "", line);
	return -1;
}
