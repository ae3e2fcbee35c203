/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/runtime_state.h"

#include "libcommon/schema.h"
#include "oci-spec/checks.h"

/* clang-format off */

const struct word oci_status_words[] = {
	{ "creating", OCI_STATUS_CREATING },
	{ "created",  OCI_STATUS_CREATED },
	{ "running",  OCI_STATUS_RUNNING },
	{ "stopped",  OCI_STATUS_STOPPED },
	{ "paused",   OCI_STATUS_PAUSED },
	{ NULL, 0 },
};

#define SELF struct oci_state
static const struct field state_rows[] = {
	VALUE(oci_version, "ociVersion",  .required = true, .check = checks_version, .help = "of the specification that this follows"),
	VALUE(id,          "id",          .required = true, .check = checks_not_empty, .help = "the container's"),
	VALUE(pid,         "pid",         .max = INT32_MAX, .help = "of its first process, as the host sees it"),
	WORD(status,       "status",      oci_status_words, .required = true, .help = "where in its life it is"),
	VALUE(bundle,      "bundle",      .required = true, .help = "absolute path of its bundle"),
	VALUE(rootfs,      "rootfs",      .help = "absolute path of its root"),
	VALUE(created,     "created",     .help = "when, as in RFC 3339"),
	MAP(annotations,   "annotations", .help = "those of its config"),
	VALUE(owner,       "owner",       .help = "name of the user who made it"),
};
SCHEMA(oci_state, state_rows);
#undef SELF

#define SELF struct oci_process_state
static const struct field process_state_rows[] = {
	VALUE(oci_version, "ociVersion", .required = true, .check = checks_version, .help = "of the specification that this follows"),
	VALUES(fds,        "fds",        .required = true, .help = "what the descriptors sent along are, in their order"),
	VALUE(pid,         "pid",        .required = true, .max = INT32_MAX, .help = "of the process, as the runtime sees it"),
	VALUE(metadata,    "metadata",   .help = "linux.seccomp.listenerMetadata"),
	OBJECT(state,      "state",      oci_state, .required = true, .help = "of its container"),
};
SCHEMA(oci_process_state, process_state_rows);
#undef SELF
