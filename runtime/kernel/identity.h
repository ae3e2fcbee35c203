/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the process is: groups, gid, uid, umask.
 */
#ifndef COOPERAGE_IDENTITY_H
#define COOPERAGE_IDENTITY_H

#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"

/*
 * Groups before gid before uid, since each takes away the right to do the one before. The primary
 * gid is always among the groups (CVE-2022-36109). With `keep_groups` the caller's stay, and where
 * the user namespace denies setgroups, listed groups are an error and none is set.
 */
int identity_become(const struct oci_user *user, bool keep_groups, struct error *err);

/* The home of this uid according to root's /etc/passwd (a regular file of sane size), or "/". */
const char *identity_home(int root, uint32_t uid, char home[4096]);

/*
 * "user", "uid", "user:group", "uid:gid" looked up in root's /etc/passwd and /etc/group. Digits are
 * ids, never names (CVE-2016-3697). A name alone also brings its supplementary groups.
 */
struct arena;
int identity_look_up(struct oci_user *user, const char *text, int root, struct arena *arena,
		     struct error *err);

#endif
