/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/instructions/run.h"

#include <string.h>

#include "builder/build/op_run.h"
#include "builder/build/pairs.h"
#include "builder/dockerfile/expand.h"
#include "builder/dockerfile/heredoc.h"
#include "builder/instructions/program.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

/* May be given without being declared, and nothing that is built should depend on them. */
static const char *const proxy_names[] = {
	"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY",
	"ftp_proxy",  "NO_PROXY",   "no_proxy",    "ALL_PROXY",   "all_proxy",
};

static void
add_proxies(struct planner *planner, struct run_step *run)
{
	for (size_t i = 0; i < COUNT(proxy_names); i++) {
		const char *value = pairs_get(&planner->options->args, proxy_names[i]);

		if (value != NULL && pairs_get(&run->environment, proxy_names[i]) == NULL)
			list_add(&run->proxies, planner->arena,
				 (struct pair){ proxy_names[i], value });
	}
}

/* ---- heredocs -------------------------------------------------------------------------------- */

/* Is the command nothing but a heredoc: "<<EOF"? */
static bool
is_heredoc_alone(struct planner *planner, const char *command)
{
	struct heredoc unused;
	struct error unread;

	return heredoc_read(&unused, command, planner->arena, &unread) == 0;
}

static struct text_list
read_command(struct planner *planner, struct run_step *run, const struct statement *statement)
{
	const struct heredoc *first = statement->heredocs.items;

	if (statement->is_json || statement->heredocs.count == 0)
		return program_args(planner, statement, 0);
	/* The shell does the redirection itself: it is given the line and the bodies. */
	if (!is_heredoc_alone(planner, statement->operands.items[0]))
		return program_shell(planner,
				     heredoc_join(planner->arena, statement->operands.items[0],
						  &statement->heredocs));

	struct run_script script = { first->name, heredoc_text(planner->arena, first) };
	if (text_after(script.content, "#!") == NULL)
		return program_shell(planner, script.content);
	list_add(&run->scripts, planner->arena, script);
	return program_shell(planner, arena_format(planner->arena, "/dev/pipes/%s", script.name));
}

/* ---- mounts ---------------------------------------------------------------------------------- */

/* No secret and no agent can be given to this build: what must have one fails, the rest is not there. */
static int
leave_out(const struct run_mount *mount, struct error *err)
{
	if (mount->required)
		return fail(err,
			    "--mount=type=%s: \"%s\" is required and was not given to this build",
			    word_text(run_mount_types, (int) mount->type),
			    mount->id == NULL ? "default" : mount->id);
	return 0;
}

static int
place_mount(struct run_mount_step *added, struct planner *planner, struct step *step,
	    struct error *err)
{
	struct run_mount *mount = &added->mount;

	mount->target = path_join(planner->arena, planner_directory(planner), mount->target);
	if (text_equal(mount->target, "/"))
		return fail(err, "--mount: the target may not be \"/\"");
	if (mount->from != NULL)
		TRY(planner_tree_named(&added->from, planner, mount->from, err));
	added->is_context = mount->type == RUN_MOUNT_BIND && mount->from == NULL;
	if (added->from != NULL)
		list_add(&step->inputs, planner->arena, added->from);
	return 0;
}

static int
read_mounts(struct run_step *run, struct planner *planner, struct step *step,
	    const struct run_flags *flags, struct error *err)
{
	FOR_EACH(text, &flags->mounts) {
		struct run_mount_step added = { 0 };
		struct expander expander = planner_expander(planner);

		TRY(run_mount_read(&added.mount, *text, &expander, planner->arena, err));
		if (added.mount.type == RUN_MOUNT_SECRET || added.mount.type == RUN_MOUNT_SSH) {
			TRY(leave_out(&added.mount, err));
			continue;
		}
		TRY(place_mount(&added, planner, step, err));
		list_add(&run->mounts, planner->arena, added);
	}
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int
refuse_flags(const struct run_flags *flags, struct error *err)
{
	if (flags->security == RUN_SECURITY_INSECURE)
		return fail(err, "--security=insecure: this build may not leave its sandbox");
	if (flags->devices.count > 0)
		return fail(err, "--device=%s: this build may use no devices of the host",
			    flags->devices.items[0]);
	return 0;
}

/* "RUN |2 a=1 b=2 /bin/sh -c make": what was declared counts, whether it is used or not. */
static void
tell_run(struct planner *planner, const struct step *step, const struct run_step *run)
{
	scoped_buffer declared = { 0 };

	FOR_EACH(arg, &planner->here->args) {
		const char *value = pairs_get(&planner->here->variables, arg->key);
		buffer_add_format(&declared, "%s=%s ", arg->key, value == NULL ? "" : value);
	}
	if (planner->here->args.count > 0)
		planner_add_history(planner, step, "RUN |%zu %s%s", planner->here->args.count,
				    buffer_text(&declared),
				    text_join(planner->arena, &run->args, " "));
	else
		planner_add_history(planner, step, "RUN %s",
				    text_join(planner->arena, &run->args, " "));
}

int
run_plan(struct planner *planner, const struct statement *statement, struct error *err)
{
	const struct run_flags *flags = statement->flags;
	struct run_step *run = arena_new(planner->arena, struct run_step);
	struct step step = { .op = &op_run, .details = run, .statement = statement };

	TRY(refuse_flags(flags, err));
	run->args = read_command(planner, run, statement);
	run->environment = pairs_copy(planner->arena, &planner->here->variables);
	add_proxies(planner, run);
	run->directory = planner_directory(planner);
	run->user = planner->here->config.user;
	run->network = flags->network == RUN_NETWORK_NONE   ? "none"
		       : flags->network == RUN_NETWORK_HOST ? "host"
							    : planner->options->network;
	TRY(read_mounts(run, planner, &step, flags, err));
	tell_run(planner, planner_add_step(planner, step), run);
	return 0;
}
