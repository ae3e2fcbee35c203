/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a container as others see it: what `state` prints, what hooks read from stdin, and
 * what a seccomp agent is sent.
 *
 * Owns nothing; members point to whatever filled them. Not the file in the state directory.
 */
#ifndef COOPERAGE_RUNTIME_STATE_H
#define COOPERAGE_RUNTIME_STATE_H

#include "libcommon/list.h"
#include "libcommon/word.h"

struct schema;

enum oci_status {
	OCI_STATUS_CREATING = 1,
	OCI_STATUS_CREATED,
	OCI_STATUS_RUNNING,
	OCI_STATUS_STOPPED,
	OCI_STATUS_PAUSED, /* not in the specification, but said by every runtime */
};

struct oci_state {
	const char *oci_version;
	const char *id;
	const int64_t *pid; /* absent while creating; `state` prints 0 when stopped */
	enum oci_status status;
	const char *bundle;
	const char *rootfs;  /* ours and runc's: absent for hooks */
	const char *created; /* likewise: RFC 3339 */
	struct pair_list annotations;
	const char *owner; /* likewise: a user's name */
};

/* Sent to linux.seccomp.listenerPath along with the file descriptors that `fds` names. */
struct oci_process_state {
	const char *oci_version;
	struct text_list fds;
	int64_t pid;
	const char *metadata;
	const struct oci_state *state;
};

extern const struct schema oci_state_schema;
extern const struct schema oci_process_state_schema;

extern const struct word oci_status_words[];

#endif
