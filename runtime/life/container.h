/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two sides of a container's creation know. After the clone the guest possesses no struct
 * host, so the wrong side cannot call the wrong function.
 */
#ifndef COOPERAGE_CONTAINER_H
#define COOPERAGE_CONTAINER_H

#include "libcommon/process.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/devices.h"
#include "runtime/kernel/mounts.h"
#include "runtime/kernel/namespaces.h"
#include "runtime/kernel/rootfs.h"
#include "runtime/kernel/seccomp.h"
#include "runtime/life/become.h"
#include "runtime/life/gate.h"
#include "runtime/life/handshake.h"
#include "runtime/life/interrupt.h"
#include "runtime/life/state.h"

/* How the caller wants it, beyond the document. */
struct wishes {
	const char *console_socket; /* where the master of a terminal goes */
	const char *pidfd_socket;   /* where a pidfd of the process goes */
	const char *pid_file;
	uint32_t preserve_fds;      /* fds 3 … 3+N-1 reach the user's process, besides LISTEN_FDS */
	bool no_pivot, no_new_keyring;
	bool keeps_terminal;        /* `run` and `exec` in the foreground: the master comes to us */
	bool bare_newlines;         /* what the terminal prints goes to a file or pipe of ours */
	bool rootless;              /* what only the host's root may do is done without where that can be */
	enum cgroup_driver driver;
};

/* The truth; not written to once the bundle is open. */
struct container {
	const char *id;
	const char *bundle;              /* absolute */
	int bundle_dir;
	const char *config_text;         /* the document itself */
	size_t config_size;
	const struct oci_config *config; /* sections that it leaves out are empty here, not NULL */
	const struct wishes *wishes;
	struct arena *arena;
};

/* What is made on the host before there is a guest, and the guest inherits by being cloned. */
struct makings {
	struct namespaces ns;
	struct rootfs rootfs;
	struct mounts mounts;
	struct devices devices;
	struct cgroup cgroup;
	struct gate gate;
	struct seccomp_filter filter;
	int console; /* the connected console socket, or -1 */
};

#define MAKINGS_NONE                                                                               \
	{ .ns = NAMESPACES_NONE, .rootfs = { .fd = -1 }, .devices = { .null = -1 },                \
	  .gate = GATE_NONE, .filter = SECCOMP_NONE, .console = -1 }

struct host {
	const struct container *c;
	struct makings *made;
	struct state *state;
	struct interrupt *interrupt;
	struct handshake talk;
	int guest;    /* its pidfd */
	pid_t pid;
	int terminal; /* the master, if it comes to us */
	bool keep;    /* what was made stays when this goes */
};

struct guest {
	const struct container *c;
	struct makings *made;
	const struct state *state;
	struct handshake talk, host_end; /* the host's end is only here to be closed */
	struct become become;
	int procfs;
};

#endif
