/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/ending.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "libcommon/fd.h"
#include "libcommon/lock.h"
#include "libcommon/log.h"
#include "libcommon/word.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/syscalls.h"
#include "runtime/life/hooks.h"

#define scoped_cgroup scoped(cgroup_done) struct cgroup

static int
open_cgroup(struct cgroup *cgroup, const struct state *state, struct error *err)
{
	if (state->record.cgroup == NULL)
		return 0;
	return cgroup_open(cgroup, state->record.cgroup, state->arena, err);
}

/* Whatever its status: it may have died meanwhile. */
static int
thaw(const struct state *state, struct error *err)
{
	scoped_cgroup cgroup = { .count = 0 };

	TRY(open_cgroup(&cgroup, state, err));
	return cgroup_thaw(&cgroup, err);
}

static int
signal_first(const struct state *state, int signal, struct error *err)
{
	/* containerd, CRI-O and runc's own users look for these very words. */
	if (state->pidfd < 0 || process_has_ended(state->pidfd))
		return fail(err, "container not running: no such process");
	if (sys_pidfd_send_signal(state->pidfd, signal) < 0 && errno != ESRCH)
		return fail_errno(err, "send signal %d to process %jd", signal, (intmax_t) state->record.pid);

	/* A frozen process dies of SIGKILL only once it is thawed, where the kernel is old. */
	if (signal == SIGKILL && state_status(state) == OCI_STATUS_PAUSED)
		return thaw(state, err);
	return 0;
}

/* Its processes may outlive the first one where that is not the init of a pid namespace. */
static bool
has_members(const struct cgroup *cgroup, const struct state *state)
{
	struct cgroup_members members = { 0 };
	struct error unused;

	return cgroup->count > 0 && cgroup_members(cgroup, &members, state->arena, &unused) == 0 && members.count > 0;
}

int
ending_signal(const struct state *state, int signal, struct error *err)
{
	scoped_cgroup cgroup = { .count = 0 };

	/* A pid namespace of its own dies with its init; in a shared one each has to be killed. */
	if (signal != SIGKILL || state->record.own_pid_namespace)
		return signal_first(state, signal, err);
	TRY(open_cgroup(&cgroup, state, err));
	if (!has_members(&cgroup, state))
		return signal_first(state, signal, err);
	return cgroup_signal(&cgroup, signal, err);
}

int
ending_signal_all(const struct state *state, int signal, struct error *err)
{
	scoped_cgroup cgroup = { .count = 0 };

	TRY(open_cgroup(&cgroup, state, err));
	if (cgroup.count == 0)
		return signal_first(state, signal, err);
	return cgroup_signal(&cgroup, signal, err);
}

static int
kill_process(const struct state *state, struct error *err)
{
	struct pollfd ended = { .fd = state->pidfd, .events = POLLIN };

	if (state->pidfd < 0)
		return 0;
	if (sys_pidfd_send_signal(state->pidfd, SIGKILL) < 0 && errno != ESRCH)
		return fail_errno(err, "kill process %jd", (intmax_t) state->record.pid);
	if (state_status(state) == OCI_STATUS_PAUSED)
		TRY(thaw(state, err));
	if (poll(&ended, 1, 10000) == 0)
		return fail(err, "process %jd does not end within 10 s of being killed",
			    (intmax_t) state->record.pid);
	return 0;
}

/* Hooks of a container whose document cannot be read any more are lost, and that is said. */
static void
run_poststop(const struct state *state, const struct oci_config *config)
{
	if (config == NULL || config->hooks == NULL || config->hooks->poststop.count == 0)
		return;
	hooks_run_all(&config->hooks->poststop, "poststop", state_text(state, OCI_STATUS_STOPPED, 0),
		      state->record.bundle);
}

/* Of several who delete one container, one does it. Returns 1 if it is done already. */
static int
take_turn(const struct state *state, struct error *err)
{
	struct stat about;

	TRY(lock_exclusive(state->dir, "the state directory", err));
	if (fstat(state->dir, &about) < 0)
		return fail_errno(err, "look at the state directory");
	return about.st_nlink == 0 ? 1 : 0;
}

int
ending_delete(struct state *state, enum ending_force force, struct error *err)
{
	int gone = GET(take_turn(state, err));
	enum oci_status status = state_status(state);
	const struct oci_config *config = NULL;
	scoped_cgroup cgroup = { .count = 0 };
	struct error why;

	if (gone == 1)
		return force == ENDING_BY_FORCE ? 0 : fail(err, "container \"%s\" does not exist", state->id);
	if (force == ENDING_IF_STOPPED && status != OCI_STATUS_STOPPED)
		return fail(err, "cannot delete container %s that is not stopped: %s", state->id,
			    word_text(oci_status_words, (int) status));
	TRY(kill_process(state, err));

	/* A record that makes no sense names no cgroup; a lack of ours would orphan the one that it names. */
	if (open_cgroup(&cgroup, state, err) < 0 && err->code != 0)
		return -1;
	if (cgroup.count > 0)
		TRY(cgroup_remove(&cgroup, err));
	if (state_read_config(state, &config, &why) < 0)
		log_debug("container \"%s\": %s", state->id, why.text);
	TRY(state_remove(state, err));
	fd_close(&state->dir); /* and with it the lock: a hook may take its time */
	run_poststop(state, config);
	return 0;
}

int
ending_pause(const struct state *state, struct error *err)
{
	scoped_cgroup cgroup = { .count = 0 };
	enum oci_status status = state_status(state);

	if (status != OCI_STATUS_RUNNING && status != OCI_STATUS_CREATED)
		return fail(err, "cannot pause a container that is %s", word_text(oci_status_words, (int) status));
	TRY(open_cgroup(&cgroup, state, err));
	if (cgroup.count == 0)
		return fail(err, "cannot pause: the container has no cgroup");
	return cgroup_freeze(&cgroup, err);
}

int
ending_resume(const struct state *state, struct error *err)
{
	if (state_status(state) != OCI_STATUS_PAUSED)
		return fail(err, "cannot resume a container that is not paused");
	return thaw(state, err);
}
