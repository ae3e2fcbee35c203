/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/run_device.h"

#include "builder/dockerfile/csv.h"

static int
read_option(struct run_device *device, const char *field, struct arena *arena, struct error *err)
{
	struct pair option = csv_option(field, arena);

	if (strcmp(option.key, "required") == 0) {
		device->required = true;
		return option.value == NULL ? 0 : csv_claim(&device->required, option.value, err);
	}
	if (strcmp(option.key, "name") == 0 && option.value != NULL) {
		if (device->name != NULL)
			return fail(err, "the device is \"%s\" already", device->name);
		device->name = option.value;
		return 0;
	}
	/* The name may stand alone; it has a "=" of its own. */
	if (device->name != NULL)
		return fail(err, "\"%s\" is no option; there are name and required", option.key);
	device->name = field;
	return 0;
}

int
run_device_read(struct run_device *device, const char *text, struct arena *arena, struct error *err)
{
	struct text_list fields;

	*device = (struct run_device){ 0 };
	TRY(csv_split(&fields, text, arena, err));
	FOR_EACH(field, &fields)
		TRY(read_option(device, *field, arena, err));
	if (device->name == NULL || device->name[0] == '\0')
		return fail(err, "which device is missing");
	return 0;
}
