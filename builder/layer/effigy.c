/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/effigy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "builder/layer/entry.h"
#include "libcommon/fd.h"

#define TEXT_SIZE 64

static size_t
describe(char text[TEXT_SIZE], mode_t mode, dev_t device)
{
	return (size_t) snprintf(text, TEXT_SIZE, "%c %u:%u", S_ISBLK(mode) ? 'b' : 'c', major(device), minor(device));
}

int
effigy_make(int directory, const char *name, mode_t mode, dev_t device)
{
	char text[TEXT_SIZE];
	size_t n = describe(text, mode, device);
	scoped_fd fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : fsetxattr(fd, EFFIGY_ATTRIBUTE, text, n, XATTR_CREATE);
}

/* Who wrote the attribute may be hostile: a device 0:0 would be taken for a whiteout. */
static void
read_device(struct stat *about, const char *text)
{
	mode_t type = text[0] == 'b' ? S_IFBLK : S_IFCHR;
	char again[TEXT_SIZE];
	unsigned one, other;

	if (sscanf(text, "%*c %u:%u", &one, &other) != 2 || (one == 0 && other == 0))
		return;
	(void) describe(again, type, makedev(one, other));
	if (strcmp(again, text) != 0)
		return;
	about->st_mode = (about->st_mode & 07777) | type;
	about->st_rdev = makedev(one, other);
}

int
effigy_look(int directory, const char *name, struct stat *about, struct error *err)
{
	char text[TEXT_SIZE];

	if (!S_ISREG(about->st_mode) || about->st_size > 0)
		return 0;
	scoped_fd fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : fgetxattr(fd, EFFIGY_ATTRIBUTE, text, sizeof(text) - 1);
	if (n < 0 && (errno == ENODATA || errno == ENOTSUP || errno == ERANGE))
		return 0;
	if (n < 0)
		return fail_errno(err, "ask whether \"%s\" stands for a device", entry_shown(name).text);
	text[n] = '\0';
	read_device(about, text);
	return 0;
}
