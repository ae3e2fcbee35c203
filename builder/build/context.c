/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/context.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

#define IGNORE_LIMIT ((size_t) 16 * 1024 * 1024)
#define IGNORE_NAME ".dockerignore"

/* Nothing there may stop us: a fifo is not waited for, a terminal not taken. */
#define READ_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY)

#define DOCKERFILE_LIMIT ((size_t) 64 * 1024 * 1024)

static int
read_ignore(struct context *context, int fd, const char *name, struct arena *arena,
	    struct error *err)
{
	struct stat about;
	char *bytes;
	size_t n;

	if (fstat(fd, &about) < 0)
		return fail_errno(err, "look at %s", name);
	if (!S_ISREG(about.st_mode))
		return fail(err, "%s is no regular file", name);
	TRY(file_read(fd, name, IGNORE_LIMIT, arena, &bytes, &n, err));
	context->ignore_name = name;
	return ignore_read(&context->ignore, name, bytes, n, arena, err);
}

/* ---- the Dockerfile -------------------------------------------------------------------------- */

static int
read_whole(struct context_dockerfile *dockerfile, int fd, struct arena *arena, struct error *err)
{
	struct stat about;

	if (fstat(fd, &about) < 0)
		return fail_errno(err, "look at %s", dockerfile->name);
	if (S_ISDIR(about.st_mode))
		return fail(err, "%s is a directory", dockerfile->name);
	return file_read(fd, dockerfile->name, DOCKERFILE_LIMIT, arena, &dockerfile->bytes,
			 &dockerfile->size, err);
}

static int
read_own(struct context_dockerfile *dockerfile, const struct context *context, struct arena *arena,
	 struct error *err)
{
	static const char *const names[] = { "Dockerfile", "dockerfile", "Containerfile" };

	for (size_t i = 0; i < COUNT(names); i++) {
		scoped_fd fd = -1;

		dockerfile->name = names[i];
		if (GET(beneath_open_if_there(&fd, context->root, names[i], READ_FLAGS, err)) == 0)
			return read_whole(dockerfile, fd, arena, err);
	}
	return fail(err, "there is no Dockerfile in \"%s\"", context->path);
}

/* A user's path is the user's; but in an archive that came by, it is the archive's. */
static int
read_wanted(struct context_dockerfile *dockerfile, const struct context *context,
	    const char *wanted, struct arena *arena, struct error *err)
{
	scoped_fd fd = -1;

	if (text_equal(wanted, "-")) {
		dockerfile->name = "Dockerfile";
		return read_whole(dockerfile, STDIN_FILENO, arena, err);
	}
	fd = context->is_passing ? beneath_open(context->root, wanted, READ_FLAGS, 0, err)
				 : file_open(AT_FDCWD, wanted, O_RDONLY, err);
	if (fd < 0)
		return -1;
	dockerfile->name = path_base(wanted);
	return read_whole(dockerfile, fd, arena, err);
}

/* ---- what is left out ------------------------------------------------------------------------ */

/* The one that belongs to the Dockerfile alone. Returns 1 if there is none. */
static int
find_own_ignore(int *fd, const struct context *context, const char *wanted, const char *name,
		struct arena *arena, struct error *err)
{
	const char *path = arena_format(arena, "%s" IGNORE_NAME, wanted == NULL ? name : wanted);

	if (text_equal(wanted, "-"))
		return 1;
	if (wanted == NULL || context->is_passing)
		return beneath_open_if_there(fd, context->root, path, READ_FLAGS, err);
	return file_open_if_there(fd, AT_FDCWD, path, READ_FLAGS, err);
}

static int
read_ignores(struct context *context, const char *wanted, const char *name, struct arena *arena,
	     struct error *err)
{
	scoped_fd own = -1, usual = -1;

	if (GET(find_own_ignore(&own, context, wanted, name, arena, err)) == 0)
		return read_ignore(context, own, arena_format(arena, "%s" IGNORE_NAME, name), arena,
				   err);
	if (GET(beneath_open_if_there(&usual, context->root, IGNORE_NAME, READ_FLAGS, err)) == 0)
		return read_ignore(context, usual, IGNORE_NAME, arena, err);
	return 0;
}

int
context_open(struct context *context, struct context_dockerfile *dockerfile, const char *path,
	     const char *wanted, struct arena *arena, struct error *err)
{
	char *absolute;

	TRY(path_absolute(&absolute, arena, path, err));
	context->path = absolute;
	context->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (context->root < 0)
		return fail_errno(err, "open the context \"%s\"", path);

	*dockerfile = (struct context_dockerfile){ 0 };
	if (wanted == NULL)
		TRY(read_own(dockerfile, context, arena, err));
	else
		TRY(read_wanted(dockerfile, context, wanted, arena, err));
	return read_ignores(context, wanted, dockerfile->name, arena, err);
}

void
context_done(struct context *context)
{
	fd_close(&context->root);
	digests_done(&context->digests);
}
