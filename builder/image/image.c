/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/image/image.h"

#include <string.h>
#include <sys/utsname.h>

#include "builder/store/documents.h"
#include "libcommon/buffer.h"
#include "oci-spec/media_type.h"

static struct oci_platform
platform_here(void)
{
	struct utsname about;

	return platform_of_machine(uname(&about) == 0 ? about.machine : "");
}

/* ---- choosing --------------------------------------------------------------------------------- */

static int
say_what_there_is(const struct oci_index *index, const struct oci_platform *platform, struct arena *arena,
		  struct error *err)
{
	scoped_buffer offered = { 0 };

	FOR_EACH (item, &index->manifests)
		if (item->platform != NULL && strcmp(item->platform->os, "unknown") != 0)
			buffer_add_format(&offered, "%s%s", offered.length > 0 ? ", " : "",
					  platform_text(item->platform, arena));
	return fail(err, "there is no image for %s, only for: %s", platform_text(platform, arena),
		    offered.length > 0 ? offered.bytes : "nothing");
}

/* Who says nothing about a platform may be right, if nobody else is. */
static unsigned
judge_fit(const struct oci_descriptor *item, const struct oci_platform *platform)
{
	return item->platform == NULL ? 1 : 2 * platform_fit(item->platform, platform);
}

static int
choose(struct oci_descriptor *chosen, struct store *store, const struct oci_descriptor *target,
       const struct oci_platform *platform, unsigned nesting, struct arena *arena, struct error *err)
{
	struct oci_index index;
	const struct oci_descriptor *best = NULL;
	unsigned best_fit = 0;

	if (media_type_find(target->media_type)->kind != MEDIA_INDEX) {
		*chosen = *target;
		return 0;
	}
	if (nesting > DOCUMENTS_NESTING)
		return fail(err, "%s: indexes are nested deeper than %d", target->digest, DOCUMENTS_NESTING);
	if (GET(documents_read_index(&index, store, target, arena, err)) == 1)
		return 1;
	FOR_EACH (item, &index.manifests) {
		enum media_kind kind = media_type_find(item->media_type)->kind;
		unsigned fit = judge_fit(item, platform);
		if ((kind != MEDIA_MANIFEST && kind != MEDIA_INDEX) || fit <= best_fit)
			continue;
		best = item;
		best_fit = fit;
	}
	if (best == NULL)
		return say_what_there_is(&index, platform, arena, err);
	return choose(chosen, store, best, platform, nesting + 1, arena, err);
}

int
image_choose(struct oci_descriptor *chosen, struct store *store, const struct oci_descriptor *target,
	     const struct oci_platform *platform, struct arena *arena, struct error *err)
{
	struct oci_platform here = platform_here();

	return choose(chosen, store, target, platform != NULL ? platform : &here, 1, arena, err);
}

/* ---- judging ---------------------------------------------------------------------------------- */

int
image_judge(const struct oci_manifest *manifest, const struct oci_image *config, struct error *err)
{
	if (strcmp(config->rootfs->type, "layers") != 0)
		return fail(err, "its config has a rootfs of the type \"%s\", and \"layers\" is the only one there is",
			    config->rootfs->type);
	if (config->rootfs->diff_ids.count != manifest->layers.count)
		return fail(err, "its manifest has %zu layers and its config %zu", manifest->layers.count,
			    config->rootfs->diff_ids.count);
	FOR_EACH (layer, &manifest->layers)
		if (media_type_find(layer->media_type)->kind != MEDIA_LAYER)
			return fail(err, "it has something for a layer that is none: \"%s\"", layer->media_type);
	return 0;
}

int
image_open(struct image *image, struct store *store, const struct oci_descriptor *target,
	   const struct oci_platform *platform, struct arena *arena, struct error *err)
{
	if (GET(image_choose(&image->descriptor, store, target, platform, arena, err)) == 1)
		return 1;
	if (GET(documents_read_manifest(&image->manifest, store, &image->descriptor, arena, err)) == 1)
		return 1;
	const struct oci_descriptor *config = image->manifest.config;
	if (media_type_find(config->media_type)->kind != MEDIA_CONFIG)
		return fail(err, "%s is no image: its config is \"%s\"", image->descriptor.digest,
			    config->media_type);
	if (GET(documents_read_config(&image->config, store, config, arena, err)) == 1)
		return 1;
	if (image_judge(&image->manifest, &image->config, err) < 0)
		return error_prefix(err, image->descriptor.digest);
	image->id = config->digest;
	return 0;
}
