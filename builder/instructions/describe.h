/* SPDX-License-Identifier: Apache-2.0 */
/* What an image says of itself: LABEL, EXPOSE, VOLUME, MAINTAINER. */
#ifndef COOPERAGE_DESCRIBE_H
#define COOPERAGE_DESCRIBE_H

#include "builder/build/planner.h"

int describe_plan_label(struct planner *planner, const struct statement *statement,
			struct error *err);
int describe_plan_expose(struct planner *planner, const struct statement *statement,
			 struct error *err);
int describe_plan_volume(struct planner *planner, const struct statement *statement,
			 struct error *err);
int describe_plan_maintainer(struct planner *planner, const struct statement *statement,
			     struct error *err);

#endif
