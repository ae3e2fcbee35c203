/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/instructions/copy.h"

#include <string.h>

#include "builder/build/op_copy.h"
#include "builder/dockerfile/expand.h"
#include "builder/dockerfile/heredoc.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

/* Clean and absolute, with a "/" at its end if it was written as a directory. */
static const char *
place_destination(struct planner *planner, const char *written)
{
	const char *path = path_join(planner->arena, planner_directory(planner), written);
	bool directory = text_is_empty(written) || text_equal(written, ".") ||
			 text_ends_with(written, "/") || text_ends_with(written, "/.");

	if (!directory || text_equal(path, "/"))
		return path;
	return arena_format(planner->arena, "%s/", path);
}

/* "git@host:…" and addresses, which only ADD may name. */
static bool
is_remote(const char *source)
{
	static const char *const schemes[] = { "http://", "https://", "git://", "ssh://", "git@" };

	for (size_t i = 0; i < COUNT(schemes); i++)
		if (text_after(source, schemes[i]) != NULL)
			return true;
	return false;
}

static int
read_document(struct copy_source *source, struct planner *planner, const struct heredoc *heredoc,
	      struct error *err)
{
	struct expander expander = planner_expander(planner);

	source->path = heredoc->name;
	source->content = heredoc_text(planner->arena, heredoc);
	if (heredoc->expand)
		return expand_body(&source->content, &expander, source->content, err);
	return 0;
}

static int
read_sources(struct copy_step *copy, struct planner *planner, const struct statement *statement,
	     struct error *err)
{
	for (size_t i = 0; i + 1 < statement->operands.count; i++) {
		const struct heredoc *heredoc = dockerfile_heredoc_at(statement, i);
		struct copy_source source = { 0 };

		if (heredoc != NULL)
			TRY(read_document(&source, planner, heredoc, err));
		else
			TRY(planner_expand(&source.path, planner, statement->operands.items[i],
					   err));
		if (heredoc == NULL && is_remote(source.path))
			return fail(
				err,
				"\"%s\" is not in the build context, and nothing is fetched from "
				"elsewhere",
				source.path);
		list_add(&copy->sources, planner->arena, source);
	}
	return 0;
}

static int
read_permissions(struct copy_step *copy, struct planner *planner, const char *chmod,
		 struct error *err)
{
	struct permissions *permissions = arena_new(planner->arena, struct permissions);

	if (chmod == NULL)
		return 0;
	TRY(planner_expand(&copy->chmod, planner, chmod, err));
	TRY(permissions_read(permissions, copy->chmod, planner->arena, err));
	copy->permissions = permissions;
	return 0;
}

/* As it is told in the history: where from and what not does not belong to it. */
static const char *
tell_copy(struct planner *planner, const struct copy_step *copy, const char *word,
	  const char *destination)
{
	scoped_buffer told = { 0 };

	buffer_add_text(&told, word);
	if (copy->chown != NULL)
		buffer_add_format(&told, " --chown=%s", copy->chown);
	if (copy->chmod != NULL)
		buffer_add_format(&told, " --chmod=%s", copy->chmod);
	FOR_EACH(source, &copy->sources)
		buffer_add_format(&told, source->content != NULL ? " <<%s" : " %s", source->path);
	buffer_add_format(&told, " %s", destination);
	return arena_text(planner->arena, buffer_text(&told));
}

static int
add_copy(struct planner *planner, struct copy_step *copy, const struct statement *statement,
	 const char *chown, const char *chmod, struct error *err)
{
	const char *destination;
	struct step step = { .op = &op_copy, .details = copy, .statement = statement };

	TRY(read_sources(copy, planner, statement, err));
	TRY(planner_expand(&destination, planner,
			   statement->operands.items[statement->operands.count - 1], err));
	copy->destination = place_destination(planner, destination);
	if (chown != NULL)
		TRY(planner_expand(&copy->chown, planner, chown, err));
	TRY(read_permissions(copy, planner, chmod, err));

	if (copy->from != NULL)
		list_add(&step.inputs, planner->arena, copy->from);
	const struct step *added = planner_add_step(planner, step);
	planner_add_history(planner, added, "%s",
			    tell_copy(planner, copy, statement->row->word, destination));
	return 0;
}

int
copy_plan(struct planner *planner, const struct statement *statement, struct error *err)
{
	const struct copy_flags *flags = statement->flags;
	struct copy_step *copy = arena_new(planner->arena, struct copy_step);

	copy->is_context = flags->from == NULL;
	copy->exclude = flags->exclude;
	copy->parents = flags->parents;
	if (flags->from != NULL)
		TRY(planner_tree_named(&copy->from, planner, flags->from, err));
	return add_copy(planner, copy, statement, flags->chown, flags->chmod, err);
}

int
copy_plan_add(struct planner *planner, const struct statement *statement, struct error *err)
{
	const struct add_flags *flags = statement->flags;
	struct copy_step *copy = arena_new(planner->arena, struct copy_step);

	copy->is_context = true;
	copy->exclude = flags->exclude;
	copy->unpacks = flags->unpack == NULL || *flags->unpack;
	if (!text_is_empty(flags->checksum))
		return fail(err,
			    "--checksum is for what is fetched, and \"%s\" is of the build context",
			    statement->operands.items[0]);
	return add_copy(planner, copy, statement, flags->chown, flags->chmod, err);
}
