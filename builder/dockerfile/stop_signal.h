/* SPDX-License-Identifier: Apache-2.0 */
/* What STOPSIGNAL may say, after expansion: a number or a name, with or without SIG. */
#ifndef COOPERAGE_STOP_SIGNAL_H
#define COOPERAGE_STOP_SIGNAL_H

#include "libcommon/error.h"

int stop_signal_check(const char *text, struct error *err);

#endif
