/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "libcommon/fd.h"

void
directory_close(DIR **stream)
{
	if (*stream != NULL)
		(void) closedir(*stream);
	*stream = NULL;
}

int
directory_open(DIR **stream, int dir, const char *path, struct error *err)
{
	scoped_fd fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*stream = fd < 0 ? NULL : fdopendir(fd);
	if (*stream == NULL)
		return fail_errno(err, "open directory %s", path);
	(void) fd_take(&fd); /* the stream's now */
	return 0;
}

int
directory_next(struct dirent **entry, DIR *stream, const char *path, struct error *err)
{
	for (;;) {
		errno = 0;
		*entry = readdir(stream);
		if (*entry == NULL)
			return errno != 0 ? fail_errno(err, "read directory %s", path) : 0;
		if (strcmp((*entry)->d_name, ".") != 0 && strcmp((*entry)->d_name, "..") != 0)
			return 1;
	}
}
