/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/environment.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/number.h"

static size_t
name_length(const char *entry)
{
	return strcspn(entry, "=");
}

static size_t
hash_name(const char *name, size_t n)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char) name[i]) * UINT64_C(1099511628211);
	return (size_t) hash;
}

/*
 * getenv finds the first of several, users mean the last. Kubernetes passes thousands, so a table
 * of slots by name rather than a comparison of all with all.
 */
char **
environment_make(const struct text_list *listed, const char *home, unsigned listen_fds,
		 struct arena *arena)
{
	size_t slots = 16, count = 0;

	while (slots < 2 * (listed->count + 4))
		slots *= 2;
	char **result = arena_alloc(arena, (listed->count + 5) * sizeof(*result));
	size_t *table = arena_alloc(arena, slots * sizeof(*table)); /* index + 1 into result */
	struct text_list all = { 0 };

	if (home != NULL)
		list_add(&all, arena, arena_format(arena, "HOME=%s", home));
	FOR_EACH(entry, listed)
		if (home == NULL || strncmp(*entry, "HOME=", 5) != 0)
			list_add(&all, arena, *entry);
	if (listen_fds > 0) {
		list_add(&all, arena, arena_format(arena, "LISTEN_FDS=%u", listen_fds));
		list_add(&all, arena, "LISTEN_PID=1");
		if (getenv("LISTEN_FDNAMES") != NULL)
			list_add(&all, arena, arena_format(arena, "LISTEN_FDNAMES=%s", getenv("LISTEN_FDNAMES")));
	}
	FOR_EACH(entry, &all) {
		size_t n = name_length(*entry), slot = hash_name(*entry, n) & (slots - 1);

		while (table[slot] != 0 && (name_length(result[table[slot] - 1]) != n ||
					    memcmp(result[table[slot] - 1], *entry, n) != 0))
			slot = (slot + 1) & (slots - 1);
		if (table[slot] == 0)
			table[slot] = ++count;
		result[table[slot] - 1] = (char *) (uintptr_t) *entry;
	}
	return result;
}

const char *
environment_find(char *const *environment, const char *name)
{
	size_t n = strlen(name);

	for (; *environment != NULL; environment++)
		if (strncmp(*environment, name, n) == 0 && (*environment)[n] == '=')
			return *environment + n + 1;
	return NULL;
}

unsigned
environment_listen_fds(void)
{
	const char *text = getenv("LISTEN_FDS");
	struct error unused;
	uint64_t count;

	if (text == NULL || number_unsigned(&count, text, 1024, &unused) < 0)
		return 0;
	return (unsigned) count;
}

/* One that is closed on exec is not the caller's: it is ours, opened since. */
int
environment_check_fds(unsigned listen_fds, unsigned preserve_fds, struct error *err)
{
	for (unsigned i = 0; i < preserve_fds; i++) {
		int fd = (int) (3 + listen_fds + i), flags = fcntl(fd, F_GETFD);

		if (flags < 0 || (flags & FD_CLOEXEC) != 0)
			return fail(err, "--preserve-fds: descriptor %d is not open", fd);
	}
	return 0;
}
