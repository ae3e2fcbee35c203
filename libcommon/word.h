/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that stand for values, both ways: in documents, on command lines, in /proc.
 */
#ifndef COOPERAGE_WORD_H
#define COOPERAGE_WORD_H

/* A table of these ends with { NULL, 0 }. Values are >= 0. */
struct word {
	const char *text;
	int value;
};

/* The first text with this value, or NULL. */
const char *word_text(const struct word *words, int value);

/* The value of this text, or -1. */
int word_value(const struct word *words, const char *text);

#endif
