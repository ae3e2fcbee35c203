/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/op_copy.h"

#include "builder/build/deposit.h"
#include "builder/build/selection.h"

static void
describe(const struct step *step, struct recipe *recipe)
{
	const struct copy_step *copy = step->details;

	recipe_add(recipe, "from",
		   copy->is_context     ? "context"
		   : copy->from != NULL ? "step"
					: "scratch");
	FOR_EACH(source, &copy->sources)
		if (source->content != NULL)
			recipe_add_named(recipe, "here", source->path, source->content);
		else
			recipe_add(recipe, "take", source->path);
	FOR_EACH(pattern, &copy->exclude)
		recipe_add(recipe, "exclude", *pattern);
	recipe_add(recipe, "destination", copy->destination);
	recipe_add(recipe, "chown", copy->chown);
	recipe_add(recipe, "chmod", copy->chmod);
	recipe_add(recipe, "parents", copy->parents ? "yes" : NULL);
	recipe_add(recipe, "unpacks", copy->unpacks ? "yes" : NULL);
}

static struct selection
select_files(const struct copy_step *copy, struct arena *arena)
{
	struct selection selection = {
		.from = copy->from,
		.is_context = copy->is_context,
		.exclude = copy->exclude,
		.parents = copy->parents,
	};

	FOR_EACH(source, &copy->sources)
		if (source->content == NULL)
			list_add(&selection.sources, arena, source->path);
	return selection;
}

static int
examine(struct solver *solver, const struct step *step, struct recipe *recipe, struct error *err)
{
	const struct selection selection = select_files(step->details, solver->arena);

	solver->gathered = (struct gathered_list){ 0 };
	if (selection.sources.count == 0)
		return 0;
	return selection_examine(&solver->gathered, solver, &selection, recipe, err);
}

static int
deposit(struct solver *solver, const struct copy_step *copy, struct draft *draft, int source,
	const struct gathered_list *files, struct error *err)
{
	struct account owner = { 0 };
	int upper;
	struct deposit deposit = {
		.root = GET(draft_root_to_fill(&upper, draft, err)),
		.upper = upper,
		.source = source,
		.effigies = solver->store->dialect == WHITEOUT_USER,
		.copy = copy,
		.owner = copy->is_context || copy->chown != NULL ? &owner : NULL,
		.files = files,
		.arena = solver->arena,
	};

	if (copy->chown != NULL)
		TRY(accounts_find_owner(&owner, deposit.root, copy->chown, err));
	return deposit_files(&deposit, err);
}

static int
execute(struct solver *solver, const struct step *step, struct draft *draft, struct error *err)
{
	const struct copy_step *copy = step->details;
	const struct selection selection = select_files(copy, solver->arena);
	scoped_draft tree = DRAFT_NONE;
	struct gathered_list files = { 0 };
	int root = -1;

	if (copy->is_context || selection.sources.count == 0) {
		FOR_EACH(file, &solver->gathered)
			if (!S_ISDIR(file->about.st_mode))
				draft_raise_epoch(draft, file->about.st_mtim);
		return deposit(solver, copy, draft, solver->context->root, &solver->gathered, err);
	}
	TRY(solver_open_tree(&root, &tree, solver, copy->from, err));
	TRY(selection_gather(&files, solver, &selection, root, err));
	return deposit(solver, copy, draft, root, &files, err);
}

const struct op op_copy = {
	.name = "copy",
	.describe = describe,
	.examine = examine,
	.execute = execute,
};
