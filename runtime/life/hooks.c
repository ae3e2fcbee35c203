/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/hooks.h"

#include "libcommon/arena.h"
#include "libcommon/log.h"
#include "libcommon/process.h"

/* None is 0: no limit. */
static int64_t
milliseconds(const int64_t *seconds)
{
	if (seconds == NULL)
		return 0;
	return *seconds < INT64_MAX / 1000 ? *seconds * 1000 : INT64_MAX / 2;
}

static int
run_one(const struct oci_hook *hook, const char *kind, size_t number, const char *state,
	const char *directory, int interrupt, struct error *err)
{
	scoped_arena arena = { 0 };
	struct text_list args = hook->args;

	if (args.count == 0)
		list_add(&args, &arena, hook->path);
	struct process_helper helper = {
		.path = hook->path,
		.args = (const char *const *) process_vector(&args, &arena),
		.env = (const char *const *) process_vector(&hook->env, &arena),
		.directory = directory,
		.input = state,
		.interrupt = interrupt,
		.timeout_ms = milliseconds(hook->timeout),
	};
	log_debug("run %s hook #%zu: %s", kind, number, hook->path);
	if (process_run(&helper, err) < 0)
		return error_prefixf(err, "error running %s hook #%zu", kind, number);
	return 0;
}

int
hooks_run(const struct oci_hook_list *hooks, const char *kind, const char *state, const char *directory,
	  int interrupt, struct error *err)
{
	for (size_t i = 0; i < hooks->count; i++)
		TRY(run_one(&hooks->items[i], kind, i, state, directory, interrupt, err));
	return 0;
}

void
hooks_run_all(const struct oci_hook_list *hooks, const char *kind, const char *state, const char *directory)
{
	struct error err;

	for (size_t i = 0; i < hooks->count; i++)
		if (run_one(&hooks->items[i], kind, i, state, directory, 0, &err) < 0)
			log_warn("%s, continuing", err.text);
}
