/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel parameters that belong to a namespace (linux.sysctl).
 */
#ifndef COOPERAGE_SYSCTL_H
#define COOPERAGE_SYSCTL_H

#include "libcommon/error.h"
#include "libcommon/list.h"

/* Either side: fails if a parameter belongs to no namespace in `own` (CLONE_NEW* flags): it would
 * change the host. */
int sysctl_check(const struct pair_list *sysctls, uint64_t own, struct error *err);

/* Guest side: writes them through a private procfs. Names may be spelled with "." or "/". */
int sysctl_write(const struct pair_list *sysctls, struct error *err);

#endif
