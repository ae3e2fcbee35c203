/* SPDX-License-Identifier: Apache-2.0 */
/* RUN --device: a device by its CDI name, "vendor.com/class=name", and whether it must be there. */
#ifndef COOPERAGE_RUN_DEVICE_H
#define COOPERAGE_RUN_DEVICE_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

struct run_device {
	const char *name;
	bool required;
};

/* Nothing in it is expanded. Text lives in the arena. */
int run_device_read(struct run_device *device, const char *text, struct arena *arena,
		    struct error *err);

#endif
