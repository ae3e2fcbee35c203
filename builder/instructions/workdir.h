/* SPDX-License-Identifier: Apache-2.0 */
/* WORKDIR: where relative paths begin from now on. */
#ifndef COOPERAGE_WORKDIR_H
#define COOPERAGE_WORKDIR_H

#include "builder/build/planner.h"

int workdir_plan(struct planner *planner, const struct statement *statement, struct error *err);

#endif
