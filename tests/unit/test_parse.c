/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/exec_form.h"
#include "builder/dockerfile/lines.h"
#include "builder/dockerfile/parse.h"
#include "builder/dockerfile/statement.h"
#include "libcommon/text.h"
#include "tests/unit/corpus.h"

/* ---- the reference's trees ---------------------------------------------------------------- */

/* As the reference quotes: printable UTF-8 as it is, the rest as Go's escapes. */
static void
tree_text(struct buffer *out, const char *text)
{
	static const char names[] = "\a\b\f\n\r\t\v\"\\", letters[] = "abfnrtv\"\\";

	buffer_add_char(out, '"');
	for (; *text != '\0'; text++) {
		const char *name = strchr(names, *text);
		if (strncmp(text, EXEC_FORM_NUL, 2) == 0) {
			buffer_add_text(out, "\\x00");
			text++;
		} else if (name != NULL) {
			buffer_add_format(out, "\\%c", letters[name - names]);
		} else {
			buffer_add_char(out, *text);
		}
	}
	buffer_add_char(out, '"');
}

static void
tree_texts(struct buffer *out, const struct text_list *texts)
{
	FOR_EACH(text, texts) {
		buffer_add_char(out, ' ');
		tree_text(out, *text);
	}
}

static void
tree_pairs(struct buffer *out, const struct statement *statement)
{
	bool names = statement->row->operands == OPERANDS_NAMES;

	FOR_EACH(pair, &statement->pairs) {
		scoped_buffer word = { 0 };
		buffer_add_text(&word, pair->key);
		if (names && pair->value != NULL)
			buffer_add_format(&word, "=%s", pair->value);
		buffer_add_char(out, ' ');
		tree_text(out, buffer_text(&word));
		if (names)
			continue;
		buffer_add_char(out, ' ');
		tree_text(out, pair->value);
		buffer_add_text(out, statement->is_legacy ? " \"\"" : " \"=\"");
	}
}

static void
tree_statement(struct buffer *out, const struct statement *statement, struct arena *arena)
{
	scoped_buffer flags = { 0 };

	buffer_add_format(out, "(%s", text_lower(arena, statement->word));
	tree_texts(&flags, &statement->flag_words);
	if (flags.length > 0)
		buffer_add_format(out, " [%s]", flags.bytes + 1);
	tree_texts(out, &statement->operands);
	tree_pairs(out, statement);
	if (statement->trigger != NULL) {
		buffer_add_char(out, ' ');
		tree_statement(out, statement->trigger, arena);
	}
	buffer_add_char(out, ')');
}

/* Statements by their shape alone: the trees hold some that are wrong in other ways. */
static int
tree_file(struct buffer *out, const char *bytes, size_t n, struct error *err)
{
	scoped_arena arena = { 0 };
	struct lines lines;
	struct line line = { 0 };
	size_t count = 0;

	lines_open(&lines, &arena, bytes, n);
	while (GET(lines_next(&lines, &line, err)) == 0) {
		struct statement statement;
		TRY(statement_read(&statement, &lines, &line, err));
		tree_statement(out, &statement, &arena);
		buffer_add_char(out, '\n');
		count++;
	}
	return count > 0 ? 0 : fail(err, "nothing in it");
}

TEST(the_public_trees_come_out)
{
	scoped_arena arena = { 0 };
	const char *data = corpus_data(&arena, "dockerfile-parser/testfiles");

	if (data == NULL) {
		arena_done(&arena); /* skip jumps out of the block */
		skip();
	}
	struct text_list names = corpus_list(&arena, data);
	CHECK(names.count >= 33);
	FOR_EACH(name, &names) {
		scoped_buffer tree = { 0 };
		struct error err = { 0 };
		size_t n, m;
		char *bytes = corpus_read(
			&arena, arena_format(&arena, "%s/%s/Dockerfile", data, *name), &n);
		char *wanted =
			corpus_read(&arena, arena_format(&arena, "%s/%s/result", data, *name), &m);
		CHECK(bytes != NULL && wanted != NULL);
		if (tree_file(&tree, bytes, n, &err) < 0)
			check_failed("%s: %s", *name, err.text);
		if (strcmp(text_trimmed(&arena, buffer_text(&tree)),
			   text_trimmed(&arena, wanted)) != 0)
			check_failed("%s:\n%swanted:\n%s", *name, buffer_text(&tree), wanted);
	}
}

TEST(the_public_wrong_files_are_refused)
{
	scoped_arena arena = { 0 };
	const char *data = corpus_data(&arena, "dockerfile-parser/testfiles-negative");

	if (data == NULL) {
		arena_done(&arena); /* skip jumps out of the block */
		skip();
	}
	struct text_list names = corpus_list(&arena, data);
	CHECK(names.count >= 4);
	FOR_EACH(name, &names) {
		struct dockerfile file;
		struct error err = { 0 };
		size_t n;
		char *bytes = corpus_read(
			&arena, arena_format(&arena, "%s/%s/Dockerfile", data, *name), &n);
		CHECK(bytes != NULL);
		if (parse_file(&file, &arena, "Dockerfile", bytes, n, &err) >= 0)
			check_failed("%s: was taken", *name);
		CHECK(strncmp(err.text, "Dockerfile:", 11) == 0);
	}
}

/* ---- goldens ------------------------------------------------------------------------------ */

/* With COOPERAGE_GOLDEN=write what comes out becomes what is wanted; look at the difference. */
static void
check_golden(struct arena *arena, const char *path, const char *actual)
{
	const char *mode = getenv("COOPERAGE_GOLDEN");
	struct error err = { 0 };
	size_t n;

	if (text_equal(mode, "write"))
		CHECK_OK(file_replace(AT_FDCWD, path, actual, strlen(actual), 0644, &err), err);
	char *wanted = corpus_read(arena, path, &n);
	if (wanted == NULL)
		check_failed("there is no %s", path);
	if (strcmp(actual, wanted) != 0)
		check_failed("%s:\n%swanted:\n%s", path, actual, wanted);
}

/* The cases of a directory, each with a Dockerfile; `show` says what should come out of it. */
static void
check_cases(const char *directory, const char *answer, size_t least,
	    void (*show)(struct buffer *out, const char *name, const char *bytes, size_t n))
{
	scoped_arena arena = { 0 };
	const char *path = arena_format(&arena, "%s/tests/golden/%s", corpus_source(), directory);
	struct text_list names = corpus_list(&arena, path);

	CHECK(names.count >= least);
	FOR_EACH(name, &names) {
		scoped_buffer out = { 0 };
		size_t n;
		char *bytes = corpus_read(
			&arena, arena_format(&arena, "%s/%s/Dockerfile", path, *name), &n);
		if (bytes == NULL)
			check_failed("%s/%s has no Dockerfile", path, *name);
		show(&out, *name, bytes, n);
		check_golden(&arena, arena_format(&arena, "%s/%s/%s", path, *name, answer),
			     buffer_text(&out));
	}
}

static void
show_file(struct buffer *out, const char *name, const char *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct dockerfile file;
	struct error err = { 0 };

	if (parse_file(&file, &arena, "Dockerfile", bytes, n, &err) < 0)
		check_failed("%s: %s", name, err.text);
	dockerfile_print(out, &file);
}

TEST(files_are_understood_as_their_goldens_say)
{
	check_cases("dockerfile", "file.txt", 10, show_file);
}

static void
show_complaint(struct buffer *out, const char *name, const char *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct dockerfile file;
	struct error err = { 0 };

	if (parse_file(&file, &arena, "Dockerfile", bytes, n, &err) >= 0)
		check_failed("%s: was taken", name);
	buffer_add_format(out, "%s\n", err.text);
	dockerfile_excerpt(out, &file, file.wrong);
}

TEST(wrong_files_are_complained_of_in_these_words)
{
	check_cases("errors/dockerfile", "error.txt", 15, show_complaint);
}
