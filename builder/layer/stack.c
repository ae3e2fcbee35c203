/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "builder/layer/entry.h"
#include "libcommon/fd.h"

enum sight {
	SIGHT_THERE,
	SIGHT_NOTHING, /* here; look further down */
	SIGHT_HIDDEN,  /* here and below */
};

int
stack_is_opaque(int directory, enum whiteout_dialect dialect, struct error *err)
{
	char value = '\0';
	ssize_t n = fgetxattr(directory, whiteout_opaque_attribute(dialect), &value, 1);

	if (n < 0 && errno != ENODATA && errno != ENOTSUP && errno != ERANGE)
		return fail_errno(err, "ask whether a directory is opaque");
	return n == 1 && value == 'y';
}

/* One directory of the stack. A link, file or whiteout on the way hides what lies further down. */
static int
look_in(int directory, enum whiteout_dialect dialect, const char *path, struct stat *about, struct error *err)
{
	scoped_fd here = GET(fd_copy(directory, err));
	bool opaque = false;
	char part[256];

	for (const char *at = path;;) {
		size_t n = (size_t) (strchrnul(at, '/') - at);
		if (n >= sizeof(part))
			return SIGHT_NOTHING;
		memcpy(part, at, n);
		part[n] = '\0';

		if (fstatat(here, part, about, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno != ENOENT)
				return fail_errno(err, "look at a layer's \"%s\"", entry_shown(path).text);
			return opaque ? SIGHT_HIDDEN : SIGHT_NOTHING;
		}
		if (whiteout_is_device(about))
			return SIGHT_HIDDEN;
		if (at[n] == '\0')
			return SIGHT_THERE;
		if (!S_ISDIR(about->st_mode))
			return SIGHT_HIDDEN;

		int next = openat(here, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return fail_errno(err, "open a layer's \"%s\"", entry_shown(path).text);
		fd_close(&here);
		here = next;
		opaque = opaque || GET(stack_is_opaque(here, dialect, err)) == 1;
		at += n + 1;
	}
}

int
stack_look(const struct stack *stack, const char *path, struct stat *about, size_t *where, struct error *err)
{
	for (size_t i = 0; i < stack->count; i++) {
		int sight = GET(look_in(stack->directories[i], stack->dialect, path, about, err));
		if (sight == SIGHT_HIDDEN)
			return 1;
		if (sight == SIGHT_THERE) {
			if (where != NULL)
				*where = i;
			return 0;
		}
	}
	return 1;
}
