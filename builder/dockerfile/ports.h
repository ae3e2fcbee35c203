/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What EXPOSE says: a port or a range, with a protocol.
 *
 * An address and a host port before it are checked and dropped, as the language has always done.
 */
#ifndef COOPERAGE_PORTS_H
#define COOPERAGE_PORTS_H

#include "libcommon/error.h"
#include "libcommon/list.h"

/* Things that lint rules complain of. */
struct ports_notes {
	bool has_capitals; /* in the protocol */
	bool has_host;     /* an address or a host port */
};

/* Adds "80/tcp" for each port, after expansion. `notes` may be NULL. */
int ports_read(struct text_list *out, struct ports_notes *notes, const char *text,
	       struct arena *arena, struct error *err);

#endif
