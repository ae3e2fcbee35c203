/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/parse.h"
#include "libcommon/text.h"

static void
parse(struct dockerfile *file, struct arena *arena, const char *bytes)
{
	struct error err = { 0 };

	CHECK_OK(parse_file(file, arena, "Dockerfile", bytes, strlen(bytes), &err), err);
}

TEST(stages_are_found_by_name_or_number)
{
	scoped_arena arena = { 0 };
	struct dockerfile file;

	parse(&file, &arena, "FROM a AS One\nFROM b\nFROM c as one\nFROM d AS three\n");
	CHECK(dockerfile_stage(&file, "one") == &file.stages.items[2]); /* the last of a name */
	CHECK(dockerfile_stage(&file, "THREE") == &file.stages.items[3]);
	CHECK(dockerfile_stage(&file, "0") == &file.stages.items[0]);
	CHECK(dockerfile_stage(&file, "4") == NULL);
	CHECK(dockerfile_stage(&file, "b") == NULL);
	CHECK(dockerfile_stage(&file, "") == NULL);
	CHECK(dockerfile_stage(&file, "99999999999999999999") == NULL);
}

TEST(statements_belong_to_the_stage_above_them)
{
	scoped_arena arena = { 0 };
	struct dockerfile file;

	parse(&file, &arena, "ARG a\nARG b\nFROM x\nRUN 1\nRUN 2\nFROM y\nFROM z\nRUN 3\n");
	CHECK_EQ(file.statements.count, 8);
	CHECK_EQ(file.globals.count, 2);
	CHECK_EQ(file.stages.count, 3);
	CHECK_EQ(file.stages.items[0].count, 2);
	CHECK_TEXT(file.stages.items[0].statements[1].operands.items[0], "2");
	CHECK_EQ(file.stages.items[1].count, 0);
	CHECK_TEXT(file.stages.items[2].statements[0].operands.items[0], "3");
}

TEST(what_lint_rules_look_at_is_kept_as_it_was_written)
{
	scoped_arena arena = { 0 };
	struct dockerfile file;

	parse(&file, &arena, "# x\nfrom a As B\n# check=skip=R\n# one two\nRun c \\\n\n d\n");
	const struct statement *from = file.stages.items[0].from;
	const struct statement *run = &file.stages.items[0].statements[0];
	CHECK_TEXT(from->word, "from");
	CHECK_TEXT(from->operands.items[1], "As");
	CHECK_TEXT(from->operands.items[2], "B");
	CHECK_TEXT(file.stages.items[0].name, "b");
	CHECK_TEXT(run->word, "Run");
	CHECK_TEXT(run->text, "Run c  d");
	CHECK_EQ(run->lines.first, 5);
	CHECK_EQ(run->lines.last, 7);
	CHECK_TEXT(text_join(&arena, &run->comments, "|"), "check=skip=R|one two");
	CHECK_EQ(file.remarks.count, 1);
	CHECK_TEXT(file.remarks.items[0].rule, "NoEmptyContinuation");
}

TEST(directives_are_found_by_name)
{
	scoped_arena arena = { 0 };
	struct dockerfile file;

	parse(&file, &arena,
	      "# syntax=docker/dockerfile:1 x\n# check=skip=A, B;error=true;experimental=all\nFROM "
	      "x");
	CHECK_TEXT(dockerfile_directive(&file, "syntax"), "docker/dockerfile:1 x");
	CHECK(dockerfile_directive(&file, "escape") == NULL);
	CHECK_TEXT(text_join(&arena, &file.lint.skip, "|"), "A|B");
	CHECK(file.lint.is_error && file.lint.experimental_all && !file.lint.skip_all);
}

TEST(checks_may_be_chosen_above_an_instruction)
{
	scoped_arena arena = { 0 };
	const char *items[] = { "about this", "Check = skip=all;error=0 because", "check=skip=B" };
	struct text_list comments = { items, 3 }, none = { items, 1 }, wrong = { items, 1 };
	struct lint_options checks;
	struct error err = { 0 };

	CHECK_OK(lint_options_of_comments(&checks, &comments, &arena, &err), err);
	CHECK(checks.skip_all && !checks.is_error);
	CHECK_EQ(lint_options_of_comments(&checks, &none, &arena, &err), 1);
	items[0] = "check=everything";
	CHECK_FAILS(lint_options_of_comments(&checks, &wrong, &arena, &err), err,
		    "\"everything\" has no value");
	items[0] = "check=error=maybe";
	CHECK_FAILS(lint_options_of_comments(&checks, &wrong, &arena, &err), err,
		    "\"maybe\" is neither true nor false");
}

/* ---- the excerpt -------------------------------------------------------------------------- */

static void
check_excerpt(const char *bytes, struct line_range lines, const char *wanted)
{
	scoped_buffer out = { 0 };
	struct dockerfile file = { .name = "D", .bytes = bytes, .length = strlen(bytes) };

	dockerfile_excerpt(&out, &file, lines);
	CHECK_TEXT(buffer_text(&out), wanted);
}

#define RULE "--------------------\n"

TEST(an_excerpt_shows_what_is_around)
{
	check_excerpt(
		"a\nb\nc\nd\ne\nf\n", (struct line_range){ 3, 3 },
		"D:3\n" RULE
		"   1 |     a\n   2 |     b\n   3 | >>> c\n   4 |     d\n   5 |     e\n" RULE);
	check_excerpt("a\nb\nc\nd\ne\nf\n", (struct line_range){ 3, 4 },
		      "D:3\n" RULE "   2 |     b\n   3 | >>> c\n   4 | >>> d\n   5 |     e\n" RULE);
	check_excerpt("a", (struct line_range){ 1, 1 }, "D:1\n" RULE "   1 | >>> a\n" RULE);
	check_excerpt("a\n", (struct line_range){ 0, 0 }, "");
}

TEST(an_excerpt_cannot_drive_a_terminal)
{
	check_excerpt("a\x1b[2J\tb\x7f\r\n", (struct line_range){ 1, 1 },
		      "D:1\n" RULE "   1 | >>> a?[2J\tb?\n" RULE);
}

TEST(blame_names_the_place_and_keeps_the_lines)
{
	scoped_arena arena = { 0 };
	struct dockerfile file;
	struct error err = { 0 };

	parse(&file, &arena, "FROM a\nCOPY \\\n b c\n");
	CHECK_EQ(fail(&err, "\"b\" is not there"), -1);
	CHECK_FAILS(dockerfile_blame(&file, &file.stages.items[0].statements[0], &err), err,
		    "Dockerfile:2: COPY: \"b\" is not there");
	CHECK_EQ(file.wrong.first, 2);
	CHECK_EQ(file.wrong.last, 3);
}

/* ---- heredocs and triggers ---------------------------------------------------------------- */

TEST(a_heredoc_that_is_all_of_a_command_is_its_operand)
{
	scoped_arena arena = { 0 };
	struct dockerfile file;

	parse(&file, &arena, "FROM a\nRUN <<E\nb\nE\nRUN sh <<E\nc\nE\n");
	const struct statement *run = file.stages.items[0].statements;
	CHECK_TEXT(dockerfile_heredoc_at(&run[0], 0)->content, "b\n");
	CHECK(dockerfile_heredoc_at(&run[1], 0) == NULL);
	CHECK_EQ(run[1].heredocs.count, 1);
	CHECK_TEXT(heredoc_join(&arena, run[1].operands.items[0], &run[1].heredocs),
		   "sh <<E\nc\nE");
}

TEST(heredocs_of_copy_are_told_apart_even_with_one_name)
{
	scoped_arena arena = { 0 };
	struct dockerfile file;

	parse(&file, &arena, "FROM a\nCOPY <<E x <<E /\none\nE\ntwo\nE\n");
	const struct statement *copy = file.stages.items[0].statements;
	CHECK_TEXT(dockerfile_heredoc_at(copy, 0)->content, "one\n");
	CHECK(dockerfile_heredoc_at(copy, 1) == NULL);
	CHECK_TEXT(dockerfile_heredoc_at(copy, 2)->content, "two\n");
	CHECK(dockerfile_heredoc_at(copy, 3) == NULL);
}

TEST(a_trigger_can_be_read_again_from_its_text)
{
	scoped_arena arena = { 0 };
	struct dockerfile file;
	struct statement again;
	struct error err = { 0 };

	parse(&file, &arena, "FROM a\nONBUILD COPY --chown=1 <<-E <<F /x\n\tb\nE\nF\n");
	const struct statement *trigger = file.stages.items[0].statements[0].trigger;
	const char *text = heredoc_join(&arena, trigger->text, &trigger->heredocs);
	CHECK_TEXT(text, "COPY --chown=1 <<-E <<F /x\n\tb\nE\nF");
	CHECK_OK(parse_trigger(&again, &arena, text, &err), err);
	CHECK_TEXT(((const struct copy_flags *) again.flags)->chown, "1");
	CHECK_TEXT(heredoc_text(&arena, dockerfile_heredoc_at(&again, 0)), "b\n");
}

static void
check_no_trigger(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct statement statement;
	struct error err = { 0 };

	CHECK_FAILS(parse_trigger(&statement, &arena, text, &err), err, wanted);
}

TEST(wrong_triggers_of_an_image_are_refused)
{
	check_no_trigger("", "the trigger is empty");
	check_no_trigger("ONBUILD RUN x", "ONBUILD: cannot wait for a child image");
	check_no_trigger("FROM x", "FROM: cannot wait for a child image");
	check_no_trigger("RUN a\nRUN b", "RUN: more than one instruction in a trigger");
	check_no_trigger("RNU a", "there is no instruction \"RNU\"; did you mean RUN?");
	check_no_trigger("COPY a", "COPY: needs sources and a destination");
	check_no_trigger("RUN <<E\nx", "RUN: the heredoc <<E never ends: there is no line \"E\"");
}

/* ---- the table ---------------------------------------------------------------------------- */

TEST(every_row_stands_at_its_id_and_says_what_it_does)
{
	for (size_t i = 0; i < INSTRUCTION_COUNT; i++) {
		const struct instruction *row = &syntax_table[i];
		CHECK_EQ(row->id, i);
		CHECK(row->word != NULL && row->help != NULL && row->needs != NULL);
		CHECK(row->min <= row->max && row->max > 0);
		CHECK((row->flags != NULL) == (row->flags_size > 0));
		CHECK(syntax_find(row->word) == row);
		for (const struct flag *flag = row->flags; flag != NULL && flag->name != NULL;
		     flag++) {
			CHECK(flag->help != NULL && flag->offset < row->flags_size);
			CHECK((flag->kind == FLAG_KIND_WORD) == (flag->words != NULL));
		}
	}
	CHECK(syntax_find("NOTHING") == NULL);
}

TEST(triggers_do_not_nest_however_long_the_line)
{
	scoped_arena arena = { 0 };
	scoped_buffer bytes = { 0 };
	struct dockerfile file;
	struct error err = { 0 };

	buffer_add_text(&bytes, "FROM a\n");
	for (int i = 0; i < 100000; i++)
		buffer_add_text(&bytes, "ONBUILD \\\n");
	CHECK_FAILS(parse_file(&file, &arena, "D", buffer_text(&bytes), bytes.length, &err), err,
		    "D:2: ONBUILD: ONBUILD: cannot wait for a child image");
}

TEST(a_thousand_heredocs_on_a_line_are_read)
{
	scoped_arena arena = { 0 };
	scoped_buffer bytes = { 0 };
	struct dockerfile file;

	buffer_add_text(&bytes, "FROM a\nRUN");
	for (int i = 0; i < 1000; i++)
		buffer_add_format(&bytes, " <<E%d", i);
	for (int i = 0; i < 1000; i++)
		buffer_add_format(&bytes, "\nx\nE%d", i);
	parse(&file, &arena, buffer_text(&bytes));
	CHECK_EQ(file.stages.items[0].statements[0].heredocs.count, 1000);
	CHECK_EQ(file.stages.items[0].statements[0].lines.last, 2002);
}
