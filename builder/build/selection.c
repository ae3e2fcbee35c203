/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/selection.h"

#include "builder/store/records.h"

#define REMEMBERED "selections"

static int
gather(struct gathered_list *files, struct solver *solver, const struct selection *selection,
       int root, struct error *err)
{
	struct gather gather = { .root = root,
				 .parents = selection->parents,
				 .arena = solver->arena };

	TRY(ignore_compile(&gather.exclude, &selection->exclude, solver->arena, err));
	if (selection->is_context) {
		gather.ignore = &solver->context->ignore;
		gather.ignore_name = solver->context->ignore_name;
		gather.digests = &solver->context->digests;
	} else
		gather.effigies = solver->store->dialect == WHITEOUT_USER;
	FOR_EACH(source, &selection->sources)
		TRY(gather_source(&gather, *source, err));
	*files = gather.list;
	return 0;
}

int
selection_gather(struct gathered_list *files, struct solver *solver,
		 const struct selection *selection, int root, struct error *err)
{
	if (!selection->is_context)
		return gather(files, solver, selection, root, err);
	if (solver->context->root < 0)
		return fail(err, "there is no build context to take \"%s\" from",
			    selection->sources.items[0]);
	return gather(files, solver, selection, solver->context->root, err);
}

/* Owners count where they are kept: files of the context become root's, whoever has them here. */
static void
describe_files(const struct gathered_list *files, bool is_context, struct recipe *recipe)
{
	FOR_EACH(file, files) {
		scoped_arena arena = { 0 };
		const struct stat *about = &file->about;
		const char *owner =
			is_context ? ""
				   : arena_format(&arena, ":%u:%u", about->st_uid, about->st_gid);

		if (file->role == GATHERED_DIRECTORY)
			recipe_add_named(recipe, "directory", file->source, "all of it");
		else
			recipe_add_named(recipe, "file", file->target,
					 arena_format(&arena, "%06o%s %s", about->st_mode, owner,
						      file->digest));
	}
}

/* ---- from a tree ----------------------------------------------------------------------------- */

static const char *
name_selection(const struct solver *solver, const struct selection *selection)
{
	scoped_recipe recipe = { 0 };

	recipe_add(&recipe, "tree", solver_result(solver, selection->from)->identity);
	FOR_EACH(source, &selection->sources)
		recipe_add(&recipe, "take", *source);
	FOR_EACH(pattern, &selection->exclude)
		recipe_add(&recipe, "exclude", *pattern);
	recipe_add(&recipe, "parents", selection->parents ? "yes" : NULL);
	return arena_text(solver->arena, buffer_text(&recipe.text));
}

static int
examine_tree(struct solver *solver, const struct selection *selection, struct recipe *recipe,
	     struct error *err)
{
	const char *name = name_selection(solver, selection), *known;
	scoped_draft tree = DRAFT_NONE;
	scoped_recipe list = { 0 };
	struct gathered_list files;
	char digest[HASH_TEXT_SIZE];
	int root;

	if (GET(records_get(&known, solver->store, REMEMBERED, name, solver->arena, err)) == 0) {
		recipe_add(recipe, "files", known);
		return 0;
	}
	TRY(solver_open_tree(&root, &tree, solver, selection->from, err));
	TRY(gather(&files, solver, selection, root, err));
	describe_files(&files, false, &list);
	hash_bytes(digest, HASH_SHA256, buffer_text(&list.text), list.text.length);
	recipe_add(recipe, "files", digest);
	return records_set(solver->store, REMEMBERED, name, digest, err);
}

int
selection_examine(struct gathered_list *files, struct solver *solver,
		  const struct selection *selection, struct recipe *recipe, struct error *err)
{
	*files = (struct gathered_list){ 0 };
	if (selection->is_context) {
		TRY(selection_gather(files, solver, selection, -1, err));
		describe_files(files, true, recipe);
		return 0;
	}
	if (solver->pretend) {
		recipe_add(recipe, "files", solver_result(solver, selection->from)->identity);
		return 0;
	}
	return examine_tree(solver, selection, recipe, err);
}
