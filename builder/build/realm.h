/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user namespace of our own, for those who are not root: in it we are, over our own id and those
 * that the system lets us have, so that trees with many owners can be made, mounted and removed.
 *
 * Enter it before anything else is opened or started. What only reads and writes blobs and names does
 * not need it.
 */
#ifndef COOPERAGE_REALM_H
#define COOPERAGE_REALM_H

#include "libcommon/error.h"

/*
 * For good, and for the programs we run. Returns 1 if we are root of such a namespace now, and 0 if we
 * were root before, of whatever namespace: then nothing was done.
 */
int realm_enter(struct error *err);

#endif
