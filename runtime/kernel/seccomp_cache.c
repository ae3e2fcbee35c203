/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/seccomp_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/log.h"

/* clang-format off */
#define FILES_MAX 64            /* a host has a handful of profiles; more are somebody's loop */
#define FILE_MAX  (1024 * 1024) /* no program and no document for one is this large */
/* clang-format on */

/* How a file begins; the key and the program follow. */
struct header {
	char magic[8];
	uint32_t key_size, program_size;
	uint64_t program_hash;
};

static const char magic[8] = { 'r', 'u', 'n', 'l', 'e', 't', 'f', '1' };

/*
 * FNV-1a over eight bytes at a time. Tells damage and spreads names; it convinces nobody of
 * anything.
 */
static uint64_t
hash(const char *bytes, size_t n)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325), word;

	for (; n >= sizeof(word); bytes += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		value = (value ^ word) * UINT64_C(0x100000001b3);
		value ^= value >> 32; /* a product tells its low bits nothing of the high ones */
	}
	for (; n > 0; bytes++, n--)
		value = (value ^ (unsigned char) *bytes) * UINT64_C(0x100000001b3);
	return value;
}

/* ---- the key -------------------------------------------------------------------------------- */

static void
add_number(struct buffer *key, uint64_t number)
{
	buffer_add(key, &number, sizeof(number));
}

/* With its end, which no text contains, so that two texts cannot be read as others. */
static void
add_text(struct buffer *key, const char *text)
{
	buffer_add(key, text, strlen(text) + 1);
}

/* Absent is not the same as any number. */
static void
add_optional(struct buffer *key, const uint32_t *number)
{
	add_number(key, number != NULL ? *number : UINT64_MAX);
}

static void
add_rule(struct buffer *key, const struct oci_seccomp_rule *rule)
{
	add_number(key, rule->action);
	add_optional(key, rule->errno_ret);
	add_number(key, rule->args.count);
	FOR_EACH(arg, &rule->args) {
		add_number(key, arg->index);
		add_number(key, arg->op);
		add_number(key, arg->value);
		add_number(key, arg->value_two);
	}
	add_number(key, rule->names.count);
	FOR_EACH(name, &rule->names)
		add_text(key, *name);
}

/* The flags and the listener are not in it: they are given when the program is loaded. */
void
seccomp_cache_key(struct buffer *key, const struct oci_seccomp *document, const char *version)
{
	struct utsname host;

	add_text(key, version);
	(void) uname(&host);
	add_text(key, host.release);
	add_text(key, host.machine);
	add_number(key, document->default_action);
	add_optional(key, document->default_errno_ret);
	add_number(key, document->architectures.count);
	FOR_EACH(architecture, &document->architectures)
		add_number(key, *architecture);
	add_number(key, document->syscalls.count);
	FOR_EACH(rule, &document->syscalls)
		add_rule(key, rule);
}

/* ---- the files ------------------------------------------------------------------------------ */

static void
write_file_name(char name[24], const struct buffer *key)
{
	(void) snprintf(name, 24, "%016jx", (uintmax_t) hash(key->bytes, key->length));
}

/* Ours, and nobody else may write to it. */
static bool
is_trusted(int fd, mode_t type, struct stat *about)
{
	return fstat(fd, about) == 0 && (about->st_mode & S_IFMT) == type &&
	       about->st_uid == geteuid() && (about->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool
read_all(int fd, void *bytes, size_t n)
{
	char *at = bytes;

	while (n > 0) {
		ssize_t got = read(fd, at, n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t) got;
	}
	return true;
}

/* True if these bytes are a file for this key, undamaged. */
static bool
is_answer(const char *bytes, size_t n, const struct buffer *key)
{
	struct header header;

	if (n < sizeof(header))
		return false;
	memcpy(&header, bytes, sizeof(header));
	const char *program = bytes + sizeof(header) + header.key_size;
	return memcmp(header.magic, magic, sizeof(magic)) == 0 && header.key_size == key->length &&
	       n - sizeof(header) == (size_t) header.key_size + header.program_size &&
	       memcmp(bytes + sizeof(header), key->bytes, key->length) == 0 &&
	       hash(program, header.program_size) == header.program_hash;
}

bool
seccomp_cache_find(struct buffer *program, int cache, const struct buffer *key)
{
	char name[24];
	struct stat about;
	scoped_buffer file = { 0 };

	if (!is_trusted(cache, S_IFDIR, &about))
		return false;
	write_file_name(name, key);
	scoped_fd fd = openat(cache, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || !is_trusted(fd, S_IFREG, &about) || about.st_size > FILE_MAX)
		return false;

	size_t n = (size_t) about.st_size;
	if (!read_all(fd, buffer_room(&file, n), n))
		return false;
	buffer_used(&file, n);
	if (!is_answer(file.bytes, n, key))
		return false;
	size_t skip = sizeof(struct header) + key->length;
	buffer_add(program, file.bytes + skip, n - skip);
	return true;
}

/* Empties a cache that has grown beyond reason; what is in use comes back by itself. */
static void
limit_files(int cache)
{
	size_t count = 0;
	int fd = openat(cache, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir == NULL)
		return;
	while (readdir(dir) != NULL)
		count++;
	if (count > FILES_MAX) {
		rewinddir(dir);
		for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
			if (entry->d_name[0] != '.')
				(void) unlinkat(cache, entry->d_name, 0); /* or another did */
	}
	(void) closedir(dir);
}

void
seccomp_cache_keep(int cache, const struct buffer *key, const struct buffer *program)
{
	struct header header = {
		.key_size = (uint32_t) key->length,
		.program_size = (uint32_t) program->length,
		.program_hash = hash(program->bytes, program->length),
	};
	char name[24];
	struct stat about;
	struct error err;
	scoped_buffer file = { 0 };

	if (!is_trusted(cache, S_IFDIR, &about) ||
	    key->length + program->length > FILE_MAX - sizeof(header))
		return;
	memcpy(header.magic, magic, sizeof(magic));
	buffer_add(&file, &header, sizeof(header));
	buffer_add(&file, key->bytes, key->length);
	buffer_add(&file, program->bytes, program->length);

	limit_files(cache);
	write_file_name(name, key);
	if (file_replace(cache, name, file.bytes, file.length, 0600, &err) < 0)
		log_debug("keep a compiled seccomp filter: %s", err.text);
}
