/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/solver.h"

#include "builder/image/unpack.h"

const struct result *
solver_result(const struct solver *solver, const struct step *step)
{
	return &solver->results[step == NULL ? 0 : step->number];
}

int
solver_unpack(struct solver *solver, const struct result *result, struct error *err)
{
	if (result->image != NULL)
		return unpack_image(solver->store, result->image, err);
	for (size_t i = 0; i < result->layers.count; i++) {
		const struct oci_descriptor *layer = &result->layers.items[i];

		if (GET(snapshots_unpack(solver->store, layer, &result->diff_ids, i, err)) > 0)
			return fail(err, "the layer %s is not in the store any more",
				    layer->digest);
	}
	return 0;
}

int
solver_open_tree(int *root, struct draft *draft, struct solver *solver, const struct step *step,
		 struct error *err)
{
	const struct result *result = solver_result(solver, step);

	TRY(solver_unpack(solver, result, err));
	TRY(draft_begin(draft, solver->store, &result->diff_ids, err));
	*root = GET(draft_root_to_read(draft, err));
	return 0;
}
