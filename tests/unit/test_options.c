/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/options.h"

enum colour { COLOUR_RED, COLOUR_GREEN };

static const struct word colours[] = { { "red", COLOUR_RED }, { "green", COLOUR_GREEN }, { NULL, 0 } };

struct args {
	const char *id, *signal, *bundle, *resources, *interval, *context, *hidden;
	struct text_list env;
	bool all, tty, no_subreaper;
	uint8_t small;
	uint16_t medium;
	uint32_t fds;
	uint64_t large;
	int32_t nice;
	int64_t quota;
	const uint16_t *weight;
	const int64_t *limit;
	uint32_t bounded;
	enum colour colour;
};

/* clang-format off */
#define SELF struct args
static const struct option_row rows[] = {
	OPERAND(id, "CONTAINER", .required = true),
	OPERAND(signal, "SIGNAL", .fallback = "TERM"),
	FLAG(all,              'a', "all",               "everything"),
	FLAG(tty,              't', "tty",               "a terminal"),
	FLAG(no_subreaper,     0,   "no-subreaper",      "no reaper"),
	OPTION(bundle,         'b', "bundle",    "DIR",  "the bundle", .fallback = "."),
	OPTION(resources,      'r', "resources", "FILE", "limits"),
	OPTION(interval,       0,   "interval",  "TIME", "how often"),
	OPTION(context,        0,   "lsm-mount-context", "LABEL", "a label"),
	OPTION(hidden,         0,   "secret",    "X",    "not told", .hidden = true),
	OPTION_LIST(env,       'e', "env",       "NAME=VALUE", "add to the environment"),
	OPTION(small,          0,   "small",     "N",    "8 bits"),
	OPTION(medium,         0,   "medium",    "N",    "16 bits"),
	OPTION(fds,            0,   "fds",       "N",    "32 bits"),
	OPTION(large,          0,   "large",     "N",    "64 bits"),
	OPTION(nice,           'n', "nice",      "N",    "signed", .min = -20, .max = 19),
	OPTION(quota,          0,   "quota",     "N",    "signed, 64 bits"),
	OPTION(weight,         0,   "weight",    "N",    "a number or none"),
	OPTION(limit,          0,   "limit",     "N",    "a number or none"),
	OPTION(bounded,        0,   "bounded",   "N",    "from 10 to 1000", .min = 10, .max = 1000),
	OPTION_WORD(colour,    0,   "colour",    "NAME", colours, "a colour"),
};
#undef SELF
/* clang-format on */

static const struct option_table table = { .rows = rows, .count = COUNT(rows) };

#define MOST 32

static int
parse_with(const struct option_table *with, struct args *args, int *used, struct arena *arena, struct error *err,
	   const char *const *words)
{
	char *argv[MOST];
	int argc = 0;

	for (; words[argc] != NULL; argc++)
		argv[argc] = arena_text(arena, words[argc]);
	*args = (struct args){ 0 };
	return options_parse(with, args, argc, argv, used, arena, err);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define PARSE(...) parse_with(&table, &args, NULL, &arena, &err, WORDS(__VA_ARGS__))
#define FIXTURE                                                                                    \
	scoped_arena arena = { 0 };                                                                \
	struct error err = { 0 };                                                                  \
	struct args args

TEST(a_value_may_stand_behind_an_equals_sign_or_alone)
{
	FIXTURE;

	CHECK_OK(PARSE("--bundle", "/x", "c"), err);
	CHECK_TEXT(args.bundle, "/x");
	CHECK_OK(PARSE("--bundle=/y=z", "c"), err);
	CHECK_TEXT(args.bundle, "/y=z");
	CHECK_OK(PARSE("--bundle=", "c"), err);
	CHECK_TEXT(args.bundle, "");
	CHECK_OK(PARSE("-b", "/x", "c"), err);
	CHECK_TEXT(args.bundle, "/x");
	CHECK_OK(PARSE("-b/x", "c"), err);
	CHECK_TEXT(args.bundle, "/x");
	CHECK_OK(PARSE("-b=/x", "c"), err);
	CHECK_TEXT(args.bundle, "/x");
	CHECK_OK(PARSE("-bundle", "/x", "c"), err);
	CHECK_TEXT(args.bundle, "/x");
	CHECK_OK(PARSE("-bundle=/x", "c"), err);
	CHECK_TEXT(args.bundle, "/x");
}

TEST(the_forms_that_engines_write_are_taken)
{
	FIXTURE;

	CHECK_OK(PARSE("--resources=-", "c"), err);
	CHECK_TEXT(args.resources, "-");
	CHECK_OK(PARSE("--resources", "-", "c"), err);
	CHECK_TEXT(args.resources, "-");
	CHECK_OK(PARSE("-r", "-", "c"), err);
	CHECK_TEXT(args.resources, "-");
	CHECK_OK(PARSE("--resources=/tmp/podman123", "c"), err);
	CHECK_TEXT(args.resources, "/tmp/podman123");
	CHECK_OK(PARSE("--interval=5s", "c"), err);
	CHECK_TEXT(args.interval, "5s");
	CHECK_OK(PARSE("-no-subreaper", "c"), err);
	CHECK(args.no_subreaper);
	CHECK_OK(PARSE("--all", "c", "9"), err);
	CHECK(args.all);
	CHECK_TEXT(args.id, "c");
	CHECK_TEXT(args.signal, "9");
	CHECK_OK(PARSE("-a", "c", "9"), err);
	CHECK(args.all);
	CHECK_OK(PARSE("c"), err);
	CHECK_TEXT(args.signal, "TERM");
	CHECK_OK(PARSE("--tty", "c"), err);
	CHECK(args.tty);
	CHECK_OK(PARSE("c", "--all", "9", "--bundle", "x"), err); /* options after the id */
	CHECK(args.all);
	CHECK_TEXT(args.signal, "9");
	CHECK_TEXT(args.bundle, "x");
	CHECK_OK(PARSE("--tty", "--tty", "c"), err); /* repeated */
	CHECK(args.tty);
}

TEST(a_missing_value_is_told_in_the_words_that_podman_looks_for)
{
	FIXTURE;

	CHECK_FAILS(PARSE("c", "--lsm-mount-context"), err, "flag needs an argument: --lsm-mount-context");
	CHECK_FAILS(PARSE("--lsm-mount-context"), err, "flag needs an argument: --lsm-mount-context");
	CHECK_FAILS(PARSE("c", "-b"), err, "flag needs an argument: --bundle");
	CHECK_FAILS(PARSE("c", "-ab"), err, "flag needs an argument: --bundle");
}

TEST(flags_take_true_and_false)
{
	FIXTURE;

	CHECK_OK(PARSE("--all=true", "c"), err);
	CHECK(args.all);
	CHECK_OK(PARSE("--all=1", "c"), err);
	CHECK(args.all);
	CHECK_OK(PARSE("--all", "--all=false", "c"), err);
	CHECK(!args.all);
	CHECK_OK(PARSE("--all=0", "c"), err);
	CHECK(!args.all);
	CHECK_OK(PARSE("-a=false", "c"), err);
	CHECK(!args.all);
	CHECK_OK(PARSE("-a=true", "c"), err);
	CHECK(args.all);
	CHECK_FAILS(PARSE("--all=yes", "c"), err, "--all: \"yes\" is neither true nor false");
	CHECK_FAILS(PARSE("--all=", "c"), err, "--all: \"\" is neither true nor false");
	CHECK_OK(PARSE("--all", "false"), err); /* the container's name */
	CHECK(args.all);
	CHECK_TEXT(args.id, "false");
}

TEST(letters_may_stand_together)
{
	FIXTURE;

	CHECK_OK(PARSE("-at", "c"), err);
	CHECK(args.all && args.tty);
	CHECK_OK(PARSE("-atb", "/x", "c"), err);
	CHECK(args.all && args.tty);
	CHECK_TEXT(args.bundle, "/x");
	CHECK_OK(PARSE("-atb/x", "c"), err);
	CHECK_TEXT(args.bundle, "/x");
	CHECK_FAILS(PARSE("-ax", "c"), err, "unknown option \"-ax\"");
}

TEST(an_option_that_is_not_known_may_have_been_meant_so)
{
	FIXTURE;

	CHECK_FAILS(PARSE("--bundel", "x", "c"), err, "unknown option \"--bundel\"; did you mean --bundle?");
	CHECK_FAILS(PARSE("--bundel=x", "c"), err, "unknown option \"--bundel=x\"; did you mean --bundle?");
	CHECK_FAILS(PARSE("-bundel", "c", "d", "e"), err, "unexpected argument \"e\""); /* -b undel */
	CHECK_FAILS(PARSE("--subreaper", "c"), err, "unknown option \"--subreaper\"");
	CHECK_FAILS(PARSE("--secrt=1", "c"), err, "unknown option \"--secrt=1\""); /* what is hidden is not told */
	CHECK_FAILS(PARSE("--x", "c"), err, "unknown option \"--x\"");
	CHECK_FAILS(PARSE("-x", "c"), err, "unknown option \"-x\"");
	CHECK_FAILS(PARSE("--=", "c"), err, "unknown option \"--=\"");
	CHECK_FAILS(PARSE("-=", "c"), err, "unknown option \"-=\"");
	CHECK_FAILS(PARSE("--CONTAINER", "c"), err, "unknown option \"--CONTAINER\"");
	CHECK_FAILS(PARSE("--bund", "x", "c"), err, "unknown option \"--bund\"; did you mean --bundle?");
}

TEST(operands_are_counted)
{
	FIXTURE;

	CHECK_FAILS(parse_with(&table, &args, NULL, &arena, &err, (const char *const[]){ NULL }), err,
		    "CONTAINER is missing");
	CHECK_FAILS(PARSE("--all"), err, "CONTAINER is missing");
	CHECK_FAILS(PARSE("c", "9", "extra"), err, "unexpected argument \"extra\"");
	CHECK_OK(PARSE("-", "9"), err);
	CHECK_TEXT(args.id, "-");
	CHECK_OK(PARSE("", "9"), err);
	CHECK_TEXT(args.id, "");
}

TEST(nothing_is_an_option_behind_two_dashes)
{
	FIXTURE;

	CHECK_OK(PARSE("--all", "--", "-c", "--"), err);
	CHECK(args.all);
	CHECK_TEXT(args.id, "-c");
	CHECK_TEXT(args.signal, "--");
	CHECK_OK(PARSE("--bundle", "--", "c"), err); /* here they are a value */
	CHECK_TEXT(args.bundle, "--");
}

TEST(lists_gather_what_is_given_several_times)
{
	FIXTURE;

	CHECK_OK(PARSE("-e", "A=1", "--env=B=2", "c", "-eC=", "--env", "D"), err);
	CHECK_EQ(args.env.count, 4);
	CHECK_TEXT(args.env.items[0], "A=1");
	CHECK_TEXT(args.env.items[1], "B=2");
	CHECK_TEXT(args.env.items[2], "C=");
	CHECK_TEXT(args.env.items[3], "D");
	CHECK_OK(PARSE("c"), err);
	CHECK_EQ(args.env.count, 0);
}

TEST(of_an_option_given_twice_the_last_one_counts)
{
	FIXTURE;

	CHECK_OK(PARSE("--bundle=a", "--bundle=b", "c"), err);
	CHECK_TEXT(args.bundle, "b");
}

TEST(what_is_not_given_has_its_fallback)
{
	FIXTURE;

	CHECK_OK(PARSE("c"), err);
	CHECK_TEXT(args.bundle, ".");
	CHECK(args.resources == NULL);
	CHECK(args.weight == NULL);
	CHECK_EQ(args.large, 0);
}

TEST(numbers_end_where_their_type_does)
{
	FIXTURE;

	CHECK_OK(PARSE("--small=255", "--medium=65535", "--fds=4294967295", "--large=18446744073709551615", "c"), err);
	CHECK_EQ(args.small, 255);
	CHECK_EQ(args.medium, 65535);
	CHECK(args.fds == UINT32_MAX && args.large == UINT64_MAX);
	CHECK_FAILS(PARSE("--small=256", "c"), err, "--small: \"256\" is too large, at most 255");
	CHECK_FAILS(PARSE("--medium=65536", "c"), err, "--medium: \"65536\" is too large, at most 65535");
	CHECK_FAILS(PARSE("--fds=4294967296", "c"), err, "--fds: \"4294967296\" is too large, at most 4294967295");
	CHECK_FAILS(PARSE("--fds=-1", "c"), err, "--fds: \"-1\" is not a number");
	CHECK_FAILS(PARSE("--fds=", "c"), err, "--fds: \"\" is not a number");
	CHECK_FAILS(PARSE("--fds", "3x", "c"), err, "--fds: \"3x\" is not a number");
	CHECK_OK(PARSE("--quota", "-9223372036854775808", "c"), err);
	CHECK(args.quota == INT64_MIN);
	CHECK_OK(PARSE("--quota=-1", "c"), err);
	CHECK(args.quota == -1);
}

TEST(numbers_end_where_their_row_says)
{
	FIXTURE;

	CHECK_OK(PARSE("-n", "-20", "c"), err);
	CHECK_EQ(args.nice, -20);
	CHECK_FAILS(PARSE("-n", "-21", "c"), err, "--nice: \"-21\" is not between -20 and 19");
	CHECK_FAILS(PARSE("-n20", "c"), err, "--nice: \"20\" is not between -20 and 19");
	CHECK_OK(PARSE("--bounded=10", "c"), err);
	CHECK_OK(PARSE("--bounded=1000", "c"), err);
	CHECK_FAILS_WITH(PARSE("--bounded=1001", "c"), err, "--bounded: \"1001\" is");
	CHECK_FAILS(PARSE("--bounded=9", "c"), err, "--bounded: \"9\" is too small, at least 10");
}

TEST(a_number_that_may_be_absent_is_a_pointer)
{
	FIXTURE;

	CHECK_OK(PARSE("--weight=1000", "--limit", "-1", "c"), err);
	CHECK_EQ(*args.weight, 1000);
	CHECK_EQ(*args.limit, -1);
	CHECK_FAILS(PARSE("--weight=65536", "c"), err, "--weight: \"65536\" is too large, at most 65535");
}

TEST(words_are_those_of_the_table)
{
	FIXTURE;

	CHECK_OK(PARSE("--colour=green", "c"), err);
	CHECK_EQ(args.colour, COLOUR_GREEN);
	CHECK_FAILS(PARSE("--colour=blue", "c"), err, "--colour: \"blue\" is not one of: red, green");
	CHECK_FAILS(PARSE("--colour=Red", "c"), err, "--colour: \"Red\" is not one of: red, green");
}

TEST(help_is_an_outcome_wherever_it_stands)
{
	FIXTURE;

	CHECK_EQ(PARSE("--help"), 1);
	CHECK_EQ(PARSE("-h"), 1);
	CHECK_EQ(PARSE("-help"), 1);
	CHECK_EQ(PARSE("c", "--help"), 1);
	CHECK_EQ(PARSE("-th"), 1);
	CHECK_OK(PARSE("--bundle", "--help", "c"), err);
	CHECK_OK(PARSE("--", "--help"), err);
}

struct exec_args {
	const char *id;
	struct text_list command;
	bool tty;
};

#define SELF struct exec_args
static const struct option_row exec_rows[] = {
	OPERAND(id, "CONTAINER", .required = true),
	OPERAND_LIST(command, "COMMAND"),
	FLAG(tty, 't', "tty", "a terminal"),
};
#undef SELF

static const struct option_table exec_table = { .rows = exec_rows, .count = COUNT(exec_rows), .in_order = true };

TEST(in_order_all_behind_the_first_operand_belongs_to_somebody_else)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct exec_args args = { 0 };
	char *argv[] = { (char[]){ "-t" }, (char[]){ "c" }, (char[]){ "ls" }, (char[]){ "-t" }, (char[]){ "--help" },
			 (char[]){ "--" } };

	CHECK_OK(options_parse(&exec_table, &args, COUNT(argv), argv, NULL, &arena, &err), err);
	CHECK(args.tty);
	CHECK_TEXT(args.id, "c");
	CHECK_EQ(args.command.count, 4);
	CHECK_TEXT(args.command.items[0], "ls");
	CHECK_TEXT(args.command.items[1], "-t");
	CHECK_TEXT(args.command.items[2], "--help");
	CHECK_TEXT(args.command.items[3], "--");
}

TEST(global_options_end_at_the_command)
{
	FIXTURE;
	static const struct option_table global = { .rows = rows + 2, .count = COUNT(rows) - 2 };
	int used = -1;

	CHECK_OK(parse_with(&global, &args, &used, &arena, &err, WORDS("--bundle", "x", "--all", "kill", "-a", "c")), err);
	CHECK_EQ(used, 3);
	CHECK_OK(parse_with(&global, &args, &used, &arena, &err, WORDS("kill", "--no-such")), err);
	CHECK_EQ(used, 0);
	CHECK_OK(parse_with(&global, &args, &used, &arena, &err, WORDS("--all")), err);
	CHECK_EQ(used, 1);
	CHECK_OK(parse_with(&global, &args, &used, &arena, &err, WORDS("--all", "--", "kill")), err);
	CHECK_EQ(used, 2);
	CHECK_OK(parse_with(&global, &args, &used, &arena, &err, (const char *const[]){ NULL }), err);
	CHECK_EQ(used, 0);
}

TEST(help_comes_from_the_rows)
{
	scoped_buffer out = { 0 };

	options_add_usage(&exec_table, &out);
	CHECK_TEXT(buffer_text(&out), " [OPTIONS] CONTAINER [COMMAND…]");
	buffer_clear(&out);
	options_add_help(&exec_table, &out);
	CHECK_TEXT(buffer_text(&out), "  -t, --tty                     a terminal\n");
	buffer_clear(&out);
	options_add_help(&table, &out);
	CHECK(strstr(buffer_text(&out), "  -b, --bundle DIR              the bundle (default: .)\n") != NULL);
	CHECK(strstr(buffer_text(&out), "      --interval TIME           how often\n") != NULL);
	CHECK(strstr(buffer_text(&out), "secret") == NULL);
	CHECK(strstr(buffer_text(&out), "CONTAINER") == NULL);
}
