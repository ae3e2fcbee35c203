/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every step of the surrender removes the right to undo it, so the order is the argument:
 *
 *	labels before no_new_privs and seccomp   a filter may forbid writing them
 *	limits before the ids                    raising one needs CAP_SYS_RESOURCE
 *	bounding set before the ids              dropping from it needs CAP_SETPCAP
 *	groups before gid before uid             setuid takes CAP_SETGID with it
 *	the program is looked for as the user    what root may execute, he may not; with his capabilities
 *	seccomp before the other capabilities    loading needs CAP_SYS_ADMIN …
 *	seccomp last of all                      … unless no_new_privs is set: then nothing of ours
 *	                                         has to be allowed by the filter but execve
 */
#include "runtime/life/become.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/log.h"
#include "libcommon/process.h"
#include "libcommon/text.h"
#include "runtime/kernel/capabilities.h"
#include "runtime/kernel/identity.h"
#include "runtime/kernel/keyring.h"
#include "runtime/kernel/lsm.h"
#include "runtime/kernel/rlimits.h"
#include "runtime/kernel/tuning.h"
#include "runtime/life/environment.h"

int
become_session(const struct become *become, struct error *err)
{
	if (setsid() < 0 && errno != EPERM) /* EPERM: we lead one already */
		return fail_errno(err, "become a session leader");
	if (become->keyring != NULL) {
		TRY(lsm_set_key_label(become->procfs, become->process->selinux_label, err));
		TRY(keyring_join(become->keyring, err));
	}
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return fail_errno(err, "hide from the container's processes");
	return 0;
}

/*
 * A directory that only the user may enter is refused to a root without CAP_DAC_OVERRIDE, and the
 * other way round: so it is tried as both. `entered`: root was there already.
 */
static int
enter_directory(const char *cwd, bool entered, struct error *err)
{
	char here[PATH_MAX];

	if (chdir(cwd) < 0 && !(entered && errno == EACCES))
		return fail_errno(err, "chdir to cwd (\"%s\") set in config.json", cwd);

	/* A leaked descriptor may have led us out of the container (CVE-2024-21626). */
	if (getcwd(here, sizeof(here)) == NULL || here[0] != '/')
		return fail(err, "cwd \"%s\": it lies outside of the container's root", cwd);
	return 0;
}

static int
make_directory(const char *cwd, struct error *err)
{
	scoped_fd root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct error unused;

	if (root < 0)
		return fail_errno(err, "open the container's root");
	scoped_fd made = beneath_make_directories(root, cwd, 0755, &unused);
	if (made < 0)
		log_debug("cwd \"%s\" was not made: %s", cwd, unused.text); /* chdir will have the last word */
	return 0;
}

/* ---- the program --------------------------------------------------------------------------- */

/* 0: it can be executed. Else the errno to tell. */
static int
judge_program(const char *path)
{
	struct stat about;

	if (stat(path, &about) < 0)
		return errno;
	if (S_ISDIR(about.st_mode))
		return EISDIR;
	if (!S_ISREG(about.st_mode))
		return EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

/* In small letters, as runc's language says it: docker run ends with 127 only for these very words. */
#define NO_SUCH_FILE "no such file or directory"

static int
refuse_program(const char *name, const char *path, int code, struct error *err)
{
	if (code == EISDIR)
		return fail(err, "exec: \"%s\": is a directory: permission denied", name);
	if (code == EACCES || code == EPERM)
		return fail(err, "exec: \"%s\": permission denied", name);
	if (code == ENOENT && path == NULL)
		return fail(err, "exec: \"%s\": executable file not found in $PATH", name);
	if (code == ENOENT)
		return fail(err, "exec: \"%s\": stat %s: " NO_SUCH_FILE, name, path);
	errno = code;
	return fail_errno(err, "exec: \"%s\": stat %s", name, path != NULL ? path : name);
}

static int
find_program(struct become *become, struct error *err)
{
	const char *name = become->args[0];
	const char *path = environment_find(become->env, "PATH");
	int worst = ENOENT;

	if (name == NULL || name[0] == '\0')
		return fail(err, "process.args: there is no program to run");
	if (strchr(name, '/') != NULL) {
		int code = judge_program(name);
		become->program = name;
		return code == 0 ? 0 : refuse_program(name, name, code, err);
	}
	struct text_list places = text_split(become->arena, path != NULL ? path : "", ':');
	FOR_EACH(place, &places) {
		if (**place == '\0')
			continue; /* "here" to a shell; what lies in the working directory is not asked for by name */
		const char *candidate = arena_format(become->arena, "%s/%s", *place, name);
		int code = judge_program(candidate);
		if (code == 0) {
			become->program = candidate;
			return 0;
		}
		if (code != ENOENT && code != ENOTDIR)
			worst = code;
	}
	return refuse_program(name, NULL, worst, err);
}

unsigned
become_first_fd(const struct become *become)
{
	return 3 + become->listen_fds + become->preserve_fds;
}

/* ---- the surrender ------------------------------------------------------------------------- */

static int
set_labels(const struct become *become, struct error *err)
{
	TRY(lsm_set_apparmor(become->procfs, become->process->apparmor_profile, err));
	return lsm_set_selinux(become->procfs, become->process->selinux_label, err);
}

static int
set_knobs(const struct become *become, struct error *err)
{
	TRY(tuning_set_scheduler(become->process->scheduler, err));
	TRY(tuning_set_io_priority(become->process->io_priority, err));
	TRY(tuning_set_memory_policy(become->linux_->memory_policy, err));
	return tuning_set_personality(become->linux_->personality, err);
}

static void
prepare_vectors(struct become *become)
{
	const struct oci_process *process = become->process;
	char home[4096];

	become->args = process_vector(&process->args, become->arena);
	become->env = environment_make(&process->env, NULL, become->listen_fds, become->arena);
	if (text_is_empty(environment_find(become->env, "HOME"))) {
		scoped_fd root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		become->env = environment_make(&process->env, identity_home(root, process->user->uid, home),
					       become->listen_fds, become->arena);
	}
	for (char **entry = become->env; *entry != NULL; entry++)
		list_add(&become->hook_env, become->arena, *entry);
}

int
become_filter(struct become *become, struct error *err)
{
	if (become->filtered)
		return 0;
	int listener = GET(seccomp_install(become->filter, err));

	become->listener = become->filter->notifies ? listener : -1;
	become->filtered = true;
	return 0;
}

int
become_surrender(struct become *become, struct error *err)
{
	const struct oci_process *process = become->process;
	struct capability_sets sets = capabilities_parse(process->capabilities);
	bool limits_capabilities = process->capabilities != NULL;

	prepare_vectors(become);
	TRY(make_directory(process->cwd, err));
	bool entered = chdir(process->cwd) == 0;
	TRY(set_knobs(become, err));
	TRY(set_labels(become, err));
	TRY(rlimits_set(0, &process->rlimits, err));

	if (limits_capabilities)
		TRY(capabilities_bound(&sets, err));
	TRY(capabilities_keep(err));
	TRY(identity_become(process->user, become->keep_groups, err));
	if (limits_capabilities)
		TRY(capabilities_try(&sets, err));
	TRY(enter_directory(process->cwd, entered, err));
	TRY(find_program(become, err));

	if (process->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail_errno(err, "set no_new_privs");
	if (!process->no_new_privileges && become->filter->program != NULL) {
		TRY(capabilities_raise(err));
		TRY(become_filter(become, err));
	}
	if (limits_capabilities)
		TRY(capabilities_set(&sets, err));
	return 0;
}

int
become_exec(struct become *become, struct error *err)
{
	const char *name = become->args[0];

	process_reset_signals();
	TRY(fd_close_all_on_exec(become_first_fd(become), err));
	if (become->process->no_new_privileges)
		TRY(become_filter(become, err));

	(void) execve(become->program, become->args, become->env);
	if (errno == ENOENT)
		return fail(err, "exec: \"%s\": start %s (or the interpreter that it names): " NO_SUCH_FILE, name,
			    become->program);
	return fail_errno(err, "exec: \"%s\": start %s", name, become->program);
}
