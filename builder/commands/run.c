/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <string.h>
#include <unistd.h>

#include "builder/build/container.h"
#include "builder/build/finder.h"
#include "builder/build/pairs.h"
#include "builder/build/realm.h"
#include "builder/build/sandbox.h"
#include "builder/build/seclusion.h"
#include "builder/commands.h"
#include "builder/globals.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/lock.h"
#include "libcommon/text.h"
#include "libcommon/tree.h"

struct run_args {
	const char *image, *name, *user, *workdir, *entrypoint, *hostname, *network;
	struct text_list environment, volumes, command;
	bool interactive, terminal, read_only, remove;
};

/* clang-format off */
#define SELF struct run_args
static const struct option_row run_options[] = {
	OPERAND(image,        "IMAGE", .required = true),
	OPERAND_LIST(command, "COMMAND"),
	FLAG(remove,             0,   "rm",                 "take it away when it has ended"),
	FLAG(interactive,        'i', "interactive",        "it has our standard input"),
	FLAG(terminal,           't', "tty",                "it has a terminal"),
	FLAG(read_only,          0,   "read-only",          "nothing in its root file system can be changed"),
	OPTION(name,             0,   "name",       "NAME", "what the container is called"),
	OPTION(user,             'u', "user",       "USER", "in place of the image's"),
	OPTION(workdir,          'w', "workdir",    "DIR",  "in place of the image's"),
	OPTION(entrypoint,       0,   "entrypoint", "PROGRAM", "in place of the image's"),
	OPTION(hostname,         0,   "hostname",   "NAME", "what it is called inside"),
	OPTION(network,          0,   "network",    "MODE", "host or none", .fallback = "none"),
	OPTION_LIST(environment, 'e', "env",        "NAME=VALUE", "a variable more"),
	OPTION_LIST(volumes,     'v', "volume",     "SOURCE:TARGET[:ro]", "a directory of the host"),
};
#undef SELF
/* clang-format on */

#define CONTAINERS "containers"

static int
choose_name(const char **name, const char *wanted, struct arena *arena, struct error *err)
{
	unsigned char bytes[6];

	*name = wanted;
	if (wanted != NULL)
		return 0;
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return fail_errno(err, "find a name for the container");
	*name = arena_format(arena, "%02x%02x%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2],
			     bytes[3], bytes[4], bytes[5]);
	return 0;
}

/* ---- its directory --------------------------------------------------------------------------- */

/* Locked while it runs, so that nobody takes it away. Returns 1 if prune was faster than our lock. */
static int
try_directory(int *directory, int all, const char *name, struct error *err)
{
	scoped_fd made = -1;

	if (mkdirat(all, name, 0700) < 0)
		return errno == EEXIST ? fail(err, "the name \"%s\" is taken", name)
				       : fail_errno(err, "make a directory for the container");
	if (GET(file_open_if_there(&made, all, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err)) == 1)
		return 1;
	TRY(lock_exclusive(made, "the container", err));
	if (GET(file_is_gone(made, name, err)) == 1)
		return 1;
	*directory = fd_take(&made);
	return 0;
}

static int
make_directory(int *directory, const char **path, struct store *store, const char *name,
	       struct arena *arena, struct error *err)
{
	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		return fail(err, "\"%s\" is no name for a container", name);
	TRY(file_make_directories(store->root, CONTAINERS, 0700, err));
	scoped_fd all = GET(file_open(store->root, CONTAINERS, O_PATH | O_DIRECTORY, err));
	while (GET(try_directory(directory, all, name, err)) == 1)
		;
	*path = arena_format(arena, "%s/" CONTAINERS "/%s", store->path, name);
	return 0;
}

static int
remove_directory(struct store *store, const char *name, struct error *err)
{
	scoped_fd all = GET(file_open(store->root, CONTAINERS, O_PATH | O_DIRECTORY, err));

	return tree_remove(all, name, err);
}

/* ---- what it is given ------------------------------------------------------------------------ */

static int
add_network_files(struct container_wish *wish, struct arena *arena)
{
	static const char *const files[] = { "/etc/resolv.conf", "/etc/hosts" };

	for (size_t i = 0; i < COUNT(files) && !wish->own_network; i++)
		if (access(files[i], R_OK) == 0)
			list_add(&wish->mounts, arena,
				 bundle_bind(files[i], files[i], true, arena));
	return 0;
}

static int
read_wish(struct container_wish *wish, const struct run_args *args, const char *name,
	  struct arena *arena, struct error *err)
{
	if (!text_equal(args->network, "host") && !text_equal(args->network, "none"))
		return fail(err, "--network: \"%s\" is neither host nor none", args->network);
	*wish = (struct container_wish){
		.command = args->command,
		.entrypoint = args->entrypoint,
		.environment = pairs_from_texts(arena, &args->environment),
		.directory = args->workdir,
		.user = args->user,
		.hostname = args->hostname != NULL ? args->hostname : name,
		.terminal = args->terminal,
		.read_only = args->read_only,
		.overlay = true,
		.own_network = text_equal(args->network, "none"),
	};
	FOR_EACH(text, &args->volumes) {
		struct oci_mount mount;

		TRY(container_read_volume(&mount, *text, arena, err));
		list_add(&wish->mounts, arena, mount);
	}
	return add_network_files(wish, arena);
}

/* ---- running it ------------------------------------------------------------------------------ */

static int
run_in(int directory, const char *path, struct store *store, const struct image *image,
       const struct container_wish *wish, const struct run_args *args, struct sandbox *sandbox,
       struct arena *arena, struct error *err)
{
	int status = 0;

	TRY(container_make(directory, path, store, image, wish, arena, err));
	sandbox->bundle = path;
	int result = sandbox_attend(sandbox, args->interactive || args->terminal, &status, err);
	(void) umount2(arena_format(arena, "%s/rootfs", path),
		       MNT_DETACH | UMOUNT_NOFOLLOW); /* ours alone */
	return result < 0 ? -1 : status;
}

static int
run_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct cooper_globals *globals = data;
	const struct run_args *args = parsed;
	const char *name, *path;
	scoped_store store = STORE_CLOSED;
	scoped_fd directory = -1;
	struct container_wish wish;
	struct sandbox sandbox = { 0 };
	struct base_image base;
	struct error unused;

	TRY(choose_name(&name, args->name, arena, err));
	sandbox.id = name;
	TRY(read_wish(&wish, args, name, arena, err));
	TRY(sandbox_find_runtime(&sandbox.runtime, globals->runtime, arena, err));
	bool is_user = GET(realm_enter(err)) > 0;
	TRY(seclusion_enter(err));
	TRY(store_open(&store, globals->root, err));
	TRY(finder_find(&store, &base, args->image, NULL, arena, err));
	TRY(make_directory(&directory, &path, &store, name, arena, err));
	if (is_user && text_is_empty(getenv("XDG_RUNTIME_DIR"))) /* where the runtime would keep it */
		sandbox.state = arena_format(arena, "%s/state", path);
	int status = run_in(directory, path, &store, base.image, &wish, args, &sandbox, arena, err);
	if (args->remove || status < 0)
		(void) remove_directory(&store, name, status < 0 ? &unused : err);
	return status;
}

const struct command run_command =
	COMMAND("run", "run a container from an image", run_options, struct run_args, run_run,
		.failed = 125, .options.in_order = true);
