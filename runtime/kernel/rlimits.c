/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/rlimits.h"

#include <sys/resource.h>

/* clang-format off */
static const enum __rlimit_resource resources[] = {
	[OCI_RLIMIT_AS]         = RLIMIT_AS,
	[OCI_RLIMIT_CORE]       = RLIMIT_CORE,
	[OCI_RLIMIT_CPU]        = RLIMIT_CPU,
	[OCI_RLIMIT_DATA]       = RLIMIT_DATA,
	[OCI_RLIMIT_FSIZE]      = RLIMIT_FSIZE,
	[OCI_RLIMIT_LOCKS]      = RLIMIT_LOCKS,
	[OCI_RLIMIT_MEMLOCK]    = RLIMIT_MEMLOCK,
	[OCI_RLIMIT_MSGQUEUE]   = RLIMIT_MSGQUEUE,
	[OCI_RLIMIT_NICE]       = RLIMIT_NICE,
	[OCI_RLIMIT_NOFILE]     = RLIMIT_NOFILE,
	[OCI_RLIMIT_NPROC]      = RLIMIT_NPROC,
	[OCI_RLIMIT_RSS]        = RLIMIT_RSS,
	[OCI_RLIMIT_RTPRIO]     = RLIMIT_RTPRIO,
	[OCI_RLIMIT_RTTIME]     = RLIMIT_RTTIME,
	[OCI_RLIMIT_SIGPENDING] = RLIMIT_SIGPENDING,
	[OCI_RLIMIT_STACK]      = RLIMIT_STACK,
};
/* clang-format on */

int
rlimits_set(pid_t pid, const struct oci_rlimit_list *rlimits, struct error *err)
{
	FOR_EACH(limit, rlimits) {
		struct rlimit64 wanted = { .rlim_cur = limit->soft, .rlim_max = limit->hard };

		assert(limit->type > 0 && limit->type < COUNT(resources));
		if (prlimit64(pid, resources[limit->type], &wanted, NULL) < 0)
			return fail_errno(err, "set %s to %ju, at most %ju",
					  word_text(oci_rlimit_words, limit->type),
					  (uintmax_t) limit->soft, (uintmax_t) limit->hard);
	}
	return 0;
}
