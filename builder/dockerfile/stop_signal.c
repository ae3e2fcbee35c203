/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/stop_signal.h"

#include <strings.h>

#include "libcommon/arena.h"
#include "libcommon/list.h"
#include "libcommon/number.h"
#include "libcommon/text.h"

#define HIGHEST 64

/* What Linux has; the order of their numbers where they have one of their own. */
static const char *names[] = {
	"HUP",    "INT",  "QUIT",  "ILL",  "TRAP", "ABRT", "IOT",  "BUS",    "FPE",
	"KILL",   "USR1", "SEGV",  "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD",
	"CLD",    "CONT", "STOP",  "TSTP", "TTIN", "TTOU", "URG",  "XCPU",   "XFSZ",
	"VTALRM", "PROF", "WINCH", "IO",   "POLL", "PWR",  "SYS",  "RTMIN",  "RTMAX",
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

int
stop_signal_check(const char *text, struct error *err)
{
	scoped_arena arena = { 0 };
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	struct text_list choices = { 0 };
	struct error unused;
	uint64_t number;

	if (number_is_decimal(text)) {
		if (number_unsigned(&number, text, HIGHEST, &unused) == 0 && number > 0)
			return 0;
		return fail(err, "there is no signal %s; they go from 1 to %d", text, HIGHEST);
	}
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return 0;
	if (strlen(name) > 6 && is_real_time(name))
		return 0;
	for (size_t i = 0; i < COUNT(names); i++)
		list_add(&choices, &arena, arena_format(&arena, "SIG%s", names[i]));
	const char *nearest = text_nearest(arena_format(&arena, "SIG%s", name), &choices);
	if (nearest != NULL)
		return fail(err, "there is no signal \"%s\"; did you mean %s?", text, nearest);
	return fail(err, "there is no signal \"%s\"", text);
}
