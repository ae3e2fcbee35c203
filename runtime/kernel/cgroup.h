/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups: what life/ sees of them. Whether the host has the unified hierarchy, the old
 * ones or both is found out once, in here, and known by nobody else.
 *
 * A struct cgroup owns its fds until cgroup_done; what it made on disk stays until cgroup_remove.
 * Its record is text that the state file keeps, from which cgroup_open finds it again.
 */
#ifndef COOPERAGE_CGROUP_H
#define COOPERAGE_CGROUP_H

#include <sys/types.h>

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "libcommon/list.h"
#include "oci-spec/runtime_config.h"
#include "oci-spec/runtime_resources.h"

enum cgroup_driver { CGROUP_FILES = 1, CGROUP_SYSTEMD, CGROUP_DISABLED };
enum cgroup_layout { CGROUP_NONE, CGROUP_UNIFIED, CGROUP_LEGACY, CGROUP_HYBRID };

#define CGROUP_HIERARCHIES 24 /* the most that a v1 host can have */

struct cgroup_hierarchy {
	const char *controllers; /* "cpu,cpuacct", "name=systemd", or "" for the unified one */
	const char *mount;       /* "/sys/fs/cgroup/cpu,cpuacct" */
	const char *path;        /* ours, below the mount, "/machine/web1" */
	const char *second;      /* where to make it if that may not be; or NULL */
	int fd;                  /* the directory, O_PATH; -1 if it is not there */
	int entry;               /* what the guest writes to enter it; -1 where clone3 does that */
	bool ours;               /* to remove */
};

/* Who is in a cgroup of systemd's until the guest is; see cgroup_systemd.h. */
struct cgroup_keeper {
	pid_t pid; /* 0: nobody */
	int socket;
};

struct cgroup {
	enum cgroup_driver driver;
	enum cgroup_layout layout;
	struct cgroup_hierarchy hierarchies[CGROUP_HIERARCHIES];
	size_t count;
	bool made;        /* by us, in any part: there is something to remove */
	const char *unit; /* of systemd's, or NULL */
	bool for_user;    /* the unit is one of the user's systemd */
	struct cgroup_keeper keeper;
	bool is_widened;  /* as long as there is a keeper, who takes the one place that there is */
};

struct cgroup_request {
	enum cgroup_driver driver;
	const char *id;
	const char *path;                      /* linux.cgroupsPath, or NULL */
	const struct oci_resources *resources; /* may be NULL */
	const struct pair_list *annotations;
	/*
	 * The container's root shall own its v2 cgroup: it has a user and a cgroup namespace of its
	 * own and mounts the cgroup writable (config-linux.md, "Cgroup ownership").
	 */
	bool delegate;
	uint32_t root_uid; /* as the host knows it */
	/* Do without hierarchies that we may not write to, and make room where we sit ourselves. */
	bool may_fail;
};

/* Which layout /sys/fs/cgroup has. */
enum cgroup_layout cgroup_find_layout(void);

/* Host side */

/*
 * Where it will be, for the record: who is killed while he makes it has said where it can be found.
 * By systemd that is not known before, but nothing stays there that nobody is in.
 *
 * An absolute path counts from the mount, a relative one from where we are: below our own cgroup in
 * v1, beside it in v2 (where one with processes cannot have children with limits). Without a path
 * it is the id, relative. Needs no pid: the guest is born in it or enters by itself.
 *
 * By systemd it is a unit, and a path is not a path but "SLICE:PREFIX:NAME" (cgroup_unit.h).
 */
int cgroup_plan(struct cgroup *cgroup, const struct cgroup_request *request, struct arena *arena,
		struct error *err);

/*
 * Makes what was planned (all hierarchies), refuses one that is not empty or frozen, and sets the
 * limits. What fails leaves nothing behind, but for parents that were missing.
 */
int cgroup_make(struct cgroup *cgroup, const struct cgroup_request *request, struct arena *arena,
		struct error *err);

/* The fd for clone3's CLONE_INTO_CGROUP, or -1 where there is no unified hierarchy. */
int cgroup_birthplace(const struct cgroup *cgroup);
const char *cgroup_birth_name(const struct cgroup *cgroup); /* for messages; or NULL */

/* Once the guest is born, and before it does anything: from now on it has the cgroup to itself. */
int cgroup_settle(struct cgroup *cgroup, pid_t guest, struct error *err);

/* Opens what cgroup_enter writes to. cgroup_make has done so; `exec` does after cgroup_open. */
int cgroup_open_entries(struct cgroup *cgroup, struct error *err);

/*
 * For `exec`, before its entries are opened: `cgroup` becomes one that is below it. Descending goes
 * where the user says, "PATH" or, for some of v1's hierarchies, "CONTROLLER,…:PATH". Following goes
 * where the process is, if it took its v2 cgroup over and gave its children controllers: nobody can
 * be born into that any more.
 */
int cgroup_descend(struct cgroup *cgroup, const char *wish, struct arena *arena, struct error *err);
int cgroup_follow(struct cgroup *cgroup, pid_t pid, struct arena *arena, struct error *err);

/* Moves a process in from outside; dear, since the kernel waits for a grace period each time. */
int cgroup_admit(const struct cgroup *cgroup, pid_t pid, struct error *err);

/* The record for the state file, and back. A cgroup that is gone since is no error. */
const char *cgroup_record(const struct cgroup *cgroup, struct arena *arena);
int cgroup_open(struct cgroup *cgroup, const char *record, struct arena *arena, struct error *err);

/* The same for who only asks cgroup_is_frozen: version 1 has ten hierarchies, and one of them knows. */
int cgroup_open_freezers(struct cgroup *cgroup, const char *record, struct arena *arena, struct error *err);

/* Sets what the document names and leaves the rest. */
int cgroup_update(const struct cgroup *cgroup, const struct oci_resources *resources,
		  struct error *err);

int cgroup_freeze(const struct cgroup *cgroup, struct error *err); /* returns once all are frozen */
int cgroup_thaw(const struct cgroup *cgroup, struct error *err);
int cgroup_is_frozen(const struct cgroup *cgroup, struct error *err); /* 1 or 0 */

/* Every process in it and below it, as our pid namespace knows them. */
struct cgroup_members {
	pid_t *items;
	size_t count;
};
int cgroup_members(const struct cgroup *cgroup, struct cgroup_members *members, struct arena *arena,
		   struct error *err);

/* Signals them all, also those that are born meanwhile (SIGKILL) and frozen ones. */
int cgroup_signal(const struct cgroup *cgroup, int signal, struct error *err);

/* Kills what is left, waits for its end, removes it with all below. Harmless when repeated. */
int cgroup_remove(struct cgroup *cgroup, struct error *err);

/*
 * The same where nobody of ours can be in it but who is about to die: no one is killed. One that others
 * use is theirs and stays.
 */
int cgroup_remove_unused(struct cgroup *cgroup, struct error *err);
void cgroup_done(struct cgroup *cgroup);

/* How often the kernel killed a member for lack of memory; 0 if it cannot be told. */
uint64_t cgroup_oom_kills(const struct cgroup *cgroup);

/* Guest side */

/*
 * Before unshare(CLONE_NEWCGROUP), which must not be a flag of clone3: the namespace's root is the
 * cgroup that its maker is in.
 *
 * Enters where clone3 could not put us. Writing "0" to a v1 `tasks` file moves only the thread that
 * writes, which a guest of one thread is: the kernel then takes no global lock and waits for no
 * grace period, unlike with cgroup.procs.
 */
int cgroup_enter(const struct cgroup *cgroup, struct error *err);

/*
 * Mounts the container's view of its cgroup on `target` (an O_PATH fd of a directory): cgroup2, or
 * a tmpfs with one mount for each v1 hierarchy and links for joint controllers. `own_namespace`:
 * the guest is in a cgroup namespace of its own; if not, v2 shows the host's tree, which is
 * read-only inside a user namespace whatever was asked (CVE-2023-25809). Needs the host's mounts,
 * so it comes before the pivot.
 */
int cgroup_mount(const struct cgroup *cgroup, int target, bool own_namespace, bool readonly,
		 unsigned long flags /* MS_* */, struct error *err);

/* The same for the unified hierarchy alone, where a mount of cgroup2 is refused. */
int cgroup_mount_unified(const struct cgroup *cgroup, int target, bool own_namespace,
			 unsigned long flags /* MS_* */, struct error *err);

#endif
