/* SPDX-License-Identifier: Apache-2.0 */
/* ONBUILD: what waits in the image for those built on it. */
#ifndef COOPERAGE_TRIGGER_H
#define COOPERAGE_TRIGGER_H

#include "builder/build/planner.h"

int trigger_plan(struct planner *planner, const struct statement *statement, struct error *err);

/* The triggers that the stage began with: done now, and gone. `from` is blamed for them. */
int trigger_fire(struct planner *planner, const struct statement *from, struct error *err);

#endif
