/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <sched.h>
#include <sys/mount.h>

#include "builder/store/blobs.h"
#include "builder/store/overlay.h"
#include "builder/store/snapshots.h"
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
	if (!f.mounts)
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
