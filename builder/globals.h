/* SPDX-License-Identifier: Apache-2.0 */
/* What is said before the command; built in main, passed const to every command. */
#ifndef COOPERAGE_BUILDER_GLOBALS_H
#define COOPERAGE_BUILDER_GLOBALS_H

#include "libcommon/base.h"

struct cooper_globals {
	const char *root;    /* the store; absolute */
	const char *runtime; /* the program that runs containers; NULL: found when it is needed */
	bool debug, version;
};

#endif
