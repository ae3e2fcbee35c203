/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/ending.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "libcommon/fd.h"
#include "libcommon/lock.h"
#include "libcommon/log.h"
#include "libcommon/word.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/kin.h"
#include "runtime/kernel/syscalls.h"
#include "runtime/life/hooks.h"

#define CREATOR_MS 2000
#define CREATOR_PAUSE_MS 10

#define scoped_cgroup scoped(cgroup_done) struct cgroup

static bool
is_gone(const struct state *state)
{
	return state->pidfd < 0 || process_has_ended(state->pidfd);
}

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
	if (is_gone(state))
		return fail(err, "container not running: no such process");
	if (sys_pidfd_send_signal(state->pidfd, signal) < 0 && errno != ESRCH)
		return fail_errno(err, "send signal %d to process %jd", signal, (intmax_t) state->record.pid);

	/* A frozen process dies of SIGKILL only once it is thawed, where the kernel is old. */
	return signal == SIGKILL ? thaw(state, err) : 0;
}

/* Its processes may outlive the first one where that is not the init of a pid namespace. */
static int
has_members(const struct cgroup *cgroup, const struct state *state, struct error *err)
{
	struct cgroup_members members = { 0 };

	TRY(cgroup_members(cgroup, &members, state->arena, err));
	return members.count > 0;
}

/* Where there is no cgroup, whoever belongs to the first process. */
static int
signal_all(const struct state *state, const struct cgroup *cgroup, int signal, struct error *err)
{
	if (cgroup->count > 0)
		return cgroup_signal(cgroup, signal, err);
	if (is_gone(state))
		return signal_first(state, signal, err);
	return kin_signal((pid_t) state->record.pid, state->record.own_pid_namespace, signal, err);
}

int
ending_signal(const struct state *state, int signal, struct error *err)
{
	scoped_cgroup cgroup = { .count = 0 };

	/* A pid namespace of its own dies with its init; in a shared one each has to be killed. */
	if (signal != SIGKILL || state->record.own_pid_namespace)
		return signal_first(state, signal, err);
	TRY(open_cgroup(&cgroup, state, err));
	if (cgroup.count > 0 && GET(has_members(&cgroup, state, err)) == 0)
		return signal_first(state, signal, err);
	return signal_all(state, &cgroup, signal, err);
}

int
ending_signal_all(const struct state *state, int signal, struct error *err)
{
	scoped_cgroup cgroup = { .count = 0 };

	TRY(open_cgroup(&cgroup, state, err));
	return signal_all(state, &cgroup, signal, err);
}

/* Those who would outlive it, where it is no init and there is no cgroup to find them by. */
static int
kill_kin(const struct state *state, struct error *err)
{
	scoped_cgroup cgroup = { .count = 0 };

	if (state->record.own_pid_namespace || is_gone(state) ||
	    (open_cgroup(&cgroup, state, err) == 0 && cgroup.count > 0))
		return 0;
	return kin_signal((pid_t) state->record.pid, false, SIGKILL, err);
}

static int
kill_process(const struct state *state, const struct cgroup *cgroup, struct error *err)
{
	struct pollfd ended = { .fd = state->pidfd, .events = POLLIN };

	if (is_gone(state))
		return 0;
	TRY(kill_kin(state, err));
	if (sys_pidfd_send_signal(state->pidfd, SIGKILL) < 0 && errno != ESRCH)
		return fail_errno(err, "kill process %jd", (intmax_t) state->record.pid);
	TRY(cgroup_thaw(cgroup, err));
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

static int
refuse_living(const struct state *state, struct error *err)
{
	enum oci_status status;

	TRY(state_status(&status, state, err));
	if (status != OCI_STATUS_STOPPED)
		return fail(err, "cannot delete container %s that is not stopped: %s", state->id,
			    word_text(oci_status_words, (int) status));
	return 0;
}

/*
 * Whoever creates it gives up when its guest is dead, and clears up himself. If he does not, since he
 * waits for a hook perhaps, he will find that it is no longer his.
 */
static int
interrupt_creation(const struct state *state, struct error *err)
{
	const struct timespec pause = { .tv_nsec = CREATOR_PAUSE_MS * 1000000L };

	if (state->pidfd >= 0)
		(void) sys_pidfd_send_signal(state->pidfd, SIGKILL); /* whether it died is asked again */
	for (int tries = 0; tries < CREATOR_MS / CREATOR_PAUSE_MS; tries++) {
		if (GET(state_has_creator(state, err)) == 0)
			return 0;
		(void) nanosleep(&pause, NULL);
	}
	log_debug("container \"%s\": who creates it does not give up, continuing", state->id);
	return 0;
}

/* Of several who delete one container, one does it. Returns 1 if it is done already. */
static int
take_turn(struct state *state, struct error *err)
{
	if (!state->record.ready)
		TRY(interrupt_creation(state, err));
	TRY(lock_exclusive(state->dir, "the state directory", err));
	if (state_is_removed(state))
		return 1;
	return state->record.ready ? 0 : state_refresh(state, err);
}

/* Before it knows its process nobody but that can be in its cgroup, and it dies without its creator. */
static int
remove_cgroup(const struct state *state, struct cgroup *cgroup, struct error *err)
{
	if (cgroup->count == 0)
		return 0;
	return state->record.pid == 0 ? cgroup_remove_unused(cgroup, err) : cgroup_remove(cgroup, err);
}

static bool
is_lack(int code)
{
	return code == EMFILE || code == ENFILE || code == ENOMEM;
}

int
ending_delete(struct state *state, enum ending_force force, struct error *err)
{
	const struct oci_config *config = NULL;
	scoped_cgroup cgroup = { .count = 0 };
	struct error why;

	if (force == ENDING_IF_STOPPED)
		TRY(refuse_living(state, err));
	if (GET(take_turn(state, err)) == 1)
		return force == ENDING_BY_FORCE ? 0 : fail(err, "container \"%s\" does not exist", state->id);

	/* A record that makes no sense names no cgroup; a lack of ours would orphan the one that it names. */
	if (open_cgroup(&cgroup, state, err) < 0 && err->code != 0)
		return -1;
	TRY(kill_process(state, &cgroup, err));
	TRY(remove_cgroup(state, &cgroup, err));
	if (state_read_config(state, &config, &why) < 0 && is_lack(why.code)) {
		*err = why; /* it would lose the hooks, and can be repeated */
		return -1;
	}
	if (config == NULL && state->record.ready)
		log_warn("container \"%s\": its poststop hooks, if it has any, are not run: %s", state->id, why.text);
	TRY(state_remove(state, err));
	fd_close(&state->dir); /* and with it the lock: a hook may take its time */
	run_poststop(state, config);
	return 0;
}

int
ending_pause(const struct state *state, struct error *err)
{
	scoped_cgroup cgroup = { .count = 0 };
	enum oci_status status;

	TRY(state_status(&status, state, err));
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
	enum oci_status status;

	TRY(state_status(&status, state, err));
	if (status != OCI_STATUS_PAUSED)
		return fail(err, "cannot resume a container that is not paused");
	return thaw(state, err);
}
