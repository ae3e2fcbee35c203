/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans and keys as goldens: tests/golden/plan/CASE has a Dockerfile, perhaps a context/, and what
 * --print=plan and --print=keys show of it. With COOPERAGE_GOLDEN=write what comes out becomes what is
 * wanted; look at the difference.
 */
#include "check.h"

#include "builder/build/planner.h"
#include "builder/build/solve.h"
#include "builder/dockerfile/parse.h"
#include "builder/instructions/meaning.h"
#include "corpus.h"
#include "libcommon/text.h"
#include "scratch.h"

/* An image for any name but "missing": two layers, a config, and triggers if the name says so. */
static int
find_image(void *data, struct base_image *base, const char *reference,
	   const struct oci_platform *platform, struct arena *arena, struct error *err)
{
	struct image *image = arena_new(arena, struct image);
	struct oci_image_config *config = arena_new(arena, struct oci_image_config);
	struct oci_image_rootfs *rootfs = arena_new(arena, struct oci_image_rootfs);

	(void) data;
	(void) platform;
	if (text_equal(reference, "missing"))
		return fail(err, "the image \"%s\" is not in the store", reference);
	list_add(&rootfs->diff_ids, arena, arena_format(arena, "sha256:%064d", 1));
	list_add(&rootfs->diff_ids, arena, arena_format(arena, "sha256:%064d", 2));
	list_add(&config->env, arena, "PATH=/image/bin");
	list_add(&config->cmd, arena, "image-command");
	config->working_dir = "/image/dir";
	if (text_equal(reference, "triggers")) {
		list_add(&config->on_build, arena, "ENV TRIGGERED=yes");
		list_add(&config->on_build, arena, "COPY a /from-trigger");
	}
	image->config = (struct oci_image){
		.architecture = "amd64", .os = "linux", .config = config, .rootfs = rootfs
	};
	list_add(&image->config.history, arena,
		 (struct oci_history){ .created_by = "the image's first" });
	list_add(&image->config.history, arena,
		 (struct oci_history){ .created_by = "the image's second" });
	*base = (struct base_image){ .name = reference, .image = image };
	return 0;
}

struct case_ {
	struct arena arena;
	struct dockerfile file;
	struct plan plan;
	struct plan_options options;
	struct image_finder finder;
};

static int
make_plan(struct case_ *c, const char *bytes, size_t n, struct error *err)
{
	c->finder = (struct image_finder){ .find = find_image };
	c->options.finder = &c->finder;
	c->options.network = "host";
	c->options.platform = (struct oci_platform){ .architecture = "amd64", .os = "linux" };
	TRY(parse_file(&c->file, &c->arena, "Dockerfile", bytes, n, err));
	return plan_make(&c->plan, &c->file, &c->options, meaning_table, &c->arena, err);
}

static void
case_done(struct case_ *c)
{
	arena_done(&c->arena);
}
#define scoped_case scoped(case_done) struct case_

/* ---- goldens --------------------------------------------------------------------------------- */

static void
check_golden(struct arena *arena, const char *path, const char *actual)
{
	struct error err = { 0 };
	size_t n;

	if (text_equal(getenv("COOPERAGE_GOLDEN"), "write"))
		CHECK_OK(file_replace(AT_FDCWD, path, actual, strlen(actual), 0644, &err), err);
	char *wanted = corpus_read(arena, path, &n);
	if (wanted == NULL)
		check_failed("there is no %s", path);
	if (strcmp(actual, wanted) != 0)
		check_failed("%s:\n%swanted:\n%s", path, actual, wanted);
}

/* A copy with known modes, whatever the umask of the checkout was. */
static void
check_keys(struct case_ *c, const char *directory)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_context context = CONTEXT_NONE;
	struct context_dockerfile unused;
	scoped_progress progress = { 0 };
	scoped_buffer keys = { 0 };
	struct error err = { 0 };

	scratch_run(&scratch,
		    "mkdir context; cp -R '%s/context/.' context 2>/dev/null; chmod -R u=rwX,go=rX "
		    "context",
		    directory);
	CHECK_OK(context_open(&context, &unused, arena_format(&c->arena, "%s/context", scratch.path), "/dev/null",
			      &c->arena, &err),
		 err);
	struct solver solver = {
		.plan = &c->plan,
		.file = &c->file,
		.context = &context,
		.progress = &progress,
		.arena = &c->arena,
		.pretend = true,
		.keys = &keys,
	};
	CHECK_OK(solve_run(&solver, &err), err);
	check_golden(&c->arena, arena_format(&c->arena, "%s/keys.txt", directory),
		     buffer_text(&keys));
}

TEST(plans_and_keys_are_what_their_goldens_say)
{
	scoped_arena arena = { 0 };
	const char *path = arena_format(&arena, "%s/tests/golden/plan", corpus_source());
	struct text_list names = corpus_list(&arena, path);

	CHECK(names.count >= 8);
	FOR_EACH(name, &names) {
		scoped_case c = { 0 };
		scoped_buffer out = { 0 };
		struct error err = { 0 };
		const char *directory = arena_format(&arena, "%s/%s", path, *name);
		size_t n;
		char *bytes =
			corpus_read(&arena, arena_format(&arena, "%s/Dockerfile", directory), &n);

		if (bytes == NULL)
			check_failed("%s has no Dockerfile", directory);
		if (make_plan(&c, bytes, n, &err) < 0)
			check_failed("%s: %s", *name, err.text);
		plan_print(&out, &c.plan, &c.arena);
		check_golden(&arena, arena_format(&arena, "%s/plan.txt", directory),
			     buffer_text(&out));
		check_keys(&c, directory);
	}
}

/* ---- what goldens do not show ---------------------------------------------------------------- */

static void
check_complaint(const char *text, const char *wanted)
{
	scoped_case c = { 0 };
	struct error err = { 0 };

	CHECK_FAILS(make_plan(&c, text, strlen(text), &err), err, wanted);
}

TEST(a_complaint_has_its_line_once)
{
	check_complaint("FROM missing\n",
			"Dockerfile:1: FROM: the image \"missing\" is not in the store");
	check_complaint("FROM missing AS a\nFROM scratch\nCOPY --from=a / /\n",
			"Dockerfile:1: FROM: the image \"missing\" is not in the store");
	check_complaint("FROM scratch\nENV A=\"${B:?must be}\"\n", "Dockerfile:2: ENV: B: must be");
}

TEST(what_nothing_needs_is_not_planned)
{
	scoped_case c = { 0 };
	const char *text =
		"FROM missing AS a\nRUN x\nFROM scratch AS b\nWORKDIR /b\nFROM a\nFROM b\n";
	struct error err = { 0 };

	CHECK_OK(make_plan(&c, text, strlen(text), &err), err);
	CHECK_EQ(c.plan.steps.count, 1);
}

TEST(an_image_that_two_stages_begin_with_is_one_step)
{
	scoped_case c = { 0 };
	const char *text =
		"FROM image AS a\nRUN x\nFROM image\nCOPY --from=a / /\nCOPY --from=image /x /\n";
	struct error err = { 0 };

	CHECK_OK(make_plan(&c, text, strlen(text), &err), err);
	CHECK_EQ(c.plan.steps.count, 4);
}

TEST(a_chain_of_stages_may_be_long_but_not_endless)
{
	scoped_buffer text = { 0 };
	scoped_case fine = { 0 }, wrong = { 0 };
	struct error err = { 0 };

	buffer_add_text(&text, "FROM scratch AS s0\n");
	for (int i = 1; i < 900; i++)
		buffer_add_format(&text, "FROM s%d AS s%d\n", i - 1, i);
	CHECK_OK(make_plan(&fine, text.bytes, text.length, &err), err);
	for (int i = 900; i < 1200; i++)
		buffer_add_format(&text, "FROM s%d AS s%d\n", i - 1, i);
	CHECK_FAILS_WITH(make_plan(&wrong, text.bytes, text.length, &err), err,
			 "more than 1000 stages wait for each other");
}

TEST(SOURCE_DATE_EPOCH_may_stand_before_the_first_FROM)
{
	scoped_case c = { 0 };
	const char *text = "ARG SOURCE_DATE_EPOCH=123\nFROM scratch\n";
	struct error err = { 0 };

	CHECK_OK(make_plan(&c, text, strlen(text), &err), err);
	CHECK_TEXT(c.plan.epoch, "123");
}
