/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/build/output.h"

static struct output
read_output(const char *text)
{
	static struct arena arena; /* a test's few words may stay */
	struct output output;
	struct error err = { 0 };

	CHECK_OK(output_read(&output, text, &arena, &err), err);
	return output;
}

TEST(a_place_alone_is_a_directory_or_a_tar)
{
	CHECK_EQ(read_output("out").type, OUTPUT_LOCAL);
	CHECK_TEXT(read_output("out").destination, "out");
	CHECK_EQ(read_output("-").type, OUTPUT_TAR);
}

TEST(options_say_more)
{
	struct output output = read_output("type=oci,dest=a b.tar,tar=false,compression=zstd:9");

	CHECK_EQ(output.type, OUTPUT_OCI);
	CHECK_TEXT(output.destination, "a b.tar");
	CHECK(output.is_directory);
	CHECK_EQ(output.compression.kind, MEDIA_ZSTD);
	CHECK_EQ(output.compression.level, 9);
	CHECK_EQ(read_output("type=image").type, OUTPUT_IMAGE);
}

TEST(a_layout_is_compressed_unless_somebody_says_otherwise)
{
	CHECK_EQ(read_output("type=oci,dest=x").compression.kind, MEDIA_GZIP);
	CHECK_EQ(read_output("type=oci,dest=x,compression=uncompressed").compression.kind,
		 MEDIA_PLAIN);
	CHECK_EQ(read_output("type=docker,dest=x").compression.kind, MEDIA_PLAIN);
}

TEST(what_makes_no_sense_is_refused)
{
	scoped_arena arena = { 0 };
	struct output output;
	struct error err = { 0 };

	CHECK_FAILS(output_read(&output, "type=x,dest=y", &arena, &err), err,
		    "--output: type \"x\" is not one of: image, oci, docker, tar, local");
	CHECK_FAILS(output_read(&output, "type=tar", &arena, &err), err,
		    "--output: \"type=tar\" does not say where to (dest=…)");
	CHECK_FAILS(output_read(&output, "type=tar,dest", &arena, &err), err,
		    "--output: \"dest\" needs a value");
	CHECK_FAILS(output_read(&output, "type=tar,dest=x,odd=1", &arena, &err), err,
		    "--output: the option \"odd\" is not known");
}
