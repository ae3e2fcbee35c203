/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <signal.h>
#include <unistd.h>

#include "runtime/kernel/signals.h"

static int
find(const char *text)
{
	struct error err = { 0 };

	return signals_find(text, &err);
}

TEST(a_signal_goes_by_its_name_with_or_without_sig_in_any_case)
{
	CHECK_EQ(find("TERM"), SIGTERM);
	CHECK_EQ(find("SIGTERM"), SIGTERM);
	CHECK_EQ(find("sigterm"), SIGTERM);
	CHECK_EQ(find("Kill"), SIGKILL);
	CHECK_EQ(find("SIGIOT"), SIGABRT);
	CHECK_EQ(find("CLD"), SIGCHLD);
}

TEST(a_signal_goes_by_its_number)
{
	CHECK_EQ(find("9"), 9);
	CHECK_EQ(find("15"), 15);
	CHECK_EQ(find("64"), 64);
}

TEST(real_time_signals_count_from_either_end)
{
	CHECK_EQ(find("RTMIN"), SIGRTMIN);
	CHECK_EQ(find("SIGRTMIN+3"), SIGRTMIN + 3);
	CHECK_EQ(find("rtmax-1"), SIGRTMAX - 1);
	CHECK_EQ(find("RTMAX"), SIGRTMAX);
	CHECK_EQ(find("RTMIN+30"), SIGRTMAX);
}

TEST(what_is_no_signal_is_refused)
{
	struct error err;

	CHECK_FAILS(signals_find("65", &err), err, "signal \"65\" is not between 0 and 64");
	CHECK_FAILS(signals_find("99999999999999999999", &err), err,
		    "signal \"99999999999999999999\" is not between 0 and 64");
	CHECK_FAILS(signals_find("", &err), err, "unknown signal \"\"");
	CHECK_FAILS(signals_find("SIG", &err), err, "unknown signal \"SIG\"");
	CHECK_FAILS(signals_find("-9", &err), err, "unknown signal \"-9\"");
	CHECK_FAILS(signals_find("SIG9", &err), err, "unknown signal \"SIG9\"");
	CHECK_FAILS(signals_find("SIGSIGTERM", &err), err, "unknown signal \"SIGSIGTERM\"");
	CHECK_FAILS(signals_find("RTMIN+31", &err), err, "unknown signal \"RTMIN+31\"");
	CHECK_FAILS(signals_find("RTMIN-1", &err), err, "unknown signal \"RTMIN-1\"");
	CHECK_FAILS(signals_find("RTMIN+", &err), err, "unknown signal \"RTMIN+\"");
	CHECK_FAILS(signals_find("RTMINI", &err), err, "unknown signal \"RTMINI\"");
}

TEST(every_name_that_is_shown_is_understood)
{
	char text[24];

	for (int signal = 1; signal <= SIGRTMAX; signal++) {
		if (signals_name(signal, text) != NULL)
			CHECK_EQ(find(text), signal);
		else
			CHECK(signal > 31 && signal < SIGRTMIN);
	}
	CHECK_TEXT(signals_name(SIGABRT, text), "SIGABRT");
	CHECK_TEXT(signals_name(SIGRTMIN + 2, text), "SIGRTMIN+2");
	CHECK(signals_name(0, text) == NULL);
	CHECK(signals_name(SIGRTMAX + 1, text) == NULL);
}
