/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network devices: loopback up in a new network namespace, and devices of the host handed over
 * (linux.netDevices, runtime-spec 1.3).
 */
#ifndef COOPERAGE_NETDEV_H
#define COOPERAGE_NETDEV_H

#include <sys/types.h>

#include "libcommon/error.h"
#include "oci-spec/runtime_linux.h"

/*
 * Host side: moves each device into the network namespace `netns` (an fd), renamed as asked for and
 * with its permanent global addresses, and sets it up there (config-linux.md, "Network Devices").
 */
int netdev_move(const struct oci_net_device_list *devices, int netns, struct error *err);

/* Guest side: sets the loopback device up. */
int netdev_raise_loopback(struct error *err);

#endif
