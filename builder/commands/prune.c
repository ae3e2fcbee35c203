/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "builder/build/realm.h"
#include "builder/build/sandbox.h"
#include "builder/build/site.h"
#include "builder/commands.h"
#include "builder/globals.h"
#include "builder/store/names.h"
#include "builder/store/sweep.h"
#include "builder/table.h"
#include "libcommon/directory.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/lock.h"
#include "libcommon/number.h"
#include "libcommon/text.h"
#include "libcommon/timestamp.h"
#include "libcommon/tree.h"

struct prune_args {
	bool all, dry, force;
	const char *keep;
	uint64_t unused_for;
};

/* clang-format off */
#define SELF struct prune_args
static const struct option_row prune_options[] = {
	FLAG(all,          'a', "all",                   "what builds remember goes too, and the directories of cache mounts"),
	OPTION(keep,       0,   "keep-storage", "SIZE",  "of what builds remember, keep so much"),
	OPTION(unused_for, 0,   "unused-for", "SECONDS", "of what builds remember, only what was not used for so long"),
	FLAG(dry,          'n', "dry-run",               "only tell"),
	FLAG(force,        'f', "force",                 "taken for compatibility; nobody is asked", .hidden = true),
};
#undef SELF
/* clang-format on */

/* Images without a name: what a build made before it was done again. */
static int
remove_nameless(struct store *store, bool dry, struct arena *arena, struct error *err)
{
	struct name_list names = { 0 };

	TRY(names_list(&names, store, arena, err));
	FOR_EACH(name, &names)
		if (name->text == NULL && !dry)
			(void) GET(names_remove_target(store, name->target.digest, err));
	return 0;
}

/* ---- what lies beside the images ------------------------------------------------------------- */

/* All that is in there but what somebody uses: that is locked. The directory stays, as others may be about to use it. */
static int
remove_unused(struct store *store, const char *where, struct error *err)
{
	scoped_fd all = -1;
	scoped_directory stream = NULL;
	struct dirent *entry;

	if (GET(file_open_if_there(&all, store->root, where, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err)) == 1)
		return 0;
	TRY(directory_open(&stream, all, ".", err));
	while (GET(directory_next(&entry, stream, where, err)) == 1) {
		scoped_fd one = -1;

		if (entry->d_name[0] != '.' &&
		    GET(file_open_if_there(&one, all, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, err)) == 0 &&
		    GET(lock_try_exclusive(one, entry->d_name, err)) == 0 &&
		    GET(file_is_gone(one, entry->d_name, err)) == 0) /* else another may have its name by now */
			TRY(tree_remove(all, entry->d_name, err));
	}
	return 0;
}

/* Of builds that were killed; but without a runtime there was none. */
static int
bury_containers(struct store *store, const char *wanted, struct arena *arena, struct error *err)
{
	const char *runtime, *state;

	if (GET(file_look_for(store->root, "runtime", err)) == 1)
		return 0;
	TRY(sandbox_find_runtime(&runtime, wanted, arena, err));
	return sandbox_find_state(&state, runtime, store, arena, err);
}

static int
remove_leftovers(struct store *store, const struct prune_args *args, struct error *err)
{
	TRY(remove_unused(store, "containers", err)); /* that have ended, and were left where they were */
	if (!args->all)
		return 0;
	TRY(remove_unused(store, "mounts", err));
	return remove_unused(store, "contexts", err);
}

static int
prune_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct cooper_globals *globals = data;
	const struct prune_args *args = parsed;
	scoped_store store = STORE_CLOSED;
	struct sweep_options options = {
		.records = args->all || args->keep != NULL || args->unused_for > 0,
		.unused_for = (int64_t) args->unused_for,
		.dry = args->dry,
		.now = timestamp_now().tv_sec,
		.is_bundle = site_is_used,
	};
	struct sweep_result result;

	if (args->keep != NULL)
		TRY(number_size(&options.keep_bytes, args->keep, err));
	(void) GET(realm_enter(err));
	TRY(store_open(&store, globals->root, err));
	TRY(remove_nameless(&store, args->dry, arena, err));
	TRY(sweep_run(&result, &store, &options, err));
	if (!args->dry) {
		TRY(bury_containers(&store, globals->runtime, arena, err));
		TRY(remove_leftovers(&store, args, err));
	}
	const char *line =
		arena_format(arena, "%s %llu blobs, %llu layers, %llu records: %s\n",
			     args->dry ? "would remove" : "removed",
			     (unsigned long long) result.blobs, (unsigned long long) result.layers,
			     (unsigned long long) result.records, table_size(result.bytes, arena));
	return file_write(STDOUT_FILENO, "standard output", line, strlen(line), err);
}

const struct command prune_command =
	COMMAND("prune", "remove what no image needs", prune_options, struct prune_args, prune_run);
