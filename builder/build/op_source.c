/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/op_source.h"

#include "builder/build/plan.h"

/* Two images of the same layers are one tree: what they are called and how they run is no matter. */
static void
describe(const struct step *step, struct recipe *recipe)
{
	const struct base_image *base = step->details;

	FOR_EACH(diff_id, &base->image->config.rootfs->diff_ids)
		recipe_add(recipe, "layer", *diff_id);
}

/* Its tree is there already: solve.c knows where. */
const struct op op_source = { .name = "source", .describe = describe };
