/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Namespaces: which the document asks for, which of those are made and which are joined.
 *
 * The fds opened here belong to the struct until namespaces_done. Knows no container.
 */
#ifndef COOPERAGE_NAMESPACES_H
#define COOPERAGE_NAMESPACES_H

#include <sys/types.h>

#include "libcommon/error.h"
#include "oci-spec/runtime_linux.h"

struct namespaces {
	uint64_t made;   /* CLONE_NEW* of those to make */
	uint64_t joined; /* CLONE_NEW* of those to join, but for those we are in already */
	int fds[OCI_NAMESPACE_TYPES + 1]; /* by type; -1 where nothing is joined */
};

/* clang-format off */
#define NAMESPACES_NONE { .fds = { -1, -1, -1, -1, -1, -1, -1, -1, -1 } }
/* clang-format on */

/* One row for each type that this kernel may have; ends with a zero flag. */
struct namespace_kind {
	enum oci_namespace_type type;
	uint64_t flag;    /* CLONE_NEW* */
	const char *file; /* in /proc/PID/ns */
};
extern const struct namespace_kind namespaces_kinds[];

/* Host side */

/* Opens those that have a path and makes sure that each is of its type (NS_GET_NSTYPE). */
int namespaces_open(struct namespaces *ns, const struct oci_namespace_list *list,
		    struct error *err);
void namespaces_done(struct namespaces *ns);

/* True if the guest will not share the caller's namespace of this kind (one CLONE_NEW* flag). */
bool namespaces_is_own(const struct namespaces *ns, uint64_t flag);

/*
 * In the process that shall be their member, or the parent of it (pid and time take children
 * only)
 */

/*
 * Enters all that are joined but for these kinds. The user namespace is entered when most can be
 * entered: the others are tried before it, and again after it if they were refused.
 */
int namespaces_join(const struct namespaces *ns, uint64_t but, struct error *err);

/*
 * Enters the namespaces of a running process, those that differ from ours: `pidfd` and `pid` are
 * its. `left` gets those that do, but are of the kinds in `but`.
 */
int namespaces_join_process(int pidfd, pid_t pid, uint64_t but, uint64_t *left, struct error *err);

/*
 * The cgroup namespace behind a pidfd or a file of /proc/PID/ns, to be entered by who is in his cgroup
 * already: where cgroup2 is mounted with nsdelegate, as systemd mounts it, nobody gets into a cgroup
 * from inside a namespace that does not show where he comes from, not even by being born there.
 */
int namespaces_enter_cgroup(int fd, struct error *err);

/* Sets the clocks of a time namespace that was made by unshare and that nobody has entered yet. */
int namespaces_set_clocks(const struct oci_time_offsets *offsets, struct error *err);

#endif
