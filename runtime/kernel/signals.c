/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/signals.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "libcommon/number.h"
#include "libcommon/word.h"

/* The first name of a number is the one that is shown; the last rows are older names. */
/* clang-format off */
static const struct word names[] = {
	{ "HUP",    SIGHUP },     { "INT",    SIGINT },     { "QUIT",   SIGQUIT },
	{ "ILL",    SIGILL },     { "TRAP",   SIGTRAP },    { "ABRT",   SIGABRT },
	{ "BUS",    SIGBUS },     { "FPE",    SIGFPE },     { "KILL",   SIGKILL },
	{ "USR1",   SIGUSR1 },    { "SEGV",   SIGSEGV },    { "USR2",   SIGUSR2 },
	{ "PIPE",   SIGPIPE },    { "ALRM",   SIGALRM },    { "TERM",   SIGTERM },
	{ "CHLD",   SIGCHLD },    { "CONT",   SIGCONT },    { "STOP",   SIGSTOP },
	{ "TSTP",   SIGTSTP },    { "TTIN",   SIGTTIN },    { "TTOU",   SIGTTOU },
	{ "URG",    SIGURG },     { "XCPU",   SIGXCPU },    { "XFSZ",   SIGXFSZ },
	{ "VTALRM", SIGVTALRM },  { "PROF",   SIGPROF },    { "WINCH",  SIGWINCH },
	{ "IO",     SIGIO },      { "PWR",    SIGPWR },     { "SYS",    SIGSYS },
#ifdef SIGSTKFLT
	{ "STKFLT", SIGSTKFLT },
#endif
#ifdef SIGEMT
	{ "EMT",    SIGEMT },
#endif
	{ "IOT",    SIGABRT },    { "CLD",    SIGCHLD },    { "POLL",   SIGIO },
	{ NULL, 0 },
};
/* clang-format on */

/* "RTMIN", "RTMIN+3", "RTMAX-2". Returns 0 if it is none of these. */
static int
find_real_time(const char *name)
{
	bool from_end = strncasecmp(name, "RTMAX", 5) == 0;
	const char *rest = name + 5;
	uint64_t distance = 0;
	struct error unused;

	if (!from_end && strncasecmp(name, "RTMIN", 5) != 0)
		return 0;
	if (*rest != '\0') {
		if (*rest != (from_end ? '-' : '+'))
			return 0;
		if (number_unsigned(&distance, rest + 1, (uint64_t) (SIGRTMAX - SIGRTMIN),
				    &unused) < 0)
			return 0;
	}
	return from_end ? SIGRTMAX - (int) distance : SIGRTMIN + (int) distance;
}

int
signals_find(const char *text, struct error *err)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	uint64_t number;

	if (number_is_decimal(text)) {
		struct error unused;
		if (number_unsigned(&number, text, (uint64_t) SIGRTMAX, &unused) == 0)
			return (int) number;
		return fail(err, "signal \"%s\" is not between 0 and %d", text, SIGRTMAX);
	}
	for (const struct word *row = names; row->text != NULL; row++)
		if (strcasecmp(row->text, name) == 0)
			return row->value;

	int real_time = find_real_time(name);
	return real_time > 0 ? real_time : fail(err, "unknown signal \"%s\"", text);
}

const char *
signals_name(int signal, char text[24])
{
	const char *name = word_text(names, signal);

	if (name != NULL)
		(void) snprintf(text, 24, "SIG%s", name);
	else if (signal == SIGRTMIN)
		(void) snprintf(text, 24, "SIGRTMIN");
	else if (signal > SIGRTMIN && signal <= SIGRTMAX)
		(void) snprintf(text, 24, "SIGRTMIN+%d", signal - SIGRTMIN);
	else
		return NULL;
	return text;
}
