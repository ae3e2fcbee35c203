/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each instruction means: one function a word, by the ids of builder/dockerfile/instruction.h.
 *
 * To add an instruction: its syntax there, its function in this room, its row here.
 */
#ifndef COOPERAGE_MEANING_H
#define COOPERAGE_MEANING_H

#include "builder/build/planner.h"

extern const struct meaning meaning_table[INSTRUCTION_COUNT];

#endif
