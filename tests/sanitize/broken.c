/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does wrong on purpose, as a guest would: from an empty root, without a descriptor, in a child. The
 * tests of report.c run it.
 *
 * Usage: broken heap|undefined|leak DIRECTORY
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int zero, eight = 8;

static void
read_beyond(void)
{
	/* of a size that only the allocator knows */
	volatile char *bytes = calloc((size_t) eight, 1);

	zero = bytes[eight];
}

static void
overflow(void)
{
	volatile int most = INT_MAX;

	most = most + 1 + zero;
}

static void
lose(void)
{
	char *volatile lost = malloc(64);

	lost[0] = 'x';
	lost = NULL;
}

int
main(int argc, char **argv)
{
	int status;

	if (argc == 3 && strcmp(argv[1], "leak") == 0) {
		lose();
		return 0;
	}
	if (argc != 3)
		return 2;
	pid_t child = fork();
	if (child == 0) {
		if (chroot(argv[2]) < 0 || chdir("/") < 0)
			_exit(2);
		(void) close_range(0, ~0U, 0);
		if (strcmp(argv[1], "heap") == 0)
			read_beyond();
		else
			overflow();
		_exit(0);
	}
	(void) waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}
