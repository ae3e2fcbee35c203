/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict numbers from text: all of the text is the number, or it is an error that quotes it.
 */
#ifndef COOPERAGE_NUMBER_H
#define COOPERAGE_NUMBER_H

#include "libcommon/error.h"

/* Decimal, with a sign for _signed; no blanks, no "+". */
int number_unsigned(uint64_t *out, const char *text, uint64_t max, struct error *err);
int number_signed(int64_t *out, const char *text, int64_t min, int64_t max, struct error *err);

/* "64m", "1.5g", "4096", "2GiB": bytes, with the binary units that docker takes. */
int number_size(uint64_t *out, const char *text, struct error *err);

/* "0644", "644", "4755". At most 07777. */
int number_mode(unsigned *out, const char *text, struct error *err);

/* True if the text is one or more decimal digits. */
bool number_is_decimal(const char *text);

#endif
