/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GUEST SIDE of create: from the clone until it becomes the user's process. Faces host.h.
 */
#ifndef COOPERAGE_GUEST_H
#define COOPERAGE_GUEST_H

#include "runtime/life/container.h"

/* The main of the cloned process; `data` is a struct guest. */
no_return void guest_main(void *data);

#endif
