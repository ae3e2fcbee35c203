/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runlet-systemd: runlet's other half, which speaks to systemd. runlet is one static file, and
 * libsystemd comes as a shared library only; so whoever uses the systemd cgroup driver pays for
 * loading it, and nobody else.
 *
 *	runlet-systemd VERSION system|user start UNIT [NAME SIGNATURE VALUE…]…
 *	runlet-systemd VERSION system|user set   UNIT [NAME SIGNATURE VALUE…]…
 *	runlet-systemd VERSION system|user stop  UNIT
 *
 * It prints "ok", and for a slice its cgroup, or else what is wrong.
 *
 * A scope lives as long as a process is in it, and there is none yet when it is made: so `start`
 * puts itself in (PIDs= 0 is the caller), and stays until it is told so. On "k" for "keep" the unit
 * is left to who is in it by then. If its input ends before, our caller has failed or is dead: then
 * nothing must be left. A scope goes with us; a slice must be stopped.
 */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "libcommon/text.h"
#include "runtime/systemd/bus.h"

static int
say(const char *what)
{
	size_t n = strlen(what);

	return write(STDOUT_FILENO, what, n) == (ssize_t) n ? 0 : -1;
}

static bool
is_kept(void)
{
	char word;

	return read(STDIN_FILENO, &word, 1) == 1 && word == 'k';
}

/* As long as systemd makes us wait, we do not hear our input end. Nobody waits for a dead caller. */
static void
die_with_caller(bool yes)
{
	(void) prctl(PR_SET_PDEATHSIG, yes ? SIGKILL : 0);
}

static int
start(struct bus *bus, const char *unit, char **properties, struct error *err)
{
	const bool is_slice = text_ends_with(unit, ".slice");
	const char *path = "";

	TRY(bus_start(bus, unit, properties, err));
	die_with_caller(false);
	if (is_slice && bus_slice_cgroup(bus, unit, &path, err) < 0) {
		struct error unheard;
		(void) bus_stop(bus, unit, &unheard); /* the first error is the one to tell */
		return -1;
	}
	if (say(arena_format(bus->arena, "ok %s\n", path)) == 0 && is_kept())
		return 0;
	return is_slice ? bus_stop(bus, unit, err) : 0;
}

static int
obey(const char *action, bool for_user, const char *unit, char **properties, struct error *err)
{
	scoped_arena arena = { 0 };
	scoped_bus bus = { .connection = NULL };

	die_with_caller(true);
	TRY(bus_open(&bus, for_user, &arena, err));
	if (text_equal(action, "start"))
		return start(&bus, unit, properties, err);
	if (text_equal(action, "set"))
		TRY(bus_set(&bus, unit, properties, err));
	else if (text_equal(action, "stop"))
		TRY(bus_stop(&bus, unit, err));
	else
		return fail(err, "\"%s\" is none of start, set and stop", action);
	return say("ok \n") == 0 ? 0 : fail_errno(err, "answer");
}

int
main(int argc, char **argv)
{
	struct error err = { 0 };
	int result;

	if (argc < 5)
		result = fail(&err, "usage: runlet-systemd VERSION system|user start|set|stop UNIT "
				    "[PROPERTY]…");
	else if (!text_equal(argv[1], COOPERAGE_VERSION))
		result = fail(&err, "%s is of version " COOPERAGE_VERSION ", but runlet of %s",
			      argv[0], argv[1]);
	else
		result = obey(argv[3], text_equal(argv[2], "user"), argv[4], argv + 5, &err);
	if (result < 0)
		(void) say(err.text);
	return result < 0;
}
