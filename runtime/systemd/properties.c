/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/systemd/properties.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/text.h"

/* ---- words into a message --------------------------------------------------------------------- */

/* How much of the signature is one type; 0 if it is none. */
static size_t
type_length(const char *signature)
{
	size_t n = 1;

	if (signature[0] == 'a') {
		size_t item = type_length(signature + 1);
		return item == 0 ? 0 : 1 + item;
	}
	if (signature[0] != '(')
		return signature[0] == '\0' || strchr("ybnqiuxtdsogv", signature[0]) == NULL ? 0
											     : 1;
	while (signature[n] != ')') {
		size_t item = type_length(signature + n);
		if (item == 0)
			return 0;
		n += item;
	}
	return n + 1;
}

static const char *
next_word(char ***words)
{
	return **words == NULL ? "" : *(*words)++;
}

static int
append_basic(sd_bus_message *message, char type, const char *word)
{
	const bool yes = text_equal(word, "true");
	const long long number = strtoll(word, NULL, 10);
	const unsigned long long natural = strtoull(word, NULL, 10);

	switch (type) {
	case 'b': return sd_bus_message_append(message, "b", yes);
	case 'd': return sd_bus_message_append(message, "d", strtod(word, NULL));
	case 'y':
	case 'q':
	case 'u': return sd_bus_message_append(message, (char[]){ type, '\0' }, (unsigned) natural);
	case 't': return sd_bus_message_append(message, "t", (uint64_t) natural);
	case 'n':
	case 'i': return sd_bus_message_append(message, (char[]){ type, '\0' }, (int) number);
	case 'x': return sd_bus_message_append(message, "x", (int64_t) number);
	default: return sd_bus_message_append_basic(message, type, word);
	}
}

static int append_value(sd_bus_message *message, const char *type, size_t n, char ***words);

static int
append_inside(sd_bus_message *message, char kind, const char *types, size_t n, char ***words)
{
	char inner[256];
	int result;

	if (n >= sizeof(inner))
		return -EINVAL;
	memcpy(inner, types, n);
	inner[n] = '\0';
	result = sd_bus_message_open_container(message, kind, inner);
	if (kind == SD_BUS_TYPE_ARRAY) {
		unsigned long count = strtoul(next_word(words), NULL, 10);
		while (result >= 0 && count-- > 0)
			result = append_value(message, inner, n, words);
	} else {
		for (size_t at = 0, length; result >= 0 && at < n; at += length) {
			length = type_length(inner + at);
			result = append_value(message, inner + at, length, words);
		}
	}
	return result < 0 ? result : sd_bus_message_close_container(message);
}

/* One type of the signature, from as many words as it takes. */
static int
append_value(sd_bus_message *message, const char *type, size_t n, char ***words)
{
	if (n == 0 || **words == NULL)
		return -EINVAL;
	if (type[0] == 'a')
		return append_inside(message, SD_BUS_TYPE_ARRAY, type + 1, n - 1, words);
	if (type[0] == '(')
		return append_inside(message, SD_BUS_TYPE_STRUCT, type + 1, n - 2, words);
	if (type[0] == 'v') {
		const char *inner = next_word(words);
		return append_inside(message, SD_BUS_TYPE_VARIANT, inner, type_length(inner),
				     words);
	}
	return append_basic(message, type[0], next_word(words));
}

static int
append_property(sd_bus_message *message, char ***words)
{
	const char *name = next_word(words), *type = next_word(words);
	int result;

	result = sd_bus_message_open_container(message, 'r', "sv");
	if (result >= 0)
		result = sd_bus_message_append(message, "s", name[0] == '?' ? name + 1 : name);
	if (result >= 0)
		result =
			append_inside(message, SD_BUS_TYPE_VARIANT, type, type_length(type), words);
	return result < 0 ? result : sd_bus_message_close_container(message);
}

int
properties_append(sd_bus_message *message, char **words)
{
	int result = sd_bus_message_open_container(message, 'a', "(sv)");

	while (result >= 0 && *words != NULL)
		result = append_property(message, &words);
	return result < 0 ? result : sd_bus_message_close_container(message);
}

/* ---- what this systemd does not know ----------------------------------------------------------- */

/* Steps over one value; false if there are not enough words. */
static bool
skip_value(const char *type, size_t n, char ***words)
{
	if (n == 0 || **words == NULL)
		return false;
	if (type[0] == 'a') {
		unsigned long count = strtoul(next_word(words), NULL, 10);
		while (count-- > 0)
			if (!skip_value(type + 1, n - 1, words))
				return false;
		return true;
	}
	if (type[0] == '(') {
		for (size_t at = 1, length; at < n - 1; at += length) {
			length = type_length(type + at);
			if (!skip_value(type + at, length, words))
				return false;
		}
		return true;
	}
	const char *word = next_word(words);
	return type[0] != 'v' || skip_value(word, type_length(word), words);
}

bool
properties_drop_unknown(char **words, const sd_bus_error *why)
{
	const char *named =
		why->message == NULL ? NULL : text_after(why->message, "Cannot set property ");

	if (named == NULL || !sd_bus_error_has_name(why, SD_BUS_ERROR_PROPERTY_READ_ONLY))
		return false;
	for (char **from = words; *from != NULL; from = words) {
		const char *name = next_word(&words), *type = next_word(&words);
		size_t n = strlen(name);

		if (!skip_value(type, type_length(type), &words))
			return false;
		if (name[0] != '?' || strncmp(named, name + 1, n - 1) != 0 || named[n - 1] != ',')
			continue;
		do
			*from++ = *words;
		while (*words++ != NULL);
		return true;
	}
	return false;
}
