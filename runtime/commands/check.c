/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "libcommon/file.h"
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/life/bundle.h"

struct check_args {
	const char *bundle, *config;
};

/* clang-format off */
#define SELF struct check_args
static const struct option_row check_options[] = {
	OPTION(bundle, 'b', "bundle", "DIR",  "the bundle", .fallback = "."),
	OPTION(config, 'f', "config", "FILE", "the bundle's document", .fallback = "config.json"),
};
#undef SELF
/* clang-format on */

static int
check_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct check_args *args = parsed;
	struct wishes wishes = { .driver = ((const struct globals *) data)->driver };
	scoped(bundle_done) struct container container = { .wishes = &wishes, .bundle_dir = -1 };
	scoped_buffer said = { 0 };

	TRY(bundle_open(&container, args->bundle, args->config, arena, err));
	if (bundle_check_host(&container, err) < 0)
		return error_prefix(err, args->config);
	buffer_add_format(&said, "%s: nothing is wrong with it on this host\n", container.bundle);
	return file_write(STDOUT_FILENO, "standard output", said.bytes, said.length, err);
}

const struct command check_command =
	COMMAND("check", "say all that is wrong with a bundle, without running it", check_options,
		struct check_args, check_run);
