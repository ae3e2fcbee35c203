/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "libcommon/log.h"
#include "runtime/kernel/capabilities.h"
#include "tests/unit/child.h"

#define BIT(capability) (UINT64_C(1) << (capability))

/* ---- names ---------------------------------------------------------------------------------- */

static uint64_t
find(const char *name)
{
	uint64_t bits = 0;

	return capabilities_find(name, &bits) == 0 ? bits : 0;
}

TEST(a_capability_goes_by_its_name_with_or_without_cap_in_any_case)
{
	CHECK(find("CAP_CHOWN") == BIT(CAP_CHOWN));
	CHECK(find("chown") == BIT(CAP_CHOWN));
	CHECK(find("Cap_Net_Raw") == BIT(CAP_NET_RAW));
	CHECK(find("SYS_ADMIN") == BIT(CAP_SYS_ADMIN));
}

TEST(all_are_those_that_the_kernel_has)
{
	scoped_arena arena = { 0 };
	struct text_list names = capabilities_names(&arena);
	uint64_t all = 0;

	FOR_EACH(name, &names)
		all |= find(*name);
	CHECK(names.count >= 38);
	CHECK_TEXT(names.items[0], "CAP_CHOWN");
	CHECK_TEXT(names.items[21], "CAP_SYS_ADMIN");
	CHECK((find("ALL") & all) == all);
	CHECK(find("CAP_ALL") == find("ALL"));
}

TEST(what_is_no_capability_is_not_found)
{
	static const char *const wrong[] = {
		"",
		"CAP_",
		"CAP_NOTHING",
		"12",
		"CAP_12",
		"0",
		"cap_chown ",
		"CAP_CHOWN,CAP_KILL",
		"63",
		"CAP_CAP_CHOWN",
		"CAP_A_NAME_THAT_IS_LONGER_THAN_ANY_CAPABILITY_WILL_EVER_BE_OR_SO_ONE_MAY_HOPE",
	};

	for (size_t i = 0; i < COUNT(wrong); i++)
		if (find(wrong[i]) != 0)
			check_failed("\"%s\" was found", wrong[i]);
}

/* ---- the document --------------------------------------------------------------------------- */

/* What is warned of, through the log's own door: a memfd on a number that nobody else uses. */
#define LOG_FILE "/proc/self/fd/210"

static void
open_log(void)
{
	static const struct log_settings settings = {
		.level = LOG_LEVEL_WARNING,
		.program = "test",
		.file = LOG_FILE,
	};
	struct error err;

	child_expect(dup2(memfd_create("log", 0), 210) == 210, "no memfd");
	child_expect(log_open(&settings, &err) == 0, "%s", err.text);
}

static const char *two[] = { "CAP_CHOWN", "CAP_KILL" };
static const char *strange[] = { "CAP_NOTHING", "CAP_KILL", "CAP_NO", "ALL" };

static void
parse_strange(void)
{
	struct oci_capabilities document = {
		.bounding = { two, 2 },
		.permitted = { strange, 4 },
		.effective = { strange, 4 },
	};

	open_log();
	struct capability_sets sets = capabilities_parse(&document);
	child_expect(sets.bounding == (BIT(CAP_CHOWN) | BIT(CAP_KILL)), "bounding");
	child_expect(sets.permitted == BIT(CAP_KILL), "permitted");
	child_expect(sets.effective == BIT(CAP_KILL), "effective");
	child_expect(sets.inheritable == 0 && sets.ambient == 0, "something out of nothing");
	const char *log = child_read(LOG_FILE);
	child_expect_text(log, "test: warning: this kernel does not have the capabilities "
			       "\"CAP_NOTHING\", \"CAP_NO\", \"ALL\", continuing\n");
}

TEST(names_that_this_kernel_lacks_are_left_out_with_one_warning)
{
	CHECK_CHILD(0, parse_strange);
}

TEST(no_document_is_no_capability)
{
	struct capability_sets sets = capabilities_parse(NULL);

	CHECK((sets.bounding | sets.effective | sets.inheritable | sets.permitted | sets.ambient) ==
	      0);
}

/* ---- the sets ------------------------------------------------------------------------------- */

/* As the kernel shows them to everybody. */
static uint64_t
shown(const char *line)
{
	char text[4096];

	(void) snprintf(text, sizeof(text), "%s", child_read("/proc/self/status"));
	const char *at = strstr(text, line);
	return at == NULL ? 1 : strtoull(at + strlen(line), NULL, 16);
}

static void
surrender(void)
{
	const struct capability_sets sets = {
		.bounding = BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_NET_RAW),
		.permitted = BIT(CAP_CHOWN) | BIT(CAP_KILL),
		.effective = BIT(CAP_CHOWN),
		.inheritable = BIT(CAP_KILL),
		.ambient = BIT(CAP_KILL),
	};
	struct error err = { 0 };

	child_expect(capabilities_holds(CAP_SYS_ADMIN), "the child has nothing to give up");
	child_expect(capabilities_bound(&sets, &err) == 0, "%s", err.text);
	child_expect(capabilities_keep(&err) == 0, "%s", err.text);
	child_expect(capabilities_set(&sets, &err) == 0, "%s", err.text);
	child_expect(shown("CapBnd:") == sets.bounding, "bounding: %jx",
		     (uintmax_t) shown("CapBnd:"));
	child_expect(shown("CapPrm:") == sets.permitted, "permitted: %jx",
		     (uintmax_t) shown("CapPrm:"));
	child_expect(shown("CapEff:") == sets.effective, "effective: %jx",
		     (uintmax_t) shown("CapEff:"));
	child_expect(shown("CapInh:") == sets.inheritable, "inheritable: %jx",
		     (uintmax_t) shown("CapInh:"));
	child_expect(shown("CapAmb:") == sets.ambient, "ambient: %jx",
		     (uintmax_t) shown("CapAmb:"));
	child_expect(!capabilities_holds(CAP_SYS_ADMIN) && capabilities_holds(CAP_CHOWN), "holds");
}

TEST(each_of_the_five_sets_becomes_what_it_shall_be)
{
	CHECK_CHILD(CLONE_NEWUSER, surrender);
}

static void
surrender_all(void)
{
	const struct capability_sets none = { 0 };
	struct error err = { 0 };

	child_expect(capabilities_bound(&none, &err) == 0, "%s", err.text);
	child_expect(capabilities_set(&none, &err) == 0, "%s", err.text);
	child_expect((shown("CapBnd:") | shown("CapPrm:") | shown("CapEff:") | shown("CapInh:") |
		      shown("CapAmb:")) == 0,
		     "something is left");
}

TEST(nothing_asked_for_leaves_nothing)
{
	CHECK_CHILD(CLONE_NEWUSER, surrender_all);
}

static void
keep_over_change_of_user(void)
{
	const struct capability_sets sets = { .permitted = BIT(CAP_CHOWN),
					      .effective = BIT(CAP_CHOWN) };
	struct error err = { 0 };

	child_expect(capabilities_keep(&err) == 0, "%s", err.text);
	child_expect(setresuid(1000, 1000, 1000) == 0, "setresuid");
	child_expect(capabilities_set(&sets, &err) == 0, "%s", err.text);
	child_expect(shown("CapEff:") == BIT(CAP_CHOWN), "effective: %jx",
		     (uintmax_t) shown("CapEff:"));
}

TEST(what_is_kept_outlives_the_change_of_user)
{
	if (geteuid() != 0) {
		print_message("skipped: needs root\n");
		skip();
	}
	CHECK_CHILD(0, keep_over_change_of_user);
}

static void
ask_for_too_much(void)
{
	const struct capability_sets first = { .permitted = BIT(CAP_KILL),
					       .effective = BIT(CAP_KILL) };
	const struct capability_sets second = {
		.permitted = BIT(CAP_KILL) | BIT(CAP_CHOWN),
		.effective = BIT(CAP_KILL) | BIT(CAP_CHOWN),
		.ambient = BIT(CAP_CHOWN),
	};
	struct error err = { 0 };

	open_log();
	child_expect(capabilities_set(&first, &err) == 0, "%s", err.text);
	child_expect(capabilities_set(&second, &err) == 0, "%s", err.text);
	child_expect(shown("CapPrm:") == BIT(CAP_KILL), "permitted: %jx",
		     (uintmax_t) shown("CapPrm:"));
	const char *log = child_read(LOG_FILE);
	child_expect_text(log, "test: warning: the capabilities CAP_CHOWN cannot be granted here, "
			       "continuing\n"
			       "test: warning: can't raise the ambient capabilities CAP_CHOWN, "
			       "continuing\n");
}

TEST(what_we_do_not_have_cannot_be_given_which_is_a_warning)
{
	CHECK_CHILD(CLONE_NEWUSER, ask_for_too_much);
}

static void
bound_without_privilege(void)
{
	const struct capability_sets none = { 0 };
	struct error err = { 0 };

	child_expect(capabilities_set(&none, &err) == 0, "%s", err.text);
	child_expect(capabilities_bound(&none, &err) < 0, "the bounding set was lowered");
	child_expect_text(err.text,
			  "drop CAP_CHOWN from the bounding set: Operation not permitted");
}

TEST(a_bounding_set_that_cannot_be_lowered_is_an_error)
{
	CHECK_CHILD(CLONE_NEWUSER, bound_without_privilege);
}
