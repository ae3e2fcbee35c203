/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of an image that is there already. Details: struct base_image (plan.h). */
#ifndef COOPERAGE_OP_SOURCE_H
#define COOPERAGE_OP_SOURCE_H

#include "builder/build/step.h"

extern const struct op op_source;

#endif
