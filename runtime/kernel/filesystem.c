/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/filesystem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "libcommon/fd.h"
#include "libcommon/text.h"
#include "runtime/kernel/syscalls.h"

#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif

#define FSCONFIG_STRING_MAX 255

/*
 * The last complaint in the context's log. A message is "e text" (or "w", "i"), and each read gives
 * one, until there are no more. Returns false if there was none.
 */
static bool
read_complaint(int context, char complaint[512])
{
	bool found = false;
	char message[512];
	ssize_t n;

	while ((n = read(context, message, sizeof(message) - 1)) > 0) {
		message[n] = '\0';
		message[strcspn(message, "\n")] = '\0';
		if (strncmp(message, "e ", 2) != 0)
			continue;
		(void) snprintf(complaint, 512, "%s", message + 2);
		found = true;
	}
	return found;
}

/* What the kernel said about it, with `what` as the fallback; the cause is errno's. */
static int
fail_context(int context, const char *type, const char *what, struct error *err)
{
	int cause = errno;
	char complaint[512];
	bool said = read_complaint(context, complaint);

	errno = cause;
	if (!said)
		return fail_errno(err, "%s: %s", type, what);
	/* The kernel's sentences mostly name the file system already. */
	if (text_after(complaint, type) != NULL)
		return fail_errno(err, "%s", complaint);
	return fail_errno(err, "%s: %s", type, complaint);
}

bool
filesystem_is_wordy(const struct text_list *data)
{
	FOR_EACH(option, data) {
		const char *equals = strchr(*option, '=');

		if (equals != NULL && strlen(equals + 1) > FSCONFIG_STRING_MAX)
			return true;
	}
	return false;
}

static int
set_option(int context, const char *type, const char *option, struct error *err)
{
	const char *equals = strchr(option, '=');
	char key[256], what[300];
	int result;

	if (equals != NULL && (size_t) (equals - option) >= sizeof(key))
		return fail(err, "%s: option \"%.40s…\": the name is too long", type, option);
	if (equals == NULL) {
		result = sys_fsconfig(context, FSCONFIG_SET_FLAG, option, NULL, 0);
	} else {
		memcpy(key, option, (size_t) (equals - option));
		key[equals - option] = '\0';
		result = sys_fsconfig(context, FSCONFIG_SET_STRING, key, equals + 1, 0);
	}
	if (result == 0)
		return 0;
	(void) snprintf(what, sizeof(what), "option \"%.250s\"", option);
	return fail_context(context, type, what, err);
}

static int
set_data(int context, const struct filesystem *filesystem, struct error *err)
{
	if (filesystem->data == NULL)
		return 0;
	FOR_EACH(option, filesystem->data) {
		if (filesystem->without != NULL && text_after(*option, filesystem->without) != NULL)
			continue;
		TRY(set_option(context, filesystem->type, *option, err));
	}
	return 0;
}

/*
 * MS_SILENT and MS_MANDLOCK have no word here: the first only quiets the kernel's log, the second
 * is gone since Linux 5.15. i_version is an option of the file systems that still let one choose.
 */
static int
set_flags(int context, const struct filesystem *filesystem, struct error *err)
{
	/* clang-format off */
	static const struct { unsigned long flag; const char *word; } words[] = {
		{ MS_RDONLY,      "ro" },
		{ MS_SYNCHRONOUS, "sync" },
		{ MS_DIRSYNC,     "dirsync" },
		{ MS_LAZYTIME,    "lazytime" },
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT(words); i++) {
		if ((filesystem->flags & words[i].flag) != 0)
			TRY(set_option(context, filesystem->type, words[i].word, err));
	}
	if ((filesystem->flags & MS_I_VERSION) != 0)
		(void) sys_fsconfig(context, FSCONFIG_SET_FLAG, "i_version", NULL, 0);
	return 0;
}

static int
configure(int context, const struct filesystem *filesystem, struct error *err)
{
	const char *type = filesystem->type;

	if (filesystem->source != NULL &&
	    sys_fsconfig(context, FSCONFIG_SET_STRING, "source", filesystem->source, 0) < 0)
		return fail_context(context, type, "set the source", err);
	TRY(set_flags(context, filesystem, err));
	TRY(set_data(context, filesystem, err));
	if (filesystem->label != NULL)
		TRY(set_option(context, type, filesystem->label, err));
	return 0;
}

int
filesystem_make(const struct filesystem *filesystem, struct error *err)
{
	const char *type = filesystem->type;
	scoped_fd context = sys_fsopen(type, FSOPEN_CLOEXEC);

	if (context < 0 && errno == ENODEV)
		return fail(err, "this kernel has no file system \"%s\"", type);
	if (context < 0)
		return fail_errno(err, "%s: open the file system", type);
	TRY(configure(context, filesystem, err));
	if (sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fail_context(context, type, "create the file system", err);

	int mount = sys_fsmount(context, FSMOUNT_CLOEXEC, (unsigned) filesystem->attributes);
	return mount < 0 ? fail_context(context, type, "make the mount", err) : mount;
}

int
filesystem_reconfigure(int target, const struct filesystem *filesystem, struct error *err)
{
	scoped_fd context = sys_fspick(target, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);

	if (context < 0)
		return fail_errno(err, "%s: open the file system", filesystem->type);
	TRY(configure(context, filesystem, err));
	if (sys_fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return fail_context(context, filesystem->type, "change the file system", err);
	return 0;
}
