/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/schema.h"
#include "libcommon/tree.h"
#include "runtime/kernel/seccomp.h"
#include "runtime/kernel/seccomp_cache.h"

/* ---- a cache -------------------------------------------------------------------------------- */

struct cache {
	char path[64];
	int fd;
	struct buffer key, program;
};

static struct cache
make_cache(void)
{
	struct cache cache = { .path = "/tmp/test_seccomp_cache.XXXXXX" };

	assert_non_null(mkdtemp(cache.path));
	cache.fd = open(cache.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return cache;
}

static void
remove_cache(struct cache *cache)
{
	struct error err;

	fd_close(&cache->fd);
	buffer_done(&cache->key);
	buffer_done(&cache->program);
	(void) tree_remove(AT_FDCWD, cache->path, &err);
}
#define scoped_cache scoped(remove_cache) struct cache

/* The only file in there, or how many there are. */
static size_t
list_files(struct cache *cache, char name[256])
{
	DIR *dir = opendir(cache->path);
	size_t n = 0;

	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.' && ++n == 1)
			(void) snprintf(name, 256, "%s", entry->d_name);
	(void) closedir(dir);
	return n;
}

static const char *
find(struct cache *cache, const char *key)
{
	buffer_clear(&cache->key);
	buffer_clear(&cache->program);
	buffer_add_text(&cache->key, key);
	return seccomp_cache_find(&cache->program, cache->fd, &cache->key)
		       ? buffer_text(&cache->program)
		       : NULL;
}

static void
keep(struct cache *cache, const char *key, const char *program)
{
	buffer_clear(&cache->key);
	buffer_clear(&cache->program);
	buffer_add_text(&cache->key, key);
	buffer_add_text(&cache->program, program);
	seccomp_cache_keep(cache->fd, &cache->key, &cache->program);
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void
make_key(struct buffer *key, const char *json)
{
	scoped_arena arena = { 0 };
	struct oci_seccomp document;
	struct error err = { 0 };

	CHECK_OK(schema_read(&oci_seccomp_schema, &document, "seccomp.json", json, strlen(json),
			     &arena, &err),
		 err);
	seccomp_cache_key(key, &document, "1");
}

static bool
share_a_key(const char *one, const char *other)
{
	scoped_buffer first = { 0 }, second = { 0 };

	make_key(&first, one);
	make_key(&second, other);
	return first.length == second.length &&
	       memcmp(first.bytes, second.bytes, first.length) == 0;
}

#define RULE(names, more)                                                                          \
	"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [{\"names\": [" names               \
	"], \"action\": \"SCMP_ACT_ALLOW\"" more "}]}"
#define ARGS(text) ", \"args\": [{\"index\": 0, \"op\": \"SCMP_CMP_EQ\", \"value\": 1" text "}]"

TEST(equal_documents_share_a_key)
{
	CHECK(share_a_key(RULE("\"a\", \"b\"", ARGS("")),
			  "\n" RULE("\"a\",\"b\"", ARGS(", \"valueTwo\": 0"))));
}

TEST(documents_that_differ_in_anything_have_different_keys)
{
	static const char *const others[] = {
		RULE("\"a\", \"c\"", ARGS("")),
		RULE("\"ab\"", ARGS("")),
		RULE("\"b\", \"a\"", ARGS("")),
		RULE("\"a\", \"b\"", ""),
		RULE("\"a\", \"b\"", ARGS(", \"valueTwo\": 1")),
		RULE("\"a\", \"b\"", ARGS("") ", \"errnoRet\": 0"),
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 1, \"syscalls\": "
		"[{\"names\": [\"a\", "
		"\"b\"], \"action\": \"SCMP_ACT_ALLOW\"" ARGS("") "}]}",
		"{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X86\"], "
		"\"syscalls\": "
		"[{\"names\": [\"a\", \"b\"], \"action\": \"SCMP_ACT_ALLOW\"" ARGS("") "}]}",
	};

	for (size_t i = 0; i < COUNT(others); i++)
		if (share_a_key(RULE("\"a\", \"b\"", ARGS("")), others[i]))
			check_failed("the same key for %s", others[i]);
}

TEST(another_version_has_another_key)
{
	struct oci_seccomp document = { .default_action = OCI_SECCOMP_ALLOW };
	scoped_buffer first = { 0 }, second = { 0 };

	seccomp_cache_key(&first, &document, "1 libseccomp 2.5.4");
	seccomp_cache_key(&second, &document, "1 libseccomp 2.5.5");
	CHECK(memcmp(first.bytes, second.bytes, first.length) != 0);
}

/* ---- finding again -------------------------------------------------------------------------- */

TEST(what_is_kept_is_found_by_its_key_only)
{
	scoped_cache cache = make_cache();

	CHECK(find(&cache, "one") == NULL);
	keep(&cache, "one", "program of one");
	keep(&cache, "two", "program of two");
	CHECK_TEXT(find(&cache, "one"), "program of one");
	CHECK_TEXT(find(&cache, "two"), "program of two");
	CHECK(find(&cache, "three") == NULL);
}

TEST(a_file_put_under_anothers_name_is_not_believed)
{
	scoped_cache cache = make_cache();
	char one[256], two[256];

	keep(&cache, "one", "program of one");
	CHECK_EQ(list_files(&cache, one), 1);
	CHECK_EQ(renameat(cache.fd, one, cache.fd, ".one"), 0);
	keep(&cache, "two", "program of two");
	CHECK_EQ(list_files(&cache, two), 1);
	CHECK_EQ(renameat(cache.fd, ".one", cache.fd, two), 0);
	CHECK(find(&cache, "two") == NULL);
}

TEST(every_damaged_byte_and_every_cut_is_noticed_and_mended)
{
	scoped_cache cache = make_cache();
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	char name[256], *bytes;
	size_t n;

	keep(&cache, "one", "program of one");
	CHECK_EQ(list_files(&cache, name), 1);
	CHECK_OK(file_read_at(cache.fd, name, 4096, &arena, &bytes, &n, &err), err);
	for (size_t i = 0; i < n; i++) {
		bytes[i] ^= 1;
		CHECK_OK(file_replace(cache.fd, name, bytes, n, 0600, &err), err);
		bytes[i] ^= 1;
		if (find(&cache, "one") != NULL)
			check_failed("byte %zu may be anything", i);
		CHECK_OK(file_replace(cache.fd, name, bytes, i, 0600, &err), err);
		if (find(&cache, "one") != NULL)
			check_failed("%zu bytes are enough", i);
	}
	keep(&cache, "one", "program of one");
	CHECK_TEXT(find(&cache, "one"), "program of one");
}

TEST(what_others_could_have_written_is_not_believed)
{
	scoped_cache cache = make_cache();
	char name[256];

	keep(&cache, "one", "program of one");
	CHECK_EQ(list_files(&cache, name), 1);
	CHECK_EQ(fchmodat(cache.fd, name, 0622, 0), 0);
	CHECK(find(&cache, "one") == NULL);
	CHECK_EQ(fchmodat(cache.fd, name, 0600, 0), 0);
	CHECK_TEXT(find(&cache, "one"), "program of one");
	CHECK_EQ(fchmod(cache.fd, 0777), 0);
	CHECK(find(&cache, "one") == NULL);
	keep(&cache, "two", "program of two");
	CHECK_EQ(list_files(&cache, name), 1);
	CHECK_EQ(fchmod(cache.fd, 0700), 0);
	if (geteuid() == 0) {
		CHECK_EQ(fchownat(cache.fd, name, 999, 999, 0), 0);
		CHECK(find(&cache, "one") == NULL);
		CHECK_EQ(fchownat(cache.fd, name, 0, 0, 0), 0);
	}
	CHECK_TEXT(find(&cache, "one"), "program of one");
}

TEST(a_link_or_a_fifo_is_not_followed_or_waited_for)
{
	scoped_cache cache = make_cache();
	char name[256];

	keep(&cache, "one", "program of one");
	CHECK_EQ(list_files(&cache, name), 1);
	CHECK_EQ(renameat(cache.fd, name, cache.fd, ".there"), 0);
	CHECK_EQ(symlinkat(".there", cache.fd, name), 0);
	CHECK(find(&cache, "one") == NULL);
	CHECK_EQ(unlinkat(cache.fd, name, 0), 0);
	CHECK_EQ(mkfifoat(cache.fd, name, 0600), 0);
	CHECK(find(&cache, "one") == NULL);
	keep(&cache, "one", "program of one");
	CHECK_TEXT(find(&cache, "one"), "program of one");
}

TEST(the_files_do_not_become_too_many)
{
	scoped_cache cache = make_cache();
	char key[32], name[256];

	for (int i = 0; i < 200; i++) {
		(void) snprintf(key, sizeof(key), "key %d", i);
		keep(&cache, key, "program");
		CHECK(list_files(&cache, name) <= 64);
	}
	CHECK_TEXT(find(&cache, "key 199"), "program");
}

/* ---- the whole way -------------------------------------------------------------------------- */

TEST(a_filter_from_the_cache_is_the_filter_that_was_compiled)
{
	static const char json[] = RULE("\"read\", \"personality\"", ARGS(""));
	scoped_cache cache = make_cache();
	scoped_arena arena = { 0 };
	struct oci_seccomp document;
	struct seccomp_filter compiled, found;
	struct error err = { 0 };
	char name[256];

	CHECK_OK(schema_read(&oci_seccomp_schema, &document, "seccomp.json", json, strlen(json),
			     &arena, &err),
		 err);
	CHECK_OK(seccomp_compile(&compiled, &document, cache.fd, &err), err);
	CHECK_EQ(list_files(&cache, name), 1);
	CHECK_OK(seccomp_compile(&found, &document, cache.fd, &err), err);
	CHECK_EQ(found.length, compiled.length);
	CHECK_EQ(memcmp(found.program, compiled.program, found.length * 8), 0);
	CHECK_EQ(found.flags, compiled.flags);
	seccomp_done(&compiled);
	seccomp_done(&found);
}
