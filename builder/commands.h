/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of cooper's commands: one line here, everything else about a command in its own file.
 */
#ifndef COOPERAGE_BUILDER_COMMANDS_H
#define COOPERAGE_BUILDER_COMMANDS_H

#include "libcommon/command.h"

/* clang-format off */
#define COOPER_COMMANDS(X) \
	X(build) \
	X(import) \
	X(images) \
	X(inspect) \
	X(history) \
	X(tag) \
	X(rmi) \
	X(bundle) \
	X(run) \
	X(save) \
	X(load) \
	X(prune) \
	X(unshare)
/* clang-format on */

#define COOPER_DECLARE(name) extern const struct command name##_command;
COOPER_COMMANDS(COOPER_DECLARE)
#undef COOPER_DECLARE

#endif
