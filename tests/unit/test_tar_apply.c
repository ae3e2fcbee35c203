/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each test has a victim outside the root, which no archive may touch: see check_victim.
 */
#include "check.h"

#include <sys/resource.h>

#include "builder/layer/diff.h"
#include "builder/layer/hash.h"
#include "builder/layer/tar_apply.h"
#include "builder/layer/tar_write.h"
#include "evil.h"
#include "inside.h"
#include "scratch.h"

static void
make_victim(struct scratch *scratch)
{
	scratch_run(scratch, "umask 022; mkdir root victim victim/dir; echo untouched > victim/file; chmod 640 victim/file;"
			     "touch -d @77 victim/file victim/dir victim");
}

#define check_victim(scratch)                                                                      \
	CHECK_TEXT(scratch_says(scratch, "stat -c '%%n %%a %%u %%g %%Y %%h' victim victim/*; cat victim/file; ls victim/dir"), \
		   "victim 755 0 0 77 3\nvictim/dir 755 0 0 77 2\nvictim/file 640 0 0 77 1\nuntouched")

static const struct tar_apply_options a_layer = {
	.form = TAR_APPLY_LAYER,
	.dialect = WHITEOUT_USER,
	.place = { .is_layer = true, .skip_devices = true },
};
static const struct tar_apply_options an_archive = { .form = TAR_APPLY_ARCHIVE };

static int
apply(struct scratch *scratch, const struct evil *evil, const struct tar_apply_options *options,
      struct tar_apply_result *result, struct error *err)
{
	struct stream_from_memory from;
	scoped_fd root = openat(scratch->fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	stream_from_memory(&from, evil->bytes.bytes, evil->bytes.length);
	return tar_apply(&from.source, root, options, result, err);
}

/* What is in the root: type, mode, owner, name, target or content. */
static const char *
list_root(struct scratch *scratch)
{
	return scratch_says(scratch, "cd root && find . -mindepth 1 -printf '%%y %%m %%U:%%G %%P' "
				     "\\( -type l -printf ' -> %%l' -o -type f -size -200c -printf ' ' "
				     "-exec sh -c 'tr -d \"\\n\" < \"$0\"' {} \\; -o -true \\) -printf '\\n' | LC_ALL=C sort -k4");
}

#define CASE(options, build, check)                                                                \
	do {                                                                                       \
		scoped_scratch struct scratch scratch = scratch_make();                            \
		struct scratch *s = &scratch;                                                      \
		scoped_evil evil = { .bytes.length = 0 };                                          \
		struct evil *e = &evil;                                                            \
		struct error err __attribute__((unused)) = { 0 };                                  \
		struct tar_apply_result result __attribute__((unused)) = { 0 };                    \
		make_victim(s);                                                                    \
		build;                                                                             \
		evil_end(e);                                                                       \
		check;                                                                             \
		check_victim(s);                                                                   \
	} while (0)

#define GIVES(options, build, wanted)                                                              \
	CASE(options, build, {                                                                     \
		CHECK_OK(apply(s, e, &(options), &result, &err), err);                             \
		CHECK_TEXT(list_root(s), wanted);                                                  \
	})
#define REFUSES(options, build, wanted)                                                            \
	CASE(options, build, CHECK_FAILS_WITH(apply(s, e, &(options), &result, &err), err, wanted))

#define NEEDS_REAL_ROOT                                                                            \
	if (!scratch_is_real_root())                                                               \
	skip()
#define NEEDS_ROOT                                                                                 \
	if (!scratch_is_root())                                                                    \
	skip()

static const char *
victim_path(struct scratch *scratch, const char *what)
{
	(void) snprintf(scratch->said, sizeof(scratch->said), "%.255s/victim%.64s", scratch->path, what);
	return scratch->said;
}

/* ---- symbolic links --------------------------------------------------------------------------- */

TEST(a_link_out_of_the_root_leads_into_it)
{
	NEEDS_ROOT;
	GIVES(a_layer, evil_symlink(e, "l", "/"); evil_file(e, "l/x", "hi"),
	      "l 777 0:0 l -> /\nf 644 0:0 x hi");
	GIVES(a_layer, evil_symlink(e, "l", "../../../.."); evil_file(e, "l/x", "hi"),
	      "l 777 0:0 l -> ../../../..\nf 644 0:0 x hi");
	CASE(a_layer, evil_symlink(e, "l", victim_path(s, "")); evil_file(e, "l/new", "hi"), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "ls victim; cat root/$(pwd)/victim/new"), "dir\nfile\nhi");
	});
	CASE(a_layer, evil_symlink(e, "l", "../victim"); evil_file(e, "l/new", "hi"), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "ls root/victim"), "new");
	});
}

TEST(chains_of_links_stay_inside)
{
	NEEDS_ROOT;
	GIVES(a_layer, evil_symlink(e, "a", "b"); evil_symlink(e, "b", "c/.."); evil_directory(e, "c");
	      evil_symlink(e, "c/d", "../../../victim"); evil_file(e, "a/c/d/new", "hi"),
	      "l 777 0:0 a -> b\nl 777 0:0 b -> c/..\nd 755 0:0 c\nl 777 0:0 c/d -> ../../../victim\n"
	      "d 755 0:0 victim\nf 644 0:0 victim/new hi");
	GIVES(a_layer, evil_symlink(e, "x", "."); evil_symlink(e, "x/y", ".."); evil_symlink(e, "x/y/z", "..");
	      evil_file(e, "x/y/z/victim/file", "bad"),
	      "d 755 0:0 victim\nf 644 0:0 victim/file bad\nl 777 0:0 x -> .\nl 777 0:0 y -> ..\nl 777 0:0 z -> ..");
}

TEST(a_loop_of_links_is_refused)
{
	NEEDS_ROOT;
	REFUSES(a_layer, evil_symlink(e, "a", "b"); evil_symlink(e, "b", "a"); evil_file(e, "a/x", "hi"),
		"Too many levels of symbolic links");
}

TEST(magic_links_lead_nowhere)
{
	NEEDS_ROOT;
	CASE(a_layer, evil_symlink(e, "l", "/proc/self/root"); evil_file(e, "l/escaped", "hi"), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "cat root/proc/self/root/escaped; ls /escaped 2> /dev/null || true"), "hi");
	});
	CASE(a_layer, evil_symlink(e, "l", "/proc/self/fd/3"); evil_file(e, "l/escaped", "hi"),
	     CHECK_OK(apply(s, e, &a_layer, &result, &err), err));
}

TEST(a_file_in_place_of_a_link_does_not_write_through_it)
{
	NEEDS_ROOT;
	GIVES(a_layer, evil_symlink(e, "l", "../victim/file"); evil_file(e, "l", "bad"), "f 644 0:0 l bad");
	CASE(a_layer, evil_symlink(e, "l", victim_path(s, "/file")); evil_file(e, "l", "bad"),
	     CHECK_OK(apply(s, e, &a_layer, &result, &err), err));
}

TEST(a_directory_in_place_of_a_link_does_not_change_what_it_points_to)
{
	union tar_block block = evil_block(TAR_DIRECTORY, "l", 0);

	NEEDS_ROOT;
	memcpy(block.mode, "0000777", 8);
	memcpy(block.uid, "0001750", 8);
	GIVES(a_layer, evil_symlink(e, "l", "../victim/dir"); evil_add(e, block), "d 777 1000:0 l");
	GIVES(a_layer, evil_symlink(e, "l", "etc"); evil_directory(e, "etc"); evil_add(e, block),
	      "d 755 0:0 etc\nd 777 1000:0 l");
}

TEST(owner_time_and_attributes_of_a_link_are_its_own)
{
	union tar_block block = evil_block(TAR_SYMLINK, "l", 0);

	NEEDS_ROOT;
	memcpy(block.uid, "0001750", 8);
	memcpy(block.link, "../victim/file", 14);
	CASE(a_layer, evil_pax(e, "SCHILY.xattr.user.x", "y"); evil_add(e, block), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "stat -c '%%u %%Y' root/l; getfattr -d victim/file"), "1000 1000");
	});
}

TEST(what_ordinary_images_do_with_links_works)
{
	NEEDS_ROOT;
	GIVES(a_layer, evil_directory(e, "run"); evil_directory(e, "var"); evil_symlink(e, "var/run", "/run");
	      evil_file(e, "var/run/x.pid", "1"),
	      "d 755 0:0 run\nf 644 0:0 run/x.pid 1\nd 755 0:0 var\nl 777 0:0 var/run -> /run");
	GIVES(a_layer, evil_directory(e, "usr/"); evil_directory(e, "usr/lib"); evil_symlink(e, "lib", "usr/lib");
	      evil_file(e, "lib/libc.so", "elf"),
	      "l 777 0:0 lib -> usr/lib\nd 755 0:0 usr\nd 755 0:0 usr/lib\nf 644 0:0 usr/lib/libc.so elf");
	GIVES(a_layer, evil_directory(e, "a"); evil_directory(e, "a/b"); evil_symlink(e, "a/b/l", "../../../../../../etc");
	      evil_directory(e, "etc"); evil_file(e, "a/b/l/x", "hi"),
	      "d 755 0:0 a\nd 755 0:0 a/b\nl 777 0:0 a/b/l -> ../../../../../../etc\nd 755 0:0 etc\nf 644 0:0 etc/x hi");
}

TEST(a_dangling_link_on_the_way_is_made_true_inside)
{
	NEEDS_ROOT;
	for (int i = 0; i < 2; i++)
		GIVES(a_layer, evil_symlink(e, "l", "/nowhere/at/all"); evil_file(e, "l/x", "hi"),
		      "l 777 0:0 l -> /nowhere/at/all\nd 755 0:0 nowhere\nd 755 0:0 nowhere/at\n"
		      "d 755 0:0 nowhere/at/all\nf 644 0:0 nowhere/at/all/x hi");
}

/* ---- hard links ------------------------------------------------------------------------------- */

TEST(a_hard_link_links_inside_the_root_only)
{
	NEEDS_ROOT;
	GIVES(a_layer, evil_file(e, "a", "hi"); evil_hard_link(e, "b", "/a"), "f 644 0:0 a hi\nf 644 0:0 b hi");
	CASE(an_archive, evil_hard_link(e, "b", victim_path(s, "/file")),
	     CHECK_FAILS_WITH(apply(s, e, &an_archive, &result, &err), err, "which is not there"));
	GIVES(a_layer, evil_directory(e, "d"); evil_file(e, "d/a", "hi"); evil_symlink(e, "l", "/d"); evil_hard_link(e, "b", "l/a"),
	      "f 644 0:0 b hi\nd 755 0:0 d\nf 644 0:0 d/a hi\nl 777 0:0 l -> /d");
	REFUSES(an_archive, evil_symlink(e, "l", "../victim"); evil_hard_link(e, "b", "l/file"), "which is not there");
}

TEST(a_hard_link_to_a_link_is_one_to_the_link_itself)
{
	NEEDS_ROOT;
	GIVES(a_layer, evil_symlink(e, "l", "../victim/file"); evil_hard_link(e, "b", "l"),
	      "l 777 0:0 b -> ../victim/file\nl 777 0:0 l -> ../victim/file");
	GIVES(a_layer, evil_symlink(e, "l", "../victim/file"); evil_hard_link(e, "b", "l"); evil_file(e, "b", "bad"),
	      "f 644 0:0 b bad\nl 777 0:0 l -> ../victim/file");
}

TEST(what_is_written_to_one_name_does_not_change_the_other)
{
	NEEDS_ROOT;
	GIVES(a_layer, evil_file(e, "a", "one"); evil_hard_link(e, "b", "a"); evil_file(e, "b", "two"),
	      "f 644 0:0 a one\nf 644 0:0 b two");
}

TEST(a_hard_link_to_itself_or_twice_is_there_once)
{
	NEEDS_ROOT;
	GIVES(a_layer, evil_file(e, "a", "one"); evil_hard_link(e, "a", "a"), "f 644 0:0 a one");
	GIVES(a_layer, evil_file(e, "a", "one"); evil_hard_link(e, "b", "a"); evil_hard_link(e, "b", "a"),
	      "f 644 0:0 a one\nf 644 0:0 b one");
}

TEST(a_hard_link_to_what_cannot_have_one_is_refused)
{
	NEEDS_ROOT;
	REFUSES(a_layer, evil_directory(e, "d"); evil_hard_link(e, "b", "d"), "\"b\": link it to \"d\": Operation not permitted");
	REFUSES(an_archive, evil_hard_link(e, "b", "missing"), "\"b\": it is a hard link to \"missing\", which is not there");
	REFUSES(an_archive, evil_hard_link(e, "b", "a"); evil_file(e, "a", "hi"), "which is not there");
	REFUSES(an_archive, evil_directory(e, "d"); evil_hard_link(e, "b", "."), "\"b\": link it to \".\"");
}

/* ---- entries that come again ------------------------------------------------------------------ */

TEST(the_last_entry_of_a_name_counts)
{
	union tar_block block = evil_block(TAR_FILE, "a", 3);

	NEEDS_ROOT;
	memcpy(block.mode, "0000600", 8);
	memcpy(block.uid, "0000005", 8);
	GIVES(a_layer, evil_pax(e, "SCHILY.xattr.user.x", "y"); evil_file(e, "a", "first"); evil_add(e, block);
	      evil_body(e, "two", 3), "f 600 5:0 a two");
	GIVES(a_layer, evil_directory(e, "a"); evil_file(e, "a/x", "in"); evil_file(e, "a", "file"), "f 644 0:0 a file");
	GIVES(a_layer, evil_file(e, "a", "file"); evil_directory(e, "a"); evil_file(e, "a/x", "in"),
	      "d 755 0:0 a\nf 644 0:0 a/x in");
	GIVES(a_layer, evil_directory(e, "a"); evil_file(e, "a/x", "in"); evil_directory(e, "a"),
	      "d 755 0:0 a\nf 644 0:0 a/x in");
	GIVES(a_layer, evil_directory(e, "a"); evil_file(e, "a/x", "in"); evil_symlink(e, "a", "b"); evil_directory(e, "b");
	      evil_file(e, "a/y", "in"), "l 777 0:0 a -> b\nd 755 0:0 b\nf 644 0:0 b/y in");
	REFUSES(a_layer, evil_file(e, "a", "file"); evil_file(e, "a/x", "in"), "a/x\": ");
}

TEST(a_parent_that_was_replaced_is_not_written_to_any_more)
{
	NEEDS_ROOT;
	GIVES(a_layer, evil_directory(e, "a"); evil_directory(e, "a/b"); evil_file(e, "a/b/1", ""); evil_symlink(e, "a", "c");
	      evil_file(e, "a/b/2", ""),
	      "l 777 0:0 a -> c\nd 755 0:0 c\nd 755 0:0 c/b\nf 644 0:0 c/b/2 ");
}

/* ---- the root, modes, special files ----------------------------------------------------------- */

TEST(an_entry_for_the_root_is_about_the_root)
{
	union tar_block block = evil_block(TAR_DIRECTORY, "./", 0);

	NEEDS_ROOT;
	memcpy(block.mode, "0006750", 8);
	CASE(a_layer, evil_add(e, block); evil_file(e, "a", ""), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK(result.has_root);
		CHECK_TEXT(scratch_says(s, "stat -c '%%a %%Y' root"), "6750 1000");
	});
	const struct tar_apply_options kept = { .form = TAR_APPLY_ARCHIVE, .place.keep_root = true };
	CASE(kept, evil_add(e, block), {
		CHECK_OK(apply(s, e, &kept, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "stat -c %%a root"), "755");
	});
}

TEST(set_uid_bits_survive_the_owner)
{
	union tar_block block = evil_block(TAR_FILE, "su", 0);

	NEEDS_ROOT;
	memcpy(block.mode, "0006755", 8);
	memcpy(block.uid, "0001750", 8);
	GIVES(a_layer, evil_add(e, block), "f 6755 1000:0 su ");
}

TEST(a_fifo_is_made_and_nobody_waits_for_it)
{
	NEEDS_ROOT;
	GIVES(a_layer, evil_directory(e, "etc"); evil_add(e, evil_block(TAR_FIFO, "etc/passwd", 0));
	      evil_add(e, evil_block(TAR_FIFO, "etc/passwd", 0)); evil_file(e, "etc/group", ""),
	      "d 755 0:0 etc\nf 644 0:0 etc/group \np 644 0:0 etc/passwd");
	GIVES(a_layer, evil_add(e, evil_block(TAR_FIFO, "p", 0)); evil_file(e, "p", "hi"), "f 644 0:0 p hi");
}

TEST(devices_are_made_but_none_that_overlayfs_would_misread)
{
	NEEDS_REAL_ROOT;
	CASE(a_layer, evil_device(e, TAR_CHARACTER, "null", 1, 3), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "stat -c '%%F %%t:%%T %%a' root/null"), "character special file 1:3 644");
	});
	REFUSES(a_layer, evil_device(e, TAR_CHARACTER, "etc", 0, 0), "\"etc\": a device 0:0 would hide what lies below it");
	REFUSES(an_archive, evil_device(e, TAR_CHARACTER, "etc", 0, 0), "\"etc\": a device 0:0 would hide what lies below it");
}

TEST(file_names_have_the_length_that_the_kernel_allows_and_paths_any)
{
	scoped_buffer name = { 0 };

	NEEDS_ROOT;
	for (int i = 0; i < 59; i++)
		buffer_add_format(&name, "%0100d/", i);
	buffer_add_text(&name, "leaf");
	CASE(a_layer, evil_pax(e, "path", name.bytes); evil_file(e, "x", "deep"); evil_pax(e, "path", name.bytes);
	     evil_file(e, "x", "deeper"), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "find root -name leaf | wc -c; find root -name leaf -execdir cat {} \\;"),
			   "5969\ndeeper");
	});
}

/* ---- attributes ------------------------------------------------------------------------------- */

TEST(attributes_of_the_host_and_of_overlayfs_are_never_set)
{
	static const char *const dropped[] = {
		"trusted.overlay.opaque", "trusted.overlay.redirect", "trusted.overlay.metacopy", "user.overlay.opaque",
		"user.overlay.whiteout",  "security.selinux",	      "security.ima",		  "security.apparmor",
		"trusted.other",	  "system.nfs4_acl",	      "user.overlay.overlay.opaque",
	};
	scoped_buffer records = { 0 };
	char key[64];

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(dropped); i++) {
		(void) snprintf(key, sizeof(key), "SCHILY.xattr.%s", dropped[i]);
		evil_record(&records, key, "y", 1);
	}
	evil_record(&records, "SCHILY.xattr.user.mine", "yes", 3);
	CASE(a_layer, evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "f", "");
	     evil_extra(e, TAR_PAX, records.bytes, records.length); evil_directory(e, "d"), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "cd root; getfattr -d -m - f d"),
			   "# file: f\nuser.mine=\"yes\"\n\n# file: d\nuser.mine=\"yes\"");
	});
}

TEST(a_capability_stays_and_one_of_a_strange_namespace_becomes_the_container_s)
{
	static const char v2[] = "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
	static const char v3[] = "\1\0\0\3\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xa0\x86\1\0";
	scoped_buffer old = { 0 }, new = { 0 };

	NEEDS_ROOT;
	evil_record(&old, "SCHILY.xattr.security.capability", v2, 20);
	evil_record(&new, "SCHILY.xattr.security.capability", v3, 24);
	CASE(a_layer, evil_extra(e, TAR_PAX, old.bytes, old.length); evil_file(e, "v2", "x");
	     evil_extra(e, TAR_PAX, new.bytes, new.length); evil_file(e, "v3", "x"), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "cd root; getcap -n v2 v3"), "v2 cap_net_bind_service=ep\nv3 cap_net_bind_service=ep"
);
	});
}

TEST(a_default_access_list_does_not_reach_what_the_archive_puts_inside)
{
	/* user::rwx user:1000:rwx group::r-x mask::rwx other::r-x */
	static const char acl[] = "\2\0\0\0\1\0\7\0\xff\xff\xff\xff\2\0\7\0\xe8\3\0\0\4\0\5\0\xff\xff\xff\xff"
				  "\x10\0\7\0\xff\xff\xff\xff\x20\0\5\0\xff\xff\xff\xff";
	scoped_buffer records = { 0 };

	NEEDS_ROOT;
	evil_record(&records, "SCHILY.xattr.system.posix_acl_default", acl, 44);
	CASE(a_layer, evil_extra(e, TAR_PAX, records.bytes, records.length); evil_directory(e, "d"); evil_file(e, "d/f", ""), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "cd root; getfacl -nc d | grep default:user:1000; getfacl -nc d/f"),
			   "default:user:1000:rwx\nuser::rw-\ngroup::r--\nother::r--");
	});
}

/* ---- whiteouts -------------------------------------------------------------------------------- */

#define MARKS(wanted) CHECK_TEXT(scratch_says(s, "cd root; find . -mindepth 1 -printf '%%y %%P\\n' | LC_ALL=C sort -k2; "  \
					    "getfattr -Rd -m user.overlay . 2> /dev/null | grep file: || true"), wanted)

TEST(whiteouts_become_what_overlayfs_understands)
{
	NEEDS_ROOT;
	CASE(a_layer, evil_directory(e, "d"); evil_file(e, "d/.wh.gone", ""); evil_file(e, ".wh.top", "");
	     evil_directory(e, "o"); evil_file(e, "o/.wh..wh..opq", ""); evil_file(e, "o/new", ""), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		MARKS("d d\nc d/gone\nd o\nf o/new\nc top\n# file: o");
		CHECK(!result.is_bound);
	});
}

TEST(a_whiteout_of_nothing_nameable_is_refused)
{
	static const char *const bad[] = { ".wh.", "d/.wh.", ".wh..", ".wh...", "d/.wh...", "d/.wh.." };

	NEEDS_ROOT;
	for (size_t i = 0; i < COUNT(bad); i++)
		REFUSES(a_layer, evil_directory(e, "d"); evil_file(e, bad[i], ""), "a whiteout of nothing that could be gone");
}

TEST(a_whiteout_is_an_empty_file)
{
	NEEDS_ROOT;
	REFUSES(a_layer, evil_file(e, ".wh.x", "content"), "\".wh.x\": a whiteout is an empty file, and this is none");
	REFUSES(a_layer, evil_directory(e, ".wh.x"), "a whiteout is an empty file, and this is none");
	REFUSES(a_layer, evil_symlink(e, ".wh.x", "y"), "a whiteout is an empty file, and this is none");
	REFUSES(a_layer, evil_directory(e, "d"); evil_symlink(e, "d/.wh..wh..opq", "y"), "a whiteout is an empty file");
}

TEST(whiteouts_are_about_what_lies_below_wherever_they_stand)
{
	NEEDS_ROOT;
	CASE(a_layer, evil_file(e, "a", "new"); evil_file(e, ".wh.a", ""); evil_file(e, ".wh.b", ""); evil_file(e, "b", "new");
	     evil_directory(e, "o"); evil_file(e, "o/new", ""); evil_file(e, "o/.wh..wh..opq", ""), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		MARKS("f a\nf b\nd o\nf o/new\n# file: o");
	});
}

TEST(a_directory_in_place_of_what_is_gone_hides_it)
{
	NEEDS_ROOT;
	CASE(a_layer, evil_file(e, ".wh.d", ""); evil_directory(e, "d"); evil_file(e, "d/x", ""), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		MARKS("d d\nf d/x\n# file: d");
	});
	CASE(a_layer, evil_directory(e, "d"); evil_file(e, "d/x", ""); evil_file(e, ".wh.d", ""), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		MARKS("d d\nf d/x\n# file: d");
	});
}

TEST(whiteouts_inside_an_opaque_directory_are_left_out)
{
	NEEDS_ROOT;
	CASE(a_layer, evil_directory(e, "o"); evil_file(e, "o/.wh.x", ""); evil_directory(e, "o/d"); evil_file(e, "o/d/.wh.y", "");
	     evil_file(e, "o/.wh..wh..opq", ""); evil_file(e, "o/.wh.z", ""), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		MARKS("d o\nd o/d\n# file: o");
	});
	CASE(a_layer, evil_file(e, ".wh..wh..opq", ""); evil_file(e, ".wh.x", ""); evil_file(e, "y", ""), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		MARKS("f y\n# file: .");
	});
}

TEST(a_whiteout_through_a_link_stays_inside)
{
	NEEDS_ROOT;
	CASE(a_layer, evil_symlink(e, "l", "../victim"); evil_file(e, "l/.wh.file", ""); evil_file(e, "l/.wh..wh..opq", ""), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "ls root; ls root/victim"), "l\nvictim");
	});
	CASE(a_layer, evil_symlink(e, "l", "../victim/file"); evil_file(e, ".wh.l", ""), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		MARKS("l l");
	});
}

TEST(what_aufs_left_is_dropped)
{
	NEEDS_ROOT;
	CASE(a_layer, evil_directory(e, ".wh..wh.plnk"); evil_file(e, ".wh..wh.plnk/1.2", "x"); evil_file(e, ".wh..wh.aufs", "");
	     evil_file(e, "a", ""), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		MARKS("f a");
	});
}

TEST(a_whiteout_s_name_in_the_middle_of_a_path_is_only_a_name)
{
	NEEDS_ROOT;
	GIVES(a_layer, evil_file(e, "x", ""); evil_file(e, ".wh.x/y", "hi"),
	      "d 755 0:0 .wh.x\nf 644 0:0 .wh.x/y hi\nf 644 0:0 x ");
}

TEST(in_an_archive_of_a_user_whiteouts_are_names)
{
	NEEDS_ROOT;
	GIVES(an_archive, evil_file(e, "x", ""); evil_file(e, ".wh.x", "hi"), "f 644 0:0 .wh.x hi\nf 644 0:0 x ");
}

/* ---- layers that mean what is below ----------------------------------------------------------- */

TEST(a_layer_that_leaves_out_directories_is_bound_to_what_is_below)
{
	NEEDS_ROOT;
	CASE(a_layer, evil_file(e, "home/me/x", "hi"), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK(result.is_bound);
	});
	CASE(a_layer, evil_file(e, "home/x", "hi"); evil_directory(e, "home"), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK(!result.is_bound);
	});
	CASE(a_layer, evil_hard_link(e, "b", "a"), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK(result.is_bound);
	});
}

static void
apply_on(struct scratch *scratch, const struct evil *evil, const char *const *below, size_t n)
{
	struct error err = { 0 };
	int directories[4];
	struct stack stack = { .directories = directories, .count = n, .dialect = WHITEOUT_USER };
	struct tar_apply_options options = a_layer;

	for (size_t i = 0; i < n; i++)
		directories[i] = openat(scratch->fd, below[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	options.place.below = &stack;
	CHECK_OK(apply(scratch, evil, &options, NULL, &err), err);
	for (size_t i = 0; i < n; i++)
		fd_close(&directories[i]);
}

TEST(directories_that_were_left_out_are_as_they_are_below)
{
	const char *below[] = { "up", "low" };

	NEEDS_ROOT;
	CASE(a_layer, evil_file(e, "home/me/x", "hi"); evil_file(e, "tmp/new/y", "hi"); evil_file(e, "lib/z", "hi");
	     evil_file(e, "var/run/p", "hi"); evil_file(e, "gone/q", "hi"), {
		scratch_run(s, "umask 022; mkdir -p low/home/me low/tmp low/usr/lib low/var low/run low/gone up; chmod 1777 low/tmp;"
			       "chmod 700 low/home/me; chown 1000:1001 low/home/me; setfattr -n user.a -v b low/home/me;"
			       "ln -s usr/lib low/lib; ln -s /run low/var/run; chmod 711 low/usr/lib; chmod 700 low/gone; mknod up/gone c 0 0");
		apply_on(s, e, below, 2);
		CHECK_TEXT(list_root(s),
			   "d 755 0:0 gone\nf 644 0:0 gone/q hi\nd 755 0:0 home\nd 700 1000:1001 home/me\nf 644 0:0 home/me/x hi\n"
			   "d 755 0:0 run\nf 644 0:0 run/p hi\nd 1777 0:0 tmp\nd 755 0:0 tmp/new\nf 644 0:0 tmp/new/y hi\n"
			   "d 755 0:0 usr\nd 711 0:0 usr/lib\nf 644 0:0 usr/lib/z hi\nd 755 0:0 var");
		CHECK_TEXT(scratch_says(s, "getfattr -d root/home/me | grep user"), "user.a=\"b\"");
	});
}

TEST(a_hard_link_to_what_is_below_brings_it_up)
{
	const char *below[] = { "low" };

	NEEDS_ROOT;
	CASE(a_layer, evil_directory(e, "d"); evil_hard_link(e, "d/new", "d/old"); evil_hard_link(e, "link", "d/sym"), {
		scratch_run(s, "umask 022; mkdir -p low/d; echo content > low/d/old; chmod 4711 low/d/old; ln -s t low/d/sym");
		apply_on(s, e, below, 1);
		CHECK_TEXT(scratch_says(s, "cd root; stat -c '%%n %%a %%h %%s' d/new d/old; readlink link; stat -c %%h low/d/old ../low/d/old"
					   " 2> /dev/null || true"),
			   "d/new 4711 2 8\nd/old 4711 2 8\nt\n1");
	});
	CASE(a_layer, evil_hard_link(e, "b", "missing"), {
		struct stack nothing = { .count = 0 };
		struct tar_apply_options options = a_layer;

		options.place.below = &nothing;
		CHECK_FAILS(apply(s, e, &options, NULL, &err), err,
			    "\"b\": it is a hard link to \"missing\", which is not there");
	});
}

TEST(a_whiteout_where_nothing_is_below_leaves_no_trace)
{
	const char *below[] = { "low" };

	NEEDS_ROOT;
	CASE(a_layer, evil_file(e, "a/b/.wh.c", ""); evil_file(e, "d/.wh.c", ""); evil_file(e, "x/.wh..wh..opq", ""), {
		scratch_run(s, "umask 022; mkdir -p low/d; chmod 700 low/d");
		apply_on(s, e, below, 1);
		CHECK_TEXT(list_root(s), "d 700 0:0 d\nc 0 0:0 d/c");
	});
}

/* ---- sizes ------------------------------------------------------------------------------------ */

TEST(holes_stay_holes)
{
	scoped_buffer records = { 0 };

	NEEDS_ROOT;
	evil_record(&records, "GNU.sparse.size", "1073741824", 10);
	evil_record(&records, "GNU.sparse.map", "536870912,3", 11);
	CASE(a_layer, evil_extra(e, TAR_PAX, records.bytes, records.length); evil_file(e, "s", "abc"), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "stat -c %%s root/s; du -k root/s | cut -f1; tail -c +536870913 root/s | head -c 3"),
			   "1073741824\n4\nabc");
	});
}

TEST(no_more_file_descriptors_are_held_than_a_few)
{
	struct rlimit few = { 32, 32 }, were;

	NEEDS_ROOT;
	CASE(a_layer, {
		char name[64];
		for (int i = 0; i < 300; i++) {
			(void) snprintf(name, sizeof(name), "d%d", i);
			evil_directory(e, name);
			(void) snprintf(name, sizeof(name), "d%d/f", i);
			evil_file(e, name, "x");
		}
	}, {
		assert_int_equal(getrlimit(RLIMIT_NOFILE, &were), 0);
		few.rlim_max = were.rlim_max;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		int applied = apply(s, e, &a_layer, &result, &err);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &were), 0);
		CHECK_OK(applied, err);
		CHECK_EQ(result.entries, 600);
	});
}

/* ---- there and back --------------------------------------------------------------------------- */

/* All that stat, getfattr and reading can tell of a tree. */
#define PICTURE                                                                                    \
	"find . -printf '%%y %%m %%U:%%G %%n %%T@ %%P -> %%l\\n' | sed 's/\\.0000000000 / /' | LC_ALL=C sort -k6;"     \
	"find . \\( -type c -o -type b \\) -exec stat -c '%%n %%t:%%T' {} + | sort; getfattr -Rhd -m - -e hex . 2> /dev/null;" \
	"find . -type f -exec sha256sum {} + | sort"

static void
pack_tree(struct scratch *scratch, const char *tree, struct evil *out, const struct diff_options *options)
{
	struct error err = { 0 };
	scoped_fd fd = openat(scratch->fd, tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stream_to_buffer end;
	scoped_tar_writer tar;

	buffer_clear(&out->bytes);
	stream_to_buffer(&end, &out->bytes);
	tar_write_init(&tar, &end.sink);
	CHECK_OK(diff_upper(fd, options, &tar.taker, NULL, &err), err);
	CHECK_OK(tar_write_end(&tar, &err), err);
}

TEST(a_tree_that_is_packed_and_unpacked_is_the_same_tree)
{
	scoped_evil one = { .bytes.length = 0 }, two = { .bytes.length = 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };
	struct diff_options options = { .with_root = true };
	char before[65536];

	NEEDS_REAL_ROOT;
	scratch_run(&scratch,
		    "umask 022; mkdir -p tree/d/e root; cd tree; chmod 1777 d; echo hello > f; chmod 6755 f; chown 3000000:12 f;"
		    "ln f d/g; ln -s ../x d/l; ln d/l d/l2; mkfifo -m 620 p; mknod -m 660 c c 5 1; mknod b b 7 200;"
		    "head -c 3000000 /dev/urandom > big; truncate -s 5000000 sparse; echo end >> sparse;"
		    "printf '' > 'line\nend'; : > \"$(printf '\\377')\"; n=$(printf %%0200d 7); mkdir -p $n/$n; echo long > $n/$n/$n;"
		    "ln -s $n/$n/$n long; cp /bin/true ping; setcap cap_net_raw+ep ping; setfattr -n user.b -v 1 f; setfattr -n user.a -v 2 f;"
		    "setfattr -n user.dir -v x d; setfacl -m u:5:r big; setfacl -d -m u:6:rwx d/e; chmod 000 p; chmod 0 big;"
		    "find . -exec touch -hd @1234567890 {} +; touch -hd @-5 f; touch -hd @20000000000 big");
	(void) snprintf(before, sizeof(before), "%s", scratch_says(&scratch, "cd tree;" PICTURE));
	pack_tree(&scratch, "tree", &one, &options);
	CHECK_OK(apply(&scratch, &one, &an_archive, NULL, &err), err);
	CHECK_TEXT(scratch_says(&scratch, "cd root;" PICTURE), before);
	pack_tree(&scratch, "root", &two, &options);
	CHECK_EQ(one.bytes.length, two.bytes.length);
	CHECK(memcmp(one.bytes.bytes, two.bytes.bytes, one.bytes.length) == 0);
	CHECK(strstr(before, "security.capability") != NULL && strstr(before, "posix_acl_default") != NULL);
}

TEST(other_programs_unpack_the_same_tree)
{
	static const char *const readers[] = { "tar --xattrs --xattrs-include='*' -xpf", "bsdtar -xpf", "python3 -m tarfile -e" };
	scoped_evil archive = { .bytes.length = 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	char before[65536];
	/* not their times, attributes and owners, which not all of them restore */
	static const char *const picture = "find . -mindepth 1 -printf '%%y %%n %%s %%P -> %%l\\n' | grep -v '^d' | LC_ALL=C sort -k4;"
					   "find . -type f -exec sha256sum {} + | sort";

	NEEDS_REAL_ROOT;
	scratch_run(&scratch, "umask 022; mkdir -p tree/d; cd tree; echo hello > f; ln f d/g; ln -s ../x d/l;"
			      "n=$(printf %%0200d 7); mkdir -p $n/$n; echo long > $n/$n/$n; ln -s $n/$n/$n long; chown 3000000:12 f");
	(void) snprintf(before, sizeof(before), "%s", scratch_says(&scratch, "cd tree; %s", picture));
	pack_tree(&scratch, "tree", &archive, &(struct diff_options){ 0 });
	scoped_fd fd = openat(scratch.fd, "x.tar", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	CHECK_EQ(write(fd, archive.bytes.bytes, archive.bytes.length), archive.bytes.length);
	for (size_t i = 0; i < COUNT(readers); i++) {
		if (strcmp(scratch_says(&scratch, "command -v %.*s > /dev/null || echo no", (int) strcspn(readers[i], " "),
					readers[i]), "") != 0) {
			print_message("%s: not installed\n", readers[i]);
			continue;
		}
		(void) scratch_says(&scratch, "rm -rf out; mkdir out; cd out; %s ../x.tar", readers[i]);
		CHECK_TEXT(scratch_says(&scratch, "cd out; %s", picture), before);
	}
}

TEST(times_of_directories_are_those_of_the_archive)
{
	NEEDS_ROOT;
	CASE(a_layer, evil_directory(e, "d"); evil_directory(e, "d/e"); evil_file(e, "d/e/f", "x"); evil_file(e, "d/g", "");
	     evil_file(e, "d/.wh.h", ""), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "stat -c %%Y root/d root/d/e"), "1000\n1000");
	});
}

TEST(of_a_directory_that_comes_twice_the_last_time_counts)
{
	union tar_block block = evil_block(TAR_DIRECTORY, "d", 0);

	NEEDS_ROOT;
	memcpy(block.mtime, "00000003720", 12);
	CASE(a_layer, evil_directory(e, "d"); evil_file(e, "d/f", "x"); evil_add(e, block), {
		CHECK_OK(apply(s, e, &a_layer, &result, &err), err);
		CHECK_TEXT(scratch_says(s, "stat -c %%Y root/d"), "2000");
	});
}

TEST(an_unpacker_without_privilege_keeps_what_it_may)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_evil evil = { .bytes.length = 0 };
	struct error err = { 0 };
	union tar_block block = evil_block(TAR_DIRECTORY, "closed", 0);
	struct tar_apply_options options = { .place = { .ignore_owner = true, .skip_devices = true } };

	NEEDS_ROOT;
	memcpy(block.mode, "0000555", 8);
	evil_add(&evil, block);
	evil_file(&evil, "closed/f", "in");
	evil_device(&evil, TAR_CHARACTER, "null", 1, 3);
	evil_device(&evil, TAR_CHARACTER, "zero", 1, 5);
	evil_end(&evil);
	scratch_run(&scratch, "mkdir root; chown -R 65534:65534 .");
	assert_int_equal(seteuid(65534), 0);
	int result = apply(&scratch, &evil, &options, NULL, &err);
	assert_int_equal(seteuid(0), 0);
	CHECK_OK(result, err);
	CHECK_TEXT(list_root(&scratch), "d 555 65534:0 closed\nf 644 65534:0 closed/f in");
}

TEST_INSIDE_WITH_USERS
