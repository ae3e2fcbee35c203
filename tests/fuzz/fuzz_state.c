/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the record of a container. Whatever they are, the container is found (so that it can be
 * deleted), under its own name; what was understood is written and found again as the same.
 */
#include "tests/fuzz/place.h"

#include "libcommon/file.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "oci-spec/runtime_state.h"
#include "runtime/kernel/cgroup_path.h"
#include "runtime/kernel/cgroup_record.h"
#include "runtime/life/state.h"

#define ID "fuzzed"

/* A container in the directory. */
static void
prepare(void)
{
	struct arena arena = { 0 };
	struct state state;
	struct error err;

	if (!place_make())
		return;
	DEMAND(state_claim(&state, place, ID, &arena, &err) == 0);
	state_done(&state);
	arena_done(&arena);
}

static const char *
find(struct state *state, struct arena *arena)
{
	struct error err = { 0 };
	char *text = NULL;
	size_t n;

	DEMAND(state_find(state, place, ID, arena, &err) == 0);
	DEMAND(text_equal(state->id, ID) && text_equal(state->record.id, ID));
	DEMAND(state_write(state, &err) == 0);
	DEMAND(file_read_at(state->dir, "state.json", 1 << 24, arena, &text, &n, &err) == 0);
	return text;
}

static void
try_cgroup(const char *record, struct arena *arena)
{
	struct cgroup cgroup, again;
	struct error err = { 0 };

	if (cgroup_record_read(&cgroup, record, arena, &err) < 0) {
		DEMAND(err.text[0] != '\0');
		return;
	}
	DEMAND(cgroup.count <= CGROUP_HIERARCHIES);
	for (size_t i = 0; i < cgroup.count; i++) {
		const struct cgroup_hierarchy *hierarchy = &cgroup.hierarchies[i];
		DEMAND(hierarchy->mount[0] == '/' && hierarchy->path[0] == '/' &&
		       hierarchy->fd == -1);
		DEMAND(cgroup_path_check_below(hierarchy->path, &err) == 0);
	}
	const char *text = cgroup_record(&cgroup, arena);
	DEMAND(cgroup_record_read(&again, text, arena, &err) == 0);
	DEMAND(text_equal(text, cgroup_record(&again, arena)));
}

/* What hooks and engines are told of it can be read. */
static void
try_description(const struct state *state, struct arena *arena)
{
	struct oci_state out;
	struct error err = { 0 };
	const char *text = state_text(state, OCI_STATUS_STOPPED, 0);

	DEMAND(strchr(text, '\n') == NULL);
	DEMAND(schema_read(&oci_state_schema, &out, "state", text, strlen(text), arena, &err) == 0);
	DEMAND(text_equal(out.id, ID));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct state state, again;
	struct error err = { 0 };

	prepare();
	DEMAND(state_find(&state, place, ID, &arena, &err) == 0);
	DEMAND(file_replace(state.dir, "state.json", (const char *) bytes, n, 0600, &err) == 0);
	state_done(&state);

	const char *one = find(&state, &arena), *two = find(&again, &arena);
	DEMAND(text_equal(one, two));
	try_description(&state, &arena);
	if (state.record.cgroup != NULL)
		try_cgroup(state.record.cgroup, &arena);
	try_cgroup(arena_copy(&arena, bytes, n), &arena);
	state_done(&state);
	state_done(&again);
	return 0;
}
