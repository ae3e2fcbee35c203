/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's story has acts, because the law changes at each: what it may still do, and what a
 * failure means. The words between the lines are those of handshake.h.
 */
#include "runtime/life/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/log.h"
#include "libcommon/text.h"
#include "runtime/kernel/idmap.h"
#include "runtime/kernel/masks.h"
#include "runtime/kernel/netdev.h"
#include "runtime/kernel/procfs.h"
#include "runtime/kernel/sysctl.h"
#include "runtime/kernel/syscalls.h"
#include "runtime/kernel/terminal.h"
#include "runtime/kernel/tuning.h"
#include "runtime/life/become.h"
#include "runtime/life/environment.h"
#include "runtime/life/hooks.h"

static int
take_ids(struct guest *g, struct error *err)
{
	return namespaces_is_own(&g->made->ns, CLONE_NEWUSER) ? idmap_become_root(err) : 0;
}

/* Not by the clone: a cgroup namespace shows the cgroup its maker is in, and only now are we in ours. */
static int
take_cgroup_namespace(struct guest *g, struct error *err)
{
	const struct namespaces *ns = &g->made->ns;

	if ((ns->joined & CLONE_NEWCGROUP) != 0)
		return namespaces_enter_cgroup(ns->fds[OCI_NAMESPACE_CGROUP], err);
	if ((ns->made & CLONE_NEWCGROUP) != 0 && unshare(CLONE_NEWCGROUP) < 0)
		return fail_errno(err, "make a cgroup namespace");
	return 0;
}

static int
take_names(struct guest *g, struct error *err)
{
	const struct oci_config *config = g->c->config;

	if (!text_is_empty(config->hostname) && sethostname(config->hostname, strlen(config->hostname)) < 0)
		return fail_errno(err, "set the host name to \"%s\"", config->hostname);
	if (!text_is_empty(config->domainname) && setdomainname(config->domainname, strlen(config->domainname)) < 0)
		return fail_errno(err, "set the domain name to \"%s\"", config->domainname);
	return 0;
}

static int
raise_loopback(struct guest *g, struct error *err)
{
	return (g->made->ns.made & CLONE_NEWNET) != 0 ? netdev_raise_loopback(err) : 0;
}

/* Before the mounts: the container's own /proc may be anything. */
static int
open_procfs(struct guest *g, struct error *err)
{
	g->procfs = GET(procfs_open(err));
	g->become.procfs = g->procfs;
	return 0;
}

static int
make_devices(struct guest *g, struct error *err)
{
	return devices_make(&g->made->devices, g->made->rootfs.fd, mounts_covers(&g->made->mounts, "/dev", true), err);
}

/* The pty comes from the container's devpts; its master goes to whoever holds the console. */
static int
make_terminal(struct guest *g, int *master, struct error *err)
{
	const struct oci_process *process = g->c->config->process;

	if (!process->terminal)
		return 0;
	*master = GET(terminal_make(g->made->rootfs.fd, process->console_size, process->user->uid, err));
	if (g->c->wishes->bare_newlines)
		TRY(terminal_bare_newlines(*master, err));
	TRY(terminal_bind_console(g->made->rootfs.fd, err));
	if (g->made->console >= 0)
		TRY(fd_send(g->made->console, *master, "terminal", err));
	return 0;
}

static int
protect_paths(struct guest *g, struct error *err)
{
	const struct oci_linux *linux_ = g->c->config->linux_;

	TRY(masks_write_protect(&linux_->readonly_paths, g->made->rootfs.fd, err));
	return masks_hide(&linux_->masked_paths, g->made->rootfs.fd, g->made->devices.null,
			  linux_->mount_label, err);
}

static int
run_create_container(struct guest *g, struct error *err)
{
	const struct oci_hook_list *hooks = &g->c->config->hooks->create_container;

	if (hooks->count == 0)
		return 0;
	return hooks_run(hooks, "createContainer", state_text(g->state, OCI_STATUS_CREATING, getpid()), g->c->bundle,
			 0, err);
}

/* Where the document gives a hook no environment, it has the user's, as users of runc expect. */
static struct oci_hook_list
fill_environments(const struct oci_hook_list *hooks, const struct text_list *env, struct arena *arena)
{
	struct oci_hook_list filled = { 0 };

	FOR_EACH(hook, hooks) {
		struct oci_hook copy = *hook;
		if (copy.env.count == 0)
			copy.env = *env;
		list_add(&filled, arena, copy);
	}
	return filled;
}

/* They are programs of the container's, so the filter is for them too. */
static int
run_start_container(struct guest *g, struct error *err)
{
	const struct oci_hook_list *listed = &g->c->config->hooks->start_container;

	if (listed->count == 0)
		return 0;
	TRY(become_filter(&g->become, err));
	struct oci_hook_list hooks = fill_environments(listed, &g->become.hook_env, g->c->arena);
	return hooks_run(&hooks, "startContainer", state_text(g->state, OCI_STATUS_CREATED, getpid()), "/", 0, err);
}

static int
build_root(struct guest *g, struct error *err)
{
	struct makings *made = g->made;
	const struct oci_linux *linux_ = g->c->config->linux_;
	scoped_fd master = -1;
	int to_host;

	/* clang-format off */
	/* Act one, a place to stand: needs every privilege that we were born with. */
	WAIT("wait until the host has placed us",  handshake_hear(&g->talk, WORD_PLACED, NULL, err));
	STEP("become root of the user namespace",  take_ids(g, err));
	STEP("enter the cgroup",                   cgroup_enter(&made->cgroup, err));
	STEP("take every CPU of the cgroup",       tuning_reset_affinity(err));
	STEP("make a cgroup namespace",            take_cgroup_namespace(g, err));
	STEP("open a private procfs",              open_procfs(g, err));
	STEP("begin a session",                    become_session(&g->become, err));
	STEP("set host and domain name",           take_names(g, err));
	STEP("set the loopback device up",         raise_loopback(g, err));
	STEP("cut our mounts off from the host's", rootfs_isolate(&made->rootfs, err));
	STEP("attach the root filesystem",         rootfs_attach(&made->rootfs, err));
	STEP("mount what the config lists",        mounts_make(&made->mounts, made->rootfs.fd, &made->cgroup, g->c->arena, err));
	STEP("make the devices",                   make_devices(g, err));
	STEP("make the terminal",                  make_terminal(g, &master, err));
	STEP("finish the mounts",                  mounts_finish(&made->mounts, err));
	STEP("set the kernel parameters",          sysctl_write(&linux_->sysctl, err));
	STEP("mask and protect paths",             protect_paths(g, err));
	to_host = g->c->wishes->keeps_terminal ? master : -1;
	STEP("report the root filesystem built",   handshake_say(&g->talk, WORD_ROOTFS_BUILT, to_host, err));
	/* clang-format on */
	return 0;
}

/* Who waits at the gate, and everybody who sees it wait, has no use for directories of the host. */
static int
close_host_fds(struct guest *g, struct error *err)
{
	const int keep[] = { g->talk.socket, g->made->gate.listening, g->procfs, log_fd() };

	return fd_close_but(become_first_fd(&g->become), keep, COUNT(keep), err);
}

static int
move_in(struct guest *g, struct error *err)
{
	/* clang-format off */
	/* Act two, the door closes: after the pivot no path of the host can be named. */
	WAIT("wait for the host's hooks",          handshake_hear(&g->talk, WORD_HOOKS_RAN, NULL, err));
	STEP("run the createContainer hooks",      run_create_container(g, err));
	STEP("enter the root filesystem",          rootfs_enter(&g->made->rootfs, err));
	STEP("seal the root filesystem",           rootfs_seal(&g->made->rootfs, err));
	STEP("close what is the host's",           close_host_fds(g, err));

	/* Act three, surrender: every step removes the right to undo it (become.c has the argument). */
	STEP("surrender privileges",               become_surrender(&g->become, err));
	STEP("report ready",                       handshake_say(&g->talk, WORD_READY, g->become.listener, err));
	/* clang-format on */
	handshake_done(&g->talk);
	fd_close(&g->become.procfs);
	log_leave();
	return 0;
}

static int
pass_gate(struct guest *g, struct error *err)
{
	/* clang-format off */
	/* Act four, the gate: from here on only whoever starts us can be told of a failure. */
	WAIT("wait at the gate",                   gate_wait(&g->made->gate, err));
	STEP("run the startContainer hooks",       run_start_container(g, err));
	STEP("become the user's process",          become_exec(&g->become, err));
	/* clang-format on */
	return 0;
}

no_return void
guest_main(void *data)
{
	struct guest *g = data;
	struct error err = { 0 };

	log_become("guest");
	handshake_done(&g->host_end);
	if (build_root(g, &err) < 0 || move_in(g, &err) < 0) {
		handshake_fail(&g->talk, &err);
		_exit(1);
	}
	if (pass_gate(g, &err) < 0)
		gate_report(&g->made->gate, &err);
	_exit(1);
}
