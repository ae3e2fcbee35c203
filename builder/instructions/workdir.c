/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/instructions/workdir.h"

#include "builder/build/op_workdir.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

int
workdir_plan(struct planner *planner, const struct statement *statement, struct error *err)
{
	struct workdir_step *details = arena_new(planner->arena, struct workdir_step);
	const struct step *step = NULL;
	const char *path;

	TRY(planner_expand(&path, planner, statement->operands.items[0], err));
	if (path[0] == '\0')
		return fail(err, "the directory \"%s\" is blank", statement->operands.items[0]);
	path = path_join(planner->arena, planner_directory(planner), path);
	planner->here->config.working_dir = path;
	if (!text_equal(path, "/")) {
		*details =
			(struct workdir_step){ .path = path, .user = planner->here->config.user };
		step = planner_add_step(planner, (struct step){
							 .op = &op_workdir,
							 .details = details,
							 .statement = statement,
						 });
	}
	planner_add_history(planner, step, "WORKDIR %s", path);
	return 0;
}
