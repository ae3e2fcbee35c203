/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/container.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/build/pairs.h"
#include "builder/image/unpack.h"
#include "builder/store/overlay.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

#define ROOT "rootfs"

/* ---- the root file system -------------------------------------------------------------------- */

static int
make_directory(int directory, const char *name, mode_t mode, struct error *err)
{
	if (mkdirat(directory, name, mode) < 0)
		return fail_errno(err, "make the directory %s of a bundle", name);
	return file_open(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err);
}

/* The upper directory shows itself as the root: it looks like the one below. */
static int
look_like_root(int upper, const struct chain *chain, struct error *err)
{
	struct stat root;

	if (chain->root >= chain->count)
		return fchmod(upper, 0755) < 0 ? fail_errno(err, "make the root of a container")
					       : 0;
	if (fstat(chain->directories[chain->root], &root) < 0 ||
	    fchown(upper, root.st_uid, root.st_gid) < 0 || fchmod(upper, root.st_mode & 07777) < 0)
		return fail_errno(err, "make the root of a container");
	return 0;
}

static int
make_overlay(int directory, struct store *store, const struct image *image, struct error *err)
{
	scoped_chain chain = { 0 };

	TRY(unpack_chain(&chain, store, image, err));
	scoped_fd upper = GET(make_directory(directory, "upper", 0755, err));
	scoped_fd work = GET(make_directory(directory, "work", 0700, err));
	scoped_fd root = GET(make_directory(directory, ROOT, 0755, err));
	TRY(look_like_root(upper, &chain, err));
	return container_mount(directory, store, image, err);
}

int
container_mount(int directory, struct store *store, const struct image *image, struct error *err)
{
	scoped_chain chain = { 0 };
	scoped_fd upper = GET(file_open(directory, "upper", O_RDONLY | O_DIRECTORY, err));
	scoped_fd work = GET(file_open(directory, "work", O_RDONLY | O_DIRECTORY, err));
	scoped_fd root = GET(file_open(directory, ROOT, O_PATH | O_DIRECTORY, err));
	const struct staging own = {
		.store = store, .directory = directory, .upper = upper, .work = work
	};

	TRY(unpack_chain(&chain, store, image, err));
	return overlay_mount(&own, &chain, root, err);
}

static int
make_root(int directory, struct store *store, const struct image *image, bool overlay,
	  struct error *err)
{
	if (overlay)
		return make_overlay(directory, store, image, err);
	scoped_fd root = GET(make_directory(directory, ROOT, 0755, err));
	return unpack_directory(root, store, image, NULL, err);
}

/* ---- the document ---------------------------------------------------------------------------- */

static struct text_list
choose_args(const struct oci_image_config *config, const struct container_wish *wish,
	    struct arena *arena)
{
	struct text_list args = { 0 };
	bool own_entrypoint = wish->entrypoint != NULL;

	if (own_entrypoint && wish->entrypoint[0] != '\0')
		list_add(&args, arena, wish->entrypoint);
	if (!own_entrypoint)
		FOR_EACH(arg, &config->entrypoint)
			list_add(&args, arena, *arg);
	/* A command of the image is for its entrypoint, and not for another. */
	const struct text_list *rest =
		wish->command.count > 0 || own_entrypoint ? &wish->command : &config->cmd;
	FOR_EACH(arg, rest)
		list_add(&args, arena, *arg);
	return args;
}

static struct pair_list
choose_environment(const struct oci_image_config *config, const struct container_wish *wish,
		   struct arena *arena)
{
	struct pair_list environment = pairs_from_texts(arena, &config->env);

	if (pairs_get(&environment, "PATH") == NULL)
		pairs_set(&environment, arena, "PATH",
			  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	FOR_EACH(pair, &wish->environment)
		pairs_set(&environment, arena, pair->key, pair->value);
	return environment;
}

static int
write_document(int directory, const struct image *image, const struct container_wish *wish,
	       struct arena *arena, struct error *err)
{
	static const struct oci_image_config nothing;
	const struct oci_image_config *config =
		image->config.config == NULL ? &nothing : image->config.config;
	const char *user = wish->user != NULL ? wish->user : config->user;
	const char *working = wish->directory != NULL ? wish->directory : config->working_dir;
	struct oci_config document;
	struct owners owners;
	struct bundle_wish bundle = {
		.owners = &owners,
		.own_users = wish->own_users,
		.root = ROOT,
		.read_only = wish->read_only,
		.args = choose_args(config, wish, arena),
		.environment = choose_environment(config, wish, arena),
		.directory = path_join(arena, "/", text_is_empty(working) ? "." : working),
		.terminal = wish->terminal,
		.hostname = wish->hostname,
		.own_network = wish->own_network,
		.mounts = wish->mounts,
		.annotations = bundle_annotations(&image->config, arena),
	};

	if (bundle.args.count == 0)
		list_add(&bundle.args, arena, "/bin/sh");
	TRY(owners_read(&owners, arena, err));
	scoped_fd root = GET(file_open(directory, ROOT, O_RDONLY | O_DIRECTORY, err));
	if (accounts_find_process(&bundle.account, &bundle.groups, &bundle.home, root,
				  text_is_empty(user) ? "0" : user, arena, err) < 0)
		return error_prefix(err, "find the user");
	bundle_describe(&document, &bundle, arena);
	return bundle_write(directory, &document, err);
}

int
container_make(int directory, const char *path, struct store *store, const struct image *image,
	       const struct container_wish *wish, struct arena *arena, struct error *err)
{
	if (make_root(directory, store, image, wish->overlay, err) < 0 ||
	    write_document(directory, image, wish, arena, err) < 0)
		return error_prefixf(err, "make a bundle in \"%s\"", path);
	return 0;
}

int
container_read_volume(struct oci_mount *mount, const char *text, struct arena *arena,
		      struct error *err)
{
	const struct text_list parts = text_split(arena, text, ':');
	bool read_only = parts.count == 3 && text_equal(parts.items[2], "ro");
	char *source;

	if (parts.count < 2 || parts.count > 3 || text_is_empty(parts.items[0]) ||
	    parts.items[1][0] != '/')
		return fail(err, "the volume \"%s\" is not SOURCE:TARGET[:ro]", text);
	if (parts.count == 3 && !read_only && !text_equal(parts.items[2], "rw"))
		return fail(err, "the volume \"%s\" ends with neither ro nor rw", text);
	TRY(path_absolute(&source, arena, parts.items[0], err));
	*mount = bundle_bind(source, parts.items[1], read_only, arena);
	return 0;
}
