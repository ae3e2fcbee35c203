/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Properties of a unit as words (runtime/kernel/cgroup_property.h): name, signature, and as many words as a
 * value of that type takes. A list of them ends with NULL.
 */
#ifndef COOPERAGE_PROPERTIES_H
#define COOPERAGE_PROPERTIES_H

#include <systemd/sd-bus.h>

#include "libcommon/base.h"

/* Appends them all, as a(sv). Returns a negative errno if words are missing, or what libsystemd says. */
int properties_append(sd_bus_message *message, char **words);

/*
 * Takes the property that the error names out of the words, if this systemd does not know it and we may do
 * without it ("?NAME"). False if there is nothing to be taken out.
 */
bool properties_drop_unknown(char **words, const sd_bus_error *why);

#endif
