/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/stop_signal.h"

#include <strings.h>

#include "libcommon/arena.h"
#include "libcommon/list.h"
#include "libcommon/number.h"
#include "libcommon/text.h"

#define HIGHEST 64

/* What Linux has. The first of those that are equally near is the one that was meant. */
static const char *const names[] = {
	"TERM", "KILL",  "INT",   "QUIT",   "HUP",  "USR1",  "USR2", "WINCH",  "ILL",
	"TRAP", "ABRT",  "IOT",   "BUS",    "FPE",  "SEGV",  "PIPE", "ALRM",   "STKFLT",
	"CHLD", "CLD",   "CONT",  "STOP",   "TSTP", "TTIN",  "TTOU", "URG",    "XCPU",
	"XFSZ", "PROF",  "IO",    "POLL",   "PWR",  "SYS",   "RTMIN", "RTMAX", "VTALRM",
};

/* RTMIN+1 to RTMIN+15, RTMAX-1 to RTMAX-14. */
static bool
is_real_time(const char *name)
{
	const char *offset =
		strncasecmp(name, "RTMIN+", 6) == 0 || strncasecmp(name, "RTMAX-", 6) == 0
			? name + 6
			: "";
	uint64_t highest = (name[3] | 0x20) == 'i' ? 15 : 14, value;
	struct error unused;

	return number_is_decimal(offset) &&
	       number_unsigned(&value, offset, highest, &unused) == 0 && value > 0;
}

static bool
is_known(const char *name)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return strlen(name) > 6 && is_real_time(name);
}

static int
refuse_name(const char *text, const char *name, struct error *err)
{
	scoped_arena arena = { 0 };
	struct text_list choices = { 0 };

	for (size_t i = 0; i < COUNT(names); i++)
		list_add(&choices, &arena, names[i]);
	const char *nearest = text_nearest(text_upper(&arena, name), &choices);
	if (nearest != NULL)
		return fail(err, "there is no signal \"%s\"; did you mean SIG%s?", text, nearest);
	return fail(err, "there is no signal \"%s\"", text);
}

int
stop_signal_check(const char *text, struct error *err)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	struct error unused;
	uint64_t number;

	if (text[0] == '\0')
		return fail(err, "the signal is empty");
	if (!number_is_decimal(text))
		return is_known(name) ? 0 : refuse_name(text, name, err);
	if (number_unsigned(&number, text, HIGHEST, &unused) < 0 || number == 0)
		return fail(err, "there is no signal %s; they go from 1 to %d", text, HIGHEST);
	return 0;
}
