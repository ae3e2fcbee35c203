/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ids that the system lets a user have beside his own: /etc/subuid and /etc/subgid, subuid(5).
 *
 * Lines of others are not judged; one of ours that makes no sense is an error, as are ids that were
 * given twice.
 */
#ifndef COOPERAGE_ALLOTMENT_H
#define COOPERAGE_ALLOTMENT_H

#include "libcommon/error.h"
#include "oci-spec/runtime_linux.h"

/*
 * A map for a user namespace: 0 is the user's own id, and from 1 on come those of the file, in its
 * order. A line is the user's if it begins with his name or, in digits, his number; `name` may be NULL.
 * No file, or no line: then his own is all there is.
 */
int allotment_read(struct oci_id_map_list *map, const char *path, const char *name, uint32_t uid,
		   uint32_t own, struct arena *arena, struct error *err);

#endif
