/* SPDX-License-Identifier: Apache-2.0 */
/* FROM: where a stage begins. */
#ifndef COOPERAGE_FROM_H
#define COOPERAGE_FROM_H

#include "builder/build/planner.h"

int from_plan(struct planner *planner, const struct statement *statement, struct error *err);

#endif
