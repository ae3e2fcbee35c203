/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/layer/decompress.h"
#include "builder/layer/hash.h"
#include "builder/layer/tar_read.h"
#include "evil.h"
#include "scratch.h"

/* ---- what an archive is read as --------------------------------------------------------------- */

static int
describe(struct tar_reader *reader, struct buffer *out, struct error *err)
{
	struct entry entry;
	const void *bytes;
	size_t n;
	uint64_t offset;

	while (GET(tar_read_next(reader, &entry, err)) == 1) {
		buffer_add_format(out, "%06o %u:%u %s", entry.mode, entry.uid, entry.gid, entry_shown(entry.path).text);
		if (entry.link != NULL)
			buffer_add_format(out, " %s %s", entry.is_hard_link ? "=" : "->", entry_shown(entry.link).text);
		for (size_t i = 0; i < entry.attribute_count; i++)
			buffer_add_format(out, " %s[%zu]", entry.attributes[i].name, entry.attributes[i].size);
		if (entry.size > 0)
			buffer_add_format(out, " %llu", (unsigned long long) entry.size);
		while (GET(tar_read_piece(reader, &bytes, &n, &offset, err)) == 1)
			buffer_add_format(out, " @%llu:%.*s", (unsigned long long) offset, n > 20 ? 0 : (int) n,
					  (const char *) bytes);
		buffer_add_char(out, '\n');
	}
	return 0;
}

static int
read_archive(struct buffer *out, const struct evil *evil, const struct tar_limits *limits, struct error *err)
{
	struct stream_from_memory from;
	scoped_tar_reader reader;

	stream_from_memory(&from, evil->bytes.bytes, evil->bytes.length);
	tar_read_open(&reader, &from.source, limits);
	TRY(describe(&reader, out, err));
	return from.n == 0 ? 0 : fail(err, "%zu bytes were not read", from.n);
}

#define CHECK_READ(evil, wanted)                                                                   \
	do {                                                                                       \
		struct error err_ = { 0 };                                                         \
		scoped_buffer out_ = { 0 };                                                        \
		CHECK_OK(read_archive(&out_, evil, NULL, &err_), err_);                            \
		CHECK_TEXT(buffer_text(&out_), wanted);                                            \
	} while (0)

#define CHECK_REFUSED(evil, wanted)                                                                \
	do {                                                                                       \
		struct error err_ = { 0 };                                                         \
		scoped_buffer out_ = { 0 };                                                        \
		CHECK_FAILS(read_archive(&out_, evil, NULL, &err_), err_, wanted);                 \
	} while (0)

/* A case that is one member, or one with something before it. */
#define CASE(build, check)                                                                         \
	do {                                                                                       \
		scoped_evil evil = { .bytes.length = 0 };                                          \
		struct evil *e = &evil;                                                            \
		build;                                                                             \
		evil_end(e);                                                                       \
		check;                                                                             \
	} while (0)

#define ACCEPT(build, wanted) CASE(build, CHECK_READ(e, wanted))
#define REFUSE(build, wanted) CASE(build, CHECK_REFUSED(e, wanted))

/* ---- names ------------------------------------------------------------------------------------ */

TEST(a_name_that_climbs_is_refused_and_one_that_comes_back_is_not)
{
	REFUSE(evil_file(e, "../x", "hi"), "\"../x\": its name climbs above the root");
	REFUSE(evil_file(e, "etc/../../x", "hi"), "\"etc/../../x\": its name climbs above the root");
	REFUSE(evil_file(e, "/../x", "hi"), "\"/../x\": its name climbs above the root");
	REFUSE(evil_directory(e, ".."), "\"..\": its name climbs above the root");
	ACCEPT(evil_file(e, "a/../b", ""), "100644 0:0 b\n");
	ACCEPT(evil_file(e, "a/b/../../c/./d//e", ""), "100644 0:0 c/d/e\n");
}

TEST(an_absolute_name_begins_at_the_root)
{
	ACCEPT(evil_file(e, "/etc/x", ""), "100644 0:0 etc/x\n");
	ACCEPT(evil_file(e, "///x", ""), "100644 0:0 x\n");
}

TEST(the_root_is_a_directory_or_nothing)
{
	ACCEPT(evil_directory(e, "./"), "040755 0:0 .\n");
	ACCEPT(evil_directory(e, "/"), "040755 0:0 .\n");
	ACCEPT(evil_directory(e, "a/.."), "040755 0:0 .\n");
	REFUSE(evil_file(e, "", "hi"), "\"\": it has no name");
	REFUSE(evil_file(e, ".", "hi"), "\".\": it stands for the root, and is no directory");
	REFUSE(evil_symlink(e, "/", "/etc"), "\"/\": it stands for the root, and is no directory");
	REFUSE(evil_symlink(e, "a/..", "/etc"), "\"a/..\": it stands for the root, and is no directory");
	REFUSE(evil_symlink(e, "..", "/etc"), "\"..\": its name climbs above the root");
}

TEST(a_name_is_bytes_and_is_shown_escaped)
{
	ACCEPT(evil_file(e, "line\nend", ""), "100644 0:0 line\\012end\n");
	ACCEPT(evil_file(e, "\xff\xfe", ""), "100644 0:0 \\377\\376\n");
	ACCEPT(evil_file(e, "back\\slash", ""), "100644 0:0 back\\134slash\n");
	REFUSE(evil_file(e, "\x1b[31m../../x/../../..", ""), "\"\\033[31m../../x/../../..\": its name climbs above the root");
}

TEST(a_component_has_255_bytes_at_most)
{
	char name[257];

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	CASE(evil_pax(e, "path", name); evil_file(e, "x", ""), {
		scoped_buffer wanted = { 0 };
		buffer_add_format(&wanted, "100644 0:0 %s\n", name);
		CHECK_READ(e, wanted.bytes);
	});
	name[255] = 'n';
	name[256] = '\0';
	CASE(evil_pax(e, "path", name); evil_file(e, "x", ""), {
		struct error err = { 0 };
		scoped_buffer out = { 0 };
		CHECK_FAILS_WITH(read_archive(&out, e, NULL, &err), err,
				 "its name has a component of 256 bytes, and 255 are the most there can be");
	});
}

TEST(a_name_may_be_deep_but_not_without_end)
{
	scoped_buffer name = { 0 };
	struct error err = { 0 };

	for (int i = 0; i < 1024; i++)
		buffer_add_text(&name, i > 0 ? "/d" : "d");
	CASE(evil_pax(e, "path", name.bytes); evil_file(e, "x", ""), {
		scoped_buffer out = { 0 };
		CHECK_OK(read_archive(&out, e, NULL, &err), err);
	});
	buffer_add_text(&name, "/d");
	CASE(evil_pax(e, "path", name.bytes); evil_file(e, "x", ""), {
		scoped_buffer out = { 0 };
		CHECK_FAILS_WITH(read_archive(&out, e, NULL, &err), err, "it lies deeper than 1024 directories");
	});
	buffer_clear(&name);
	for (int i = 0; i < 700; i++)
		buffer_add_text(&name, "a name of fifty bytes, which makes 700 of them long/");
	CASE(evil_pax(e, "path", name.bytes); evil_file(e, "x", ""), {
		scoped_buffer out = { 0 };
		CHECK_FAILS_WITH(read_archive(&out, e, NULL, &err), err, "its name has more than 32768 bytes");
	});
}

/* ---- who says the name ------------------------------------------------------------------------ */

TEST(pax_overrides_gnu_and_gnu_overrides_the_field)
{
	ACCEPT(evil_extra(e, TAR_GNU_NAME, "gnu", 4); evil_file(e, "field", ""), "100644 0:0 gnu\n");
	ACCEPT(evil_extra(e, TAR_GNU_NAME, "gnu", 4); evil_pax(e, "path", "pax"); evil_file(e, "field", ""),
	       "100644 0:0 pax\n");
	ACCEPT(evil_pax(e, "path", "pax"); evil_extra(e, TAR_GNU_NAME, "gnu", 4); evil_file(e, "field", ""),
	       "100644 0:0 pax\n");
	ACCEPT(evil_extra(e, TAR_GNU_NAME, "one", 4); evil_extra(e, TAR_GNU_NAME, "two", 4); evil_file(e, "f", ""),
	       "100644 0:0 two\n");
	ACCEPT(evil_extra(e, TAR_GNU_LINK, "target", 7); evil_symlink(e, "l", "field"), "120644 0:0 l -> target\n");
	ACCEPT(evil_pax(e, "linkpath", "pax"); evil_symlink(e, "l", "field"), "120644 0:0 l -> pax\n");
	ACCEPT(evil_pax(e, "path", "pax"); evil_file(e, "a", ""); evil_file(e, "b", ""),
	       "100644 0:0 pax\n100644 0:0 b\n");
}

TEST(a_header_about_a_member_that_does_not_come_is_refused)
{
	REFUSE(evil_pax(e, "path", "pax"), "the archive ends with a header about a member that does not come");
	REFUSE(evil_extra(e, TAR_GNU_NAME, "gnu", 4),
	       "the archive ends with a header about a member that does not come");
	REFUSE(evil_pax(e, "path", "a"); evil_pax(e, "path", "b"); evil_file(e, "x", ""),
	       "a PAX header follows another");
}

TEST(a_nul_in_a_name_is_refused)
{
	scoped_buffer records = { 0 };

	evil_record(&records, "path", "a\0b", 3);
	REFUSE(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "x", ""),
	       "a PAX record has a NUL in its value");
	REFUSE(evil_extra(e, TAR_GNU_NAME, "a\0b", 3); evil_file(e, "x", ""), "a long name has a NUL in it");
	ACCEPT(evil_extra(e, TAR_GNU_NAME, "a\0\0", 3); evil_file(e, "x", ""), "100644 0:0 a\n");
}

static union tar_block
with_prefix(const char *prefix)
{
	union tar_block block = evil_block(TAR_FILE, "name", 0);

	memcpy(block.prefix, prefix, strlen(prefix));
	return block;
}

TEST(the_prefix_counts_as_the_magic_says)
{
	union tar_block block = with_prefix("prefix");

	ACCEPT(evil_add(e, block), "100644 0:0 prefix/name\n");
	memcpy(block.magic, "ustar  ", 8);
	ACCEPT(evil_add(e, block), "100644 0:0 prefix/name\n"); /* Go's mistake: this cannot be a time */
	memcpy(block.prefix, "00000001234", 12);
	ACCEPT(evil_add(e, block), "100644 0:0 name\n"); /* GNU's time of access */
	memset(block.magic, 0, 8);
	ACCEPT(evil_add(e, block), "100644 0:0 name\n"); /* v7 has none */

	block = with_prefix("");
	memset(block.prefix, 'p', 131);
	memcpy(block.prefix + 131, "00000001234", 12);
	memcpy(block.bytes + 508, "tar", 4);
	CASE(evil_add(e, block), {
		char wanted[256];
		(void) snprintf(wanted, sizeof(wanted), "100644 0:0 %.131s/name\n", block.prefix);
		CHECK_READ(e, wanted);
	});
}

TEST(a_field_needs_no_nul_if_it_is_full)
{
	union tar_block block = evil_block(TAR_SYMLINK, "", 0);

	memset(block.name, 'n', sizeof(block.name));
	memset(block.link, 'l', sizeof(block.link));
	memcpy(block.mode, "00000755", 8);
	memcpy(block.uid, "00000001", 8);
	memcpy(block.gid, "      2 ", 8);
	memcpy(block.size, "000000000000", 12);
	CASE(evil_add(e, block), {
		char wanted[512];
		(void) snprintf(wanted, sizeof(wanted), "120755 1:2 %.100s -> %.100s\n", block.name, block.link);
		CHECK_READ(e, wanted);
	});
}

/* ---- links ------------------------------------------------------------------------------------ */

TEST(what_a_hard_link_points_to_is_a_path_like_any_other)
{
	ACCEPT(evil_hard_link(e, "a", "/etc/passwd"), "100644 0:0 a = etc/passwd\n");
	ACCEPT(evil_hard_link(e, "a", "./b/../c"), "100644 0:0 a = c\n");
	REFUSE(evil_hard_link(e, "a", "../../etc/passwd"),
	       "\"a\": what it links to: its name climbs above the root");
	REFUSE(evil_hard_link(e, "a", ""), "\"a\": it is a link to nothing");
}

TEST(what_a_symbolic_link_points_to_is_left_as_it_is)
{
	char target[4200];

	ACCEPT(evil_symlink(e, "l", "../../../etc"), "120644 0:0 l -> ../../../etc\n");
	ACCEPT(evil_symlink(e, "l", "/proc/self/root"), "120644 0:0 l -> /proc/self/root\n");
	REFUSE(evil_symlink(e, "l", ""), "\"l\": it is a link to nothing");
	memset(target, 't', sizeof(target));
	target[4096] = '\0';
	REFUSE(evil_pax(e, "linkpath", target); evil_symlink(e, "l", "x"),
	       "\"l\": it is a link to a name of 4096 bytes");
}

TEST(a_hard_link_with_a_body_is_refused_since_readers_differ)
{
	REFUSE(evil_add(e, evil_block(TAR_LINK, "a", 5)), "\"a\": it is a link to nothing");
	CASE(
		{
			union tar_block block = evil_block(TAR_LINK, "a", 5);
			block.link[0] = 'b';
			evil_add(e, block);
			evil_body(e, "12345", 5);
		},
		CHECK_REFUSED(e, "\"a\": it is a hard link and has 5 bytes: some would skip them, some would not"));
}

/* ---- numbers ---------------------------------------------------------------------------------- */

TEST(a_size_is_a_number_that_is_not_negative)
{
	union tar_block block = evil_block(TAR_FILE, "f", 0);

	memcpy(block.size, "0000000000x", 12);
	REFUSE(evil_add(e, block), "\"f\": its size is no number: \"0000000000x\"");
	memset(block.size, 0xff, 12);
	REFUSE(evil_add(e, block), "\"f\": its size is negative");
	memcpy(block.size, "\x80\0\0\0\x80\0\0\0\0\0\0\0", 12);
	REFUSE(evil_add(e, block), "\"f\": its size is too large a number");
	memcpy(block.size, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12);
	REFUSE(evil_add(e, block), "\"f\": it has 9223372036854775807 bytes, and 8796093022208 are allowed");
	memcpy(block.size, "-0000000001", 12);
	REFUSE(evil_add(e, block), "\"f\": its size is no number: \"-0000000001\"");
	REFUSE(evil_pax(e, "size", "-1"); evil_file(e, "f", ""), "\"f\": its size is negative");
	REFUSE(evil_pax(e, "size", "9223372036854775808"); evil_file(e, "f", ""),
	       "\"f\": its size is too large a number: 9223372036854775808");
	REFUSE(evil_pax(e, "size", "1e3"); evil_file(e, "f", ""), "\"f\": its size is no number: \"1e3\"");
	REFUSE(evil_pax(e, "size", " 1"); evil_file(e, "f", ""), "\"f\": its size is no number: \" 1\"");
}

TEST(a_size_is_octal_or_binary)
{
	union tar_block block = evil_block(TAR_FILE, "f", 0);

	memcpy(block.size, "\x80\0\0\0\0\0\0\0\0\0\0\2", 12);
	ACCEPT(evil_add(e, block); evil_body(e, "hi", 2), "100644 0:0 f 2 @0:hi\n");
	memcpy(block.size, "     2     ", 12);
	ACCEPT(evil_add(e, block); evil_body(e, "hi", 2), "100644 0:0 f 2 @0:hi\n");
}

/* CVE-2025-62518 and its mirror: whoever believes the wrong size finds another archive in the file. */
TEST(the_size_of_a_record_counts_and_that_of_the_field_does_not)
{
	scoped_evil inner = { .bytes.length = 0 };

	evil_file(&inner, "smuggled", "");
	ACCEPT(evil_pax(e, "size", "512"); evil_add(e, evil_block(TAR_FILE, "f", 0));
	       evil_body(e, inner.bytes.bytes, 512); evil_file(e, "visible", ""),
	       "100644 0:0 f 512 @0:\n100644 0:0 visible\n");
	ACCEPT(evil_pax(e, "size", "0"); evil_add(e, evil_block(TAR_FILE, "f", 512)); evil_file(e, "visible", ""),
	       "100644 0:0 f\n100644 0:0 visible\n");
}

TEST(a_body_that_ends_too_early_is_refused)
{
	struct error err = { 0 };

	for (size_t n = 1; n < 1024; n += 73) {
		scoped_evil evil = { .bytes.length = 0 };
		scoped_buffer out = { 0 };

		evil_file(&evil, "f", "hello");
		evil.bytes.length = n;
		CHECK_FAILS_WITH(read_archive(&out, &evil, NULL, &err), err, "the archive ends in the middle of");
	}
}

TEST(ids_are_those_that_a_file_can_have)
{
	union tar_block block = evil_block(TAR_FILE, "f", 0);

	memset(block.uid, 0xff, 8);
	REFUSE(evil_add(e, block), "\"f\": its user id is -1, which is none");
	memcpy(block.uid, "\x80\0\0\0\xff\xff\xff\xfe", 8);
	ACCEPT(evil_add(e, block), "100644 4294967294:0 f\n");
	memcpy(block.uid, "\x80\0\0\0\xff\xff\xff\xff", 8);
	REFUSE(evil_add(e, block), "\"f\": its user id is 4294967295, which is none");
	REFUSE(evil_pax(e, "gid", "4294967296"); evil_file(e, "f", ""),
	       "\"f\": its group id is 4294967296, which is none");
	REFUSE(evil_pax(e, "gid", "-2"); evil_file(e, "f", ""), "\"f\": its group id is -2, which is none");
	ACCEPT(evil_pax(e, "uid", "3000000"); evil_file(e, "f", ""), "100644 3000000:0 f\n");
}

TEST(names_of_users_are_ignored)
{
	union tar_block block = evil_block(TAR_FILE, "f", 0);

	memcpy(block.user, "nobody", 7);
	memcpy(block.group, "nogroup", 8);
	ACCEPT(evil_pax(e, "uname", "nobody"); evil_add(e, block), "100644 0:0 f\n");
}

TEST(a_mode_has_twelve_bits_and_perhaps_the_type)
{
	union tar_block block = evil_block(TAR_FILE, "f", 0);

	memcpy(block.mode, "0006755", 8);
	ACCEPT(evil_add(e, block), "106755 0:0 f\n");
	memcpy(block.mode, "0100644", 8); /* Go before 1.9 */
	ACCEPT(evil_add(e, block), "100644 0:0 f\n");
	memcpy(block.mode, "0040644", 8);
	REFUSE(evil_add(e, block), "\"f\": its mode is 40644, which is none");
	memcpy(block.mode, "7777777", 8);
	REFUSE(evil_add(e, block), "\"f\": its mode is 7777777, which is none");
}

TEST(a_device_number_fits_the_kernel_s)
{
	ACCEPT(evil_device(e, TAR_CHARACTER, "d", 1, 3), "020644 0:0 d\n");
	ACCEPT(evil_device(e, TAR_BLOCK_DEVICE, "d", 4095, 1048575), "060644 0:0 d\n");
	REFUSE(evil_device(e, TAR_CHARACTER, "d", 4096, 0), "\"d\": it is a device 4096:0, which cannot be");
	REFUSE(evil_device(e, TAR_BLOCK_DEVICE, "d", 0, 1048576), "\"d\": it is a device 0:1048576, which cannot be");
}

static struct timespec
read_time(const char *text, struct error *err)
{
	scoped_evil evil = { .bytes.length = 0 };
	struct stream_from_memory from;
	struct entry entry;
	scoped_tar_reader reader;

	evil_pax(&evil, "mtime", text);
	evil_file(&evil, "f", "");
	evil_end(&evil);
	stream_from_memory(&from, evil.bytes.bytes, evil.bytes.length);
	tar_read_open(&reader, &from.source, NULL);
	return tar_read_next(&reader, &entry, err) == 1 ? entry.mtime : (struct timespec){ 0, -1 };
}

TEST(a_time_may_be_before_the_epoch_have_a_fraction_or_be_far_away)
{
	struct error err = { 0 };
	static const struct {
		const char *text;
		int64_t seconds;
		long nanoseconds;
	} good[] = { { "0", 0, 0 },	{ "1.5", 1, 500000000 },     { "-1", -1, 0 },
		     { "-1.25", -2, 750000000 }, { "1.123456789123", 1, 123456789 }, { "1.", 1, 0 },
		     { "17179869184", INT64_C(17179869184), 0 } };
	static const char *const bad[] = { "NaN", "1,5", "1.5.5", "--1", "1e400", "1.-5", "-", "inf" };

	for (size_t i = 0; i < COUNT(good); i++) {
		struct timespec when = read_time(good[i].text, &err);
		CHECK_EQ(when.tv_sec, good[i].seconds);
		CHECK_EQ(when.tv_nsec, good[i].nanoseconds);
	}
	CHECK(read_time("1000000000000000000000000000000000000000000", &err).tv_sec > INT64_MAX / 1000);
	for (size_t i = 0; i < COUNT(bad); i++) {
		CHECK_EQ(read_time(bad[i], &err).tv_nsec, -1);
		CHECK_FAILS_WITH(-1, err, "its mtime is no time: ");
	}
}

/* ---- records ---------------------------------------------------------------------------------- */

TEST(a_record_that_does_not_parse_is_refused)
{
	static const struct {
		const char *body, *complaint;
	} bad[] = {
		{ "12 path=abc\n", NULL }, /* right */
		{ "11 path=abc\n", "a PAX record does not end with a line end" },
		{ "13 path=abc\n", "a PAX record has the wrong length" },
		{ "12 path=abcd", "a PAX record does not end with a line end" },
		{ "7 =abc\n", "a PAX record has no keyword" },
		{ "9 abcde\n\n", "a PAX record has no keyword" },
		{ "0 a=b\n", "a PAX record has the wrong length" },
		{ "3 \n", "a PAX record has the wrong length" },
		{ "x path=abc\n", "a PAX record does not begin with its length" },
		{ " 12 path=abc\n", "a PAX record does not begin with its length" },
		{ "-12 path=abc\n", "a PAX record does not begin with its length" },
		{ "12", "a PAX record does not begin with its length" },
		{ "99999999999999999999999999 path=abc\n", "a PAX record does not begin with its length" },
	};

	for (size_t i = 0; i < COUNT(bad); i++)
		CASE(evil_extra(e, TAR_PAX, bad[i].body, strlen(bad[i].body)); evil_file(e, "x", ""), {
			if (bad[i].complaint == NULL)
				CHECK_READ(e, "100644 0:0 abc\n");
			else
				CHECK_REFUSED(e, bad[i].complaint);
		});
	REFUSE(evil_extra(e, TAR_PAX, "10 a\0b=cd\n", 10); evil_file(e, "x", ""),
	       "a PAX record has a NUL in its keyword");
}

TEST(the_last_of_two_records_counts_and_an_empty_one_is_none)
{
	scoped_buffer records = { 0 };

	evil_record(&records, "path", "one", 3);
	evil_record(&records, "path", "two", 3);
	ACCEPT(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "x", ""), "100644 0:0 two\n");
	evil_record(&records, "path", "", 0);
	ACCEPT(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "x", ""), "100644 0:0 x\n");
	evil_record(&records, "path", "../x", 4);
	REFUSE(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "x", ""),
	       "\"../x\": its name climbs above the root");
}

TEST(records_that_nobody_knows_are_ignored)
{
	ACCEPT(evil_pax(e, "comment", "hello"); evil_file(e, "x", ""), "100644 0:0 x\n");
	ACCEPT(evil_pax(e, "VENDOR.thing", "hello"); evil_file(e, "x", ""), "100644 0:0 x\n");
}

TEST(a_global_header_may_comment_and_nothing_else)
{
	ACCEPT(evil_extra(e, TAR_PAX_GLOBAL, "52 comment=0123456789012345678901234567890123456789\n", 52);
	       evil_file(e, "x", ""), "100644 0:0 x\n");
	REFUSE(evil_extra(e, TAR_PAX_GLOBAL, "12 path=abc\n", 12); evil_file(e, "x", ""),
	       "a global PAX header sets \"path\" for all that follows");
	REFUSE(evil_extra(e, TAR_PAX_GLOBAL, "7 uid=1\n", 8); evil_file(e, "x", ""),
	       "a PAX record does not end with a line end");
	REFUSE(evil_extra(e, TAR_PAX_GLOBAL, "8 uid=1\n", 8); evil_file(e, "x", ""),
	       "a global PAX header sets \"uid\" for all that follows");
	REFUSE(evil_extra(e, TAR_PAX_GLOBAL, "25 GNU.sparse.major=1.00\n", 25); evil_file(e, "x", ""),
	       "a global PAX header sets \"GNU.sparse.major\" for all that follows");
}

TEST(a_huge_claim_is_refused_before_anything_is_allocated)
{
	REFUSE(evil_add(e, evil_block(TAR_GNU_NAME, "L", (uint64_t) 1 << 30)),
	       "a long name of 1073741824 bytes is larger than 1048576");
	REFUSE(evil_add(e, evil_block(TAR_PAX, "x", (uint64_t) 1 << 30)),
	       "a PAX header of 1073741824 bytes is larger than 1048576");
	REFUSE(evil_add(e, evil_block(TAR_PAX_GLOBAL, "g", (uint64_t) 1 << 30)),
	       "a global PAX header of 1073741824 bytes is larger than 1048576");
}

/* ---- attributes ------------------------------------------------------------------------------- */

TEST(attributes_are_bytes_and_have_names)
{
	scoped_buffer records = { 0 };

	evil_record(&records, "SCHILY.xattr.user.a", "x\0\ny", 4);
	evil_record(&records, "SCHILY.xattr.user.b", "", 0);
	evil_record(&records, "SCHILY.xattr.user.a", "12", 2);
	ACCEPT(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "x", ""),
	       "100644 0:0 x user.a[2] user.b[0]\n");
	REFUSE(evil_pax(e, "SCHILY.xattr.user", "x"); evil_file(e, "x", ""),
	       "its attribute \"user\" has no name that an attribute could have");
	REFUSE(evil_pax(e, "SCHILY.xattr.user.", "x"); evil_file(e, "x", ""),
	       "its attribute \"user.\" has no name that an attribute could have");
}

TEST(attributes_have_limits)
{
	scoped_buffer records = { 0 }, value = { 0 };
	char key[64];

	for (int i = 0; i < 65537; i++)
		buffer_add_char(&value, 'v');
	evil_record(&records, "SCHILY.xattr.user.big", value.bytes, value.length);
	REFUSE(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "x", ""),
	       "its attribute \"user.big\" has more than 65536 bytes");
	buffer_clear(&records);
	for (int i = 0; i < 129; i++) {
		(void) snprintf(key, sizeof(key), "SCHILY.xattr.user.a%d", i);
		evil_record(&records, key, "v", 1);
	}
	REFUSE(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "x", ""),
	       "it has more than 128 attributes");
}

/* ---- sparse files ----------------------------------------------------------------------------- */

static union tar_block
sparse_block(const char *offset, const char *size, const char *real, uint64_t stored)
{
	union tar_block block = evil_block(TAR_GNU_SPARSE, "s", stored);

	memcpy(block.magic, "ustar  ", 8);
	(void) snprintf(block.gnu.pieces[0].offset, 12, "%s", offset);
	(void) snprintf(block.gnu.pieces[0].size, 12, "%s", size);
	(void) snprintf(block.gnu.real_size, 12, "%s", real);
	return block;
}

TEST(gnu_sparse_files_have_pieces_and_holes)
{
	union tar_block block = sparse_block("00000010000", "00000000003", "00000020000", 3);

	ACCEPT(evil_add(e, block); evil_body(e, "abc", 3); evil_file(e, "next", ""),
	       "100644 0:0 s 8192 @4096:abc\n100644 0:0 next\n");
	block.gnu.more = 1;
	(void) snprintf(block.size, 12, "%011o", 6);
	union tar_block more = { .extension.more = 0 };
	(void) snprintf(more.extension.pieces[0].offset, 12, "%s", "00000017775");
	(void) snprintf(more.extension.pieces[0].size, 12, "%s", "00000000003");
	ACCEPT(evil_add(e, block); buffer_add(&e->bytes, &more, sizeof(more)); evil_body(e, "abcdef", 6);
	       evil_file(e, "next", ""), "100644 0:0 s 8192 @4096:abc @8189:def\n100644 0:0 next\n");
}

TEST(a_sparse_map_that_does_not_fit_is_refused)
{
	REFUSE(evil_add(e, sparse_block("00000010000", "00000000003", "00000010001", 3)); evil_body(e, "abc", 3),
	       "\"s\": its sparse map goes beyond the end of the file");
	REFUSE(evil_add(e, sparse_block("00000000000", "00000000003", "00000010001", 4)); evil_body(e, "abcd", 4),
	       "\"s\": its sparse map says 3 bytes, the archive has 4");
	union tar_block huge = sparse_block("00000000000", "00000000003", "", 3);
	memcpy(huge.gnu.real_size, "\x80\0\0\0\x10\0\0\0\0\0\0\0", 12);
	REFUSE(evil_add(e, huge); evil_body(e, "abc", 3),
	       "\"s\": it has 1152921504606846976 bytes, and 8796093022208 are allowed");
	CASE(
		{
			union tar_block block = sparse_block("00000000010", "00000000003", "00000010000", 6);
			(void) snprintf(block.gnu.pieces[1].offset, 12, "%s", "00000000002");
			(void) snprintf(block.gnu.pieces[1].size, 12, "%s", "00000000003");
			evil_add(e, block);
			evil_body(e, "abcdef", 6);
		},
		CHECK_REFUSED(e, "\"s\": its sparse map overlaps itself or is not in order"));
}

TEST(pax_sparse_files_of_all_three_versions)
{
	scoped_buffer records = { 0 };

	evil_record(&records, "GNU.sparse.size", "8192", 4);
	evil_record(&records, "GNU.sparse.numblocks", "2", 1);
	evil_record(&records, "GNU.sparse.offset", "0", 1);
	evil_record(&records, "GNU.sparse.numbytes", "2", 1);
	evil_record(&records, "GNU.sparse.offset", "4096", 4);
	evil_record(&records, "GNU.sparse.numbytes", "1", 1);
	ACCEPT(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "s", "abc"),
	       "100644 0:0 s 8192 @0:ab @4096:c\n");

	buffer_clear(&records);
	evil_record(&records, "GNU.sparse.size", "8192", 4);
	evil_record(&records, "GNU.sparse.name", "real", 4);
	evil_record(&records, "GNU.sparse.map", "0,2,4096,1", 10);
	ACCEPT(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "GNUSparseFile.0/s", "abc"),
	       "100644 0:0 real 8192 @0:ab @4096:c\n");

	buffer_clear(&records);
	evil_record(&records, "GNU.sparse.major", "1", 1);
	evil_record(&records, "GNU.sparse.minor", "0", 1);
	evil_record(&records, "GNU.sparse.name", "real", 4);
	evil_record(&records, "GNU.sparse.realsize", "8192", 4);
	scoped_buffer body = { 0 };
	evil_body((struct evil *) &body, "2\n0\n2\n4096\n1\n", 13);
	buffer_add(&body, "abc", 3);
	ACCEPT(evil_extra(e, TAR_PAX, records.bytes, records.length);
	       evil_add(e, evil_block(TAR_FILE, "s", body.length)); evil_body(e, body.bytes, body.length),
	       "100644 0:0 real 8192 @0:ab @4096:c\n");
}

TEST(a_pax_sparse_map_that_makes_no_sense_is_refused)
{
	static const struct {
		const char *map, *complaint;
	} bad[] = {
		{ "0", "\"s\": its sparse map makes no sense" },
		{ "0,", "\"s\": its sparse map makes no sense" },
		{ ",1", "\"s\": its sparse map makes no sense" },
		{ "0,x", "\"s\": its sparse map is no number: \"x\"" },
		{ "0,-3", "\"s\": its sparse map has a negative number" },
		{ "4,2,0,1", "\"s\": its sparse map overlaps itself or is not in order" },
		{ "0,2", "\"s\": its sparse map says 2 bytes, the archive has 3" },
		{ "9223372036854775807,3", "\"s\": its sparse map goes beyond the end of the file" },
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		scoped_buffer records = { 0 };
		evil_record(&records, "GNU.sparse.size", "8192", 4);
		evil_record(&records, "GNU.sparse.map", bad[i].map, strlen(bad[i].map));
		REFUSE(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "s", "abc"),
		       bad[i].complaint);
	}
	REFUSE(evil_pax(e, "GNU.sparse.map", "0,3"); evil_file(e, "s", "abc"),
	       "\"s\": its sparse map does not say how large it is");
	REFUSE(evil_pax(e, "GNU.sparse.numbytes", "3"); evil_file(e, "s", "abc"),
	       "its sparse map has a negative number");
	REFUSE(evil_pax(e, "GNU.sparse.major", "2"); evil_file(e, "s", "abc"),
	       "\"s\": its sparse map does not say how large it is");
}

/* One of PAX 1.0, whose map stands before the data. */
static void
add_map_ahead(struct evil *evil, const char *map)
{
	scoped_buffer records = { 0 };

	evil_record(&records, "GNU.sparse.major", "1", 1);
	evil_record(&records, "GNU.sparse.minor", "0", 1);
	evil_record(&records, "GNU.sparse.realsize", "8192", 4);
	evil_extra(evil, TAR_PAX, records.bytes, records.length);
	evil_file(evil, "s", map);
}

TEST(a_map_before_the_data_that_is_cut_or_no_map_is_refused)
{
	REFUSE(add_map_ahead(e, ""), "\"s\": its sparse map is cut");
	REFUSE(add_map_ahead(e, "2\n0\n1\n"), "\"s\": its sparse map is cut");
	REFUSE(add_map_ahead(e, "1\n0\n3\n"), "\"s\": its sparse map is cut");
	REFUSE(add_map_ahead(e, "1\n0\nx\n"), "\"s\": its sparse map is no number: \"x\"");
	REFUSE(add_map_ahead(e, "1\n\n3\n"), "\"s\": its sparse map is no number: \"\"");
	REFUSE(add_map_ahead(e, "1\n-4\n3\n"), "\"s\": its sparse map has a negative number");
	REFUSE(add_map_ahead(e, "-1\n"), "\"s\": its sparse map has -1 pieces, and 262144 are allowed");
	REFUSE(add_map_ahead(e, "000000000000000000000000001\n"), "\"s\": its sparse map makes no sense");
	REFUSE(add_map_ahead(e, "99999999999999999999\n"),
	       "\"s\": its sparse map is too large a number: 99999999999999999999");
}

TEST(a_sparse_file_of_no_size_or_no_known_version_is_refused)
{
	scoped_buffer records = { 0 };

	REFUSE(evil_pax(e, "GNU.sparse.realsize", "-1"); evil_file(e, "s", "abc"), "\"s\": its size is negative");
	evil_record(&records, "GNU.sparse.major", "2", 1);
	evil_record(&records, "GNU.sparse.realsize", "8192", 4);
	REFUSE(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "s", "abc"),
	       "\"s\": its sparse map is of a version that is not known: 2");

	union tar_block block = sparse_block("00000000000", "00000000003", "", 3);
	memset(block.gnu.real_size, 0xff, 12);
	REFUSE(evil_add(e, block); evil_body(e, "abc", 3), "\"s\": its size is negative");
	memset(block.gnu.real_size, 0x80, 12);
	REFUSE(evil_add(e, block); evil_body(e, "abc", 3), "\"s\": its size is too large a number");
	(void) snprintf(block.gnu.real_size, 12, "0000008");
	REFUSE(evil_add(e, block); evil_body(e, "abc", 3), "\"s\": its size is no number: \"0000008\"");
}

TEST(an_archive_that_ends_in_a_sparse_map_is_refused)
{
	scoped_evil evil = { .bytes.length = 0 };
	union tar_block block = sparse_block("00000000000", "00000000003", "00000020000", 3);

	block.gnu.more = 1;
	evil_add(&evil, block);
	CHECK_REFUSED(&evil, "\"s\": the archive ends in its sparse map");
}

TEST(a_map_of_a_million_pieces_is_refused)
{
	scoped_buffer records = { 0 };
	struct error err = { 0 };

	evil_record(&records, "GNU.sparse.major", "1", 1);
	evil_record(&records, "GNU.sparse.minor", "0", 1);
	evil_record(&records, "GNU.sparse.realsize", "8192", 4);
	REFUSE(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "s", "1000000\n0\n1\n"),
	       "\"s\": its sparse map has 1000000 pieces, and 262144 are allowed");
	CASE(evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "s", "2\n0\n1\n"), {
		scoped_buffer out = { 0 };
		CHECK_FAILS_WITH(read_archive(&out, e, NULL, &err), err, "its sparse map is cut");
	});
}

/* ---- structure -------------------------------------------------------------------------------- */

TEST(a_wrong_checksum_is_refused)
{
	REFUSE(evil_file(e, "f", ""); e->bytes.bytes[0] = 'g',
	       "a header has the wrong checksum: this is no tar archive, or a damaged one");
	REFUSE(evil_file(e, "f", ""); memset(e->bytes.bytes + 148, ' ', 8),
	       "a header has the wrong checksum: this is no tar archive, or a damaged one");
}

TEST(a_checksum_of_signed_bytes_is_right_too)
{
	CASE(
		{
			union tar_block block = evil_block(TAR_FILE, "\xff\xff", 0);
			(void) snprintf(block.checksum, 8, "%06o", tar_block_sum(&block) - 512);
			block.checksum[7] = ' ';
			buffer_add(&e->bytes, &block, sizeof(block));
		},
		CHECK_READ(e, "100644 0:0 \\377\\377\n"));
}

TEST(an_archive_may_end_without_the_blocks_that_say_so)
{
	scoped_evil evil = { .bytes.length = 0 };
	static const char zeroes[TAR_BLOCK];

	CHECK_READ(&evil, ""); /* nothing at all is for the caller to judge */
	evil_file(&evil, "f", "hi");
	CHECK_READ(&evil, "100644 0:0 f 2 @0:hi\n");
	buffer_add(&evil.bytes, zeroes, sizeof(zeroes));
	CHECK_READ(&evil, "100644 0:0 f 2 @0:hi\n");
	evil_file(&evil, "behind", "");
	CHECK_REFUSED(&evil, "a single block of zeroes stands before more members");
}

TEST(what_stands_behind_the_end_is_not_there_but_is_read)
{
	ACCEPT(evil_file(e, "f", ""); evil_end(e); evil_file(e, "behind", "hello"); buffer_add(&e->bytes, "junk", 4),
	       "100644 0:0 f\n");
}

TEST(garbage_is_no_archive)
{
	struct error err = { 0 };
	scoped_evil evil = { .bytes.length = 0 };
	scoped_buffer out = { 0 };

	buffer_add_text(&evil.bytes, "This is not a tar archive");
	CHECK_FAILS(read_archive(&out, &evil, NULL, &err), err, "the archive ends in the middle of a block");
	for (int i = 0; i < 100; i++)
		buffer_add_text(&evil.bytes, "This is not a tar archive");
	CHECK_FAILS_WITH(read_archive(&out, &evil, NULL, &err), err, "its checksum is no number: ");
}

TEST(a_type_that_nobody_knows_is_refused)
{
	REFUSE(evil_add(e, evil_block('Z', "f", 0)), "\"f\": it is of a type that is not known: 'Z'");
	REFUSE(evil_add(e, evil_block('M', "f", 0)), "\"f\": it is of a type that is not known: 'M'");
	ACCEPT(evil_add(e, evil_block(TAR_GNU_VOLUME, "backup 1", 0)); evil_file(e, "f", ""), "100644 0:0 f\n");
	ACCEPT(evil_add(e, evil_block(TAR_CONTIGUOUS, "f", 0)), "100644 0:0 f\n");
}

TEST(before_ustar_a_directory_was_a_name_with_a_slash)
{
	union tar_block block = evil_block(TAR_FILE_V7, "d/", 0);

	memset(block.magic, 0, 8);
	ACCEPT(evil_add(e, block), "040644 0:0 d\n");
	REFUSE(evil_file(e, "d/", "hi"), "\"d/\": it is a file of 2 bytes that is named like a directory");
}

/* All readers agree that these have no body, so what follows is a header or the archive is damaged. */
TEST(a_size_where_there_is_no_body_means_nothing)
{
	ACCEPT(evil_add(e, evil_block(TAR_DIRECTORY, "d", 4096)); evil_file(e, "f", ""),
	       "040755 0:0 d\n100644 0:0 f\n");
	CASE(evil_add(e, evil_block(TAR_DIRECTORY, "d", 5)); evil_body(e, "12345", 5), {
		struct error err = { 0 };
		scoped_buffer out = { 0 };
		CHECK_FAILS_WITH(read_archive(&out, e, NULL, &err), err, "checksum");
	});
}

TEST(limits_are_kept)
{
	struct error err = { 0 };
	scoped_buffer out = { 0 };
	struct tar_limits limits = tar_read_limits;

	limits.entries = 2;
	CASE(evil_file(e, "a", ""); evil_file(e, "b", ""); evil_file(e, "c", ""),
	     CHECK_FAILS(read_archive(&out, e, &limits, &err), err, "the archive has more than 2 members"));
	limits = tar_read_limits;
	limits.bytes = 5;
	CASE(evil_file(e, "a", "123"); evil_file(e, "b", "123"),
	     CHECK_FAILS(read_archive(&out, e, &limits, &err), err, "\"b\": the archive unpacks to more than 5 bytes"));
}

/* ---- others ----------------------------------------------------------------------------------- */

/* Each writer's own way of long names, large ids, attributes and holes comes out as the same tree. */
TEST(archives_of_other_programs_are_read_alike)
{
	static const char *const writers[] = { "tar --format=gnu -S", "tar --format=pax -S",
					       "tar --format=pax --sparse-version=0.0 -S",
					       "tar --format=pax --sparse-version=0.1 -S", "tar --format=pax" };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_buffer first = { 0 };
	struct error err = { 0 };

	if (!scratch_is_root())
		skip();
	scratch_run(&scratch, "umask 022; mkdir -p t/d; printf hello > t/d/f; ln t/d/f t/d/g; ln -s f t/d/l; mkfifo t/p;"
			      "mknod t/n c 1 3; chown 3000000:3000001 t/d/f; chmod 4711 t/d/f;"
			      "n=$(printf %%0120d 7); echo x > t/$n; ln -s $n t/link; mkdir -p t/$n.d/$n; touch t/$n.d/$n/$n;"
			      "truncate -s 300000 t/sparse; printf y | dd of=t/sparse bs=1 seek=100000 conv=notrunc 2> /dev/null");
	for (size_t i = 0; i < COUNT(writers); i++) {
		scoped_buffer out = { 0 };
		struct stream_from_fd from;
		scoped_tar_reader reader;

		scratch_run(&scratch, "%s --sort=name -C t -cf x.tar .", writers[i]);
		scoped_fd fd = openat(scratch.fd, "x.tar", O_RDONLY | O_CLOEXEC);
		stream_from_fd(&from, fd, "x.tar");
		tar_read_open(&reader, &from.source, NULL);
		struct entry entry;
		int result;
		while ((result = tar_read_next(&reader, &entry, &err)) == 1) {
			const void *bytes;
			size_t n;
			uint64_t offset, sum = 0;
			while (tar_read_piece(&reader, &bytes, &n, &offset, &err) == 1)
				for (size_t k = 0; k < n; k++)
					sum += (offset + k + 1) * ((const unsigned char *) bytes)[k];
			buffer_add_format(&out, "%o %u:%u %lld %llu %s %s %llu\n", entry.mode, entry.uid, entry.gid,
					  (long long) entry.mtime.tv_sec, (unsigned long long) entry.size, entry.path,
					  entry.link != NULL ? entry.link : "", (unsigned long long) sum);
		}
		CHECK_OK(result, err);
		if (i == 0)
			buffer_add(&first, out.bytes, out.length);
		CHECK_TEXT(out.bytes, first.bytes);
	}
	CHECK(strstr(first.bytes, " 300000 sparse  ") != NULL);
	CHECK(strstr(first.bytes, "104711 3000000:3000001 ") != NULL);
}
