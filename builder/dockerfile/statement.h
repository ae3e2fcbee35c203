/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One logical line → one statement, by the shape of its instruction. Bodies of heredocs are read
 * from the lines that follow it. What it means to be right is judge.h's to say.
 */
#ifndef COOPERAGE_STATEMENT_H
#define COOPERAGE_STATEMENT_H

#include "builder/dockerfile/dockerfile.h"

int statement_read(struct statement *statement, struct lines *lines, const struct line *line,
		   struct error *err);

#endif
