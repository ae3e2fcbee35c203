/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of the language, and their flags. */
#include <strings.h>

#include "builder/dockerfile/instruction.h"
#include "builder/dockerfile/judge.h"
#include "libcommon/text.h"

/* clang-format off */
#define MODE_HELP    "its permissions, octal or as u=rwX,go=rX"
#define LINK_HELP    "make a layer of its own, independent of those below"
#define EXCLUDE_HELP "leave out what matches"

#define SELF struct add_flags
static const struct flag add_rows[] = {
	FLAG_VALUE(chown,        "chown",        .help = "user[:group] that owns what is added"),
	FLAG_VALUE(chmod,        "chmod",        .help = MODE_HELP, .check = flags_check_mode),
	FLAG_VALUE(checksum,     "checksum",     .help = "what a fetched source must hash to",
						 .check = flags_check_checksum),
	FLAG_VALUE(link,         "link",         .help = LINK_HELP),
	FLAG_VALUE(keep_git_dir, "keep-git-dir", .help = "keep .git of a repository"),
	FLAG_VALUE(unpack,       "unpack",       .help = "unpack archives, or leave them packed"),
	FLAG_VALUE(exclude,      "exclude",      .help = EXCLUDE_HELP,
						 .check = flags_check_pattern),
	{ 0 },
};
#undef SELF

#define SELF struct copy_flags
static const struct flag copy_rows[] = {
	FLAG_VALUE(from,         "from",         .help = "a stage, an image or a named context",
						 .check = flags_check_from),
	FLAG_VALUE(chown,        "chown",        .help = "user[:group] that owns what is copied"),
	FLAG_VALUE(chmod,        "chmod",        .help = MODE_HELP, .check = flags_check_mode),
	FLAG_VALUE(link,         "link",         .help = LINK_HELP),
	FLAG_VALUE(parents,      "parents",      .help = "keep the directories above each source"),
	FLAG_VALUE(exclude,      "exclude",      .help = EXCLUDE_HELP,
						 .check = flags_check_pattern),
	{ 0 },
};
#undef SELF

#define SELF struct from_flags
static const struct flag from_rows[] = {
	FLAG_VALUE(platform,     "platform",     .help = "os/architecture[/variant] of the image"),
	{ 0 },
};
#undef SELF

#define SELF struct healthcheck_flags
static const struct flag healthcheck_rows[] = {
	FLAG_TIME(interval,       "interval",       .help = "between checks"),
	FLAG_TIME(timeout,        "timeout",        .help = "for one check"),
	FLAG_TIME(start_period,   "start-period",   .help = "in which failures do not count"),
	FLAG_TIME(start_interval, "start-interval", .help = "between checks in that time"),
	FLAG_NUMBER(retries,      "retries",        .help = "failures in a row that are too many"),
	{ 0 },
};
#undef SELF

#define SELF struct run_flags
static const struct flag run_rows[] = {
	FLAG_VALUE(mounts,  "mount",    .help = "bind, cache, tmpfs, secret or ssh",
					.check = flags_check_mount),
	FLAG_VALUE(devices, "device",   .help = "a device by its CDI name",
					.check = flags_check_device),
	FLAG_WORD(network,  "network",  flags_network_words, .help = "default, none or host"),
	FLAG_WORD(security, "security", flags_security_words, .help = "sandbox or insecure"),
	{ 0 },
};
#undef SELF

#define FLAGS(word) .flags = word##_rows, .flags_size = sizeof(struct word##_flags)

const struct instruction syntax_table[] = {
	[INSTRUCTION_ADD] = {
		"ADD", INSTRUCTION_ADD, OPERANDS_PATHS, FLAGS(add), 2, OPERANDS_ANY,
		"sources and a destination",
		.expands = true, .takes_heredocs = true, .judge = judge_add,
		.help = "copy files, fetch them, or unpack archives",
	},
	[INSTRUCTION_ARG] = {
		"ARG", INSTRUCTION_ARG, OPERANDS_NAMES, .min = 1, .max = OPERANDS_ANY,
		.needs = "a name", .expands = true, .judge = judge_names,
		.help = "name a variable that the build may be given",
	},
	[INSTRUCTION_CMD] = {
		"CMD", INSTRUCTION_CMD, OPERANDS_COMMAND, .min = 0, .max = OPERANDS_ANY,
		.needs = "a command",
		.help = "set what a container runs, or the arguments of its entrypoint",
	},
	[INSTRUCTION_COPY] = {
		"COPY", INSTRUCTION_COPY, OPERANDS_PATHS, FLAGS(copy), 2, OPERANDS_ANY,
		"sources and a destination",
		.expands = true, .takes_heredocs = true, .judge = judge_copy,
		.help = "copy files from the context, a stage or an image",
	},
	[INSTRUCTION_ENTRYPOINT] = {
		"ENTRYPOINT", INSTRUCTION_ENTRYPOINT, OPERANDS_COMMAND,
		.min = 0, .max = OPERANDS_ANY, .needs = "a command",
		.help = "set the program that a container always runs",
	},
	[INSTRUCTION_ENV] = {
		"ENV", INSTRUCTION_ENV, OPERANDS_PAIRS, .min = 1, .max = OPERANDS_ANY,
		.needs = "name=value", .expands = true, .judge = judge_names,
		.help = "set variables, in later steps and in containers",
	},
	[INSTRUCTION_EXPOSE] = {
		"EXPOSE", INSTRUCTION_EXPOSE, OPERANDS_WORDS, .min = 1, .max = OPERANDS_ANY,
		.needs = "a port", .expands = true, .judge = judge_expose,
		.help = "say which ports a container listens on",
	},
	[INSTRUCTION_FROM] = {
		"FROM", INSTRUCTION_FROM, OPERANDS_WORDS, FLAGS(from), 1, 3,
		"an image", .expands = true, .no_trigger = true, .judge = judge_from,
		.help = "begin a stage from an image or an earlier stage",
	},
	[INSTRUCTION_HEALTHCHECK] = {
		"HEALTHCHECK", INSTRUCTION_HEALTHCHECK, OPERANDS_CHECK, FLAGS(healthcheck),
		.min = 1, .max = OPERANDS_ANY,
		.needs = "CMD and a command, or NONE", .judge = judge_healthcheck,
		.help = "say how to tell that a container still works",
	},
	[INSTRUCTION_LABEL] = {
		"LABEL", INSTRUCTION_LABEL, OPERANDS_PAIRS, .min = 1, .max = OPERANDS_ANY,
		.needs = "name=value", .expands = true, .judge = judge_names,
		.help = "describe the image",
	},
	[INSTRUCTION_MAINTAINER] = {
		"MAINTAINER", INSTRUCTION_MAINTAINER, OPERANDS_TEXT, .min = 1, .max = 1,
		.needs = "a name", .no_trigger = true,
		.help = "name the author; a label does that better",
	},
	[INSTRUCTION_ONBUILD] = {
		"ONBUILD", INSTRUCTION_ONBUILD, OPERANDS_INSTRUCTION, .min = 1, .max = 1,
		.needs = "an instruction", .no_trigger = true, .judge = judge_onbuild,
		.help = "leave an instruction for images built on this one",
	},
	[INSTRUCTION_RUN] = {
		"RUN", INSTRUCTION_RUN, OPERANDS_COMMAND, FLAGS(run), 1, OPERANDS_ANY,
		"a command", .takes_heredocs = true,
		.help = "run a command and keep what it changed",
	},
	[INSTRUCTION_SHELL] = {
		"SHELL", INSTRUCTION_SHELL, OPERANDS_COMMAND, .min = 1, .max = OPERANDS_ANY,
		.needs = "a JSON array of strings", .judge = judge_shell,
		.help = "choose the shell for commands that are one text",
	},
	[INSTRUCTION_STOPSIGNAL] = {
		"STOPSIGNAL", INSTRUCTION_STOPSIGNAL, OPERANDS_TEXT, .min = 1, .max = 1,
		.needs = "a signal", .expands = true, .judge = judge_stopsignal,
		.help = "choose the signal that asks a container to end",
	},
	[INSTRUCTION_USER] = {
		"USER", INSTRUCTION_USER, OPERANDS_TEXT, .min = 1, .max = 1,
		.needs = "a user", .expands = true,
		.help = "choose who later commands and the container run as",
	},
	[INSTRUCTION_VOLUME] = {
		"VOLUME", INSTRUCTION_VOLUME, OPERANDS_PATHS, .min = 1, .max = OPERANDS_ANY,
		.needs = "a path", .expands = true, .judge = judge_volume,
		.help = "say which directories hold data that outlives a container",
	},
	[INSTRUCTION_WORKDIR] = {
		"WORKDIR", INSTRUCTION_WORKDIR, OPERANDS_TEXT, .min = 1, .max = 1,
		.needs = "a directory", .expands = true,
		.help = "change the working directory, making it if it is not there",
	},
};
/* clang-format on */

_Static_assert(COUNT(syntax_table) == INSTRUCTION_COUNT, "every instruction has a row");

const struct instruction *
syntax_find(const char *word)
{
	for (size_t i = 0; i < COUNT(syntax_table); i++)
		if (strcasecmp(word, syntax_table[i].word) == 0)
			return &syntax_table[i];
	return NULL;
}

const char *
syntax_nearest(const char *word)
{
	scoped_arena arena = { 0 };
	struct text_list choices = { 0 };

	for (size_t i = 0; i < COUNT(syntax_table); i++)
		list_add(&choices, &arena, syntax_table[i].word);
	return text_nearest(text_upper(&arena, word), &choices);
}
