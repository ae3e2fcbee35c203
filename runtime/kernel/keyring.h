/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session keyring: each container has one of its own, so that it does not see its caller's
 * keys.
 */
#ifndef COOPERAGE_KEYRING_H
#define COOPERAGE_KEYRING_H

#include "libcommon/error.h"

/*
 * Guest side: joins a new session keyring, whose name begins with this one. A kernel without
 * keyrings is no error.
 */
int keyring_join(const char *name, struct error *err);

#endif
