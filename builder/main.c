/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cooper: turns a Dockerfile into an image, and images into bundles.
 *
 * Read build/pipeline.c first: it is the story.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "builder/commands.h"
#include "builder/globals.h"
#include "builder/store/store.h"
#include "libcommon/log.h"
#include "libcommon/path.h"
#include "libcommon/text.h"
#include "oci-spec/runtime_config.h"

/* clang-format off */
#define SELF struct cooper_globals
static const struct option_row global_rows[] = {
	OPTION(root,    0,   "root",    "DIR",     "where images are kept"),
	OPTION(runtime, 0,   "runtime", "PROGRAM", "what runs containers (runlet)"),
	FLAG(debug,     0,   "debug",              "log each step"),
	FLAG(version,   'v', "version",            "print the version and end"),
};
#undef SELF
/* clang-format on */

/* A deep tree needs an fd a level, and a stage of many layers one each. */
static void
allow_many_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		(void) setrlimit(RLIMIT_NOFILE, &files); /* with fewer, most builds work too */
	}
}

static const char *
from_environment(const char *option, const char *name)
{
	const char *value = getenv(name);

	return option != NULL || text_is_empty(value) ? option : value;
}

static int
prepare(void *data, char **argv, struct arena *arena, struct error *err)
{
	struct cooper_globals *globals = data;
	const struct log_settings settings = {
		.program = "cooper",
		.level = globals->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
	};
	char *absolute;

	(void) argv;
	(void) signal(SIGPIPE, SIG_IGN); /* whoever stops reading gets an error told, not us killed */
	(void) umask(022); /* what is made for an image does not depend on who makes it */
	allow_many_files();
	globals->root = from_environment(globals->root, "COOPER_ROOT");
	globals->runtime = from_environment(globals->runtime, "COOPER_RUNTIME");
	if (globals->root == NULL)
		TRY(store_default_path(&globals->root, arena, err));
	TRY(path_absolute(&absolute, arena, globals->root, err));
	globals->root = absolute;
	return log_open(&settings, err);
}

static void
add_version(struct buffer *out)
{
	buffer_add_format(out, "cooper version %s\nspec: %s\n", COOPERAGE_VERSION, OCI_VERSION);
}

#define COOPER_ADDRESS(name) &name##_command,
static const struct command *const commands[] = { COOPER_COMMANDS(COOPER_ADDRESS) };

static const struct program cooper = {
	.name = "cooper",
	.summary = "builds images from Dockerfiles, and bundles from images",
	.options = { .rows = global_rows, .count = COUNT(global_rows) },
	.globals_size = sizeof(struct cooper_globals),
	.commands = commands,
	.count = COUNT(commands),
	.prepare = prepare,
	.add_version = add_version,
};

int
main(int argc, char **argv)
{
	return command_main(&cooper, argc, argv);
}
