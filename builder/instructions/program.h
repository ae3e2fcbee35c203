/* SPDX-License-Identifier: Apache-2.0 */
/* What a container of the image runs, and how: CMD, ENTRYPOINT, SHELL, USER, STOPSIGNAL, HEALTHCHECK. */
#ifndef COOPERAGE_PROGRAM_H
#define COOPERAGE_PROGRAM_H

#include "builder/build/planner.h"

int program_plan_cmd(struct planner *planner, const struct statement *statement, struct error *err);
int program_plan_entrypoint(struct planner *planner, const struct statement *statement,
			    struct error *err);
int program_plan_shell(struct planner *planner, const struct statement *statement,
		       struct error *err);
int program_plan_user(struct planner *planner, const struct statement *statement,
		      struct error *err);
int program_plan_stopsignal(struct planner *planner, const struct statement *statement,
			    struct error *err);
int program_plan_healthcheck(struct planner *planner, const struct statement *statement,
			     struct error *err);

/* An instruction's command as arguments, the shell in front if it was written as one text. The
 * first `skip` operands are not of the command. */
struct text_list program_args(struct planner *planner, const struct statement *statement,
			      size_t skip);

/* One text → what the stage's shell is called with. */
struct text_list program_shell(struct planner *planner, const char *text);

/* ["a" "b"]: how histories show arguments. */
const char *program_quoted(struct arena *arena, const struct text_list *args);

#endif
