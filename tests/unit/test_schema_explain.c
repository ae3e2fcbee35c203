/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/schema.h"
#include "oci-spec/runtime_config.h"

static void
check_explained(const char *path, const char *wanted)
{
	scoped_buffer out = { 0 };
	struct error err = { 0 };

	CHECK_OK(schema_explain(&oci_config_schema, path, &out, &err), err);
	if (strstr(buffer_text(&out), wanted) == NULL)
		check_failed("wanted \"%s\" in:\n%s", wanted, buffer_text(&out));
}

static void
check_unknown(const char *path, const char *wanted)
{
	scoped_buffer out = { 0 };
	struct error err = { 0 };

	CHECK_FAILS(schema_explain(&oci_config_schema, path, &out, &err), err, wanted);
}

TEST(a_document_is_explained_by_its_members)
{
	check_explained("",
			"  ociVersion   string            of the specification that this follows "
			"(required)\n");
	check_explained("", "  mounts       list of objects   mounted in this order\n");
	check_explained("", "  annotations  map of strings    ");
}

TEST(a_member_is_explained_by_its_type_range_and_help)
{
	check_explained("linux.resources.memory.swappiness",
			"linux.resources.memory.swappiness: integer\n"
			"  cgroup v1: how readily it is swapped; 0 to 100\n");
	check_explained("linux.resources.memory.limit",
			"integer\n  bytes; -1 is unlimited; at least -1\n");
	check_explained("process.user.uid",
			"integer\n  user id in the container; 0 to 4294967295\n");
	check_explained("linux.rootfsPropagation",
			"word\n  how mounts spread from and to its root; one "
			"of: private rprivate slave");
	check_explained("hooks.prestart", "(deprecated: use createRuntime");
}

TEST(an_object_is_explained_with_its_members)
{
	check_explained("linux.resources.pids",
			"linux.resources.pids: object\n  how many processes\n\n"
			"  limit  integer           most processes");
}

TEST(lists_and_maps_are_entered_with_or_without_brackets)
{
	check_explained("linux.namespaces.type", "word\n  which kind");
	check_explained("linux.namespaces[].type", "word\n  which kind");
	check_explained("linux.namespaces[3].type", "word\n  which kind");
	check_explained("linux.resources.rdma[\"mlx5_1\"].hcaHandles", "integer\n  most handles");
	check_explained("linux.resources.rdma.hcaHandles", "integer\n  most handles");
}

TEST(what_is_not_there_is_said_with_what_may_be_meant)
{
	check_unknown(
		"linux.resource.memory",
		"\"linux.resource.memory\": there is no \"resource\"; did you mean \"resources\"?");
	check_unknown("nothing", "\"nothing\": there is no \"nothing\"");
	check_unknown("hostname.x", "\"hostname.x\": there is no \"x\"");
}
