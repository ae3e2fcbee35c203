/* SPDX-License-Identifier: Apache-2.0 */
/* Comma separated fields on one line, where "a,b" is one field and "" in it one quote. */
#ifndef COOPERAGE_CSV_H
#define COOPERAGE_CSV_H

#include "libcommon/error.h"
#include "libcommon/list.h"

int csv_split(struct text_list *out, const char *text, struct arena *arena, struct error *err);

/* "Key=value" → the key in lower case and the value, which is NULL without a "=". */
struct pair csv_option(const char *field, struct arena *arena);

/* The ways to say true and false in an option: 1 t true 0 f false, also with capitals. */
int csv_claim(bool *out, const char *value, struct error *err);

#endif
