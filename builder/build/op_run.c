/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/op_run.h"

#include "builder/build/accounts.h"
#include "builder/build/bundle.h"
#include "builder/build/pairs.h"
#include "builder/build/provision.h"
#include "builder/build/sandbox.h"
#include "builder/build/stubs.h"
#include "libcommon/fd.h"
#include "libcommon/text.h"

#define HOSTNAME "cooper"

/* Earlier than this, archives of some kinds cannot say. */
#define EPOCH_OF_ZIP 315532800

static void
describe_mount(const struct run_mount_step *added, struct recipe *recipe)
{
	const struct run_mount *mount = &added->mount;
	scoped_buffer text = { 0 };

	buffer_add_text(&text, word_text(run_mount_types, (int) mount->type));
	if (added->from != NULL)
		buffer_add_format(&text, " from=%s", mount->from);
	else if (added->is_context)
		buffer_add_text(&text, " from=context");
	if (mount->type == RUN_MOUNT_BIND || added->from != NULL)
		buffer_add_format(&text, " source=%s", mount->source == NULL ? "/" : mount->source);
	if (mount->read_only)
		buffer_add_text(&text, " ro");
	if (mount->size != 0)
		buffer_add_format(&text, " size=%llu", (unsigned long long) mount->size);
	if (mount->mode != NULL)
		buffer_add_format(&text, " mode=%04o", *mount->mode);
	if (mount->uid != NULL)
		buffer_add_format(&text, " uid=%u", *mount->uid);
	if (mount->gid != NULL)
		buffer_add_format(&text, " gid=%u", *mount->gid);
	recipe_add_named(recipe, "mount", mount->target, buffer_text(&text));
}

/* What is in a cache, and how it is shared, is no matter; nor are proxies. */
static void
describe(const struct step *step, struct recipe *recipe)
{
	const struct run_step *run = step->details;

	FOR_EACH(arg, &run->args)
		recipe_add(recipe, "argument", *arg);
	FOR_EACH(script, &run->scripts)
		recipe_add_named(recipe, "here", script->name, script->content);
	FOR_EACH(variable, &run->environment)
		recipe_add_named(recipe, "environment", variable->key, variable->value);
	recipe_add(recipe, "directory", run->directory);
	recipe_add(recipe, "user", run->user);
	recipe_add(recipe, "network", run->network);
	FOR_EACH(mount, &run->mounts)
		describe_mount(mount, recipe);
}

static int
examine(struct solver *solver, const struct step *step, struct recipe *recipe, struct error *err)
{
	return provision_examine(solver, step->details, recipe, err);
}

/* ---- doing it -------------------------------------------------------------------------------- */

/* Compilers and packers that know of it leave the clock out of what they make. */
static struct pair_list
environment_of(const struct run_step *run, const struct solver *solver, struct timespec epoch,
	       struct arena *arena)
{
	struct pair_list environment = pairs_copy(arena, &run->environment);
	struct timespec now = solver->epoch != NULL ? *solver->epoch : epoch;

	FOR_EACH(proxy, &run->proxies)
		pairs_set(&environment, arena, proxy->key, proxy->value);
	if (now.tv_sec >= EPOCH_OF_ZIP && pairs_get(&environment, "SOURCE_DATE_EPOCH") == NULL)
		pairs_set(&environment, arena, "SOURCE_DATE_EPOCH",
			  arena_format(arena, "%lld", (long long) now.tv_sec));
	return environment;
}

/* Returns 1 if the tree lacks places to mount on: then they are made, to be laid under it. */
static int
make_places(int *stubs, const struct provision *provision, struct draft *draft, struct error *err)
{
	int root = GET(draft_root(draft, err)), made = 0;
	const char *path;

	*stubs = GET(draft_make_place(&path, draft, "stubs", err));
	FOR_EACH(place, &provision->places)
		made |= GET(stubs_make(*stubs, root, place->path, place->is_directory, err));
	return made;
}

static void
pass_output(void *data, const char *bytes, size_t n)
{
	progress_output(data, bytes, n);
}

static int
start(struct solver *solver, const struct bundle_wish *wish, struct draft *draft,
      struct arena *arena, struct error *err)
{
	struct oci_config config;
	struct sandbox sandbox = {
		.runtime = solver->runtime,
		.id = sandbox_name(solver->store, draft->staging.name, arena),
		.output = pass_output,
		.data = solver->progress,
	};
	int status;

	scoped_fd bundle = GET(draft_make_place(&sandbox.bundle, draft, "bundle", err));
	if (solver->runtime_state == NULL)
		TRY(sandbox_find_state(&solver->runtime_state, solver->runtime, solver->store,
				       solver->arena, err));
	sandbox.state = solver->runtime_state;
	bundle_describe(&config, wish, arena);
	TRY(bundle_write(bundle, &config, err));
	TRY(sandbox_run(&sandbox, &status, err));
	if (status != 0)
		return fail(err, "process \"%s\" did not complete successfully: exit code: %d",
			    text_join(arena, &wish->args, " "), status);
	return 0;
}

static int
find_user(struct bundle_wish *wish, const struct run_step *run, int root, struct arena *arena,
	  struct error *err)
{
	const char *user = text_is_empty(run->user) ? "0" : run->user;

	if (accounts_find_process(&wish->account, &wish->groups, &wish->home, root, user, arena,
				  err) < 0)
		return error_prefix(err, "find the user");
	return 0;
}

static int
execute(struct solver *solver, const struct step *step, struct draft *draft, struct error *err)
{
	const struct run_step *run = step->details;
	scoped_arena arena = { 0 };
	scoped(provision_done) struct provision provision = { .arena = &arena };
	scoped_fd stubs = -1;
	struct owners owners;
	struct bundle_wish wish = {
		.owners = &owners,
		.args = run->args,
		.directory = run->directory,
		.hostname = HOSTNAME,
		.own_network = text_equal(run->network, "none"),
		.no_core = true,
	};

	TRY(owners_read(&owners, &arena, err));
	TRY(find_user(&wish, run, GET(draft_root(draft, err)), &arena, err));
	TRY(provision_make(&provision, solver, run, draft, err));
	if (GET(make_places(&stubs, &provision, draft, err)) > 0)
		TRY(draft_lay_under(draft, stubs, err));
	(void) GET(draft_root(draft, err));
	wish.root = draft->path;
	wish.mounts = provision.mounts;
	wish.environment = environment_of(run, solver, draft->epoch, &arena);
	return start(solver, &wish, draft, &arena, err);
}

const struct op op_run = {
	.name = "run",
	.describe = describe,
	.examine = examine,
	.execute = execute,
};
