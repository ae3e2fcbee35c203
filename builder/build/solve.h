/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the steps of a plan in their order: what was done before is taken from the cache.
 */
#ifndef COOPERAGE_SOLVE_H
#define COOPERAGE_SOLVE_H

#include "builder/build/solver.h"

/* Afterwards each step has its result. A complaint has its line, and the file knows it (excerpt). */
int solve_run(struct solver *solver, struct error *err);

#endif
