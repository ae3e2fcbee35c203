/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fd.h"

ssize_t
cgroup_file_read(int dir, const char *name, char *text, size_t size)
{
	scoped_fd fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -1;
	do /* the kernel makes the whole text at once, so one read is all of it */
		length = read(fd, text, size - 1);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return -1;
	if (length > 0 && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	return length;
}

int
cgroup_file_write(int dir, const char *name, const char *text)
{
	scoped_fd fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	do
		n = write(fd, text, strlen(text));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

bool
cgroup_file_key(const char *text, const char *key, uint64_t *value)
{
	size_t n = strlen(key);

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, n) != 0 || line[n] != ' ')
			continue;
		*value = strtoull(line + n + 1, NULL, 10);
		return true;
	}
	return false;
}

bool
cgroup_file_number(int dir, const char *name, uint64_t *value)
{
	char text[32], *end;

	if (cgroup_file_read(dir, name, text, sizeof(text)) < 0)
		return false;
	if (strcmp(text, "max") == 0) {
		*value = UINT64_MAX;
		return true;
	}
	*value = strtoull(text, &end, 10);
	return end != text && *end == '\0';
}

bool
cgroup_file_lists(const char *list, char separator, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; at != NULL; at = strchr(at, separator)) {
		at += *at == separator;
		if (strncmp(at, word, n) == 0 && (at[n] == separator || at[n] == '\0'))
			return true;
	}
	return false;
}
