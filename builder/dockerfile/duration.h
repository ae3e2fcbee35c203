/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of time as the language writes them: "1m30s", "1.5h", "300ms", "0". */
#ifndef COOPERAGE_DURATION_H
#define COOPERAGE_DURATION_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

int duration_read(int64_t *nanoseconds, const char *text, struct error *err);

/* "1m30s", "300ms", "0s"; of what is not negative. */
const char *duration_text(struct arena *arena, int64_t nanoseconds);

#endif
