/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said before the command; built in main, passed const to every command.
 */
#ifndef COOPERAGE_GLOBALS_H
#define COOPERAGE_GLOBALS_H

#include "libcommon/base.h"
#include "runtime/kernel/cgroup.h"

struct globals {
	const char *root;   /* of the state directories */
	const char *log, *log_format, *log_level, *rootless, *cgroup_manager;
	bool debug, systemd_cgroup, version;
	bool is_rootless;   /* as --rootless says, or as we find out */
	enum cgroup_driver driver;
	char **argv;        /* to begin again from a sealed copy */
};

#endif
