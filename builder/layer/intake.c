/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/intake.h"

#include <stdlib.h>
#include <string.h>

void
intake_init(struct intake *intake, struct source *from, size_t size)
{
	*intake = (struct intake){ .from = from, .window = malloc(size), .size = size };
	if (intake->window == NULL)
		abort();
}

void
intake_done(struct intake *intake)
{
	free(intake->window);
	intake->window = NULL;
}

ssize_t
intake_look(struct intake *intake, size_t n, struct error *err)
{
	assert(n <= intake->size);
	if (intake_length(intake) < n && intake->at > 0) {
		memmove(intake->window, intake_bytes(intake), intake_length(intake));
		intake->end -= intake->at;
		intake->at = 0;
	}
	while (intake_length(intake) < n && !intake->ended) {
		ssize_t got = GET(stream_read(intake->from, intake->window + intake->end,
					      intake->size - intake->end, err));
		intake->ended = got == 0;
		intake->end += (size_t) got;
		intake->taken += (uint64_t) got;
	}
	return (ssize_t) intake_length(intake);
}
