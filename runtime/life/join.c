/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/join.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/log.h"
#include "libcommon/text.h"
#include "runtime/kernel/idmap.h"
#include "runtime/kernel/procfs.h"
#include "runtime/kernel/rlimits.h"
#include "runtime/kernel/terminal.h"
#include "runtime/kernel/tuning.h"
#include "runtime/life/become.h"
#include "runtime/life/bundle.h"
#include "runtime/life/environment.h"
#include "runtime/life/spawn.h"

/* ---- guest side ------------------------------------------------------------------------------ */

struct visitor {
	const struct join *join;
	struct handshake talk, host_end;
	struct cgroup *cgroup;
	struct become become;
	const struct oci_exec_cpu_affinity *affinity; /* NULL: whatever the cgroup allows */
	int console;
	bool own_user_namespace;
	uint64_t left; /* as spawn has it */
};

static int
enter_cgroup_namespace(struct visitor *v, struct error *err)
{
	return v->left != 0 ? namespaces_enter_cgroup(v->join->state->pidfd, err) : 0;
}

/* In the cgroup, whose cpuset has the last word. */
static int
set_final_affinity(struct visitor *v, struct error *err)
{
	const struct oci_exec_cpu_affinity *affinity = v->affinity;

	if (affinity == NULL)
		return tuning_reset_affinity(err);
	return tuning_set_affinity(affinity->final, err);
}

/* Its cgroup and the namespace of that were the last: nothing of the host may be found with us. */
static int
close_host_fds(struct visitor *v, struct error *err)
{
	const int keep[] = { v->talk.socket, v->console, log_fd() };

	return fd_close_but(become_first_fd(&v->become), keep, COUNT(keep), err);
}

static int
take_ids(struct visitor *v, struct error *err)
{
	return v->own_user_namespace ? idmap_become_root(err) : 0;
}

static int
open_procfs(struct visitor *v, struct error *err)
{
	v->become.procfs = GET(procfs_open(err));
	return 0;
}

static int
make_terminal(struct visitor *v, int *master, struct error *err)
{
	const struct oci_process *process = v->join->process;

	if (!process->terminal)
		return 0;
	scoped_fd root = GET(file_open(AT_FDCWD, "/", O_PATH | O_DIRECTORY, err));
	*master = GET(terminal_make(root, process->console_size, process->user->uid, err));
	if (v->join->wishes->bare_newlines)
		TRY(terminal_bare_newlines(*master, err));
	if (v->console >= 0)
		TRY(fd_send(v->console, *master, "terminal", err));
	return 0;
}

static int
visit(struct visitor *v, struct error *err)
{
	scoped_fd master = -1;
	int to_host;

	/* clang-format off */
	WAIT("wait until the host has placed us", handshake_hear(&v->talk, WORD_PLACED, NULL, err));
	STEP("enter the cgroup",                  cgroup_enter(v->cgroup, err));
	STEP("take the CPUs to stay on",          set_final_affinity(v, err));
	STEP("enter the cgroup namespace",        enter_cgroup_namespace(v, err));
	STEP("close what is the host's",          close_host_fds(v, err));
	STEP("become root of the user namespace", take_ids(v, err));
	STEP("open a private procfs",             open_procfs(v, err));
	STEP("begin a session",                   become_session(&v->become, err));
	STEP("make the terminal",                 make_terminal(v, &master, err));
	to_host = v->join->wishes->keeps_terminal ? master : -1;
	STEP("report that we are inside",         handshake_say(&v->talk, WORD_ROOTFS_BUILT, to_host, err));
	WAIT("wait until we may go on",           handshake_hear(&v->talk, WORD_HOOKS_RAN, NULL, err));
	STEP("surrender privileges",              become_surrender(&v->become, err));
	STEP("report ready",                      handshake_say(&v->talk, WORD_READY, v->become.listener, err));
	STEP("become the user's process",         become_exec(&v->become, err));
	/* clang-format on */
	return 0;
}

/* The exec closes our end of the handshake, and that silence is what the host waits for. */
static no_return void
visitor_main(void *data)
{
	struct visitor *v = data;
	struct error err = { 0 };

	log_become("guest");
	handshake_done(&v->host_end);
	if (visit(v, &err) < 0)
		handshake_fail(&v->talk, &err);
	_exit(255);
}

/* ---- host side ------------------------------------------------------------------------------- */

struct inviter {
	const struct join *join;
	const struct oci_config *config;
	struct handshake talk;
	struct seccomp_filter filter;
	struct cgroup cgroup;
	int console, guest, terminal;
	pid_t pid;
	bool keep;
};

static void
inviter_done(struct inviter *h)
{
	if (!h->keep) {
		if (h->guest >= 0)
			process_destroy(h->guest);
		fd_close(&h->guest);
		fd_close(&h->terminal);
	}
	handshake_done(&h->talk);
	seccomp_done(&h->filter);
	cgroup_done(&h->cgroup);
	fd_close(&h->console);
}
#define scoped_inviter scoped(inviter_done) struct inviter

static int
judge_state(struct inviter *h, struct error *err)
{
	enum oci_status status;

	TRY(state_status(&status, h->join->state, err));
	if (status == OCI_STATUS_STOPPED)
		return fail(err, "cannot exec in a stopped container");
	if (status == OCI_STATUS_PAUSED && !h->join->ignore_paused)
		return fail(err,
			    "cannot exec in a paused container (use --ignore-paused to override)");
	if (status == OCI_STATUS_CREATING)
		return fail(err, "cannot exec in a container in the %s state",
			    word_text(oci_status_words, (int) status));
	return 0;
}

static int
open_cgroup(struct inviter *h, struct error *err)
{
	const char *record = h->join->state->record.cgroup;

	if (record == NULL)
		return 0;
	TRY(cgroup_open(&h->cgroup, record, h->join->arena, err));
	FOR_EACH(wish, &h->join->cgroups)
		TRY(cgroup_descend(&h->cgroup, *wish, h->join->arena, err));
	if (h->join->cgroups.count == 0)
		TRY(cgroup_follow(&h->cgroup, h->join->state->record.pid, h->join->arena, err));
	return cgroup_open_entries(&h->cgroup, err);
}

static int
open_console(struct inviter *h, struct error *err)
{
	const char *path = h->join->wishes->console_socket;

	if (path != NULL)
		h->console = GET(fd_connect(path, err));
	return 0;
}

static bool
has_own_user_namespace(const struct oci_config *config)
{
	FOR_EACH(ns, &config->linux_->namespaces)
		if (ns->type == OCI_NAMESPACE_USER)
			return true;
	return false;
}

/* Its own, or that which the container's document wants for all of its kind. */
static const struct oci_exec_cpu_affinity *
affinity_of(const struct inviter *h)
{
	const struct oci_exec_cpu_affinity *own = h->join->process->exec_cpu_affinity;

	return own != NULL ? own : h->config->process->exec_cpu_affinity;
}

static int
spawn(struct inviter *h, struct error *err)
{
	const struct join *join = h->join;
	struct handshake theirs = HANDSHAKE_NONE;

	TRY(environment_check_fds(environment_listen_fds(), join->wishes->preserve_fds, err));
	TRY(handshake_make(&h->talk, &theirs, err));
	struct visitor visitor = {
		.join = join,
		.talk = theirs,
		.host_end = h->talk,
		.cgroup = &h->cgroup,
		.affinity = affinity_of(h),
		.console = h->console,
		.own_user_namespace = has_own_user_namespace(h->config),
		.become = {
			.process = join->process,
			.linux_ = h->config->linux_,
			.filter = &h->filter,
			.keyring = join->wishes->no_new_keyring ? NULL : arena_format(join->arena, "_ses.%s", join->state->id),
			.keep_groups = text_equal(bundle_annotation(h->config, "run.oci.keep_original_groups"), "1"),
			.listen_fds = environment_listen_fds(),
			.preserve_fds = join->wishes->preserve_fds,
			.procfs = -1,
			.arena = join->arena,
			.listener = -1,
		},
	};
	int keeps[4 + CGROUP_HIERARCHIES] = { theirs.socket, h->talk.socket, h->console, join->state->pidfd };
	for (size_t i = 0; i < h->cgroup.count; i++)
		keeps[4 + i] = h->cgroup.hierarchies[i].entry;
	struct spawn order = {
		.inherits = become_first_fd(&visitor.become),
		.keeps = keeps,
		.keeps_count = 4 + h->cgroup.count,
		.left = &visitor.left,
		.joins_pidfd = join->state->pidfd,
		.joins_pid = (pid_t) join->state->record.pid,
		.cgroup = cgroup_birthplace(&h->cgroup),
		.cgroup_name = cgroup_birth_name(&h->cgroup),
		.main = visitor_main,
		.data = &visitor,
	};
	int result = spawn_guest(&order, &h->pid, &h->guest, err);
	handshake_done(&theirs);
	return result;
}

static int
compile_filter(struct inviter *h, struct error *err)
{
	struct error unused;

	if (h->config->linux_->seccomp == NULL)
		return 0;
	scoped_fd cache = file_open(h->join->state->root, ".seccomp",
				    O_RDONLY | O_DIRECTORY | O_NOFOLLOW, &unused);
	return seccomp_compile(&h->filter, h->config->linux_->seccomp, cache, err);
}

static int
set_oom_score(struct inviter *h, struct error *err)
{
	return tuning_set_oom_score(h->pid, h->join->process->oom_score_adj, h->join->wishes->rootless, err);
}

/* As on the host side of create: inside a user namespace the guest could not raise one. */
static int
raise_limits(struct inviter *h, struct error *err)
{
	if (!has_own_user_namespace(h->config))
		return 0;
	if (rlimits_set(h->pid, &h->join->process->rlimits, err) < 0)
		log_debug("limits are left to the guest: %s", err->text);
	return 0;
}

/* Ours until then: the guest is born with it. */
static int
set_first_affinity(struct inviter *h, struct error *err)
{
	const struct oci_exec_cpu_affinity *affinity = affinity_of(h);

	return affinity != NULL ? tuning_set_affinity(affinity->initial, err) : 0;
}

/* Its end closes with the exec; if it fails instead, it says why. */
static int
wait_for_exec(struct inviter *h, struct error *err)
{
	return handshake_hear_end(&h->talk, err);
}

static int
write_pid_file(struct inviter *h, struct error *err)
{
	char digits[16];

	if (h->join->wishes->pid_file == NULL)
		return 0;
	int n = snprintf(digits, sizeof(digits), "%d", (int) h->pid);
	return file_replace(AT_FDCWD, h->join->wishes->pid_file, digits, (size_t) n, 0644, err);
}

static int
send_pidfd(struct inviter *h, struct error *err)
{
	if (h->join->wishes->pidfd_socket == NULL)
		return 0;
	scoped_fd socket = GET(fd_connect(h->join->wishes->pidfd_socket, err));
	return fd_send(socket, h->guest, "setns", err);
}

static int
read_config(struct inviter *h, struct error *err)
{
	const struct oci_config *config;

	TRY(state_read_config(h->join->state, &config, err));
	h->config = bundle_fill(config, h->join->arena);
	return 0;
}

int
join_run(struct joined *joined, const struct join *join, struct error *err)
{
	scoped_inviter h = { .join = join,
			     .talk = HANDSHAKE_NONE,
			     .filter = SECCOMP_NONE,
			     .console = -1,
			     .guest = -1,
			     .terminal = -1 };

	*joined = JOINED_NONE;
	/* clang-format off */
	STEP("judge the container's state",    judge_state(&h, err));
	STEP("read the container's document",  read_config(&h, err));
	STEP("open its cgroup",                open_cgroup(&h, err));
	STEP("connect to the console socket",  open_console(&h, err));
	STEP("compile the seccomp filter",     compile_filter(&h, err));
	STEP("take its first CPUs",            set_first_affinity(&h, err));
	STEP("spawn the guest",                spawn(&h, err));
	STEP("set its oom score",              set_oom_score(&h, err));
	STEP("tell the guest it is placed",    handshake_say(&h.talk, WORD_PLACED, -1, err));
	WAIT("wait until the guest is inside", handshake_hear(&h.talk, WORD_ROOTFS_BUILT, &h.terminal, err));
	STEP("raise its limits",               raise_limits(&h, err));
	STEP("let the guest go on",            handshake_say(&h.talk, WORD_HOOKS_RAN, -1, err));
	WAIT("wait until the guest is ready",  handshake_hear(&h.talk, WORD_READY, NULL, err));
	WAIT("wait for the exec",              wait_for_exec(&h, err));
	STEP("send the pidfd",                 send_pidfd(&h, err));
	STEP("write the pid file",             write_pid_file(&h, err));
	/* clang-format on */
	h.keep = true;
	*joined = (struct joined){ .guest = h.guest, .pid = h.pid, .terminal = h.terminal };
	return 0;
}

void
join_done(struct joined *joined)
{
	fd_close(&joined->guest);
	fd_close(&joined->terminal);
}
