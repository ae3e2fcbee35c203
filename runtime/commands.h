/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of runlet's commands: one line here, everything else about a command in its own file.
 */
#ifndef COOPERAGE_RUNTIME_COMMANDS_H
#define COOPERAGE_RUNTIME_COMMANDS_H

#include "libcommon/command.h"

/* clang-format off */
#define RUNLET_COMMANDS(X) \
	X(create) \
	X(start) \
	X(run) \
	X(exec) \
	X(kill) \
	X(delete) \
	X(state) \
	X(list) \
	X(ps) \
	X(pause) \
	X(resume) \
	X(update) \
	X(spec) \
	X(check) \
	X(features)
/* clang-format on */

#define RUNLET_DECLARE(name) extern const struct command name##_command;
RUNLET_COMMANDS(RUNLET_DECLARE)
#undef RUNLET_DECLARE

#endif
