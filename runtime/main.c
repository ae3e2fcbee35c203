/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runlet: turns an OCI bundle into a running, isolated, limited process.
 *
 * Read life/host.c and life/guest.c first: they are the story.
 */
#include <string.h>
#include <unistd.h>

#include "libcommon/log.h"
#include "libcommon/text.h"
#include "oci-spec/runtime_config.h"
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/kernel/cgroup_host.h"
#include "runtime/life/state_root.h"

static const struct word log_formats[] = {
	{ "text", LOG_FORMAT_TEXT },
	{ "json", LOG_FORMAT_JSON },
	{ NULL, 0 },
};

static const struct word log_levels[] = {
	{ "error", LOG_LEVEL_ERROR },   { "warning", LOG_LEVEL_WARNING }, { "warn", LOG_LEVEL_WARNING },
	{ "debug", LOG_LEVEL_DEBUG },   { "info", LOG_LEVEL_WARNING },    { NULL, 0 },
};

static const struct word drivers[] = {
	{ "cgroupfs", CGROUP_FILES },
	{ "systemd", CGROUP_SYSTEMD },
	{ "disabled", CGROUP_DISABLED },
	{ NULL, 0 },
};

enum rootless { ROOTLESS_TRUE = 1, ROOTLESS_FALSE, ROOTLESS_AUTO };

/* The booleans are those of runc's language. */
static const struct word rootless_words[] = {
	{ "auto", ROOTLESS_AUTO },
	{ "true", ROOTLESS_TRUE },   { "True", ROOTLESS_TRUE },   { "TRUE", ROOTLESS_TRUE },
	{ "t", ROOTLESS_TRUE },      { "T", ROOTLESS_TRUE },      { "1", ROOTLESS_TRUE },
	{ "false", ROOTLESS_FALSE }, { "False", ROOTLESS_FALSE }, { "FALSE", ROOTLESS_FALSE },
	{ "f", ROOTLESS_FALSE },     { "F", ROOTLESS_FALSE },     { "0", ROOTLESS_FALSE },
	{ NULL, 0 },
};

/* clang-format off */
#define SELF struct globals
static const struct option_row global_rows[] = {
	OPTION(root,           0,   "root",           "DIR",    "where the state of containers is kept"),
	OPTION(log,            0,   "log",            "FILE",   "append the log to this file instead of standard error"),
	OPTION(log_format,     0,   "log-format",     "FORMAT", "of the log: text or json", .fallback = "text"),
	OPTION(log_level,      0,   "log-level",      "LEVEL",  "what is logged: error, warning or debug"),
	FLAG(debug,            0,   "debug",                    "log each step (the same as --log-level debug)"),
	FLAG(systemd_cgroup,   0,   "systemd-cgroup",           "let systemd make the cgroups"),
	OPTION(cgroup_manager, 0,   "cgroup-manager", "NAME",   "who makes the cgroups: cgroupfs, systemd or disabled"),
	OPTION(rootless,       0,   "rootless",       "WORD",   "do without what only root may do: true, false or auto", .fallback = "auto"),
	FLAG(version,          'v', "version",                  "print the version and end"),
};
#undef SELF
/* clang-format on */

static int
choose(const struct word *words, const char *text, const char *option, struct error *err)
{
	int value = word_value(words, text);

	return value < 0 ? fail(err, "%s: \"%s\" is not known", option, text) : value;
}

static int
prepare(void *data, char **argv, struct arena *arena, struct error *err)
{
	struct globals *globals = data;
	struct log_settings settings = { .program = "runlet", .file = globals->log };

	settings.format = (enum log_format) GET(choose(log_formats, globals->log_format, "--log-format", err));
	/* Engines take standard error for our answer and the log's only line for the error. */
	settings.level = globals->log == NULL && isatty(STDERR_FILENO) ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR;
	if (globals->log_level != NULL)
		settings.level = (enum log_level) GET(choose(log_levels, globals->log_level, "--log-level", err));
	enum rootless rootless = (enum rootless) GET(choose(rootless_words, globals->rootless, "--rootless", err));
	globals->is_rootless = rootless == ROOTLESS_AUTO ? !cgroup_host_has_root() : rootless == ROOTLESS_TRUE;
	globals->argv = argv;
	if (globals->debug)
		settings.level = LOG_LEVEL_DEBUG;
	if (globals->root == NULL)
		globals->root = state_root_default(arena);
	globals->driver = globals->systemd_cgroup ? CGROUP_SYSTEMD : CGROUP_FILES;
	if (globals->cgroup_manager != NULL)
		globals->driver = (enum cgroup_driver) GET(
			choose(drivers, globals->cgroup_manager, "--cgroup-manager", err));
	return log_open(&settings, err);
}

/* The first line must begin with the program's name and "version": engines cut it there. */
static void
add_version(struct buffer *out)
{
	buffer_add_format(out, "runlet version %s\nspec: %s\n", COOPERAGE_VERSION, OCI_VERSION);
}

#define RUNLET_ADDRESS(name) &name##_command,
static const struct command *const commands[] = { RUNLET_COMMANDS(RUNLET_ADDRESS) };

static const struct program runlet = {
	.name = "runlet",
	.summary = "an OCI runtime: turns a bundle into a running, isolated, limited process",
	.options = { .rows = global_rows, .count = COUNT(global_rows) },
	.globals_size = sizeof(struct globals),
	.commands = commands,
	.count = COUNT(commands),
	.prepare = prepare,
	.add_version = add_version,
};

int
main(int argc, char **argv)
{
	return command_main(&runlet, argc, argv);
}
