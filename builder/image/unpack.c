/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/image/unpack.h"

#include "builder/layer/diff.h"

int
unpack_image(struct store *store, const struct image *image, struct error *err)
{
	const struct text_list *diff_ids = &image->config.rootfs->diff_ids;

	/* Base first: a layer that links to what lies below it can only be made on top of that. */
	for (size_t i = 0; i < diff_ids->count; i++) {
		const struct oci_descriptor *blob = &image->manifest.layers.items[i];

		if (GET(snapshots_unpack(store, blob, diff_ids, i, err)) > 0)
			return fail(err, "layer %s: its blob is not in the store", blob->digest);
	}
	return 0;
}

int
unpack_chain(struct chain *chain, struct store *store, const struct image *image, struct error *err)
{
	const struct text_list *diff_ids = &image->config.rootfs->diff_ids;

	if (GET(snapshots_open(chain, store, diff_ids, err)) == 0)
		return 0;
	TRY(unpack_image(store, image, err));
	if (GET(snapshots_open(chain, store, diff_ids, err)) > 0)
		return fail(err, "image %s: a layer that was just unpacked is gone", image->id);
	return 0;
}

/* What the layers show when they are stacked, put down file by file. */
int
unpack_directory(int directory, struct store *store, const struct image *image,
		 const struct place_options *how, struct error *err)
{
	static const struct place_options as_they_are = { .owner = NULL };
	scoped_chain chain = { 0 };
	scoped_placer placer = { 0 };

	TRY(unpack_chain(&chain, store, image, err));
	struct stack stack = snapshots_stack(&chain, store);
	struct diff_options options = { .dialect = stack.dialect, .with_root = true };

	place_init(&placer, directory, how != NULL ? how : &as_they_are);
	TRY(diff_merged(&stack, &options, &placer.taker, NULL, err));
	return place_end(&placer, err);
}
