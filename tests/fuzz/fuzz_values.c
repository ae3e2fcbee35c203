/* SPDX-License-Identifier: Apache-2.0 */
/* Each line is a value as users, Dockerfiles and documents give it: a number, a time, a mode, a port. */
#include "tests/fuzz/fuzz.h"

#include "builder/dockerfile/duration.h"
#include "builder/dockerfile/permissions.h"
#include "builder/dockerfile/ports.h"
#include "builder/dockerfile/run_device.h"
#include "builder/dockerfile/run_mount.h"
#include "builder/dockerfile/stop_signal.h"
#include "builder/layer/tar_number.h"
#include "libcommon/number.h"
#include "libcommon/text.h"
#include "libcommon/timestamp.h"

static void
try_numbers(const char *text, struct arena *arena)
{
	struct error err = { 0 };
	uint64_t number, size;
	int64_t with_sign;
	unsigned mode;

	if (number_unsigned(&number, text, UINT64_MAX, &err) == 0)
		DEMAND(number_is_decimal(text) &&
		       (number == 0 ||
			text_ends_with(text, arena_format(arena, "%ju", (uintmax_t) number))));
	else
		DEMAND_REASON(err);
	if (number_signed(&with_sign, text, -99, 1000, &err) == 0)
		DEMAND(with_sign >= -99 && with_sign <= 1000);
	if (number_size(&size, text, &err) < 0)
		DEMAND_REASON(err);
	else if (number_is_decimal(text))
		DEMAND(number_unsigned(&number, text, UINT64_MAX, &err) == 0 && number == size);
	if (number_mode(&mode, text, &err) == 0)
		DEMAND(mode <= 07777);
}

static void
try_times(const char *text, struct arena *arena)
{
	struct error err = { 0 };
	struct timespec when, again;
	char written[TIMESTAMP_SIZE];
	int64_t span, span_again;

	if (timestamp_read(&when, text, &err) == 0) {
		DEMAND(when.tv_nsec >= 0 && when.tv_nsec < 1000000000);
		timestamp_write(written, when);
		DEMAND(timestamp_read(&again, written, &err) == 0);
		DEMAND(again.tv_sec == when.tv_sec && again.tv_nsec == when.tv_nsec);
	} else {
		DEMAND_REASON(err);
	}
	if (duration_read(&span, text, &err) == 0 && span >= 0) { /* what is negative has no text */
		DEMAND(duration_read(&span_again, duration_text(arena, span), &err) == 0);
		DEMAND(span == span_again);
	}
}

static void
try_permissions(const char *text, struct arena *arena)
{
	struct permissions permissions;
	struct error err = { 0 };

	if (permissions_read(&permissions, text, arena, &err) < 0) {
		DEMAND_REASON(err);
		return;
	}
	for (uint32_t mode = 0; mode <= 07777; mode += 0113) {
		uint32_t file = permissions_apply(&permissions, mode, false),
			 directory = permissions_apply(&permissions, mode, true);
		DEMAND((file & ~07777U) == 0 && (directory & ~07777U) == 0);
		DEMAND(!permissions.is_octal || (file == permissions.octal && directory == file));
	}
}

static void
try_ports(const char *text, struct arena *arena)
{
	struct text_list ports = { 0 }, again = { 0 };
	struct ports_notes notes = { 0 };
	struct error err = { 0 };

	if (ports_read(&ports, &notes, text, arena, &err) < 0) {
		DEMAND_REASON(err);
		return;
	}
	DEMAND(ports.count <= 65536);
	for (size_t i = 0; i < ports.count && i < 100; i++) {
		again = (struct text_list){ 0 };
		DEMAND(ports_read(&again, NULL, ports.items[i], arena, &err) == 0);
		DEMAND(again.count == 1 && strcmp(again.items[0], ports.items[i]) == 0);
	}
}

static void
try_run_flags(const char *text, struct arena *arena)
{
	struct run_mount mount = { 0 };
	struct run_device device = { 0 };
	struct error err = { 0 };

	if (run_mount_read(&mount, text, NULL, arena, &err) < 0)
		DEMAND_REASON(err);
	else
		DEMAND(word_text(run_mount_types, (int) mount.type) != NULL &&
		       word_text(run_mount_sharings, (int) mount.sharing) != NULL);
	if (run_device_read(&device, text, arena, &err) < 0)
		DEMAND_REASON(err);
	else
		DEMAND(device.name != NULL && device.name[0] != '\0');
	if (stop_signal_check(text, &err) < 0)
		DEMAND_REASON(err);
}

static void
try_tar_numbers(const char *text)
{
	struct error err = { 0 };
	struct timespec when;
	int64_t number;
	char field[12] = { 0 };

	(void) strncpy(field, text, sizeof(field) - 1);
	if (tar_number_field(&number, field, sizeof(field), "number", &err) < 0)
		DEMAND_REASON(err);
	if (tar_number_decimal(&number, text, "number", &err) < 0)
		DEMAND_REASON(err);
	if (tar_number_time(&when, text, &err) == 0)
		DEMAND(when.tv_nsec >= 0 && when.tv_nsec < 1000000000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fuzz_input input = { bytes, n };

	while (input.left > 0) {
		scoped_arena arena = { 0 };
		const char *text = fuzz_line(&input, &arena);
		try_numbers(text, &arena);
		try_times(text, &arena);
		try_permissions(text, &arena);
		try_ports(text, &arena);
		try_run_flags(text, &arena);
		try_tar_numbers(text);
	}
	return 0;
}
