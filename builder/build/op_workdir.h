/* SPDX-License-Identifier: Apache-2.0 */
/* A directory that is made if it is not there. */
#ifndef COOPERAGE_OP_WORKDIR_H
#define COOPERAGE_OP_WORKDIR_H

#include "builder/build/step.h"

struct workdir_step {
	const char *path; /* absolute, clean */
	const char *user; /* whose it becomes, as USER says it; NULL: root's */
};

extern const struct op op_workdir;

#endif
