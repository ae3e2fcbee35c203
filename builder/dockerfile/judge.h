/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a statement that its shape cannot say: the `judge` of the rows of syntax.c.
 *
 * Operands with variables are judged only where no value could make them right.
 */
#ifndef COOPERAGE_JUDGE_H
#define COOPERAGE_JUDGE_H

#include "builder/dockerfile/dockerfile.h"

int judge_add(const struct statement *statement, struct arena *arena, struct error *err);
int judge_copy(const struct statement *statement, struct arena *arena, struct error *err);
int judge_expose(const struct statement *statement, struct arena *arena, struct error *err);
int judge_from(const struct statement *statement, struct arena *arena, struct error *err);
int judge_healthcheck(const struct statement *statement, struct arena *arena, struct error *err);
int judge_names(const struct statement *statement, struct arena *arena, struct error *err);
int judge_onbuild(const struct statement *statement, struct arena *arena, struct error *err);
int judge_shell(const struct statement *statement, struct arena *arena, struct error *err);
int judge_stopsignal(const struct statement *statement, struct arena *arena, struct error *err);
int judge_volume(const struct statement *statement, struct arena *arena, struct error *err);

/* What holds for all, then the row's own. Fills statement->flags. */
int judge_statement(struct statement *statement, struct arena *arena, struct error *err);

#endif
