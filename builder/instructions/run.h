/* SPDX-License-Identifier: Apache-2.0 */
/* RUN: a command in a new layer. */
#ifndef COOPERAGE_RUN_H
#define COOPERAGE_RUN_H

#include "builder/build/planner.h"

int run_plan(struct planner *planner, const struct statement *statement, struct error *err);

#endif
