/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "builder/build/finder.h"
#include "builder/build/pairs.h"
#include "builder/build/parcel.h"
#include "builder/build/pipeline.h"
#include "builder/build/realm.h"
#include "builder/build/sandbox.h"
#include "builder/build/seclusion.h"
#include "builder/commands.h"
#include "builder/globals.h"
#include "builder/instructions/meaning.h"
#include "libcommon/file.h"
#include "libcommon/text.h"
#include "oci-spec/reference.h"

struct build_args {
	const char *file, *target, *iidfile, *network, *context, *epoch;
	struct text_list tags, args, labels, outputs;
	bool no_cache, quiet, ignored_flag;
	int32_t progress, print;
};

static const struct word print_words[] = {
	{ "file", PIPELINE_PRINT_FILE },
	{ "plan", PIPELINE_PRINT_PLAN },
	{ "keys", PIPELINE_PRINT_KEYS },
	{ NULL, 0 },
};

/* clang-format off */
#define SELF struct build_args
static const struct option_row build_options[] = {
	OPERAND(context, "CONTEXT"),
	OPTION(file,           'f', "file",      "FILE",      "the Dockerfile; \"-\" is standard input"),
	OPTION_LIST(tags,      't', "tag",       "NAME",      "what to call the image; may be said again"),
	OPTION(target,         0,   "target",    "STAGE",     "build only what this stage needs"),
	OPTION_LIST(args,      0,   "build-arg", "NAME[=VALUE]", "a variable that ARG asks for; without a value, the environment's"),
	OPTION_LIST(labels,    0,   "label",     "NAME=VALUE", "a label of the image"),
	FLAG(no_cache,         0,   "no-cache",               "do every step again"),
	OPTION(network,        0,   "network",   "MODE",      "of RUN: host or none", .fallback = "host"),
	FLAG(quiet,            'q', "quiet",                  "only print the image's id"),
	OPTION_WORD(progress,  0,   "progress",  "HOW", progress_words, "auto, plain, tty or quiet"),
	OPTION_LIST(outputs,   'o', "output",    "WHERE",     "also write it: DIR, or type=oci|docker|tar|local,dest=…"),
	OPTION(iidfile,        0,   "iidfile",   "FILE",      "write the image's id there"),
	OPTION(epoch,          0,   "source-date-epoch", "SECONDS", "the time of everything in the image"),
	FLAG(ignored_flag,     0,   "load",  "the image is in the store anyway", .hidden = true),
	FLAG(ignored_flag,     0,   "rm",    "", .hidden = true),
	FLAG(ignored_flag,     0,   "force-rm", "", .hidden = true),
	FLAG(ignored_flag,     0,   "layers",   "", .hidden = true),
	OPTION_WORD(print,     0,   "print",     "STAGE", print_words, "only show what is understood: file, plan or keys"),
};
#undef SELF
/* clang-format on */

/* ---- what was said --------------------------------------------------------------------------- */

/* NAME alone takes the environment's value, and is not there if that has none. */
static int
read_args(struct pair_list *pairs, const struct text_list *texts, struct arena *arena,
	  struct error *err)
{
	FOR_EACH(text, texts) {
		const char *equals = strchr(*text, '=');
		const char *value = equals == NULL ? getenv(*text) : equals + 1;
		const char *name = equals == NULL
					   ? *text
					   : arena_copy(arena, *text, (size_t) (equals - *text));

		if (name[0] == '\0')
			return fail(err, "--build-arg: \"%s\" has no name", *text);
		if (value != NULL)
			pairs_set(pairs, arena, name, value);
	}
	return 0;
}

static int
read_names(struct text_list *names, const struct text_list *tags, struct arena *arena,
	   struct error *err)
{
	FOR_EACH(tag, tags) {
		struct reference reference;

		if (reference_parse_full(&reference, arena, *tag, err) < 0)
			return error_prefix(err, "--tag");
		if (reference.digest != NULL)
			return fail(err,
				    "--tag: \"%s\" has a digest, which is not for us to choose",
				    *tag);
		list_add(names, arena, reference_text(&reference, arena));
	}
	return 0;
}

static int
read_outputs(struct output_list *outputs, const struct text_list *texts, struct arena *arena,
	     struct error *err)
{
	FOR_EACH(text, texts) {
		struct output output;

		TRY(output_read(&output, *text, arena, err));
		list_add(outputs, arena, output);
	}
	return 0;
}

static int
read_wishes(struct build *build, const struct build_args *args, struct arena *arena,
	    struct error *err)
{
	struct utsname machine;

	if (uname(&machine) < 0)
		return fail_errno(err, "learn what this machine is");
	build->options.target = args->target;
	build->options.platform = platform_of_machine(machine.machine);
	build->options.network = args->network;
	if (!text_equal(args->network, "host") && !text_equal(args->network, "none"))
		return fail(err, "--network: \"%s\" is neither host nor none", args->network);
	TRY(read_args(&build->options.args, &args->args, arena, err));
	build->options.labels = pairs_from_texts(arena, &args->labels);
	TRY(read_names(&build->names, &args->tags, arena, err));
	TRY(read_outputs(&build->outputs, &args->outputs, arena, err));
	build->no_cache = args->no_cache;
	build->print = (enum pipeline_print) args->print;
	build->epoch = args->epoch != NULL ? args->epoch : getenv("SOURCE_DATE_EPOCH");
	return 0;
}

/* ---- one build ------------------------------------------------------------------------------- */

/* On standard input comes an archive of a context, or a Dockerfile that needs none. */
static int
open_parcel(struct build *build, struct parcel *parcel, struct context_dockerfile *dockerfile,
	    const char *wanted, struct error *err)
{
	if (text_equal(wanted, "-"))
		return fail(err, "standard input cannot be both the Dockerfile and the context");
	TRY(parcel_open(parcel, build->store, STDIN_FILENO, err));
	if (parcel->path == NULL) {
		build->context->path = "-";
		*dockerfile = (struct context_dockerfile){ "Dockerfile", parcel->dockerfile.bytes,
							   parcel->dockerfile.length };
		return 0;
	}
	build->context->is_passing = true;
	return context_open(build->context, dockerfile, parcel->path, wanted, build->arena, err);
}

static int
open_context(struct build *build, struct parcel *parcel, const struct build_args *args,
	     struct error *err)
{
	struct context_dockerfile dockerfile;
	const char *path = args->context == NULL ? "." : args->context;

	if (text_equal(path, "-"))
		TRY(open_parcel(build, parcel, &dockerfile, args->file, err));
	else
		TRY(context_open(build->context, &dockerfile, path, args->file, build->arena, err));
	build->file_name = dockerfile.name;
	build->file_bytes = dockerfile.bytes == NULL ? "" : dockerfile.bytes;
	build->file_size = dockerfile.size;
	return 0;
}

static int
tell_result(const struct build *build, const struct build_args *args, struct error *err)
{
	scoped_buffer out = { 0 };

	if (args->print != PIPELINE_PRINT_NOTHING)
		return file_write(STDOUT_FILENO, "standard output", build->printed->bytes,
				  build->printed->length, err);
	if (args->iidfile != NULL)
		TRY(file_replace(AT_FDCWD, args->iidfile, build->id, strlen(build->id), 0644, err));
	FOR_EACH(output, &build->outputs)
		if (text_equal(output->destination, "-"))
			return 0; /* standard output is taken */
	buffer_add_format(&out, "%s\n", build->id);
	return file_write(STDOUT_FILENO, "standard output", out.bytes, out.length, err);
}

/* The lines that are wrong, before the one that says what is. */
static void
tell_excerpt(const struct build *build)
{
	scoped_buffer out = { 0 };
	struct error unused;

	dockerfile_excerpt(&out, &build->file, build->file.wrong);
	if (out.length > 0)
		(void) file_write(STDERR_FILENO, "standard error", out.bytes, out.length, &unused);
}

/* A build mounts; what only shows what is understood needs no privilege. */
static int
run_build(struct build *build, struct parcel *parcel, const struct cooper_globals *globals,
	  const struct build_args *args, struct error *err)
{
	if (args->print == PIPELINE_PRINT_NOTHING) {
		TRY(sandbox_find_runtime(&build->runtime, globals->runtime, build->arena, err));
		bool is_user = GET(realm_enter(err)) > 0;
		FOR_EACH(output, &build->outputs)
			output->is_ours = is_user; /* who could not remove them otherwise */
		TRY(seclusion_enter(err));
	}
	TRY(store_open(build->store, globals->root, err));
	TRY(open_context(build, parcel, args, err));
	if (pipeline_run(build, err) < 0) {
		tell_excerpt(build);
		return -1;
	}
	return tell_result(build, args, err);
}

static int
build_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct build_args *args = parsed;
	scoped_buffer printed = { 0 };
	scoped_store store = STORE_CLOSED;
	scoped_parcel parcel = PARCEL_NONE;
	scoped_context context = CONTEXT_NONE;
	scoped_progress progress = { 0 };
	const struct image_finder finder = { .find = finder_find, .data = &store };
	struct build build = {
		.arena = arena,
		.store = &store,
		.context = &context,
		.progress = &progress,
		.printed = &printed,
		.meanings = meaning_table,
		.options.finder = &finder,
	};

	TRY(read_wishes(&build, args, arena, err));
	progress_init(&progress, args->quiet ? PROGRESS_QUIET : (enum progress_mode) args->progress,
		      STDERR_FILENO);
	return run_build(&build, &parcel, data, args, err);
}

const struct command build_command = COMMAND("build", "make an image from a Dockerfile",
					     build_options, struct build_args, build_run);
