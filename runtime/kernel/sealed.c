/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/fd.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
#ifndef STATX_ATTR_VERITY
#define STATX_ATTR_VERITY 0x00100000
#endif

#define OUR_NAME "runlet"
#define SEALS    (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/*
 * Asked of the file itself: what the environment or the arguments say, somebody else may have said.
 */
static bool
is_sealed(int exe)
{
	struct statx about;
	int seals = fcntl(exe, F_GET_SEALS);

	if (seals >= 0)
		return (seals & SEALS) == SEALS;
	return statx(exe, "", AT_EMPTY_PATH, 0, &about) == 0 &&
	       (about.stx_attributes_mask & about.stx_attributes & STATX_ATTR_VERITY) != 0;
}

/* Kernels before 6.3 do not know MFD_EXEC: there every memfd can be executed. */
static int
make_memory(struct error *err)
{
	int fd = memfd_create(OUR_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(OUR_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 && errno == EACCES)
		return fail_errno(err, "make an executable memfd (see sysctl vm.memfd_noexec)");
	return fd < 0 ? fail_errno(err, "make a memfd") : fd;
}

static int
copy_file(int to, int from, struct error *err)
{
	struct stat about;

	if (fstat(from, &about) < 0)
		return fail_errno(err, "look at our own program");
	for (off_t left = about.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t) left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(err, "copy our own program");
		if (n == 0)
			return fail(err, "copy our own program: it became shorter");
		left -= n;
	}
	return 0;
}

static int
seal(int fd, struct error *err)
{
	if (fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_EXEC) == 0)
		return 0;
	if (errno == EINVAL && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		return 0; /* before Linux 6.3 */
	return fail_errno(err, "seal the copy of our own program");
}

int
sealed_enter(char *const argv[], struct error *err)
{
	scoped_fd exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (exe < 0)
		return fail_errno(err, "open our own program by /proc/self/exe");
	if (is_sealed(exe)) {
		(void) prctl(PR_SET_NAME, OUR_NAME); /* execveat called us by the number of an fd */
		return 0;
	}

	scoped_fd copy = GET(make_memory(err));
	TRY(copy_file(copy, exe, err));
	TRY(seal(copy, err));
	if (!is_sealed(copy))
		return fail(err, "seal the copy of our own program: it is still open to change");
	(void) syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
	return fail_errno(err, "execute the sealed copy of our own program");
}
