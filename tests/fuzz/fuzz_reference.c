/* SPDX-License-Identifier: Apache-2.0 */
/* Each line is a name as people give it: of an image, a digest, a platform. */
#include "tests/fuzz/fuzz.h"

#include "libcommon/text.h"
#include "oci-spec/digest.h"
#include "oci-spec/platform.h"
#include "oci-spec/reference.h"

static bool
is_same(const struct reference *a, const struct reference *b)
{
	return text_equal(a->registry, b->registry) && text_equal(a->repository, b->repository) &&
	       text_equal(a->tag, b->tag) && text_equal(a->digest, b->digest);
}

/* What is accepted is read as the same from each way of writing it. */
static void
try_reference(const char *text, struct arena *arena)
{
	struct reference reference, full, again;
	struct error err = { 0 };

	if (reference_parse(&reference, arena, text, &err) < 0) {
		DEMAND_REASON(err);
		DEMAND(reference_parse_full(&full, arena, text, &err) < 0);
		return;
	}
	DEMAND(reference_parse(&again, arena, reference_text(&reference, arena), &err) == 0);
	DEMAND(is_same(&reference, &again));

	DEMAND(reference_parse_full(&full, arena, text, &err) == 0);
	DEMAND(full.registry != NULL && (full.tag != NULL || full.digest != NULL));
	DEMAND(full.tag == NULL || reference_is_tag(full.tag));
	DEMAND(reference_parse_full(&again, arena, reference_text(&full, arena), &err) == 0);
	DEMAND(is_same(&full, &again));
	DEMAND(reference_parse_full(&again, arena, reference_familiar(&full, arena), &err) == 0);
	DEMAND(is_same(&full, &again));
}

/* It will be the name of a file. */
static void
try_digest(const char *text)
{
	struct error err = { 0 };
	char shortened[DIGEST_SHORT_SIZE];
	bool is_known = digest_check_known(text, &err) == 0;

	if (digest_check(text, &err) < 0) {
		DEMAND_REASON(err);
		DEMAND(!is_known);
		return;
	}
	size_t n = digest_algorithm_length(text);
	DEMAND(n > 0 && text[n] == ':' && digest_encoded(text) == text + n + 1);
	DEMAND(strchr(text, '/') == NULL && text[0] != '.' && strlen(text) <= 512);
	DEMAND(digest_encoded(text)[0] != '\0' && digest_encoded(text)[0] != '.');
	DEMAND(!is_known || strlen(digest_encoded(text)) == 64 ||
	       strlen(digest_encoded(text)) == 128);
	digest_shorten(shortened, text);
	DEMAND(strncmp(shortened, digest_encoded(text), strlen(shortened)) == 0);
}

static void
try_platform(const char *text, struct arena *arena)
{
	static const struct oci_platform host = { .os = "linux",
						  .architecture = "arm",
						  .variant = "v7" };
	struct oci_platform platform, again;
	struct error err = { 0 };

	if (platform_parse(&platform, arena, text, &host, &err) < 0) {
		DEMAND_REASON(err);
		return;
	}
	DEMAND(platform_fit(&platform, &platform) > 0);
	DEMAND(platform_parse(&again, arena, platform_text(&platform, arena), &host, &err) == 0);
	DEMAND(text_equal(platform_text(&platform, arena), platform_text(&again, arena)));
	platform_normalise(&again);
	DEMAND(text_equal(platform_text(&platform, arena), platform_text(&again, arena)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fuzz_input input = { bytes, n };

	while (input.left > 0) {
		scoped_arena arena = { 0 };
		const char *text = fuzz_line(&input, &arena);
		try_reference(text, &arena);
		try_digest(text);
		try_platform(text, &arena);
	}
	return 0;
}
