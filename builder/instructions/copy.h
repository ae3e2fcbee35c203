/* SPDX-License-Identifier: Apache-2.0 */
/* COPY and ADD. */
#ifndef COOPERAGE_COPY_H
#define COOPERAGE_COPY_H

#include "builder/build/planner.h"

int copy_plan(struct planner *planner, const struct statement *statement, struct error *err);
int copy_plan_add(struct planner *planner, const struct statement *statement, struct error *err);

#endif
