/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules between members of a process. See runtime_rules.h, which is for others to call.
 */
#ifndef COOPERAGE_PROCESS_RULES_H
#define COOPERAGE_PROCESS_RULES_H

#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"

/* Adds a line for each broken rule; `at` is in front of each path. */
int process_rules_judge(const struct oci_process *process, const char *at, struct error *err);

#endif
