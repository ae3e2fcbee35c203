/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/platform.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/schema.h"
#include "libcommon/text.h"

/* clang-format off */

/* An index is not refused for one entry whose platform says too little: that one fits nowhere. */
#define SELF struct oci_platform
static const struct field platform_rows[] = {
	VALUE(architecture, "architecture", .help = "as Go names it: \"amd64\", \"arm64\""),
	VALUE(os,           "os",           .help = "as Go names it: \"linux\""),
	VALUE(os_version,   "os.version",   .help = "Windows: the version it needs"),
	VALUES(os_features, "os.features",  .help = "Windows: what it needs beside"),
	VALUE(variant,      "variant",      .help = "of the architecture: \"v7\""),
};
SCHEMA(oci_platform, platform_rows);
#undef SELF

static const struct spelling {
	const char *architecture, *variant; /* as found; variant NULL: any */
	const char *normal, *normal_variant; /* as kept; normal_variant NULL: as it was */
} spellings[] = {
	{ "x86_64",   NULL, "amd64",   NULL },
	{ "x86-64",   NULL, "amd64",   NULL },
	{ "amd64",    "v1", "amd64",   "" },
	{ "i386",     NULL, "386",     "" },
	{ "i486",     NULL, "386",     "" },
	{ "i586",     NULL, "386",     "" },
	{ "i686",     NULL, "386",     "" },
	{ "aarch64",  NULL, "arm64",   NULL },
	{ "arm64",    "8",  "arm64",   "" },
	{ "arm64",    "v8", "arm64",   "" },
	{ "arm64",    "v8.0", "arm64", "" },
	{ "armhf",    NULL, "arm",     "v7" },
	{ "armel",    NULL, "arm",     "v6" },
	{ "armv8l",   NULL, "arm",     "v8" },
	{ "armv7l",   NULL, "arm",     "v7" },
	{ "armv6l",   NULL, "arm",     "v6" },
	{ "armv5tel", NULL, "arm",     "v5" },
	{ "arm",      "",   "arm",     "v7" },
	{ "arm",      "5",  "arm",     "v5" },
	{ "arm",      "6",  "arm",     "v6" },
	{ "arm",      "7",  "arm",     "v7" },
	{ "arm",      "8",  "arm",     "v8" },
	{ "loongarch64", NULL, "loong64", NULL },
	{ "mips64el", NULL, "mips64le", NULL },
	{ "mipsel",   NULL, "mipsle",  NULL },
};

/* Architectures that run programs of another one. */
static const struct {
	const char *wanted, *offered;
} compatible[] = {
	{ "amd64", "386" },
	{ "arm64", "arm" },
};

static const char *const known_os[] = {
	"linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "solaris", "illumos", "aix",
	"android", "dragonfly", "plan9", "wasi", "js",
};

/* clang-format on */

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

void
platform_normalise(struct oci_platform *platform)
{
	if (text_equal(platform->os, "macos"))
		platform->os = "darwin";
	for (size_t i = 0; i < COUNT(spellings); i++) {
		const struct spelling *s = &spellings[i];
		if (!text_equal(s->architecture, platform->architecture) ||
		    (s->variant != NULL && !text_equal(s->variant, or_empty(platform->variant))))
			continue;
		platform->architecture = s->normal;
		if (s->normal_variant != NULL)
			platform->variant = s->normal_variant;
	}
	if (text_is_empty(platform->variant))
		platform->variant = NULL;
}

struct oci_platform
platform_of_machine(const char *machine)
{
	struct oci_platform platform = { .os = "linux", .architecture = machine };

	platform_normalise(&platform);
	return platform;
}

/* ---- text ------------------------------------------------------------------------------------ */

static bool
is_known_os(const char *text)
{
	for (size_t i = 0; i < COUNT(known_os); i++)
		if (strcmp(known_os[i], text) == 0)
			return true;
	return false;
}

static bool
is_part(const char *text)
{
	return text[0] != '\0' &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.-")] == '\0';
}

int
platform_parse(struct oci_platform *platform, struct arena *arena, const char *text,
	       const struct oci_platform *host, struct error *err)
{
	struct text_list parts = text_split(arena, text_lower(arena, text), '/');

	FOR_EACH(part, &parts)
		if (parts.count > 3 || !is_part(*part))
			return fail(err, "must be a platform like \"linux/arm64\", not \"%s\"",
				    text);

	*platform = (struct oci_platform){ .os = parts.items[0] };
	if (parts.count > 1) {
		platform->architecture = parts.items[1];
		platform->variant = parts.count > 2 ? parts.items[2] : NULL;
	} else if (is_known_os(parts.items[0])) {
		platform->architecture = host->architecture;
		platform->variant = host->variant;
	} else {
		platform->os = host->os;
		platform->architecture = parts.items[0];
	}
	platform_normalise(platform);
	return 0;
}

char *
platform_text(const struct oci_platform *platform, struct arena *arena)
{
	return arena_format(arena, "%s/%s%s%s", platform->os != NULL ? platform->os : "unknown",
			    platform->architecture != NULL ? platform->architecture : "unknown",
			    platform->variant != NULL ? "/" : "", or_empty(platform->variant));
}

/* ---- what runs where ------------------------------------------------------------------------- */

/* The steps of an architecture as a number: "v7" is 70, "v8.1" is 81; none is the least there is. */
static unsigned
level_of(const struct oci_platform *platform)
{
	const char *variant = or_empty(platform->variant);
	char *end;

	if (variant[0] != 'v')
		return text_equal(platform->architecture, "arm64") ? 80 : 10;
	unsigned long major = strtoul(variant + 1, &end, 10);
	unsigned long minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	return (unsigned) ((major > 99 ? 99 : major) * 10 + (minor > 9 ? 9 : minor));
}

static bool
has_levels(const char *architecture)
{
	return text_equal(architecture, "arm") || text_equal(architecture, "arm64") ||
	       text_equal(architecture, "amd64");
}

unsigned
platform_fit(const struct oci_platform *offered, const struct oci_platform *wanted)
{
	struct oci_platform offer = *offered, wish = *wanted;

	platform_normalise(&offer);
	platform_normalise(&wish);
	if (offer.os == NULL || offer.architecture == NULL || !text_equal(offer.os, wish.os))
		return 0;
	if (text_equal(offer.architecture, wish.architecture)) {
		unsigned level = level_of(&offer), most = level_of(&wish);
		if (!has_levels(offer.architecture))
			return text_equal(offer.variant, wish.variant) || offer.variant == NULL
				       ? 2000
				       : 0;
		return level <= most ? 1000 + level : 0;
	}
	for (size_t i = 0; i < COUNT(compatible); i++)
		if (text_equal(compatible[i].wanted, wish.architecture) &&
		    text_equal(compatible[i].offered, offer.architecture))
			return 1 + (has_levels(offer.architecture) ? level_of(&offer) : 0);
	return 0;
}
