/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/image/docker_manifest.h"

#include <string.h>

#include "libcommon/schema.h"

/* The document is a list, and tables are about objects: so it is given a name when it is read. */
struct document {
	struct docker_images images;
};

/* clang-format off */

#define SELF struct docker_image
static const struct field docker_image_rows[] = {
	VALUE(config,     "Config",   .required = true),
	VALUES(repo_tags, "RepoTags", .always = true),
	VALUES(layers,    "Layers",   .always = true),
};
static SCHEMA(docker_image, docker_image_rows);
#undef SELF

#define SELF struct document
static const struct field document_rows[] = {
	OBJECTS(images, "images", docker_image),
};
static SCHEMA(document, document_rows);
#undef SELF

/* clang-format on */

int
docker_manifest_read(struct docker_images *images, const char *json, size_t n, struct arena *arena,
		     struct error *err)
{
	struct document document;
	scoped_buffer named = { 0 };

	buffer_add_text(&named, "{\"images\":");
	buffer_add(&named, json, n);
	buffer_add_char(&named, '}');
	TRY(schema_read(&document_schema, &document, "manifest.json", named.bytes, named.length, arena, err));
	*images = document.images;
	return images->count == 0 ? fail(err, "manifest.json: names no image") : 0;
}

void
docker_manifest_write(const struct docker_images *images, struct buffer *json)
{
	buffer_add_char(json, '[');
	FOR_EACH (image, images) {
		buffer_add_text(json, image > images->items ? "," : "");
		schema_write(&docker_image_schema, image, SCHEMA_COMPACT, json);
	}
	buffer_add_char(json, ']');
}
