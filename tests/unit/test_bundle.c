/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/build/bundle.h"
#include "builder/build/pairs.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"

/* What is written, read again as a runtime would read it. */
static const struct oci_config *
round_trip(struct arena *arena, const struct bundle_wish *wish)
{
	struct oci_config *config = arena_new(arena, struct oci_config), written;
	scoped_buffer json = { 0 };
	struct error err = { 0 };

	bundle_describe(&written, wish, arena);
	schema_write(&oci_config_schema, &written, SCHEMA_PRETTY, &json);
	CHECK_OK(schema_read(&oci_config_schema, config, "config.json", json.bytes, json.length,
			     arena, &err),
		 err);
	return config;
}

static struct bundle_wish
wish_of(struct arena *arena)
{
	struct bundle_wish wish = { .root = "rootfs", .home = "/root", .hostname = "host" };

	list_add(&wish.args, arena, "/bin/true");
	return wish;
}

TEST(a_document_is_one_that_a_runtime_reads)
{
	scoped_arena arena = { 0 };
	struct bundle_wish wish = wish_of(&arena);
	const struct oci_config *config = round_trip(&arena, &wish);

	CHECK_TEXT(config->root->path, "rootfs");
	CHECK_TEXT(config->process->cwd, "/");
	CHECK_TEXT(config->process->args.items[0], "/bin/true");
	CHECK_TEXT(config->process->env.items[0], "HOME=/root");
	CHECK(config->linux_->seccomp != NULL);
	CHECK_EQ(*config->linux_->resources->pids->limit, 2048);
	CHECK(config->linux_->masked_paths.count > 10);
}

TEST(who_is_not_root_has_no_capabilities_but_may_get_them_back)
{
	scoped_arena arena = { 0 };
	struct bundle_wish wish = wish_of(&arena);

	CHECK_EQ(round_trip(&arena, &wish)->process->capabilities->effective.count, 11);
	wish.account.uid = 5;
	CHECK_EQ(round_trip(&arena, &wish)->process->capabilities->effective.count, 0);
	CHECK_EQ(round_trip(&arena, &wish)->process->capabilities->bounding.count, 11);
}

TEST(a_network_of_its_own_is_a_namespace_more)
{
	scoped_arena arena = { 0 };
	struct bundle_wish wish = wish_of(&arena);
	size_t shared = round_trip(&arena, &wish)->linux_->namespaces.count;

	wish.own_network = true;
	CHECK_EQ(round_trip(&arena, &wish)->linux_->namespaces.count, shared + 1);
}

TEST(an_images_words_become_annotations_and_labels_win)
{
	scoped_arena arena = { 0 };
	struct oci_image_config config = { .stop_signal = "SIGINT" };
	struct oci_image image = {
		.os = "linux", .architecture = "amd64", .author = "me", .config = &config
	};

	list_add(&config.exposed_ports, &arena, "80/tcp");
	list_add(&config.exposed_ports, &arena, "81/udp");
	pairs_set(&config.labels, &arena, "own", "label");
	pairs_set(&config.labels, &arena, "org.opencontainers.image.author", "label's");
	struct pair_list annotations = bundle_annotations(&image, &arena);
	CHECK_TEXT(pairs_get(&annotations, "org.opencontainers.image.os"), "linux");
	CHECK_TEXT(pairs_get(&annotations, "org.opencontainers.image.exposedPorts"),
		   "80/tcp,81/udp");
	CHECK_TEXT(pairs_get(&annotations, "org.opencontainers.image.stopSignal"), "SIGINT");
	CHECK_TEXT(pairs_get(&annotations, "org.opencontainers.image.author"), "label's");
	CHECK_TEXT(pairs_get(&annotations, "own"), "label");
	CHECK(pairs_get(&annotations, "org.opencontainers.image.created") == NULL);
}
