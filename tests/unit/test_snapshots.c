/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mount.h>

#include "builder/store/blobs.h"
#include "builder/store/overlay.h"
#include "builder/store/snapshots.h"
#include "oci-spec/media_type.h"
#include "inside.h"
#include "scratch.h"

struct fixture {
	struct scratch scratch;
	struct store store;
	struct error err;
	struct arena arena;
	struct text_list diff_ids;
	int target;
	bool mounts; /* can we? */
};

static void
fixture_done(struct fixture *fixture)
{
	fd_close(&fixture->target);
	store_close(&fixture->store);
	arena_done(&fixture->arena);
	scratch_remove(&fixture->scratch);
}
#define scoped_fixture scoped(fixture_done) struct fixture

static void
fixture_make(struct fixture *fixture)
{
	char path[512];

	/* before anything is opened: an fd stays in the mount namespace that it was opened in */
	bool mounts = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
		      mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	*fixture = (struct fixture){ .scratch = scratch_make(), .target = -1, .mounts = mounts };
	(void) snprintf(path, sizeof(path), "%s/s", fixture->scratch.path);
	CHECK_OK(store_open(&fixture->store, path, &fixture->err), fixture->err);
	scratch_run(&fixture->scratch, "umask 022; mkdir m");
	fixture->target = openat(fixture->scratch.fd, "m", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void
unmount(struct fixture *fixture)
{
	char path[512];

	(void) snprintf(path, sizeof(path), "%s/m", fixture->scratch.path);
	assert_int_equal(umount2(path, 0), 0);
}

/* A step as a build does it: stage, mount, run a line of shell, unmount, commit. */
static struct layer
step(struct fixture *fixture, const char *line)
{
	struct error *err = &fixture->err;
	scoped_chain below = { 0 };
	scoped_staging staging = STAGING_NONE;
	struct layer layer;

	CHECK_OK(snapshots_open(&below, &fixture->store, &fixture->diff_ids, err), *err);
	CHECK_OK(snapshots_stage(&staging, &fixture->store, &below, err), *err);
	CHECK_OK(overlay_mount(&staging, &below, fixture->target, err), *err);
	scratch_run(&fixture->scratch, "umask 022; cd m && %s", line);
	unmount(fixture);
	CHECK_OK(snapshots_commit(&layer, &staging, &below, NULL, err), *err);
	list_add(&fixture->diff_ids, &fixture->arena, arena_text(&fixture->arena, layer.diff_id));
	return layer;
}

static const char *
list_archive(struct fixture *fixture, const struct layer *layer)
{
	return scratch_says(&fixture->scratch, "tar -tf s/blobs/sha256/%s", layer->diff_id + 7);
}

TEST(a_step_becomes_a_layer_that_the_next_one_sees)
{
	scoped_fixture f;

	fixture_make(&f);
	if (!f.mounts)
		skip();
	struct layer one = step(&f, "mkdir -p etc usr/bin; echo one > etc/one; echo two > etc/two; touch gone");
	CHECK_TEXT(list_archive(&f, &one), "etc/\netc/one\netc/two\ngone\nusr/\nusr/bin/");
	CHECK_EQ(one.entries, 6);
	struct layer two = step(&f, "cat etc/one > etc/three; rm gone etc/two; rm -r usr; mkdir usr; touch usr/new; mkdir x");
	CHECK_TEXT(list_archive(&f, &two),
		   ".wh.gone\netc/\netc/.wh.two\netc/three\nusr/\nusr/.wh..wh..opq\nusr/new\nx/");
	struct layer three = step(&f, "test \"$(ls -x -w 99 . etc usr)\" = \".:\netc  usr  x\n\netc:\none  three\n\nusr:\nnew\"");
	CHECK_EQ(three.entries, 0);
	CHECK_TEXT(three.diff_id, "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
}

TEST(a_layer_is_the_same_however_often_it_is_made)
{
	scoped_fixture f;

	fixture_make(&f);
	if (!f.mounts)
		skip();
	struct layer one = step(&f, "echo x > a; touch -d @1000 a; mkdir d; touch -d @1000 d");
	f.diff_ids.count = 0;
	struct layer again = step(&f, "mkdir d; echo x > a; touch -d @1000 d a");
	CHECK_TEXT(one.diff_id, again.diff_id);
	CHECK_TEXT(scratch_says(&f.scratch, "ls s/layers | wc -l; ls s/tmp/* | wc -l"), "1\n0");
}

TEST(the_root_directory_keeps_its_mode_and_changes_are_told)
{
	scoped_fixture f;

	fixture_make(&f);
	if (!f.mounts)
		skip();
	struct layer one = step(&f, "test $(stat -c %a .) = 755; chmod 750 .; chown 1:2 .; touch a");
	CHECK_TEXT(list_archive(&f, &one), "./\na");
	struct layer two = step(&f, "test \"$(stat -c '%a %u %g' .)\" = '750 1 2'; touch b");
	CHECK_TEXT(list_archive(&f, &two), "b");
	struct layer three = step(&f, "test \"$(stat -c '%a %u %g' .)\" = '750 1 2'; touch c");
	CHECK_TEXT(list_archive(&f, &three), "c");

	scoped_chain chain = { 0 };
	CHECK_OK(snapshots_open(&chain, &f.store, &f.diff_ids, &f.err), f.err);
	CHECK_EQ(chain.count, 3);
	CHECK_EQ(chain.root, 2);
	CHECK_OK(overlay_mount_read_only(&f.store, &chain, f.target, &f.err), f.err);
	CHECK_TEXT(scratch_says(&f.scratch, "stat -c '%%a %%u %%g' m; ls m; touch m/x 2>&1 | grep -o 'Read-only'"),
		   "750 1 2\na\nb\nc\nRead-only");
	unmount(&f);
}

TEST(an_image_without_layers_is_an_empty_root)
{
	scoped_fixture f;
	scoped_chain chain = { 0 };

	fixture_make(&f);
	if (!f.mounts)
		skip();
	CHECK_OK(snapshots_open(&chain, &f.store, &f.diff_ids, &f.err), f.err);
	CHECK_OK(overlay_mount_read_only(&f.store, &chain, f.target, &f.err), f.err);
	CHECK_TEXT(scratch_says(&f.scratch, "stat -c %%a m; ls m"), "755");
	unmount(&f);
}

TEST(hard_links_devices_attributes_and_times_come_through_an_overlay)
{
	scoped_fixture f;

	fixture_make(&f);
	if (!f.mounts || !scratch_is_real_root())
		skip();
	(void) step(&f, "echo x > a; ln a b; ln a c; mknod -m 666 null c 1 3; mkfifo p; cp /bin/true ping;"
			"setcap cap_net_raw+ep ping; chmod 4755 a; setfattr -n user.x -v y a");
	struct layer two = step(&f, "echo more >> b; mv c d; chown 5:6 ping; test -z \"$(getcap ping)\"; setcap cap_kill+ep ping");
	/* without an index the kernel parts what was linked further down, and that is what the step saw */
	CHECK_TEXT(list_archive(&f, &two), ".wh.c\nb\nd\nping");
	(void) step(&f, "test \"$(stat -c %h a)\" = 3 -o \"$(stat -c %h a)\" = 1; getcap ping | grep -q cap_kill;"
			"test \"$(stat -c %t:%T null)\" = 1:3; test -p p; test \"$(cat b)\" = \"x\nmore\"; test \"$(cat a)\" = x");
}

TEST(five_hundred_layers_fit)
{
	scoped_fixture f;

	fixture_make(&f);
	if (!f.mounts)
		skip();
	for (int i = 0; i < 500; i++) {
		char name[16];
		scoped_chain none = { 0 };
		scoped_staging staging = STAGING_NONE;
		struct layer layer;

		(void) snprintf(name, sizeof(name), "f%d", i);
		CHECK_OK(snapshots_stage(&staging, &f.store, &none, &f.err), f.err);
		scoped_fd fd = openat(staging.upper, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
		CHECK_OK(snapshots_commit(&layer, &staging, &none, NULL, &f.err), f.err);
		list_add(&f.diff_ids, &f.arena, arena_text(&f.arena, layer.diff_id));
	}
	scoped_chain chain = { 0 };
	CHECK_OK(snapshots_open(&chain, &f.store, &f.diff_ids, &f.err), f.err);
	scoped_staging staging = STAGING_NONE;
	CHECK_OK(snapshots_stage(&staging, &f.store, &chain, &f.err), f.err);
	CHECK_OK(overlay_mount(&staging, &chain, f.target, &f.err), f.err);
	CHECK_TEXT(scratch_says(&f.scratch, "ls m | wc -l"), "500");
	unmount(&f);
}

TEST(what_is_not_committed_goes)
{
	scoped_fixture f;
	scoped_chain none = { 0 };

	fixture_make(&f);
	{
		scoped_staging staging = STAGING_NONE;
		CHECK_OK(snapshots_stage(&staging, &f.store, &none, &f.err), f.err);
		CHECK_EQ(snapshots_is_unchanged(&staging, &f.err), 1);
		CHECK_OK(mkdirat(staging.upper, "d", 0700), f.err);
		CHECK_EQ(snapshots_is_unchanged(&staging, &f.err), 0);
	}
	CHECK_TEXT(scratch_says(&f.scratch, "ls s/layers; ls s/tmp/*"), "");
}

static struct layer
commit_file(struct fixture *f, const char *name)
{
	scoped_chain none = { 0 };
	scoped_staging staging = STAGING_NONE;
	struct layer layer;

	CHECK_OK(snapshots_stage(&staging, &f->store, &none, &f->err), f->err);
	scoped_fd fd = openat(staging.upper, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	struct timespec times[2] = { { 1000, 0 }, { 1000, 0 } };
	CHECK_EQ(futimens(fd, times), 0);
	CHECK_OK(snapshots_commit(&layer, &staging, &none, NULL, &f->err), f->err);
	return layer;
}

TEST(a_layer_that_the_machine_went_down_with_is_not_trusted)
{
	scoped_fixture f;
	scoped_chain chain = { 0 };

	fixture_make(&f);
	struct layer layer = commit_file(&f, "a");
	const char *id = layer.diff_id;
	struct text_list ids = { &id, 1 };

	CHECK_OK(snapshots_find(&f.store, &ids, 0, &f.err), f.err);
	scratch_run(&f.scratch, "sed -i 's/^boot .*/boot 11111111-2222-3333-4444-555555555555/' s/layers/*/about");
	CHECK_EQ(snapshots_find(&f.store, &ids, 0, &f.err), 1);
	CHECK_EQ(snapshots_open(&chain, &f.store, &ids, &f.err), 1);
	(void) commit_file(&f, "a");
	CHECK_OK(snapshots_find(&f.store, &ids, 0, &f.err), f.err);
	CHECK_OK(snapshots_settle(&f.store, &f.err), f.err);
	scratch_run(&f.scratch, "sed -i 's/^boot .*/boot 11111111-2222-3333-4444-555555555555/' s/layers/*/about");
	CHECK_OK(snapshots_find(&f.store, &ids, 0, &f.err), f.err);
	scratch_run(&f.scratch, "for a in s/layers/*/about; do : > $a; done");
	CHECK_EQ(snapshots_find(&f.store, &ids, 0, &f.err), 1);
}

/* ---- from blobs ------------------------------------------------------------------------------- */

/* A file of the scratch directory becomes a blob, and what it is unpacked is its diff id. */
static struct oci_descriptor
put_layer(struct fixture *f, const char *file, const char *media_type)
{
	scoped_fd fd = openat(f->scratch.fd, file, O_RDONLY | O_CLOEXEC);
	struct stream_from_fd from;
	scoped_blob_writer blob;

	stream_from_fd(&from, fd, file);
	CHECK_OK(blobs_create(&blob, &f->store, NULL, -1, &f->err), f->err);
	CHECK_OK(stream_copy(&from.source, &blob.sink, &f->err), f->err);
	CHECK_OK(stream_finish(&blob.sink, &f->err), f->err);
	const char *diff_id = scratch_says(&f->scratch, "case %s in *.gz) gzip -dc %s;; *.zst) zstd -dqc %s;; *) cat %s;; esac |"
							"sha256sum | sed 's/^/sha256:/; s/ .*//'", file, file, file, file);
	list_add(&f->diff_ids, &f->arena, arena_text(&f->arena, diff_id));
	return (struct oci_descriptor){ .media_type = media_type, .digest = arena_text(&f->arena, blob.digest),
					.size = blob.size };
}

static const char *
list_tree(struct fixture *f, const char *where)
{
	return scratch_says(&f->scratch, "cd %s && find . -mindepth 1 -printf '%%y %%m %%P\n' | sort -k3", where);
}

TEST(a_layer_is_unpacked_from_its_blob_however_it_is_compressed)
{
	static const char *const ways[][3] = {
		{ "cat", "x.tar", MEDIA_TYPE_LAYER },
		{ "gzip -n", "x.gz", MEDIA_TYPE_DOCKER_LAYER_GZIP },
		{ "zstd -q", "x.zst", MEDIA_TYPE_LAYER_ZSTD },
	};

	for (size_t i = 0; i < COUNT(ways); i++) {
		scoped_fixture f;

		fixture_make(&f);
		if (!f.mounts)
			skip();
		scratch_run(&f.scratch, "umask 022; mkdir -p t/d; echo hi > t/d/f; touch t/d/.wh.gone; tar -C t -c . | %s > %s",
			    ways[i][0], ways[i][1]);
		struct oci_descriptor blob = put_layer(&f, ways[i][1], ways[i][2]);
		CHECK_OK(snapshots_unpack(&f.store, &blob, &f.diff_ids, 0, &f.err), f.err);
		CHECK_TEXT(list_tree(&f, "s/layers/*/tree"), "d 755 d\nf 644 d/f\nc 0 d/gone");
		CHECK_OK(snapshots_unpack(&f.store, &blob, &f.diff_ids, 0, &f.err), f.err);
		CHECK_TEXT(scratch_says(&f.scratch, "ls s/layers | wc -l; ls s/tmp/*; grep -c root.1 s/layers/*/about"), "1\n1");
	}
}

TEST(a_layer_that_was_committed_comes_back_from_its_blob_as_it_was)
{
	scoped_fixture f;

	fixture_make(&f);
	if (!f.mounts || !scratch_is_real_root())
		skip();
	(void) step(&f, "mkdir d e; echo x > d/f; touch gone e/x; ln d/f hard");
	struct layer two = step(&f, "rm gone; rm -r e; mkdir e; chmod 700 .; mknod -m 600 c c 1 3; ln -s x y");
	struct oci_descriptor blob = { .media_type = MEDIA_TYPE_LAYER, .digest = two.diff_id, .size = two.size };
	const char *tree = arena_format(&f.arena, "s/layers/%s/tree", two.diff_id + 7);
	const char *before = arena_text(&f.arena, list_tree(&f, tree));
	scratch_run(&f.scratch, "rm -r s/layers/%s", two.diff_id + 7);
	CHECK_EQ(snapshots_find(&f.store, &f.diff_ids, 1, &f.err), 1);
	CHECK_OK(snapshots_unpack(&f.store, &blob, &f.diff_ids, 1, &f.err), f.err);
	CHECK_TEXT(list_tree(&f, tree), before);
	(void) step(&f, "test \"$(ls -x -w 99 . e)\" = '.:\nc  d  e  hard  y\n\ne:'; test $(stat -c %a .) = 700");
}

TEST(a_layer_that_leaves_things_out_is_kept_for_its_chain_alone)
{
	scoped_fixture f;

	fixture_make(&f);
	if (!f.mounts)
		skip();
	scratch_run(&f.scratch,
		    "umask 022; mkdir -p a/home/me a/usr/lib b/home/me b/lib; chmod 700 a/home/me; chown 7:8 a/home/me; ln -s usr/lib a/lib;"
		    "echo old > a/usr/old; tar -C a -cf a.tar .; echo x > b/home/me/x; echo y > b/lib/y;"
		    "tar -C b --no-recursion -cf b.tar home/me/x lib/y");
	struct oci_descriptor one = put_layer(&f, "a.tar", MEDIA_TYPE_LAYER), two = put_layer(&f, "b.tar", MEDIA_TYPE_LAYER);
	CHECK_EQ(snapshots_unpack(&f.store, &two, &f.diff_ids, 1, &f.err), 2);
	CHECK_OK(snapshots_unpack(&f.store, &one, &f.diff_ids, 0, &f.err), f.err);
	CHECK_OK(snapshots_unpack(&f.store, &two, &f.diff_ids, 1, &f.err), f.err);
	CHECK_TEXT(scratch_says(&f.scratch, "ls s/layers | grep -c ^bound-"), "1");
	(void) step(&f, "test \"$(stat -c '%a %u %g' home/me)\" = '700 7 8'; test -L lib; cat usr/lib/y > /dev/null");

	/* in another chain it is not there */
	const char *other[] = { f.diff_ids.items[2], f.diff_ids.items[1] };
	struct text_list others = { other, 2 };
	CHECK_EQ(snapshots_find(&f.store, &others, 1, &f.err), 1);
}

TEST(what_is_not_the_layer_that_was_promised_does_not_appear)
{
	scoped_fixture f;

	fixture_make(&f);
	if (!f.mounts)
		skip();
	scratch_run(&f.scratch, "umask 022; mkdir t; echo hi > t/f; tar -C t -cf x.tar .; gzip -kn x.tar; mv x.tar.gz x.gz");
	struct oci_descriptor blob = put_layer(&f, "x.gz", MEDIA_TYPE_LAYER_GZIP);
	f.diff_ids.items[0] = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
	CHECK_FAILS_WITH(snapshots_unpack(&f.store, &blob, &f.diff_ids, 0, &f.err), f.err,
			 ": unpacked: digest mismatch: expected sha256:0000");
	blob.media_type = MEDIA_TYPE_LAYER;
	CHECK_FAILS_WITH(snapshots_unpack(&f.store, &blob, &f.diff_ids, 0, &f.err), f.err,
			 ": the media type says uncompressed, but it is gzip");
	blob.media_type = MEDIA_TYPE_CONFIG;
	CHECK_FAILS_WITH(snapshots_unpack(&f.store, &blob, &f.diff_ids, 0, &f.err), f.err, "it is no layer but ");
	CHECK_TEXT(scratch_says(&f.scratch, "ls s/layers; ls s/tmp/*; ls s/quarantine"), "");
}

TEST(a_damaged_blob_is_blamed_and_goes)
{
	scoped_fixture f;

	fixture_make(&f);
	if (!f.mounts)
		skip();
	scratch_run(&f.scratch, "umask 022; mkdir t; seq 1 50000 > t/f; tar -C t -c . | gzip -n > x.gz");
	struct oci_descriptor blob = put_layer(&f, "x.gz", MEDIA_TYPE_LAYER_GZIP);
	scratch_run(&f.scratch, "printf XXXX | dd of=s/blobs/sha256/%s bs=1 seek=5000 conv=notrunc 2> /dev/null", blob.digest + 7);
	CHECK_FAILS_WITH(snapshots_unpack(&f.store, &blob, &f.diff_ids, 0, &f.err), f.err, "digest mismatch");
	CHECK_EQ(snapshots_unpack(&f.store, &blob, &f.diff_ids, 0, &f.err), 1);
	CHECK_TEXT(scratch_says(&f.scratch, "ls s/layers; ls s/tmp/*; ls s/quarantine | wc -l"), "1");
}

/* The whole program once more, with a kernel that does not know how to take layers by fd. */
TEST(all_of_this_holds_on_an_old_kernel_too)
{
	scoped_scratch struct scratch scratch = scratch_make();
	int status;

	if (getenv("COOPERAGE_INSIDE") != NULL || !scratch_is_root())
		skip();
	pid_t pid = fork();
	if (pid == 0) {
		scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
		if (chdir(scratch.path) < 0 || filter == NULL ||
		    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(fsopen), 0) < 0 || seccomp_load(filter) < 0)
			_exit(77);
		scoped_fd output = openat(AT_FDCWD, "output", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		(void) dup2(output, 1);
		(void) dup2(output, 2);
		(void) setenv("COOPERAGE_INSIDE", "1", 1);
		(void) execl("/proc/self/exe", "old", (char *) NULL);
		_exit(3);
	}
	(void) waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		print_message("%s\n", scratch_says(&scratch, "cat output"));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_INSIDE_WITH_USERS
