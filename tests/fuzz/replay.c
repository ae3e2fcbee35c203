/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzzer where there is no libFuzzer: each file of the corpus as it is, then cut short, then with
 * some of its bytes changed, always in the same way. It finds little, but in milliseconds; with
 * --enable-sanitize, more. A file called "found-…" once broke something, perhaps by the time it took:
 * it is replayed as it is, once.
 *
 * Usage: fuzz_NAME [FILE…]; without files, $SOURCE/tests/fuzz/corpus/NAME. Prints TAP.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { SIZE_MAX_KIB = 64, CUTS = 200, CHANGES = 300 };

static const char words[] = "\"{}[]:,\\$#=\0\n\r\t -9e\xff<&";

/* Marsaglia's xorshift: the same numbers everywhere. */
static uint32_t
draw(uint32_t *state, uint32_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return below == 0 ? 0 : *state % below;
}

/* In a block of its own size, so that a sanitizer sees each byte read beyond it. */
static void
try_bytes(const uint8_t *bytes, size_t n)
{
	uint8_t *block = malloc(n);

	if (n > 0)
		memcpy(block, bytes, n);
	(void) LLVMFuzzerTestOneInput(block, n);
	free(block);
}

static void
change(uint8_t *bytes, size_t n, uint32_t *state)
{
	for (uint32_t left = 1 + draw(state, 4); left > 0 && n > 0; left--) {
		uint8_t *at = &bytes[draw(state, (uint32_t) n)];
		if (draw(state, 2) == 0)
			*at = (uint8_t) words[draw(state, sizeof(words) - 1)];
		else
			*at ^= (uint8_t) (1u << draw(state, 8));
	}
}

static int
replay_file(const char *path, bool with_changes)
{
	static const size_t most = SIZE_MAX_KIB * 1024;
	uint8_t *bytes = malloc(most), *changed = malloc(most);
	FILE *file = fopen(path, "re");
	uint32_t state = 2463534242u;

	if (file == NULL || bytes == NULL || changed == NULL) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	size_t n = fread(bytes, 1, most, file);
	fclose(file);

	try_bytes(bytes, n);
	for (size_t i = 0; with_changes && i < CUTS; i++)
		try_bytes(bytes, n * i / CUTS);
	for (size_t i = 0; with_changes && i < CHANGES; i++) {
		memcpy(changed, bytes, n);
		change(changed, n, &state);
		try_bytes(changed, n);
	}
	free(bytes);
	free(changed);
	return 0;
}

static int
replay(const char *path, unsigned *count)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;

	/* Said before, so that the file that kills us is known. */
	printf("# %s\n", path);
	fflush(stdout);
	if (replay_file(path, strncmp(name, "found-", 6) != 0) < 0)
		return -1;
	printf("ok %u - %s\n", ++*count, name);
	return 0;
}

static int
replay_corpus(const char *program, unsigned *count)
{
	const char *source = getenv("SOURCE"), *name = strstr(program, "fuzz_");
	char directory[4096], path[8192];

	(void) snprintf(directory, sizeof(directory), "%s/tests/fuzz/corpus/%s",
			source == NULL ? "." : source, name == NULL ? "" : name + strlen("fuzz_"));
	DIR *corpus = opendir(directory);
	if (corpus == NULL) {
		fprintf(stderr, "%s: %s\n", directory, strerror(errno));
		return -1;
	}
	for (struct dirent *entry; (entry = readdir(corpus)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		(void) snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (replay(path, count) < 0)
			return -1;
	}
	closedir(corpus);
	return 0;
}

int
main(int argc, char **argv)
{
	unsigned count = 0;

	if (argc < 2 && replay_corpus(argv[0], &count) < 0)
		return 1;
	for (int i = 1; i < argc; i++)
		if (replay(argv[i], &count) < 0)
			return 1;
	printf("1..%u\n", count);
	return count == 0;
}
