/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "builder/layer/decompress.h"

#define ENOUGH ((uint64_t) 4 << 20) /* of one input; bombs have a test of their own */

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static char room[65536];
	struct stream_from_memory from;
	struct error err = { .code = 0 };
	scoped_decompress decompress = { .state = NULL };
	uint64_t sum = 0;
	ssize_t got;

	stream_from_memory(&from, bytes, n);
	if (decompress_init(&decompress, &from.source, &err) < 0)
		return 0;
	while (sum < ENOUGH && (got = stream_read(&decompress.source, room, sizeof(room), &err)) > 0)
		sum += (uint64_t) got;
	if (sum < ENOUGH && got == 0 && stream_read(&decompress.source, room, 1, &err) != 0)
		abort(); /* after the end comes the end */
	return 0;
}
