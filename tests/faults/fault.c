/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault: runs a command and makes one of its system calls go wrong. Ends as the command did (128 and
 * the signal that killed it), with 124 if it had to be killed for taking too long, and with 125 if it
 * could not be run. What happened goes to the report, "key=value" on each line:
 *
 *	total=N             calls that were counted, up to the hit
 *	hit=N process=P own=M pid=… program=… call=…
 *	end=exit:N | signal:N | timeout
 *	left=PID …          processes that outlive the command
 *	call=NAME command=N others=N    with -c, for each call that was made, of whatever kind
 *
 * `fault -k N …` makes the whole tree's N-th call fail; `-i P -k M` the M-th of process P alone,
 * which is the same call each time.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/faults/tracer.h"

#define SECONDS 20

struct name {
	const char *text;
	int value;
};

/* clang-format off */
static const struct name errors[] = {
	{ "EPERM", EPERM },   { "ENOENT", ENOENT }, { "EINTR", EINTR },   { "EIO", EIO },       { "EAGAIN", EAGAIN },
	{ "ENOMEM", ENOMEM }, { "EACCES", EACCES }, { "EBUSY", EBUSY },   { "EEXIST", EEXIST }, { "EINVAL", EINVAL },
	{ "EMFILE", EMFILE }, { "ENFILE", ENFILE }, { "ENOSPC", ENOSPC }, { "EROFS", EROFS },   { "EPIPE", EPIPE },
	{ "ENOSYS", ENOSYS }, { "EDQUOT", EDQUOT }, { "ESRCH", ESRCH },   { "ENODEV", ENODEV }, { "ETIMEDOUT", ETIMEDOUT },
	{ NULL, 0 },
};

static const struct name signals[] = {
	{ "TERM", SIGTERM }, { "INT", SIGINT },   { "HUP", SIGHUP },   { "QUIT", SIGQUIT }, { "USR1", SIGUSR1 },
	{ "PIPE", SIGPIPE }, { "CHLD", SIGCHLD }, { "STOP", SIGSTOP }, { "CONT", SIGCONT }, { "WINCH", SIGWINCH },
	{ "ALRM", SIGALRM }, { NULL, 0 },
};
/* clang-format on */

static _Noreturn void
usage(const char *complaint, const char *what)
{
	fprintf(stderr,
		"fault: %s%s\n"
		"usage: fault [-k N] [-a FAULT] [-s CALLS] [-i PROCESS] [-p PID] [-e NAME] [-c] [-t SECONDS] [-o FILE] COMMAND...\n"
		"  -k N        at the N-th call (default: none, only count)\n"
		"  -a FAULT    kill, killtree, fail:ERROR, fail:ERROR+ (from then on), signal:NAME\n"
		"  -s CALLS    which calls count: names, \"visible\" (default), \"all\", \"-name\"\n"
		"  -i PROCESS  count and list the calls of this one alone: 0 is the command, then in order of birth\n"
		"  -p PID      a process that is there already belongs to it\n"
		"  -t SECONDS  then all of them are killed (default: 20)\n"
		"  -e NAME     who executes a program of this name is not counted any more\n"
		"  -c          report each call by name: how often the command and the others made it\n"
		"  -o FILE     append the report to this file (default: standard error)\n",
		complaint, what);
	exit(125);
}

static int
find(const struct name *names, const char *text, size_t n)
{
	for (; names->text != NULL; names++)
		if (strlen(names->text) == n && strncmp(names->text, text, n) == 0)
			return names->value;
	usage("unknown name in ", text);
}

static long
number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end != '\0' || end == text || value < 0)
		usage("not a number: ", text);
	return value;
}

static void
read_fault(struct order *order, const char *text)
{
	const char *colon = strchr(text, ':');
	const char *name = colon == NULL ? "" : colon + 1;
	const size_t kind = colon == NULL ? strlen(text) : (size_t) (colon - text);

	if (strcmp(text, "kill") == 0) {
		order->fault = FAULT_KILL;
	} else if (strcmp(text, "killtree") == 0) {
		order->fault = FAULT_KILL_TREE;
	} else if (strncmp(text, "fail:", kind + 1) == 0) {
		order->fault = FAULT_FAIL;
		order->error = find(errors, name, strcspn(name, "+"));
		order->persists = strchr(name, '+') != NULL;
	} else if (strncmp(text, "signal:", kind + 1) == 0) {
		order->fault = FAULT_SIGNAL;
		order->signal = find(signals, name, strlen(name));
	} else {
		usage("unknown fault: ", text);
	}
}

static void
read_options(struct order *order, const char **report, bool *lists, int argc, char **argv)
{
	const char *calls = "visible", *unknown;

	for (int option; (option = getopt(argc, argv, "+k:a:s:i:p:e:ct:o:")) != -1;) {
		switch (option) {
		case 'k': order->at = number(optarg); break;
		case 'a': read_fault(order, optarg); break;
		case 's': calls = optarg; break;
		case 'i': order->within = (int) number(optarg); break;
		case 'p': order->also = (pid_t) number(optarg); break;
		case 'e': order->end = optarg; break;
		case 'c': *lists = true; break;
		case 't': order->seconds = (unsigned) number(optarg); break;
		case 'o': *report = optarg; break;
		default: usage("unknown option", "");
		}
	}
	if (!calls_read(&order->calls, calls, &unknown))
		usage("no such call: ", unknown);
	if (optind == argc)
		usage("a command is missing", "");
	order->command = argv + optind;
}

static void
print_report(FILE *out, const struct outcome *outcome)
{
	const struct hit *hit = &outcome->hit;

	fprintf(out, "total=%ld\n", outcome->total);
	if (outcome->is_hit)
		fprintf(out, "hit=%ld process=%d own=%ld pid=%d program=%s call=%s\n", hit->at, hit->process,
			hit->own, (int) hit->pid, hit->program, hit->call);
	if (outcome->timed_out)
		fprintf(out, "end=timeout\n");
	else if (WIFSIGNALED(outcome->status))
		fprintf(out, "end=signal:%d\n", WTERMSIG(outcome->status));
	else
		fprintf(out, "end=exit:%d\n", WEXITSTATUS(outcome->status));
	fprintf(out, "left=");
	for (size_t i = 0; i < outcome->left_count; i++)
		fprintf(out, "%s%d", i == 0 ? "" : " ", (int) outcome->left[i]);
	fprintf(out, "\n");
}

static void
print_calls(FILE *out, const struct outcome *outcome)
{
	for (unsigned number = 0; number < CALLS_MAX; number++) {
		const long own = outcome->made[0][number], others = outcome->made[1][number];
		const char *name = calls_name(number);
		if (own + others == 0)
			continue;
		if (name != NULL)
			fprintf(out, "call=%s command=%ld others=%ld\n", name, own, others);
		else
			fprintf(out, "call=number-%u command=%ld others=%ld\n", number, own, others);
	}
}

int
main(int argc, char **argv)
{
	struct order order = { .within = -1, .seconds = SECONDS };
	static struct outcome outcome;
	const char *report = NULL;
	bool lists = false;

	read_options(&order, &report, &lists, argc, argv);
	FILE *out = report == NULL ? stderr : fopen(report, "ae");
	if (out == NULL) {
		fprintf(stderr, "fault: open %s: %s\n", report, strerror(errno));
		return 125;
	}
	int code = tracer_run(&order, &outcome);
	if (code != 0) {
		fprintf(stderr, "fault: trace %s: %s\n", order.command[0], strerror(code));
		return 125;
	}
	print_report(out, &outcome);
	if (lists)
		print_calls(out, &outcome);
	if (fclose(out) != 0 || outcome.timed_out)
		return 124;
	return WIFSIGNALED(outcome.status) ? 128 + WTERMSIG(outcome.status) : WEXITSTATUS(outcome.status);
}
