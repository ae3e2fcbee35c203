/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times programs against each other in one interleaved run. In every round each step is taken by each
 * peer, and who begins moves on by one, so that what the machine does besides falls on all alike. What
 * is compared are the two times of one round: the ratio that is told is the median of these, and how
 * far they lie apart is told with it. What counts is fork, exec and wait as a caller sees them.
 *
 * Usage: interleave SIZE REFERENCE ROUNDS < PLAN > RESULTS
 *
 * The plan has a line for each step and peer, with tabs between: the step's name, the peer's, how it
 * should end (0, or ! for badly), and the command's words. A step whose name begins with "-" is not
 * timed: it clears the way. The command "@await" FILE waits for the process that FILE names, which is
 * our child since its own parent ended; it is not there for all peers.
 *
 * A result is one line of JSON. Times are microseconds. A peer that fails is out, and its last result
 * is what it said.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEPS_MAX = 24, PEERS_MAX = 10, WORDS_MAX = 40, ROUNDS_MAX = 10000, LINE_MAX_ = 8192 };

/* What one peer does in one step. No words: it takes no part. */
struct turn {
	char *words[WORDS_MAX + 1];
	bool should_fail;
	double *taken; /* one a round */
	long peak_kib;
};

struct peer {
	char *name;
	bool is_out;
	char said[512]; /* when it fell out */
	size_t said_in;
};

struct bench {
	const char *size, *reference;
	size_t rounds, steps, peers;
	char *names[STEPS_MAX];
	struct peer peer[PEERS_MAX];
	struct turn turn[STEPS_MAX][PEERS_MAX];
};

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "interleave: %s\n", what);
	exit(2);
}

/* ---- the plan ------------------------------------------------------------------------------- */

static size_t
find_step(struct bench *bench, const char *name)
{
	for (size_t i = 0; i < bench->steps; i++)
		if (strcmp(bench->names[i], name) == 0)
			return i;
	if (bench->steps == STEPS_MAX)
		die("too many steps");
	bench->names[bench->steps] = strdup(name);
	return bench->steps++;
}

static size_t
find_peer(struct bench *bench, const char *name)
{
	for (size_t i = 0; i < bench->peers; i++)
		if (strcmp(bench->peer[i].name, name) == 0)
			return i;
	if (bench->peers == PEERS_MAX)
		die("too many peers");
	bench->peer[bench->peers].name = strdup(name);
	return bench->peers++;
}

static void
read_plan(struct bench *bench)
{
	char line[LINE_MAX_];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *rest = line;
		line[strcspn(line, "\n")] = '\0';
		const char *step = strsep(&rest, "\t"), *peer = strsep(&rest, "\t"),
			   *end = strsep(&rest, "\t");
		if (rest == NULL)
			die("a line of the plan is too short");
		struct turn *turn = &bench->turn[find_step(bench, step)][find_peer(bench, peer)];
		turn->should_fail = end[0] == '!';
		turn->taken = calloc(bench->rounds, sizeof(double));
		for (size_t n = 0; rest != NULL; n++) {
			if (n == WORDS_MAX)
				die("a command has too many words");
			turn->words[n] = strdup(strsep(&rest, "\t"));
		}
	}
}

/* ---- one turn ------------------------------------------------------------------------------- */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec * 1e6 + (double) t.tv_nsec / 1e3;
}

static void
await_process(const char *pid_file)
{
	FILE *file = fopen(pid_file, "re");
	int pid = 0;

	if (file == NULL)
		return;
	if (fscanf(file, "%d", &pid) == 1 && pid > 1)
		(void) waitpid(pid, NULL, 0);
	fclose(file);
	(void) unlink(pid_file);
}

static void
become(char *const *argv, int errors)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(errors, 2) < 0)
		_exit(127);
	execvp(argv[0], argv);
	_exit(127);
}

/* Keeps the end of what it wrote to stderr, where the message is. */
static void
note_failure(struct peer *peer, size_t step, int errors, int status)
{
	char text[sizeof(peer->said) / 2] = "";
	off_t size = lseek(errors, 0, SEEK_END);
	off_t from = size > (off_t) sizeof(text) - 1 ? size - (off_t) sizeof(text) + 1 : 0;
	ssize_t n = pread(errors, text, sizeof(text) - 1, from);

	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	snprintf(peer->said, sizeof(peer->said), "ended with %d: %s",
		 WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text);
	peer->said_in = step;
	peer->is_out = true;
}

static void
take_turn(struct bench *bench, size_t step, size_t who, size_t round)
{
	struct turn *turn = &bench->turn[step][who];
	struct peer *peer = &bench->peer[who];
	struct rusage used;
	int status = 0;

	if (peer->is_out || turn->words[0] == NULL)
		return;
	if (strcmp(turn->words[0], "@await") == 0) {
		await_process(turn->words[1]);
		return;
	}
	int errors = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	double begin = now();
	pid_t pid = fork();
	if (pid == 0)
		become(turn->words, errors);
	if (pid < 0 || wait4(pid, &status, 0, &used) < 0)
		die(strerror(errno));
	turn->taken[round] = now() - begin;

	if ((status != 0) != turn->should_fail)
		note_failure(peer, step, errors, status);
	if (used.ru_maxrss > turn->peak_kib)
		turn->peak_kib = used.ru_maxrss;
	close(errors);
}

static void
run_rounds(struct bench *bench)
{
	/* The first is for warm caches and not counted: the next one writes over it. */
	for (size_t round = 0; round <= bench->rounds; round++) {
		for (size_t step = 0; step < bench->steps; step++)
			for (size_t i = 0; i < bench->peers; i++)
				take_turn(bench, step, (i + round) % bench->peers,
					  round == 0 ? 0 : round - 1);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			; /* what peers left to whoever adopts it */
	}
}

/* ---- what it came to ------------------------------------------------------------------------ */

struct quartiles {
	double least, q1, median, q3;
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

static double
at(const double *sorted, size_t n, double share)
{
	double place = (double) (n - 1) * share;
	size_t below = (size_t) place;
	size_t above = below + 1 < n ? below + 1 : below;

	return sorted[below] + (sorted[above] - sorted[below]) * (place - (double) below);
}

/* Of the values, or, with a second row, of the first by the second. */
static struct quartiles
judge(const double *values, const double *by, size_t n)
{
	double *sorted = calloc(n, sizeof(double));

	for (size_t i = 0; i < n; i++)
		sorted[i] = by == NULL ? values[i] : values[i] / by[i];
	qsort(sorted, n, sizeof(double), compare);
	struct quartiles found = { sorted[0], at(sorted, n, 0.25), at(sorted, n, 0.5),
				   at(sorted, n, 0.75) };
	free(sorted);
	return found;
}

static void
print_text(const char *text)
{
	putchar('"');
	for (; *text != '\0'; text++)
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char) *text < ' ')
			putchar(' ');
		else
			putchar(*text);
	putchar('"');
}

static void
print_head(const struct bench *bench, size_t step, size_t who)
{
	printf("{\"size\":");
	print_text(bench->size);
	printf(",\"step\":");
	print_text(bench->names[step]);
	printf(",\"peer\":");
	print_text(bench->peer[who].name);
}

static void
print_result(const struct bench *bench, size_t step, size_t who, size_t reference)
{
	const struct turn *turn = &bench->turn[step][who];
	const struct turn *ours = reference < bench->peers ? &bench->turn[step][reference] : turn;
	struct quartiles time = judge(turn->taken, NULL, bench->rounds);

	print_head(bench, step, who);
	printf(",\"rounds\":%zu,\"least\":%.1f,\"q1\":%.1f,\"median\":%.1f,\"q3\":%.1f,\"peak_"
	       "kib\":%ld",
	       bench->rounds, time.least, time.q1, time.median, time.q3, turn->peak_kib);
	if (ours != turn && ours->words[0] != NULL && !bench->peer[reference].is_out) {
		struct quartiles ratio = judge(turn->taken, ours->taken, bench->rounds);
		printf(",\"ratio\":{\"q1\":%.3f,\"median\":%.3f,\"q3\":%.3f}", ratio.q1,
		       ratio.median, ratio.q3);
	}
	printf("}\n");
}

static int
print_results(struct bench *bench)
{
	size_t reference = find_peer(bench, bench->reference);
	int fell_out = 0;

	for (size_t who = 0; who < bench->peers; who++) {
		const struct peer *peer = &bench->peer[who];
		for (size_t step = 0; !peer->is_out && step < bench->steps; step++)
			if (bench->names[step][0] != '-' && bench->turn[step][who].words[0] != NULL)
				print_result(bench, step, who, reference);
		if (!peer->is_out)
			continue;
		print_head(bench, peer->said_in, who);
		printf(",\"failed\":");
		print_text(peer->said);
		printf("}\n");
		fell_out = 1;
	}
	return fell_out;
}

int
main(int argc, char **argv)
{
	static struct bench bench; /* too large for a stack */

	if (argc != 4)
		die("usage: interleave SIZE REFERENCE ROUNDS < PLAN > RESULTS");
	bench.size = argv[1];
	bench.reference = argv[2];
	bench.rounds = strtoul(argv[3], NULL, 10);
	if (bench.rounds == 0 || bench.rounds > ROUNDS_MAX)
		die("that is not a number of rounds");
	(void) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	read_plan(&bench);
	run_rounds(&bench);
	return print_results(&bench);
}
