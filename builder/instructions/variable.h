/* SPDX-License-Identifier: Apache-2.0 */
/* ENV and ARG. */
#ifndef COOPERAGE_VARIABLE_H
#define COOPERAGE_VARIABLE_H

#include "builder/build/planner.h"

int variable_plan_env(struct planner *planner, const struct statement *statement,
		      struct error *err);
int variable_plan_arg(struct planner *planner, const struct statement *statement,
		      struct error *err);

#endif
