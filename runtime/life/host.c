/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/log.h"
#include "libcommon/path.h"
#include "libcommon/text.h"
#include "libcommon/timestamp.h"
#include "runtime/kernel/idmap.h"
#include "runtime/kernel/netdev.h"
#include "runtime/kernel/rlimits.h"
#include "runtime/kernel/syscalls.h"
#include "runtime/kernel/sysctl.h"
#include "runtime/kernel/tuning.h"
#include "runtime/life/become.h"
#include "runtime/life/bundle.h"
#include "runtime/life/environment.h"
#include "runtime/life/guest.h"
#include "runtime/life/hooks.h"
#include "runtime/life/spawn.h"

/* ---- what was made, and its undoing ------------------------------------------------------------ */

static void
makings_done(struct makings *made)
{
	namespaces_done(&made->ns);
	rootfs_done(&made->rootfs);
	mounts_done(&made->mounts);
	devices_done(&made->devices);
	cgroup_done(&made->cgroup);
	gate_done(&made->gate);
	seccomp_done(&made->filter);
	fd_close(&made->console);
}

/*
 * In reverse: the guest first, since it lives in what is removed after it. What cannot be removed is
 * said, but the error that brought us here is the one to tell. If somebody has deleted the container
 * meanwhile, another may use its name and its cgroup by now.
 */
static void
host_done(struct host *h)
{
	struct cgroup *cgroup = &h->made->cgroup;
	struct error why;

	if (!h->keep) {
		if (h->guest >= 0)
			process_destroy(h->guest);
		fd_close(&h->terminal);
		if (cgroup->made && (state_is_removed(h->state) ? cgroup_remove_unused(cgroup, &why)
								: cgroup_remove(cgroup, &why)) < 0)
			log_warn("%s, continuing", why.text);
		if (h->state->dir >= 0 && state_remove(h->state, &why) < 0)
			log_warn("%s, continuing", why.text);
		fd_close(&h->guest);
		state_done(h->state);
	}
	handshake_done(&h->talk);
	makings_done(h->made);
}
#define scoped_host scoped(host_done) struct host

/* ---- the steps --------------------------------------------------------------------------------- */

static int
claim_name(struct host *h, const char *root, struct error *err)
{
	const struct container *c = h->c;
	struct state_record *record = &h->state->record;
	char now[TIMESTAMP_SIZE];

	TRY(state_claim(h->state, root, c->id, c->arena, err));
	timestamp_write(now, timestamp_now());
	record->created = arena_text(c->arena, now);
	record->bundle = c->bundle;
	record->rootfs = path_join(c->arena, c->bundle, c->config->root->path);
	record->annotations = c->config->annotations;
	record->owner = geteuid() == 0 ? "root" : arena_format(c->arena, "%u", geteuid());
	record->own_pid_namespace = namespaces_is_own(&h->made->ns, CLONE_NEWPID);
	return file_replace(h->state->dir, "config.json", c->config_text, c->config_size, 0600, err);
}

/* Nothing of the bundle is named again after this: what was opened is what will be used. */
static int
open_sources(struct host *h, struct error *err)
{
	const struct container *c = h->c;
	bool own_user = namespaces_is_own(&h->made->ns, CLONE_NEWUSER);

	TRY(rootfs_open(&h->made->rootfs, c->config, c->bundle_dir, c->arena, err));
	h->made->rootfs.no_pivot = c->wishes->no_pivot;
	TRY(mounts_open(&h->made->mounts, c->config, c->bundle_dir, own_user, c->arena, err));
	return devices_open(&h->made->devices, &c->config->linux_->devices, own_user, c->arena, err);
}

static int
open_console(struct host *h, struct error *err)
{
	const char *path = h->c->wishes->console_socket;
	bool terminal = h->c->config->process->terminal;

	if (path != NULL && !terminal)
		return fail(err, "--console-socket is given, but process.terminal is false");
	if (path == NULL && terminal && !h->c->wishes->keeps_terminal)
		return fail(err, "process.terminal is true: a detached container needs --console-socket");
	if (path != NULL)
		h->made->console = GET(fd_connect(path, err));
	return 0;
}

/* config-linux.md, "Cgroup ownership": the container's root gets its cgroup if it sees no other and may write. */
static bool
delegates_cgroup(const struct host *h)
{
	if (!namespaces_is_own(&h->made->ns, CLONE_NEWUSER) || !namespaces_is_own(&h->made->ns, CLONE_NEWCGROUP))
		return false;
	FOR_EACH(mount, &h->c->config->mounts) {
		bool writable = text_equal(mount->type, "cgroup") || text_equal(mount->type, "cgroup2");
		FOR_EACH(option, &mount->options)
			writable = writable && !text_equal(*option, "ro");
		if (writable)
			return true;
	}
	return false;
}

/* Before it is made, and once more if it came to be elsewhere. */
static int
note_cgroup(struct host *h, struct error *err)
{
	const char *record = cgroup_record(&h->made->cgroup, h->c->arena);

	if (text_equal(record, h->state->record.cgroup))
		return 0;
	h->state->record.cgroup = record;
	return state_write(h->state, err);
}

static int
make_cgroup(struct host *h, struct error *err)
{
	const struct oci_linux *linux_ = h->c->config->linux_;
	struct cgroup_request request = {
		.driver = h->c->wishes->driver,
		.id = h->c->id,
		.path = linux_->cgroups_path,
		.resources = linux_->resources,
		.annotations = &h->c->config->annotations,
		.delegate = delegates_cgroup(h),
		.may_fail = h->c->wishes->rootless,
	};

	if (request.delegate && idmap_find(&linux_->uid_mappings, 0, &request.root_uid) > 0)
		request.delegate = false; /* nobody in there could use what is delegated */
	TRY(cgroup_plan(&h->made->cgroup, &request, h->c->arena, err));
	TRY(note_cgroup(h, err));
	TRY(cgroup_make(&h->made->cgroup, &request, h->c->arena, err));
	return note_cgroup(h, err);
}

static int
spawn(struct host *h, struct error *err)
{
	const struct container *c = h->c;
	struct handshake theirs = HANDSHAKE_NONE;

	TRY(environment_check_fds(environment_listen_fds(), c->wishes->preserve_fds, err));
	TRY(handshake_make(&h->talk, &theirs, err));
	struct guest guest = {
		.c = c,
		.made = h->made,
		.state = h->state,
		.talk = theirs,
		.host_end = h->talk,
		.procfs = -1,
		.become = {
			.process = c->config->process,
			.linux_ = c->config->linux_,
			.filter = &h->made->filter,
			.keyring = c->wishes->no_new_keyring ? NULL : arena_format(c->arena, "_ses.%s", c->id),
			.keep_groups = text_equal(bundle_annotation(c->config, "run.oci.keep_original_groups"), "1"),
			.listen_fds = environment_listen_fds(),
			.preserve_fds = c->wishes->preserve_fds,
			.arena = c->arena,
			.listener = -1,
		},
	};
	struct spawn order = {
		.ns = &h->made->ns,
		.clocks = c->config->linux_->time_offsets,
		.joins_pidfd = -1,
		.cgroup = cgroup_birthplace(&h->made->cgroup),
		.cgroup_name = cgroup_birth_name(&h->made->cgroup),
		.main = guest_main,
		.data = &guest,
	};
	int result = spawn_guest(&order, &h->pid, &h->guest, err);
	handshake_done(&theirs);
	return result;
}

/* From here on the state names the process: were we killed now, `delete` would find it. */
static int
note_process(struct host *h, struct error *err)
{
	struct process_identity identity;

	TRY(process_identify(&identity, h->pid, h->guest, err));
	h->state->pidfd = GET(fd_copy(h->guest, err));
	h->state->record.pid = identity.pid;
	h->state->record.pidfd_inode = identity.inode;
	h->state->record.start_time = identity.start_time;
	return state_write(h->state, err);
}

/* It is there, and the state says so: nobody else need be in the cgroup any more. */
static int
leave_cgroup(struct host *h, struct error *err)
{
	return cgroup_settle(&h->made->cgroup, h->pid, err);
}

/* Not by the guest: one that became another user may not open the files of its own /proc/PID. */
static int
set_oom_score(struct host *h, struct error *err)
{
	return tuning_set_oom_score(h->pid, h->c->config->process->oom_score_adj, h->c->wishes->rootless, err);
}

static int
map_ids(struct host *h, struct error *err)
{
	const struct oci_linux *linux_ = h->c->config->linux_;

	if ((h->made->ns.made & CLONE_NEWUSER) == 0)
		return 0;
	return idmap_write(h->pid, &linux_->uid_mappings, &linux_->gid_mappings, err);
}

static int
hand_over_devices(struct host *h, struct error *err)
{
	const struct oci_net_device_list *devices = &h->c->config->linux_->net_devices;
	char path[64];

	if (devices->count == 0)
		return 0;
	(void) snprintf(path, sizeof(path), "/proc/%d/ns/net", (int) h->pid);
	scoped_fd netns = GET(file_open(AT_FDCWD, path, O_RDONLY, err));
	return netdev_move(devices, netns, err);
}

/* The dearest step by far where the cache does not know the document; the guest inherits the result. */
static int
compile_filter(struct host *h, struct error *err)
{
	const struct oci_seccomp *document = h->c->config->linux_->seccomp;
	struct error unused;

	if (document == NULL)
		return 0;
	if (mkdirat(h->state->root, ".seccomp", 0700) < 0 && errno != EEXIST)
		log_debug("no cache for seccomp filters: %s", strerror(errno));
	scoped_fd cache = file_open(h->state->root, ".seccomp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, &unused);
	return seccomp_compile(&h->made->filter, document, cache, err);
}

static int
run_runtime_hooks(struct host *h, struct error *err)
{
	const struct oci_hooks *hooks = h->c->config->hooks;

	if (hooks->prestart.count + hooks->create_runtime.count == 0)
		return 0;
	const char *state = state_text(h->state, OCI_STATUS_CREATING, h->pid);
	TRY(hooks_run(&hooks->prestart, "prestart", state, h->c->bundle, h->interrupt->fd, err));
	return hooks_run(&hooks->create_runtime, "createRuntime", state, h->c->bundle, h->interrupt->fd, err);
}

/*
 * The guest sets its limits itself, but inside a user namespace it could not raise one. What we may
 * not do either (a caller without CAP_SYS_RESOURCE) it will say.
 */
static int
raise_limits(struct host *h, struct error *err)
{
	if (!namespaces_is_own(&h->made->ns, CLONE_NEWUSER))
		return 0;
	if (rlimits_set(h->pid, &h->c->config->process->rlimits, err) < 0)
		log_debug("limits are left to the guest: %s", err->text);
	return 0;
}

static int
hear(struct host *h, enum word_said word, int *fd, struct error *err)
{
	TRY(interrupt_wait(h->interrupt, h->talk.socket, err));
	if (handshake_hear(&h->talk, word, fd, err) == 0)
		return 0;
	if (cgroup_oom_kills(&h->made->cgroup) > 0)
		return fail(err, "the container's first process was killed for lack of memory: "
				 "is linux.resources.memory.limit too low?");
	return -1;
}

static int
send_pidfd(struct host *h, struct error *err)
{
	const char *path = h->c->wishes->pidfd_socket;

	if (path == NULL)
		return 0;
	scoped_fd socket = GET(fd_connect(path, err));
	return fd_send(socket, h->guest, "standard", err);
}

/* Digits and nothing else: some who read it do not trim. */
static int
write_pid_file(struct host *h, struct error *err)
{
	char digits[16];

	if (h->c->wishes->pid_file == NULL)
		return 0;
	int n = snprintf(digits, sizeof(digits), "%d", (int) h->pid);
	return file_replace(AT_FDCWD, h->c->wishes->pid_file, digits, (size_t) n, 0644, err);
}

static int
write_created(struct host *h, struct error *err)
{
	h->state->record.ready = true;
	return state_write(h->state, err);
}

static int
keep(struct host *h, struct created *created, struct error *err)
{
	TRY(interrupt_check(h->interrupt, err));
	h->keep = true;
	state_release(h->state);
	created->guest = h->guest;
	created->pid = h->pid;
	created->terminal = h->terminal;
	created->interrupt = *h->interrupt;
	*h->interrupt = (struct interrupt) INTERRUPT_NONE;
	return 0;
}

int
host_create(struct created *created, const struct container *c, const char *root, struct error *err)
{
	const struct oci_linux *linux_ = c->config->linux_;
	struct makings made = MAKINGS_NONE;
	scoped(interrupt_done) struct interrupt interrupt = INTERRUPT_NONE; /* after all is undone */
	scoped_host h = { .c = c, .made = &made, .state = &created->state, .interrupt = &interrupt,
			  .talk = HANDSHAKE_NONE, .guest = -1, .terminal = -1 };

	*created = CREATED_NONE;
	TRY(interrupt_begin(&interrupt, err));
	/* clang-format off */
	STEP("open the namespaces to join",       namespaces_open(&made.ns, &linux_->namespaces, err));
	STEP("judge the kernel parameters",       sysctl_check(&linux_->sysctl, made.ns.made | made.ns.joined, err));
	STEP("claim the name",                    claim_name(&h, root, err));
	STEP("open what the bundle names",        open_sources(&h, err));
	STEP("connect to the console socket",     open_console(&h, err));
	STEP("build the start gate",              gate_make(&made.gate, h.state->dir, err));
	STEP("compile the seccomp filter",        compile_filter(&h, err));
	STEP("make the cgroup",                   make_cgroup(&h, err));
	STEP("spawn the guest",                   spawn(&h, err));
	STEP("note who it is",                    note_process(&h, err));
	STEP("leave the cgroup to it",            leave_cgroup(&h, err));
	STEP("set its oom score",                 set_oom_score(&h, err));
	STEP("map user and group ids",            map_ids(&h, err));
	STEP("hand over network devices",         hand_over_devices(&h, err));
	STEP("tell the guest it is placed",       handshake_say(&h.talk, WORD_PLACED, -1, err));

	WAIT("wait for the root filesystem",      hear(&h, WORD_ROOTFS_BUILT, &h.terminal, err));
	STEP("raise its limits",                  raise_limits(&h, err));
	STEP("run the runtime's hooks",           run_runtime_hooks(&h, err));
	STEP("tell the guest the hooks ran",      handshake_say(&h.talk, WORD_HOOKS_RAN, -1, err));

	WAIT("wait until the guest is ready",     hear(&h, WORD_READY, NULL, err));
	STEP("send the pidfd",                    send_pidfd(&h, err));
	STEP("write the state",                   write_created(&h, err));
	STEP("write the pid file",                write_pid_file(&h, err));
	/* clang-format on */
	return keep(&h, created, err);
}

void
host_created_done(struct created *created)
{
	fd_close(&created->guest);
	fd_close(&created->terminal);
	fd_close(&created->interrupt.fd);
	state_done(&created->state);
}

int
host_start(struct state *state, struct error *err)
{
	const struct oci_config *config;
	enum oci_status status;

	TRY(state_status(&status, state, err));
	if (status == OCI_STATUS_STOPPED)
		return fail(err, "cannot start a container that has stopped");
	if (status == OCI_STATUS_RUNNING)
		return fail(err, "cannot start an already running container");
	if (status != OCI_STATUS_CREATED)
		return fail(err, "cannot start a container in the %s state", word_text(oci_status_words, (int) status));
	TRY(state_read_config(state, &config, err)); /* what can fail comes before what cannot be undone */
	if (GET(gate_open(state->dir, err)) > 0)
		return fail(err, "cannot start an already running container");
	if (config->hooks == NULL || config->hooks->poststart.count == 0)
		return 0;
	const char *text = state_text(state, OCI_STATUS_RUNNING, state->record.pid);
	if (hooks_run(&config->hooks->poststart, "poststart", text, state->record.bundle, 0, err) == 0)
		return 0;

	/* runtime.md, "Lifecycle" step 10: then the container is stopped, and the lifecycle goes on there. */
	(void) sys_pidfd_send_signal(state->pidfd, SIGKILL); /* the hook's failure is the one to tell */
	return -1;
}
