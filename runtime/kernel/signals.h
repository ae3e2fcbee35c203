/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals by name and number.
 */
#ifndef COOPERAGE_SIGNALS_H
#define COOPERAGE_SIGNALS_H

#include "libcommon/error.h"

/* "TERM", "SIGTERM", "term", "15", "RTMIN+3". Returns the number: to SIGRTMAX, or 0, which only asks who lives. */
int signals_find(const char *text, struct error *err);

/* "SIGTERM", "SIGRTMIN+3"; NULL if there is none of that number. */
const char *signals_name(int signal, char text[24]);

#endif
