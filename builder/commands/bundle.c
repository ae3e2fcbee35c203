/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/container.h"
#include "builder/build/finder.h"
#include "builder/build/pairs.h"
#include "builder/build/realm.h"
#include "builder/build/site.h"
#include "builder/commands.h"
#include "builder/globals.h"
#include "builder/store/records.h"
#include "builder/store/sweep.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

struct bundle_args {
	const char *image, *directory, *user, *workdir, *entrypoint, *hostname;
	struct text_list environment, volumes;
	bool overlay, terminal, read_only;
	struct text_list command;
};

/* clang-format off */
#define SELF struct bundle_args
static const struct option_row bundle_options[] = {
	OPERAND(image,        "IMAGE", .required = true),
	OPERAND(directory,    "DIR", .required = true),
	OPERAND_LIST(command, "COMMAND"),
	FLAG(overlay,            0,   "overlay",            "mount the layers in place of copying them"),
	FLAG(terminal,           't', "tty",                "the process has a terminal"),
	FLAG(read_only,          0,   "read-only",          "nothing in the root file system can be changed"),
	OPTION(user,             'u', "user",       "USER", "in place of the image's"),
	OPTION(workdir,          'w', "workdir",    "DIR",  "in place of the image's"),
	OPTION(entrypoint,       0,   "entrypoint", "PROGRAM", "in place of the image's"),
	OPTION(hostname,         0,   "hostname",   "NAME", "what the container is called inside"),
	OPTION_LIST(environment, 'e', "env",        "NAME=VALUE", "a variable more"),
	OPTION_LIST(volumes,     'v', "volume",     "SOURCE:TARGET[:ro]", "a directory of the host"),
};
#undef SELF
/* clang-format on */

static int
read_wish(struct container_wish *wish, const struct bundle_args *args, struct arena *arena,
	  struct error *err)
{
	*wish = (struct container_wish){
		.command = args->command,
		.entrypoint = args->entrypoint,
		.environment = pairs_from_texts(arena, &args->environment),
		.directory = args->workdir,
		.user = args->user,
		.hostname = args->hostname,
		.terminal = args->terminal,
		.read_only = args->read_only,
		.overlay = args->overlay,
		.own_network = true,
	};
	FOR_EACH(text, &args->volumes) {
		struct oci_mount mount;

		TRY(container_read_volume(&mount, *text, arena, err));
		list_add(&wish->mounts, arena, mount);
	}
	return 0;
}

/* While the bundle is there, its layers are kept: the record names them (sweep.h). */
static int
keep_layers(struct store *store, const struct image *image, const char *directory,
	    struct arena *arena, struct error *err)
{
	char *absolute;

	TRY(path_absolute(&absolute, arena, directory, err));
	return records_set(store, SWEEP_BUNDLES, absolute,
			   text_join(arena, &image->config.rootfs->diff_ids, "\n"), err);
}

static int
bundle_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct cooper_globals *globals = data;
	const struct bundle_args *args = parsed;
	scoped_store store = STORE_CLOSED;
	scoped_site site = SITE_NONE;
	struct container_wish wish;
	struct base_image base;

	TRY(read_wish(&wish, args, arena, err));
	bool is_user = GET(realm_enter(err)) > 0;
	if (is_user && args->overlay)
		return fail(err, "--overlay: what a user mounts is gone when we are: "
				 "do it in `cooper unshare`, and run it there");
	wish.own_users = is_user;
	TRY(store_open(&store, globals->root, err));
	TRY(finder_find(&store, &base, args->image, NULL, arena, err));
	TRY(site_open(&site, args->directory, err));
	if (args->overlay)
		TRY(keep_layers(&store, base.image, args->directory, arena, err));
	TRY(container_make(site.directory, args->directory, &store, base.image, &wish, arena, err));
	return site_finish(&site, err);
}

const struct command bundle_command =
	COMMAND("bundle", "make a bundle from an image, for a runtime to run", bundle_options,
		struct bundle_args, bundle_run);
