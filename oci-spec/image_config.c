/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/image_config.h"

#include "libcommon/schema.h"
#include "oci-spec/checks.h"

/* clang-format off */

#define SELF struct oci_healthcheck
static const struct field healthcheck_rows[] = {
	VALUES(test,          "Test",          .help = "\"CMD\" and arguments, \"CMD-SHELL\" and a line, or \"NONE\""),
	VALUE(interval,       "Interval",      .help = "nanoseconds between checks"),
	VALUE(timeout,        "Timeout",       .help = "nanoseconds a check may take"),
	VALUE(start_period,   "StartPeriod",   .help = "nanoseconds in which failures do not count"),
	VALUE(start_interval, "StartInterval", .help = "nanoseconds between checks in that time"),
	VALUE(retries,        "Retries",       .help = "failures in a row that make it unhealthy"),
};
SCHEMA(oci_healthcheck, healthcheck_rows);
#undef SELF

#define SELF struct oci_image_config
static const struct field config_rows[] = {
	VALUE(hostname,      "Hostname",     .help = "docker's: host name of the container"),
	VALUE(domainname,    "Domainname",   .help = "docker's: domain name of the container"),
	VALUE(user,          "User",         .help = "\"user\", \"uid\", \"user:group\" or \"uid:gid\""),
	KEYS(exposed_ports,  "ExposedPorts", .help = "\"port/tcp\", \"port/udp\" or \"port\""),
	VALUES(env,          "Env",          .help = "environment, each NAME=VALUE"),
	VALUES(entrypoint,   "Entrypoint",   .help = "the program and its first arguments"),
	VALUES(cmd,          "Cmd",          .help = "further arguments, or the program if there is no Entrypoint"),
	OBJECT(healthcheck,  "Healthcheck",  oci_healthcheck, .help = "docker's: how to know that it is well"),
	VALUE(args_escaped,  "ArgsEscaped",  .help = "Windows: the command line is escaped", .deprecated = "of docker on Windows"),
	KEYS(volumes,        "Volumes",      .help = "directories whose data is the container's own"),
	VALUE(working_dir,   "WorkingDir",   .help = "of the program"),
	VALUES(on_build,     "OnBuild",      .help = "docker's: instructions for images built from this one"),
	MAP(labels,          "Labels",       .help = "anything, for whoever knows the name"),
	VALUE(stop_signal,   "StopSignal",   .help = "\"SIGKILL\", \"SIGRTMIN+3\" or a number"),
	VALUE(stop_timeout,  "StopTimeout",  .help = "docker's: seconds until it is killed after that"),
	VALUES(shell,        "Shell",        .help = "docker's: the shell for instructions in shell form"),
};
SCHEMA(oci_image_config, config_rows);
#undef SELF

#define SELF struct oci_image_rootfs
static const struct field rootfs_rows[] = {
	VALUE(type,      "type",     .required = true, .help = "\"layers\""),
	VALUES(diff_ids, "diff_ids", .always = true, .check = checks_digest, .help = "digests of the unpacked layers, the lowest first"),
};
SCHEMA(oci_image_rootfs, rootfs_rows);
#undef SELF

#define SELF struct oci_history
static const struct field history_rows[] = {
	VALUE(created,     "created",     .help = "when, as in RFC 3339"),
	VALUE(created_by,  "created_by",  .help = "the instruction"),
	VALUE(author,      "author",      .help = "who"),
	VALUE(comment,     "comment",     .help = "the builder's remark"),
	VALUE(empty_layer, "empty_layer", .help = "no layer came of it"),
};
SCHEMA(oci_history, history_rows);
#undef SELF

#define SELF struct oci_image
static const struct field image_rows[] = {
	VALUE(created,       "created",      .help = "when, as in RFC 3339"),
	VALUE(author,        "author",       .help = "who"),
	VALUE(architecture,  "architecture", .required = true, .help = "as Go names it: \"amd64\", \"arm64\""),
	VALUE(variant,       "variant",      .help = "of the architecture: \"v7\""),
	VALUE(os,            "os",           .required = true, .help = "as Go names it: \"linux\""),
	VALUE(os_version,    "os.version",   .help = "Windows: the version it needs"),
	VALUES(os_features,  "os.features",  .help = "Windows: what it needs beside"),
	OBJECT(config,       "config",       oci_image_config, .help = "how to run it"),
	OBJECT(rootfs,       "rootfs",       oci_image_rootfs, .required = true, .help = "what its layers unpack to"),
	OBJECTS(history,     "history",      oci_history, .help = "how each layer came to be"),
};
SCHEMA(oci_image, image_rows);
#undef SELF
