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

#define DOCKERFILE_LIMIT ((size_t) 64 * 1024 * 1024)

/* Neither a fifo nor a device may stop us or be read. */
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

int
context_open(struct context *context, const char *path, const char *dockerfile, struct arena *arena,
	     struct error *err)
{
	char *absolute;
	scoped_fd own = -1, usual = -1;
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

	TRY(path_absolute(&absolute, arena, path, err));
	context->path = absolute;
	context->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (context->root < 0)
		return fail_errno(err, "open the context \"%s\"", path);

	if (dockerfile != NULL) {
		const char *name = arena_format(arena, "%s" IGNORE_NAME, dockerfile);
		if (GET(file_open_if_there(&own, AT_FDCWD, name, flags, err)) == 0)
			return read_ignore(context, own, path_base(name), arena, err);
	}
	/* The context may be anybody's: a link in it leads nowhere outside it. */
	if (GET(beneath_open_if_there(&usual, context->root, IGNORE_NAME, flags, err)) == 0)
		return read_ignore(context, usual, IGNORE_NAME, arena, err);
	return 0;
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
read_from_context(struct context_dockerfile *dockerfile, const char *context, struct arena *arena,
		  struct error *err)
{
	static const char *const names[] = { "Dockerfile", "dockerfile", "Containerfile" };
	scoped_fd root = open(context, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return fail_errno(err, "open the context \"%s\"", context);
	for (size_t i = 0; i < COUNT(names); i++) {
		scoped_fd fd = -1;

		dockerfile->name = names[i];
		dockerfile->path = arena_format(arena, "%s/%s", context, names[i]);
		if (GET(beneath_open_if_there(&fd, root, names[i], O_RDONLY | O_NONBLOCK | O_NOCTTY,
					      err)) == 0)
			return read_whole(dockerfile, fd, arena, err);
	}
	return fail(err, "there is no Dockerfile in \"%s\"", context);
}

int
context_read_dockerfile(struct context_dockerfile *dockerfile, const char *context,
			const char *wanted, struct arena *arena, struct error *err)
{
	*dockerfile = (struct context_dockerfile){ 0 };
	if (wanted == NULL && !text_equal(context, "-"))
		return read_from_context(dockerfile, context, arena, err);
	if (wanted == NULL || text_equal(wanted, "-")) {
		dockerfile->name = "Dockerfile";
		return read_whole(dockerfile, STDIN_FILENO, arena, err);
	}

	scoped_fd fd = GET(file_open(AT_FDCWD, wanted, O_RDONLY, err));
	dockerfile->path = wanted;
	dockerfile->name = path_base(wanted);
	return read_whole(dockerfile, fd, arena, err);
}

void
context_done(struct context *context)
{
	fd_close(&context->root);
	digests_done(&context->digests);
}
