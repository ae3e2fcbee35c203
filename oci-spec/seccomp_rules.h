/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules between members of a system call filter. See runtime_rules.h, which is for others to
 * call.
 */
#ifndef COOPERAGE_SECCOMP_RULES_H
#define COOPERAGE_SECCOMP_RULES_H

#include "libcommon/error.h"
#include "oci-spec/runtime_seccomp.h"

/* Adds a line for each broken rule; `at` is in front of each path. */
int seccomp_rules_judge(const struct oci_seccomp *seccomp, const char *at, struct error *err);

#endif
