/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times runtimes against each other, each command by itself, in one interleaved run: in every round
 * each runtime has its turn, and who begins moves on by one, so that what the machine does besides
 * falls on all alike. What counts is the median of fork, exec and wait as a caller sees them.
 *
 * Usage: bench ROUNDS JSON FLOOR ROOTFS NAME=PROGRAM=DIRECTORY…
 * DIRECTORY holds two bundles, `short` (its process ends at once) and `long` (it sleeps). FLOOR may be
 * empty. A runtime that fails is shown with what it said, and is out.
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

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { PEERS_MAX = 8, ROUNDS_MAX = 10000, ARGUMENTS_MAX = 12 };

/* In the order in which a round goes through them. Words in capitals stand for what a peer has. */
struct action {
	const char *name;
	const char *arguments[ARGUMENTS_MAX];
	int status;   /* how it should end; -1: in any way but well */
	bool ends_it; /* the container's process dies of it */
};

/* clang-format off */
static const struct action actions[] = {
	{ "state (none)", { "state", "I" },                              -1, false },
	{ "run",          { "run", "--bundle", "SHORT", "I" },            0, false },
	{ "create",       { "create", "--bundle", "LONG", "--pid-file", "PID", "I" }, 0, false },
	{ "state",        { "state", "I" },                               0, false },
	{ "start",        { "start", "I" },                               0, false },
	{ "exec",         { "exec", "I", "/bin/true" },                   0, false },
	{ "kill",         { "kill", "I", "KILL" },                        0, true },
	{ "delete",       { "delete", "I" },                              0, false },
};
/* clang-format on */

enum { ACTION_RUN = 1, ACTIONS = COUNT(actions) };

struct peer {
	const char *name, *program, *directory; /* no directory: the floor, which only runs */
	char bundle_short[512], bundle_long[512], pid_file[512], root[512], said[512];
	bool is_out;
	double *taken[ACTIONS]; /* microseconds, one a round */
	long memory[ACTIONS];   /* the most that was resident, in KiB */
};

struct bench {
	struct peer peers[PEERS_MAX];
	size_t count, rounds;
	const char *floor_root;
	char id[64];
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec * 1e6 + (double) t.tv_nsec / 1e3;
}

/*
 * The container's process is our child by now, since we are a subreaper. It was killed, or its runtime
 * failed on the way and will not do it.
 */
static void
reap_container(const struct peer *peer)
{
	FILE *file = fopen(peer->pid_file, "re");
	int pid = 0;

	if (file == NULL)
		return;
	if (fscanf(file, "%d", &pid) == 1 && pid > 1 && (!peer->is_out || kill(pid, SIGKILL) == 0))
		(void) waitpid(pid, NULL, 0);
	fclose(file);
	(void) unlink(peer->pid_file);
}

static void
fill_arguments(const struct bench *bench, const struct peer *peer, const struct action *action,
	       const char **argv)
{
	size_t n = 0;

	argv[n++] = peer->program;
	if (peer->directory == NULL) {
		argv[n++] = bench->floor_root;
		argv[n++] = "/bin/true";
		argv[n] = NULL;
		return;
	}
	argv[n++] = "--root";
	argv[n++] = peer->root;
	for (size_t i = 0; action->arguments[i] != NULL; i++) {
		const char *word = action->arguments[i];
		if (strcmp(word, "SHORT") == 0)
			word = peer->bundle_short;
		else if (strcmp(word, "LONG") == 0)
			word = peer->bundle_long;
		else if (strcmp(word, "PID") == 0)
			word = peer->pid_file;
		else if (strcmp(word, "I") == 0)
			word = bench->id;
		argv[n++] = word;
	}
	argv[n] = NULL;
}

/* Keeps the end of what it wrote to stderr, where the message is. */
static void
note_failure(struct peer *peer, const struct action *action, int errors, int status)
{
	char text[sizeof(peer->said) / 2] = "";
	off_t size = lseek(errors, 0, SEEK_END);
	off_t from = size > (off_t) sizeof(text) - 1 ? size - (off_t) sizeof(text) + 1 : 0;
	ssize_t n = pread(errors, text, sizeof(text) - 1, from);

	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	snprintf(peer->said, sizeof(peer->said), "%s ended with %d: %s", action->name,
		 WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text);
	peer->is_out = true;
}

static void
become(const char **argv, int errors)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(errors, 2) < 0)
		_exit(127);
	execv(argv[0], (char *const *) (uintptr_t) argv);
	_exit(127);
}

static void
take_turn(struct bench *bench, struct peer *peer, size_t which, size_t round)
{
	const struct action *action = &actions[which];
	const char *argv[ARGUMENTS_MAX + 4];
	struct rusage used;
	int status = 0;

	if (peer->is_out || (peer->directory == NULL && which != ACTION_RUN))
		return;
	fill_arguments(bench, peer, action, argv);
	int errors = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	double begin = now();
	pid_t pid = fork();
	if (pid == 0)
		become(argv, errors);
	if (pid < 0 || wait4(pid, &status, 0, &used) < 0) {
		perror("bench: fork");
		exit(1);
	}
	peer->taken[which][round] = now() - begin;

	bool is_fine = action->status < 0 ? status != 0 : status == 0;
	if (!is_fine)
		note_failure(peer, action, errors, status);
	if (used.ru_maxrss > peer->memory[which])
		peer->memory[which] = used.ru_maxrss;
	close(errors);
	if (action->ends_it || peer->is_out)
		reap_container(peer);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *) a, y = *(const double *) b;

	return (x > y) - (x < y);
}

static double
percentile(const struct bench *bench, const struct peer *peer, size_t which, unsigned percent)
{
	return peer->taken[which][(bench->rounds - 1) * percent / 100];
}

static bool
has_result(const struct peer *peer, size_t which)
{
	return !peer->is_out && (peer->directory != NULL || which == ACTION_RUN);
}

/* Milliseconds, and how many times as long as the first runtime that is not the floor. */
static void
print_cell(const struct bench *bench, const struct peer *peer, const struct peer *ours,
	   size_t which)
{
	if (!has_result(peer, which)) {
		printf(" %18s", "-");
		return;
	}
	double median = percentile(bench, peer, which, 50);
	printf(" %9.3f", median / 1e3);
	if (ours == NULL || ours == peer || !has_result(ours, which))
		printf("         ");
	else
		printf(" (x%5.2f)", median / percentile(bench, ours, which, 50));
}

static const struct peer *
find_ours(const struct bench *bench)
{
	for (size_t i = 0; i < bench->count; i++)
		if (bench->peers[i].directory != NULL && !bench->peers[i].is_out)
			return &bench->peers[i];
	return NULL;
}

static void
print_table(const struct bench *bench)
{
	const struct peer *ours = find_ours(bench);

	printf("%-14s", "median ms");
	for (size_t i = 0; i < bench->count; i++)
		printf(" %9s         ", bench->peers[i].name);
	printf("\n");
	for (size_t which = 0; which < ACTIONS; which++) {
		printf("%-14s", actions[which].name);
		for (size_t i = 0; i < bench->count; i++)
			print_cell(bench, &bench->peers[i], ours, which);
		printf("\n");
	}
	printf("%-14s", "run, peak MiB");
	for (size_t i = 0; i < bench->count; i++)
		printf(" %9.2f         ", (double) bench->peers[i].memory[ACTION_RUN] / 1024);
	printf("\n");
	for (size_t i = 0; i < bench->count; i++)
		if (bench->peers[i].is_out)
			printf("%s is out: %s\n", bench->peers[i].name, bench->peers[i].said);
}

static void
write_json(const struct bench *bench, const char *path)
{
	FILE *out = fopen(path, "we");

	if (out == NULL) {
		perror(path);
		exit(1);
	}
	fprintf(out, "{\n  \"rounds\": %zu,\n  \"unit\": \"microseconds\",\n  \"results\": [",
		bench->rounds);
	const char *between = "";
	for (size_t i = 0; i < bench->count; i++) {
		const struct peer *peer = &bench->peers[i];
		for (size_t which = 0; which < ACTIONS; which++) {
			if (!has_result(peer, which))
				continue;
			fprintf(out,
				"%s\n    { \"peer\": \"%s\", \"action\": \"%s\", \"least\": %.1f, "
				"\"median\": %.1f, \"p90\": %.1f, \"peak_kib\": %ld }",
				between, peer->name, actions[which].name,
				percentile(bench, peer, which, 0),
				percentile(bench, peer, which, 50),
				percentile(bench, peer, which, 90), peer->memory[which]);
			between = ",";
		}
	}
	fprintf(out, "\n  ]\n}\n");
	fclose(out);
}

static void
run_rounds(struct bench *bench)
{
	/* The first is for warm caches and not counted: the next one writes over it. */
	for (size_t round = 0; round <= bench->rounds; round++)
		for (size_t which = 0; which < ACTIONS; which++)
			for (size_t i = 0; i < bench->count; i++)
				take_turn(bench, &bench->peers[(i + round) % bench->count], which,
					  round == 0 ? 0 : round - 1);
	for (size_t i = 0; i < bench->count; i++)
		for (size_t which = 0; which < ACTIONS; which++)
			qsort(bench->peers[i].taken[which], bench->rounds, sizeof(double), compare);
}

static void
add_peer(struct bench *bench, const char *name, const char *program, const char *directory)
{
	struct peer *peer = &bench->peers[bench->count++];

	*peer = (struct peer){ .name = name, .program = program, .directory = directory };
	if (directory != NULL) {
		snprintf(peer->bundle_short, sizeof(peer->bundle_short), "%s/short", directory);
		snprintf(peer->bundle_long, sizeof(peer->bundle_long), "%s/long", directory);
		snprintf(peer->pid_file, sizeof(peer->pid_file), "%s/pid", directory);
		snprintf(peer->root, sizeof(peer->root), "%s/state", directory);
	}
	for (size_t which = 0; which < ACTIONS; which++)
		peer->taken[which] = calloc(bench->rounds, sizeof(double));
}

/* NAME=PROGRAM=DIRECTORY, taken apart in place. */
static void
add_runtime(struct bench *bench, char *text)
{
	char *program = strchr(text, '=');
	char *directory = program == NULL ? NULL : strchr(program + 1, '=');

	if (directory == NULL || bench->count == PEERS_MAX) {
		fprintf(stderr, "bench: \"%s\" is not NAME=PROGRAM=DIRECTORY\n", text);
		exit(2);
	}
	*program++ = '\0';
	*directory++ = '\0';
	add_peer(bench, text, program, directory);
}

int
main(int argc, char **argv)
{
	struct bench bench = { 0 };

	if (argc < 6) {
		fprintf(stderr, "usage: bench ROUNDS JSON FLOOR ROOTFS NAME=PROGRAM=DIRECTORY…\n");
		return 2;
	}
	bench.rounds = strtoul(argv[1], NULL, 10);
	if (bench.rounds == 0 || bench.rounds > ROUNDS_MAX) {
		fprintf(stderr, "bench: \"%s\" is not a number of rounds\n", argv[1]);
		return 2;
	}
	bench.floor_root = argv[4];
	snprintf(bench.id, sizeof(bench.id), "bench-%d", (int) getpid());
	(void) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (argv[3][0] != '\0')
		add_peer(&bench, "floor", argv[3], NULL);
	for (int i = 5; i < argc; i++)
		add_runtime(&bench, argv[i]);

	run_rounds(&bench);
	print_table(&bench);
	write_json(&bench, argv[2]);
	for (size_t i = 0; i < bench.count; i++)
		if (bench.peers[i].is_out)
			return 1;
	return 0;
}
