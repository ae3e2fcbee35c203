/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables that are wrong are found, and those of the documents are right. The compiler tells which
 * bytes of a struct are padding, so that a member without a row cannot hide between two others.
 */
#include "tests/unit/check.h"

#include "libcommon/schema.h"
#include "oci-spec/image_config.h"
#include "oci-spec/image_index.h"
#include "oci-spec/runtime_config.h"
#include "oci-spec/runtime_features.h"
#include "oci-spec/runtime_state.h"

#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define CAN_TELL_PADDING
#endif
#endif

#ifdef CAN_TELL_PADDING
#define CHECK_TABLE(tag, err)                                                                      \
	__extension__({                                                                            \
		extern const struct schema tag##_schema;                                           \
		union {                                                                            \
			struct tag value;                                                          \
			unsigned char bytes[sizeof(struct tag)];                                   \
		} members_;                                                                        \
		memset(&members_, 0xff, sizeof(members_));                                         \
		__builtin_clear_padding(&members_.value);                                          \
		schema_check(&tag##_schema, members_.bytes, err);                                  \
	})
#else
#define CHECK_TABLE(tag, err)                                                                      \
	__extension__({                                                                            \
		extern const struct schema tag##_schema;                                           \
		schema_check(&tag##_schema, NULL, err);                                            \
	})
#endif

/* ---- tables that are wrong ------------------------------------------------------------------- */

struct pot {
	const char *name;
	bool lid, handle;
	uint64_t size;
};

struct bag {
	const char *name, *more;
};

static const struct word twice[] = { { "a", 1 }, { "a", 2 }, { NULL, 0 } };
static const struct word nothing[] = { { "a", 0 }, { NULL, 0 } };

enum grip { GRIP_FIRM = 1 };
struct knob {
	enum grip grip;
};

#define POT(rows) (&(const struct schema){ "pot", sizeof(struct pot), rows, COUNT(rows), false })

static void
check_wrong(const struct schema *schema, const unsigned char *members, const char *wanted)
{
	struct error err = { 0 };

	CHECK_FAILS(schema_check(schema, members, &err), err, wanted);
}

/* clang-format off */
#define SELF struct pot
TEST(a_member_without_a_row_is_found)
{
	static const struct field rows[] = { VALUE(name, "name", .help = "h"), VALUE(lid, "lid", .help = "h"),
					     VALUE(handle, "handle", .help = "h") };

	check_wrong(POT(rows), NULL, "struct pot: no row covers byte 10");
}

#ifdef CAN_TELL_PADDING
TEST(a_small_member_does_not_hide_in_padding)
{
	static const struct field rows[] = { VALUE(name, "name", .help = "h"), VALUE(lid, "lid", .help = "h"),
					     VALUE(size, "size", .help = "h") };
	union { struct pot pot; unsigned char bytes[sizeof(struct pot)]; } members;

	memset(&members, 0xff, sizeof(members));
	__builtin_clear_padding(&members.pot);
	check_wrong(POT(rows), members.bytes, "struct pot: no row covers byte 9");
}
#endif

TEST(a_member_with_two_rows_is_found)
{
	static const struct field rows[] = { VALUE(name, "name", .help = "h"), VALUE(name, "title", .help = "h") };

	check_wrong(POT(rows), NULL, "struct pot: title: byte 0 has two rows");
}

TEST(a_name_with_two_rows_is_found)
{
	static const struct field rows[] = { VALUE(name, "name", .help = "h"), VALUE(lid, "name", .help = "h") };

	check_wrong(POT(rows), NULL, "struct pot: name: has two rows");
}

TEST(ranges_that_make_no_sense_are_found)
{
	static const struct field empty[] = { VALUE(size, "size", .min = 5, .max = 3, .help = "h") };
	static const struct field negative[] = { VALUE(size, "size", .min = -1, .help = "h") };
	static const struct field text[] = { VALUE(name, "name", .max = 3, .help = "h") };

	check_wrong(POT(empty), NULL, "struct pot: size: the range is empty");
	check_wrong(POT(negative), NULL, "struct pot: size: cannot be negative, but its range is");
	check_wrong(POT(text), NULL, "struct pot: name: has a range but is no number");
}

TEST(a_row_without_help_is_found)
{
	static const struct field rows[] = { VALUE(name, "name") };

	check_wrong(POT(rows), NULL, "struct pot: name: has no help");
}
#undef SELF

#define SELF struct knob
TEST(words_that_make_no_sense_are_found)
{
	static const struct field doubled[] = { WORD(grip, "grip", twice, .help = "h") };
	static const struct field zero[] = { WORD(grip, "grip", nothing, .help = "h") };
	static const struct field none[] = { WORD(grip, "grip", NULL, .help = "h") };

	check_wrong(&(const struct schema){ "knob", sizeof(struct knob), doubled, 1, false }, NULL,
		    "struct knob: grip: \"a\" is there twice");
	check_wrong(&(const struct schema){ "knob", sizeof(struct knob), zero, 1, false }, NULL,
		    "struct knob: grip: \"a\" stands for nothing");
	check_wrong(&(const struct schema){ "knob", sizeof(struct knob), none, 1, false }, NULL,
		    "struct knob: grip: has no words");
}
#undef SELF

#define SELF struct bag
TEST(a_whole_member_without_a_row_is_found_without_the_compilers_help)
{
	static const struct field rows[] = { VALUE(name, "name", .help = "h") };

	check_wrong(&(const struct schema){ "bag", sizeof(struct bag), rows, 1, false }, NULL,
		    "struct bag: no row covers byte 8");
}
#undef SELF

/* ---- those of the documents ------------------------------------------------------------------- */

#define TABLES(X) \
	X(oci_box) X(oci_user) X(oci_capabilities) X(oci_rlimit) X(oci_scheduler) X(oci_io_priority) \
	X(oci_exec_cpu_affinity) X(oci_process) X(oci_root) X(oci_mount) X(oci_hook) X(oci_hooks) X(oci_config) \
	X(oci_namespace) X(oci_id_map) X(oci_time_offset) X(oci_time_offsets) X(oci_device) X(oci_net_device) \
	X(oci_intel_rdt) X(oci_memory_policy) X(oci_personality) X(oci_linux) \
	X(oci_device_rule) X(oci_memory) X(oci_cpu) X(oci_pids) X(oci_weight_device) X(oci_throttle_device) \
	X(oci_block_io) X(oci_hugepage_limit) X(oci_interface_priority) X(oci_network) X(oci_rdma) X(oci_resources) \
	X(oci_seccomp_arg) X(oci_seccomp_rule) X(oci_seccomp) \
	X(oci_state) X(oci_process_state) \
	X(oci_features_enabled) X(oci_features_cgroup) X(oci_features_seccomp) X(oci_features_intel_rdt) \
	X(oci_features_memory_policy) X(oci_features_mount_extensions) X(oci_features_linux) X(oci_features) \
	X(oci_healthcheck) X(oci_image_config) X(oci_image_rootfs) X(oci_history) X(oci_image) \
	X(oci_platform) X(oci_descriptor) X(oci_manifest) X(oci_index) X(oci_layout)
/* clang-format on */

TEST(the_rows_of_every_document_cover_their_struct)
{
	struct error err = { 0 };

#define CHECK_ONE(tag) CHECK_OK(CHECK_TABLE(tag, &err), err);
	TABLES(CHECK_ONE)
}

#define DECLARE(tag) extern const struct schema tag##_schema;
TABLES(DECLARE)

static bool
is_in_the_list(const struct schema *schema)
{
#define POINTER(tag) &tag##_schema,
	const struct schema *const tables[] = { TABLES(POINTER) };

	for (size_t i = 0; i < COUNT(tables); i++)
		if (tables[i] == schema)
			return true;
	return false;
}

static void
check_reached(const struct schema *schema)
{
	if (!is_in_the_list(schema))
		check_failed("struct %s is not in the list of this test", schema->name);
	for (size_t i = 0; i < schema->count; i++)
		if (schema->fields[i].of != NULL)
			check_reached(schema->fields[i].of);
}

TEST(no_table_of_a_document_escapes_this_test)
{
	check_reached(&oci_config_schema);
	check_reached(&oci_process_state_schema);
	check_reached(&oci_features_schema);
	check_reached(&oci_image_schema);
	check_reached(&oci_manifest_schema);
	check_reached(&oci_index_schema);
	check_reached(&oci_layout_schema);
}
