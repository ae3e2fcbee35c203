/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules between members of resources. See runtime_rules.h, which is for others to call.
 */
#ifndef COOPERAGE_RESOURCE_RULES_H
#define COOPERAGE_RESOURCE_RULES_H

#include "libcommon/error.h"
#include "oci-spec/runtime_resources.h"

/* Adds a line for each broken rule; `at` is in front of each path. */
int resource_rules_judge(const struct oci_resources *resources, const char *at, struct error *err);

#endif
