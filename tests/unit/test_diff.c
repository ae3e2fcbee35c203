/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <sys/xattr.h>

#include "builder/layer/diff.h"
#include "libcommon/buffer.h"
#include "inside.h"
#include "scratch.h"

/* Takes entries and writes a line for each. */
struct lister {
	struct entry_taker taker;
	struct buffer lines;
};

static int
list_entry(struct entry_taker *taker, const struct entry *entry, int content, struct error *err)
{
	struct lister *self = (struct lister *) taker;
	char kind = S_ISDIR(entry->mode)    ? 'd'
		    : S_ISLNK(entry->mode)  ? 'l'
		    : S_ISCHR(entry->mode)  ? 'c'
		    : S_ISFIFO(entry->mode) ? 'p'
					    : '-';

	(void) err;
	CHECK_EQ(content >= 0, entry->size > 0);
	buffer_add_format(&self->lines, "%c %04o %s", kind, entry->mode & 07777, entry->path);
	if (S_ISREG(entry->mode) && !entry->is_hard_link)
		buffer_add_format(&self->lines, " %llu", (unsigned long long) entry->size);
	if (entry->link != NULL)
		buffer_add_format(&self->lines, " %s %s", entry->is_hard_link ? "=" : "->", entry->link);
	for (size_t i = 0; i < entry->attribute_count; i++)
		buffer_add_format(&self->lines, " %s=%.*s", entry->attributes[i].name,
				  (int) entry->attributes[i].size, (const char *) entry->attributes[i].value);
	buffer_add_char(&self->lines, '\n');
	return 0;
}

static const char *
list_upper(struct lister *lister, struct scratch *scratch, const char *path, const struct diff_options *options,
	   int *result, struct error *err)
{
	scoped_fd upper = openat(scratch->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	lister->taker.take = list_entry;
	buffer_clear(&lister->lines);
	*result = diff_upper(upper, options, &lister->taker, NULL, err);
	return buffer_text(&lister->lines);
}

static void
lister_done(struct lister *lister)
{
	buffer_done(&lister->lines);
}
#define scoped_lister scoped(lister_done) struct lister

#define CHECK_UPPER(path, options, wanted)                                                         \
	do {                                                                                       \
		scoped_lister lister = { .lines.length = 0 };                                      \
		struct error err = { 0 };                                                          \
		int result;                                                                        \
		const char *lines = list_upper(&lister, &scratch, path, options, &result, &err);   \
		if (result != 0)                                                                   \
			check_failed("failed: %s", err.text);                                      \
		CHECK_TEXT(lines, wanted);                                                         \
	} while (0)

#define CHECK_UPPER_FAILS(path, options, wanted)                                                   \
	do {                                                                                       \
		scoped_lister lister = { .lines.length = 0 };                                      \
		struct error err = { 0 };                                                          \
		int result;                                                                        \
		(void) list_upper(&lister, &scratch, path, options, &result, &err);                \
		CHECK_FAILS(result, err, wanted);                                                  \
	} while (0)

TEST(entries_come_sorted_and_parents_first)
{
	scoped_scratch struct scratch scratch = scratch_make();

	scratch_run(&scratch, "umask 022; mkdir -p u/b/sub u/a; printf hi > u/b/file; touch u/b.txt u/-dash u/B;"
			      "ln -s ../x u/b/link; mkfifo -m 600 u/a/pipe");
	CHECK_UPPER("u", &(struct diff_options){ 0 },
		    "- 0644 -dash 0\n"
		    "- 0644 B 0\n"
		    "d 0755 a\n"
		    "p 0600 a/pipe\n"
		    "d 0755 b\n"
		    "- 0644 b/file 2\n"
		    "l 0777 b/link -> ../x\n"
		    "d 0755 b/sub\n"
		    "- 0644 b.txt 0\n");
}

TEST(a_file_with_several_names_is_one_entry_and_links_to_it)
{
	scoped_scratch struct scratch scratch = scratch_make();

	scratch_run(&scratch, "umask 022; mkdir -p u/d; printf hi > u/z; ln u/z u/d/first; ln u/z u/e;"
			      "ln -s t u/s; ln u/s u/d/s2; ln u/z outside");
	CHECK_UPPER("u", &(struct diff_options){ 0 },
		    "d 0755 d\n"
		    "- 0644 d/first 2\n"
		    "l 0777 d/s2 -> t\n"
		    "- 0644 e = d/first\n"
		    "l 0777 s = d/s2\n"
		    "- 0644 z = d/first\n");
}

TEST(whiteouts_go_before_their_siblings)
{
	scoped_scratch struct scratch scratch = scratch_make();

	if (!scratch_is_real_root())
		skip();
	scratch_run(&scratch, "umask 022; mkdir -p u/d; touch u/+new u/d/a; mknod u/gone c 0 0; mknod u/d/zz c 0 0;"
			      "mknod -m 666 u/null c 1 3");
	CHECK_UPPER("u", &(struct diff_options){ 0 },
		    "- 0000 .wh.gone 0\n"
		    "- 0644 +new 0\n"
		    "d 0755 d\n"
		    "- 0000 d/.wh.zz 0\n"
		    "- 0644 d/a 0\n"
		    "c 0666 null\n");
	CHECK_UPPER("u", &(struct diff_options){ .plain = true },
		    "- 0644 +new 0\n"
		    "d 0755 d\n"
		    "- 0644 d/a 0\n"
		    "c 0644 d/zz\n"
		    "c 0644 gone\n"
		    "c 0666 null\n");
}

TEST(opaque_is_told_only_where_it_hides_a_directory)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scratch_run(&scratch, "umask 022; mkdir -p u/new u/old/in u/was-file low/old/in low2/new/x; touch low/was-file;"
			      "setfattr -n user.overlay.opaque -v y u/new u/old u/was-file;"
			      "setfattr -n user.overlay.opaque -v x u/old/in");
	int below[] = { openat(scratch.fd, "low", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			openat(scratch.fd, "low2", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	struct diff_options options = { .dialect = WHITEOUT_USER };

	CHECK_UPPER("u", &options,
		    "d 0755 new\n- 0000 new/.wh..wh..opq 0\n"
		    "d 0755 old\n- 0000 old/.wh..wh..opq 0\nd 0755 old/in\n"
		    "d 0755 was-file\n- 0000 was-file/.wh..wh..opq 0\n");
	options.below = (struct stack){ .directories = below, .count = 1, .dialect = WHITEOUT_USER };
	CHECK_UPPER("u", &options,
		    "d 0755 new\n"
		    "d 0755 old\n- 0000 old/.wh..wh..opq 0\nd 0755 old/in\n"
		    "d 0755 was-file\n");
	options.below.count = 2;
	CHECK_UPPER("u", &options,
		    "d 0755 new\n- 0000 new/.wh..wh..opq 0\n"
		    "d 0755 old\n- 0000 old/.wh..wh..opq 0\nd 0755 old/in\n"
		    "d 0755 was-file\n");
	fd_close(&below[0]);
	fd_close(&below[1]);
}

TEST(attributes_travel_but_for_the_host_s_and_overlay_s)
{
	scoped_scratch struct scratch scratch = scratch_make();

	if (!scratch_is_real_root())
		skip();
	scratch_run(&scratch,
		    "umask 022; mkdir -p u/d; touch u/f;"
		    "setfattr -n user.b -v two u/f; setfattr -n user.a -v one u/f; setfattr -n trusted.x -v t u/f;"
		    "setfattr -n user.overlay.origin -v o u/f; setfattr -n trusted.overlay.impure -v y u/d;"
		    "setfattr -n user.dir -v yes u/d");
	CHECK_UPPER("u", &(struct diff_options){ 0 },
		    "d 0755 d user.dir=yes\n"
		    "- 0644 f 0 user.a=one user.b=two\n");
	scratch_run(&scratch, "setfattr -n trusted.overlay.metacopy -v '' u/f");
	CHECK_UPPER_FAILS("u", &(struct diff_options){ 0 },
			  "\"f\" has trusted.overlay.metacopy: the overlay was mounted with options that a layer "
			  "cannot have");
	scratch_run(&scratch, "rm u/f; setfattr -n trusted.overlay.redirect -v /e u/d");
	CHECK_UPPER_FAILS("u", &(struct diff_options){ 0 },
			  "\"d\" has trusted.overlay.redirect: the overlay was mounted with options that a layer "
			  "cannot have");
}

TEST(a_name_that_would_be_a_whiteout_is_an_error_that_names_it)
{
	scoped_scratch struct scratch scratch = scratch_make();

	scratch_run(&scratch, "mkdir -p u/d; touch u/d/.wh.passwd");
	CHECK_UPPER_FAILS("u", &(struct diff_options){ 0 },
			  "\"d/.wh.passwd\": a name that begins with \".wh.\" means in a layer that something is gone");
	CHECK_UPPER("u", &(struct diff_options){ .plain = true }, "d 0755 d\n- 0644 d/.wh.passwd 0\n");
}

TEST(sockets_are_left_out)
{
	scoped_scratch struct scratch scratch = scratch_make();

	scratch_run(&scratch, "umask 022; mkdir u; touch u/f; python3 -c 'import socket; "
			      "socket.socket(socket.AF_UNIX).bind(\"u/s\")'");
	CHECK_UPPER("u", &(struct diff_options){ 0 }, "- 0644 f 0\n");
}

static int
take_times(struct entry_taker *taker, const struct entry *entry, int content, struct error *err)
{
	struct lister *self = (struct lister *) taker;

	(void) content;
	(void) err;
	buffer_add_format(&self->lines, "%s %lld\n", entry->path, (long long) entry->mtime.tv_sec);
	return 0;
}

TEST(later_times_are_cut_and_earlier_ones_stay)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_lister lister = { .taker.take = take_times };
	struct timespec newest = { 1000, 0 };
	struct diff_totals totals;

	scratch_run(&scratch, "mkdir u; touch -d @999 u/a; touch -d @1000.5 u/b; touch -d @2000 u/c; touch -d @5 u");
	scoped_fd upper = openat(scratch.fd, "u", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(diff_upper(upper, &(struct diff_options){ .newest = &newest, .with_root = true }, &lister.taker,
			    &totals, &err), err);
	CHECK_TEXT(buffer_text(&lister.lines), ". 5\na 999\nb 1000\nc 1000\n");
	CHECK_EQ(totals.entries, 4);
}

TEST(a_path_longer_than_the_kernel_takes_is_no_problem)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_lister lister = { .taker.take = list_entry };
	struct diff_totals totals;

	scratch_run(&scratch, "python3 -c '\nimport os\nos.mkdir(\"u\"); os.chdir(\"u\")\nfor i in range(100):\n"
			      " n = \"%%0100d\" %% i; os.mkdir(n); os.chdir(n)\nopen(\"f\", \"w\")'");
	scoped_fd upper = openat(scratch.fd, "u", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(diff_upper(upper, &(struct diff_options){ 0 }, &lister.taker, &totals, &err), err);
	CHECK_EQ(totals.entries, 101);
}

/* ---- many directories as one ------------------------------------------------------------------ */

TEST(a_stack_is_seen_as_overlayfs_would_show_it)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_lister lister = { .taker.take = list_entry };
	struct error err = { 0 };

	if (!scratch_is_real_root())
		skip();
	scratch_run(&scratch,
		    "umask 022; mkdir -p 1/d/deep 1/gone/x 1/opaque/old 1/file-then-dir-x 2/d 2/opaque/mid 3/d 3/opaque/new;"
		    "printf 1 > 1/d/a; printf 1 > 1/d/b; printf 1 > 1/f; ln 1/f 1/g; printf 1 > 1/type; printf 1 > 1/opaque/o;"
		    "printf 22 > 2/d/b; mknod 2/gone c 0 0; mkdir 2/type; touch 2/type/in;"
		    "mknod 3/d/a c 0 0; setfattr -n trusted.overlay.opaque -v y 3/opaque; chmod 700 2/d; ln -s t 3/f");
	int stacked[] = { openat(scratch.fd, "3", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			  openat(scratch.fd, "2", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			  openat(scratch.fd, "1", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	struct stack stack = { .directories = stacked, .count = 3 };

	CHECK_OK(diff_merged(&stack, &(struct diff_options){ 0 }, &lister.taker, NULL, &err), err);
	CHECK_TEXT(buffer_text(&lister.lines),
		   "d 0755 d\n"
		   "- 0644 d/b 2\n"
		   "d 0755 d/deep\n"
		   "l 0777 f -> t\n"
		   "d 0755 file-then-dir-x\n"
		   "- 0644 g 1\n"
		   "d 0755 opaque\n"
		   "d 0755 opaque/new\n"
		   "d 0755 type\n"
		   "- 0644 type/in 0\n");
	for (size_t i = 0; i < 3; i++)
		fd_close(&stacked[i]);
}

TEST(a_directory_below_a_whiteout_stays_hidden_when_it_comes_again)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_lister lister = { .taker.take = list_entry };
	struct error err = { 0 };
	struct stat about;

	if (!scratch_is_root())
		skip();
	scratch_run(&scratch, "umask 022; mkdir -p 1/d/old 2 3/d/new; mknod 2/d c 0 0");
	int stacked[] = { openat(scratch.fd, "3", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			  openat(scratch.fd, "2", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			  openat(scratch.fd, "1", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	struct stack stack = { .directories = stacked, .count = 3 };

	CHECK_OK(diff_merged(&stack, &(struct diff_options){ 0 }, &lister.taker, NULL, &err), err);
	CHECK_TEXT(buffer_text(&lister.lines), "d 0755 d\nd 0755 d/new\n");
	CHECK_EQ(stack_look(&stack, "d/old", &about, NULL, &err), 1);
	CHECK_EQ(stack_look(&stack, "d/new", &about, NULL, &err), 0);
	for (size_t i = 0; i < 3; i++)
		fd_close(&stacked[i]);
}

TEST_INSIDE
