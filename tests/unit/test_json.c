/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/json.h"

/* The events as text: "{ key:a 1 }" */
static int
note(void *context, const struct json_event *event)
{
	struct buffer *out = context;

	buffer_add_text(out, out->length > 0 ? " " : "");
	switch (event->kind) {
	case JSON_BOOL: buffer_add_text(out, event->truth ? "true" : "false"); break;
	case JSON_NUMBER: buffer_add(out, event->text, event->length); break;
	case JSON_STRING:
	case JSON_KEY:
		buffer_add_text(out, event->kind == JSON_KEY ? "key:" : "text:");
		buffer_add(out, event->text, event->length);
		break;
	default: buffer_add_text(out, json_kind_text(event->kind));
	}
	return 0;
}

static int
parse(const char *json, struct buffer *out, struct error *err)
{
	return json_parse(json, strlen(json), note, out, err);
}

static void
check_refused(const char *json, const char *wanted)
{
	scoped_buffer out = { 0 };
	struct error err = { 0 };

	CHECK_FAILS(parse(json, &out, &err), err, wanted);
}

static void
check_events(const char *json, const char *wanted)
{
	scoped_buffer out = { 0 };
	struct error err = { 0 };

	CHECK_OK(parse(json, &out, &err), err);
	CHECK_TEXT(buffer_text(&out), wanted);
}

TEST(a_document_is_a_row_of_events)
{
	check_events(
		"{\"a\": [1, -2.5e3, \"x\\ny\"], \"b\": {\"c\": null}, \"d\": true}",
		"an object key:a a list 1 -2.5e3 text:x\ny the end of a list key:b an object key:c "
		"null the end of an object key:d true the end of an object");
	check_events(" 42 ", "42");
	check_events("42", "42");
	check_events("\"\\ud83e\\udd43\"", "text:\xf0\x9f\xa5\x83");
}

TEST(nothing_is_not_a_document)
{
	check_refused("", "1:1: the document is empty");
	check_refused(" \n\t ", "1:1: the document is empty");
}

TEST(a_document_that_ends_early_says_so_where_it_ends)
{
	check_refused("{", "1:2: the document ends before it is complete");
	check_refused("{\n\"a\": 1", "2:7: the document ends before it is complete");
	check_refused("{\"a\": \"abc", "1:11: the document ends before it is complete");
	check_refused("[1, 2", "1:6: the document ends before it is complete");
}

TEST(what_was_wished_and_found_is_said_in_words)
{
	check_refused("{]", "1:2: expected a name in double quotes, found \"]\"");
	check_refused("{1: 2}", "1:2: expected a name in double quotes, found 1");
	check_refused("{\"a\" 1}", "1:6: expected \":\" after a name, found 1");
	check_refused("{\"a\": 1 \"b\": 2}",
		      "1:9: expected \",\" or \"}\" after a value, found a string");
	check_refused("{\"a\": 1\n \"long name, 1\": 2}",
		      "2:2: expected \",\" or \"}\" after a value, found a string");
	check_refused("[1 2]", "1:4: expected \",\" or \"]\" after a value, found 2");
	check_refused("[1 \"two words\"]",
		      "1:4: expected \",\" or \"]\" after a value, found a string");
	check_refused("[1 true]", "1:4: expected \",\" or \"]\" after a value, found true");
	check_refused("{\"a\": }", "1:7: expected a value, found \"}\"");
	check_refused("{\"a\": 01}", "1:7: a number must not begin with 0");
}

TEST(a_comma_too_many_is_called_that)
{
	check_refused("{\"a\": 1,}", "1:9: a comma too many before \"}\"");
	check_refused("{\"a\": [\n1,\n]}", "3:1: a comma too many before \"]\"");
	check_refused("{\"a\": 1,,}", "1:9: expected a name in double quotes, found \",\"");
}

TEST(there_is_nothing_behind_a_document)
{
	check_refused("{}}", "1:3: expected the end of the document, found \"}\"");
	check_refused("{}\n{}", "2:1: expected the end of the document, found \"{\"");
	check_refused("{} x", "1:4: expected the end of the document, found x");
	check_refused("{} \x1b[31m",
		      "1:4: expected the end of the document, found the control character 0x1b");
	check_refused("1 2", "1:3: expected the end of the document, found 2");
}

TEST(characters_that_begin_nothing_are_shown)
{
	check_refused("{a: 1}", "1:2: expected JSON, found \"a\"");
	check_refused("{\"a\": 'x'}", "1:7: expected JSON, found \"'\"");
	check_refused("{\"a\": NaN}", "1:7: expected JSON, found \"N\"");
	check_refused("{\"a\": \xc3\xa4}", "1:7: expected JSON, found \"\xc3\xa4\"");
	check_refused("{\"a\": tru}", "1:10: expected true, false or null, found \"}\"");
	check_refused("{\"a\": -}", "1:8: expected a digit after \"-\", found \"}\"");
	check_refused("{\"a\": 1.}", "1:9: expected a digit after \".\", found \"}\"");
	check_refused("{\"a\": 1e}", "1:9: expected a digit in the exponent, found \"}\"");
	check_refused("// hello\n{}", "1:1: JSON has no comments");
}

TEST(strings_end_in_their_line_and_escape_what_may_be_escaped)
{
	check_refused("{\"a\": \"b\nc\"}",
		      "1:9: expected a string to end, found the end of the line");
	check_refused("{\"a\": \"b\x01\"}",
		      "1:9: expected a string to end, found the control character 0x01");
	check_refused("{\"a\": \"\\q\"}", "1:9: nothing to escape in a string, found \"q\"");
	check_refused("{\"a\": \"\\u12g4\"}",
		      "1:12: expected four hexadecimal digits after \"\\u\", found \"g\"");
}

TEST(only_utf_8_is_taken)
{
	check_refused("{\"a\": \"\xc0\xaf\"}", "1:8: not UTF-8: byte 0xc0");
	check_refused("{\n\"\xc3\xa4\": \"\xed\xa0\x80\"}", "2:7: not UTF-8: byte 0xed");
	check_refused("\xef\xbb\xbf{}", "1:1: a byte order mark is not allowed in JSON");
}

TEST(half_of_a_surrogate_pair_is_refused)
{
	check_refused("[\"\\ud83e\"]", "1:3: half of a surrogate pair in a string");
	check_refused("[\"\\ud83ex\"]", "1:3: half of a surrogate pair in a string");
	check_refused("[\"\\udd43\"]", "1:3: half of a surrogate pair in a string");
	check_refused("[\"a\\udd43\\ud83e\"]", "1:4: half of a surrogate pair in a string");
	check_refused("[\"\\ud83e\\ud83e\"]", "1:3: half of a surrogate pair in a string");
	check_events("[\"\\\\ud83e\"]", "a list text:\\ud83e the end of a list");
}

TEST(a_nul_byte_in_the_document_is_refused_like_any_other)
{
	static const char json[] = "{\"a\":1,\0}";
	scoped_buffer out = { 0 };
	struct error err = { 0 };

	CHECK_FAILS(json_parse(json, sizeof(json) - 1, note, &out, &err), err,
		    "1:8: expected JSON, found the control character 0x00");
}

static int
stop(void *context, const struct json_event *event)
{
	(void) event;
	++*(int *) context;
	return -1;
}

TEST(the_taker_can_stop)
{
	int taken = 0;
	struct error err = { 0 };

	CHECK_EQ(json_parse("[1]", 3, stop, &taken, &err), 1);
	CHECK_EQ(taken, 1);
}

TEST(strings_are_written_so_that_they_read_back)
{
	scoped_buffer out = { 0 };

	json_add_string(&out,
			"plain \"quoted\" back\\slash\n\t\r\b\f\x01\x7f \xc3\xa4 \xf0\x9f\xa5\x83");
	CHECK_TEXT(buffer_text(&out),
		   "\"plain \\\"quoted\\\" back\\\\slash\\n\\t\\r\\b\\f\\u0001\\u007f "
		   "\xc3\xa4 \xf0\x9f\xa5\x83\"");
}

TEST(what_is_not_utf_8_is_written_as_the_replacement_character)
{
	scoped_buffer out = { 0 };

	json_add_string(&out, "a\xff\xe2\x82");
	CHECK_TEXT(buffer_text(&out), "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}
