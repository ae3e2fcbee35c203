/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/provision.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/build/bundle.h"
#include "builder/build/deposit.h"
#include "builder/build/links.h"
#include "builder/build/selection.h"
#include "builder/build/shelf.h"
#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

#define HOSTS_ALONE "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"
#define RESOLVE_ALONE "# without a network there is nobody to ask\n"
#define FILE_LIMIT ((size_t) 1024 * 1024)
#define SCRIPTS "/dev/pipes"

/* What stays open as long as the container runs. */
struct provision_hold {
	struct draft tree;
	struct shelf shelf;
	struct provision_hold *next;
};

static struct provision_hold *
hold(struct provision *provision)
{
	struct provision_hold *fresh = arena_new(provision->arena, struct provision_hold);

	*fresh = (struct provision_hold){ DRAFT_NONE, SHELF_NONE, provision->holds };
	provision->holds = fresh;
	return fresh;
}

void
provision_done(struct provision *provision)
{
	for (struct provision_hold *held = provision->holds; held != NULL; held = held->next) {
		draft_done(&held->tree);
		shelf_close(&held->shelf);
	}
	provision->holds = NULL;
}

static void
add_place(struct provision *provision, const char *path, bool is_directory)
{
	list_add(&provision->places, provision->arena,
		 (struct provision_place){ path, is_directory });
}

static void
add_bind(struct provision *provision, const char *source, const char *target, bool is_directory,
	 bool read_only)
{
	list_add(&provision->mounts, provision->arena,
		 bundle_bind(source, target, read_only, provision->arena));
	add_place(provision, target, is_directory);
}

/* ---- names of hosts -------------------------------------------------------------------------- */

/* With the host's network goes what the host knows; it is a copy, so that nothing else can be reached. */
static int
add_network_file(struct provision *provision, int directory, const char *path, const char *name,
		 const char *alone, bool shares_network, struct error *err)
{
	char *text = NULL;
	const char *source = arena_format(provision->arena, "/etc/%s", name);
	scoped_fd host = -1;
	size_t n = 0;

	if (shares_network && GET(file_open_if_there(&host, AT_FDCWD, source, O_RDONLY, err)) == 0)
		TRY(file_read(host, source, FILE_LIMIT, provision->arena, &text, &n, err));
	if (text == NULL) {
		text = arena_text(provision->arena, alone);
		n = strlen(text);
	}
	TRY(file_replace(directory, name, text, n, 0644, err));
	add_bind(provision, arena_format(provision->arena, "%s/%s", path, name), source, false,
		 true);
	return 0;
}

static int
add_network(struct provision *provision, const struct run_step *run, struct draft *draft,
	    struct error *err)
{
	bool shares = text_equal(run->network, "host");
	const char *path;
	scoped_fd place = GET(draft_make_place(&path, draft, "network", err));

	TRY(add_network_file(provision, place, path, "resolv.conf", RESOLVE_ALONE, shares, err));
	return add_network_file(provision, place, path, "hosts", HOSTS_ALONE, shares, err);
}

/* ---- scripts --------------------------------------------------------------------------------- */

static int
add_scripts(struct provision *provision, const struct run_step *run, struct draft *draft,
	    struct error *err)
{
	const char *path;

	if (run->scripts.count == 0)
		return 0;
	scoped_fd place = GET(draft_make_place(&path, draft, "scripts", err));
	if (fchmodat(draft->staging.directory, "scripts", 0755, 0) < 0)
		return fail_errno(err, "make the directory of scripts");
	FOR_EACH(script, &run->scripts)
		TRY(file_replace(place, script->name, script->content, strlen(script->content),
				 0755, err));
	list_add(&provision->mounts, provision->arena,
		 bundle_bind(path, SCRIPTS, true, provision->arena));
	return 0;
}

/* ---- --mount=type=bind ----------------------------------------------------------------------- */

static struct selection
select_source(const struct run_mount_step *added, struct arena *arena)
{
	struct selection selection = { .from = added->from, .is_context = added->is_context };

	list_add(&selection.sources, arena,
		 added->mount.source == NULL ? "/" : added->mount.source);
	return selection;
}

/* Shows a path of a tree that is mounted: links lead where they lead inside it. */
static int
show_path(struct provision *provision, struct draft *tree, const char *source,
	  const struct run_mount *mount, struct error *err)
{
	int root = GET(draft_root(tree, err));
	const char *resolved, *path;
	struct stat about;

	if (GET(links_resolve(&resolved, root, source, provision->arena, err)) > 0)
		return fail(err, "--mount: \"%s\": not found", source);
	scoped_fd there = GET(beneath_open(root, resolved, O_PATH | O_NOFOLLOW, 0, err));
	if (fstat(there, &about) < 0)
		return fail_errno(err, "look at \"%s\"", source);
	path = text_equal(resolved, ".")
		       ? tree->path
		       : arena_format(provision->arena, "%s/%s", tree->path, resolved);
	add_bind(provision, path, mount->target, S_ISDIR(about.st_mode), mount->read_only);
	return 0;
}

/* What .dockerignore leaves out is not there, and all is root's: so it is a copy, as for COPY. */
static int
show_context(struct provision *provision, struct solver *solver, const struct run_mount_step *added,
	     struct error *err)
{
	const struct selection selection = select_source(added, provision->arena);
	const struct copy_step copy = { .destination = "/", .is_context = true };
	const struct text_list nothing = { 0 };
	const struct account owner = { 0 };
	struct provision_hold *held = hold(provision);
	struct gathered_list files;

	TRY(selection_gather(&files, solver, &selection, -1, err));
	TRY(draft_begin(&held->tree, solver->store, &nothing, err));
	struct deposit deposit = {
		.root = GET(draft_root(&held->tree, err)),
		.upper = -1,
		.source = solver->context->root,
		.effigies = solver->store->dialect == WHITEOUT_USER,
		.copy = &copy,
		.owner = &owner,
		.files = &files,
		.arena = provision->arena,
	};
	TRY(deposit_files(&deposit, err));
	bool is_directory = files.count == 0 || files.items[0].role == GATHERED_DIRECTORY;
	return show_path(provision, &held->tree, is_directory ? "/" : files.items[0].target,
			 &added->mount, err);
}

static int
add_tree(struct provision *provision, struct solver *solver, const struct run_mount_step *added,
	 struct error *err)
{
	struct provision_hold *held = hold(provision);
	const struct run_mount *mount = &added->mount;
	int root;

	TRY(solver_open_tree(&root, &held->tree, solver, added->from, err));
	return show_path(provision, &held->tree, mount->source == NULL ? "/" : mount->source, mount,
			 err);
}

/* ---- --mount=type=cache, tmpfs --------------------------------------------------------------- */

/* A new one begins with what is in the tree that it was given. */
static int
seed(struct provision *provision, struct solver *solver, const struct run_mount_step *added,
     const struct shelf *shelf, struct error *err)
{
	const struct selection selection = select_source(added, provision->arena);
	const struct copy_step copy = { .destination = "/" };
	scoped_draft tree = DRAFT_NONE;
	struct gathered_list files;
	int root;

	if (!shelf->is_new || added->from == NULL)
		return 0;
	TRY(solver_open_tree(&root, &tree, solver, added->from, err));
	TRY(selection_gather(&files, solver, &selection, root, err));
	const struct deposit deposit = {
		.root = shelf->directory,
		.upper = -1,
		.source = root,
		.effigies = solver->store->dialect == WHITEOUT_USER,
		.copy = &copy,
		.files = &files,
		.arena = provision->arena,
	};
	return deposit_files(&deposit, err);
}

static int
add_cache(struct provision *provision, struct solver *solver, const struct run_mount_step *added,
	  struct error *err)
{
	struct provision_hold *held = hold(provision);

	TRY(shelf_open(&held->shelf, solver->store, &added->mount, provision->arena, err));
	TRY(seed(provision, solver, added, &held->shelf, err));
	add_bind(provision, held->shelf.path, added->mount.target, true, added->mount.read_only);
	return 0;
}

static void
add_tmpfs(struct provision *provision, const struct run_mount *mount)
{
	struct arena *arena = provision->arena;
	struct oci_mount added = { .destination = mount->target,
				   .type = "tmpfs",
				   .source = "tmpfs" };

	added.options = text_split(arena, "nosuid,nodev", ',');
	if (mount->size != 0)
		list_add(&added.options, arena,
			 arena_format(arena, "size=%llu", (unsigned long long) mount->size));
	if (mount->mode != NULL)
		list_add(&added.options, arena, arena_format(arena, "mode=%04o", *mount->mode));
	list_add(&provision->mounts, arena, added);
	add_place(provision, mount->target, true);
}

static int
add_mount(struct provision *provision, struct solver *solver, const struct run_mount_step *added,
	  struct error *err)
{
	switch (added->mount.type) {
	case RUN_MOUNT_BIND:
		return added->is_context ? show_context(provision, solver, added, err)
					 : add_tree(provision, solver, added, err);
	case RUN_MOUNT_CACHE: return add_cache(provision, solver, added, err);
	case RUN_MOUNT_TMPFS: add_tmpfs(provision, &added->mount); return 0;
	case RUN_MOUNT_SECRET:
	case RUN_MOUNT_SSH: break; /* never planned */
	}
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------- */

int
provision_make(struct provision *provision, struct solver *solver, const struct run_step *run,
	       struct draft *draft, struct error *err)
{
	static const char *const usual[] = { "/proc", "/dev", "/sys" };

	for (size_t i = 0; i < COUNT(usual); i++)
		add_place(provision, usual[i], true);
	TRY(add_network(provision, run, draft, err));
	TRY(add_scripts(provision, run, draft, err));
	FOR_EACH(added, &run->mounts)
		TRY(add_mount(provision, solver, added, err));
	return 0;
}

int
provision_examine(struct solver *solver, const struct run_step *run, struct recipe *recipe,
		  struct error *err)
{
	FOR_EACH(added, &run->mounts) {
		const struct selection selection = select_source(added, solver->arena);
		struct gathered_list unused;

		if (added->mount.type == RUN_MOUNT_BIND)
			TRY(selection_examine(&unused, solver, &selection, recipe, err));
	}
	return 0;
}
