/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers are independent of each other, so several are unpacked at a time: each in a child process,
 * with a session of its own in the store, so that nothing is shared that could be raced for. What the
 * children could not do, since it means what lies below, is done afterwards in order.
 */
#include "builder/image/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "builder/layer/diff.h"
#include "libcommon/fd.h"

#define CHILDREN_MAX 8

/* ---- children --------------------------------------------------------------------------------- */

struct child {
	pid_t pid;
	int told; /* its error, if it has one, comes here */
};

struct children {
	struct child items[CHILDREN_MAX];
	size_t count;
};

/* Those that still run when we leave early have nobody to work for. */
static void
end_children(struct children *children)
{
	for (size_t i = 0; i < children->count; i++) {
		(void) kill(children->items[i].pid, SIGKILL);
		(void) waitpid(children->items[i].pid, NULL, 0);
		fd_close(&children->items[i].told);
	}
	children->count = 0;
}

static int
unpack_in_child(const char *path, enum store_sync sync, const struct image *image, size_t which, struct error *err)
{
	scoped_store store = STORE_CLOSED;

	TRY(store_open(&store, path, err));
	store.sync = sync;
	return snapshots_unpack(&store, &image->manifest.layers.items[which], &image->config.rootfs->diff_ids, which,
				err);
}

static int
start_child(struct children *children, struct store *store, const struct image *image, size_t which,
	    struct error *err)
{
	int pipe_ends[2];
	pid_t parent = getpid();

	if (pipe2(pipe_ends, O_CLOEXEC) < 0)
		return fail_errno(err, "make a pipe");
	pid_t pid = fork();
	if (pid == 0) {
		struct error failure = { .code = 0 };
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(1);
		if (unpack_in_child(store->path, store->sync, image, which, &failure) >= 0)
			_exit(0);
		ssize_t unused = write(pipe_ends[1], &failure, sizeof(failure));
		(void) unused;
		_exit(1);
	}
	(void) close(pipe_ends[1]);
	if (pid < 0) {
		(void) close(pipe_ends[0]);
		return fail_errno(err, "start a process");
	}
	children->items[children->count++] = (struct child){ pid, pipe_ends[0] };
	return 0;
}

/* The first of them, which was started first. */
static int
await_child(struct children *children, struct error *err)
{
	struct child child = children->items[0];
	scoped_fd told = child.told;
	struct error failure;
	int status;

	memmove(children->items, children->items + 1, --children->count * sizeof(child));
	ssize_t n = read(told, &failure, sizeof(failure));
	while (waitpid(child.pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail_errno(err, "wait for a layer to be unpacked");
	if (n == sizeof(failure)) {
		*err = failure;
		return -1;
	}
	if (WIFSIGNALED(status))
		return fail(err, "unpack a layer: the process was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return fail(err, "unpack a layer: the process ended with status %d", WEXITSTATUS(status));
	return 0;
}

static int
unpack_together(struct store *store, const struct image *image, size_t at_once, struct error *err)
{
	scoped(end_children) struct children children = { .count = 0 };

	for (size_t i = 0; i < image->manifest.layers.count; i++) {
		if (GET(snapshots_find(store, &image->config.rootfs->diff_ids, i, err)) == 0)
			continue;
		if (children.count == at_once)
			TRY(await_child(&children, err));
		TRY(start_child(&children, store, image, i, err));
	}
	while (children.count > 0)
		TRY(await_child(&children, err));
	return 0;
}

/* ---- images ----------------------------------------------------------------------------------- */

static int
count_missing(struct store *store, const struct image *image, size_t *missing, struct error *err)
{
	*missing = 0;
	for (size_t i = 0; i < image->manifest.layers.count; i++)
		*missing += GET(snapshots_find(store, &image->config.rootfs->diff_ids, i, err)) == 1;
	return 0;
}

int
unpack_image(struct store *store, const struct image *image, struct error *err)
{
	const struct text_list *diff_ids = &image->config.rootfs->diff_ids;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t at_once = processors < 1 ? 1 : processors > CHILDREN_MAX ? CHILDREN_MAX : (size_t) processors;
	size_t missing;

	TRY(count_missing(store, image, &missing, err));
	if (missing > 1 && at_once > 1)
		TRY(unpack_together(store, image, at_once, err));

	/* The lowest first: a layer that means what lies below can only be made on top of that. */
	for (size_t i = 0; i < diff_ids->count; i++) {
		const struct oci_descriptor *blob = &image->manifest.layers.items[i];

		if (GET(snapshots_unpack(store, blob, diff_ids, i, err)) > 0)
			return fail(err, "layer %s: its blob is not in the store", blob->digest);
	}
	return 0;
}

int
unpack_chain(struct chain *chain, struct store *store, const struct image *image, struct error *err)
{
	const struct text_list *diff_ids = &image->config.rootfs->diff_ids;

	if (GET(snapshots_open(chain, store, diff_ids, err)) == 0)
		return 0;
	snapshots_close(chain);
	TRY(unpack_image(store, image, err));
	if (GET(snapshots_open(chain, store, diff_ids, err)) > 0)
		return fail(err, "image %s: a layer that was just unpacked is gone", image->id);
	return 0;
}

/* What the layers show when they are stacked, put down file by file. */
int
unpack_directory(int directory, struct store *store, const struct image *image, const struct place_options *how,
		 struct error *err)
{
	static const struct place_options as_they_are = { .skip_devices = true };
	scoped_chain chain = { 0 };
	scoped_placer placer = { 0 };

	TRY(unpack_chain(&chain, store, image, err));
	struct stack stack = snapshots_stack(&chain, store);
	struct diff_options options = { .dialect = stack.dialect, .with_root = true };

	place_init(&placer, directory, how != NULL ? how : &as_they_are);
	TRY(diff_merged(&stack, &options, &placer.taker, NULL, err));
	return place_end(&placer, err);
}
