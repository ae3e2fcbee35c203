/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/stop_signal.h"

static void
check_signal(const char *text)
{
	struct error err = { 0 };

	CHECK_OK(stop_signal_check(text, &err), err);
}

static void
check_refused(const char *text, const char *wanted)
{
	struct error err = { 0 };

	CHECK_FAILS(stop_signal_check(text, &err), err, wanted);
}

TEST(a_signal_is_a_number_or_a_name)
{
	check_signal("9");
	check_signal("64");
	check_signal("SIGTERM");
	check_signal("term");
	check_signal("SigWinch");
	check_signal("SIGRTMIN");
	check_signal("SIGRTMIN+15");
	check_signal("RTMAX-14");
}

TEST(others_are_refused)
{
	check_refused("0", "there is no signal 0; they go from 1 to 64");
	check_refused("65", "there is no signal 65; they go from 1 to 64");
	check_refused("99999999999999999999",
		      "there is no signal 99999999999999999999; they go from 1 to 64");
	check_refused("SIGTREM", "there is no signal \"SIGTREM\"; did you mean SIGTERM?");
	check_refused("hub", "there is no signal \"hub\"; did you mean SIGHUP?");
	check_refused("", "the signal is empty");
	check_refused("-9", "there is no signal \"-9\"");
	check_refused("SIGRTMIN+16", "there is no signal \"SIGRTMIN+16\"");
	check_refused("SIGRTMIN-1", "there is no signal \"SIGRTMIN-1\"; did you mean SIGRTMIN?");
	check_refused("SIGRTMAX-0", "there is no signal \"SIGRTMAX-0\"; did you mean SIGRTMAX?");
}
