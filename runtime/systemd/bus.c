/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/systemd/bus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/text.h"
#include "runtime/systemd/properties.h"

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"
#define SLICE "org.freedesktop.systemd1.Slice"

#define JOB_SECONDS 25 /* less than our caller waits for us */
#define START_TRIES 8

/* Scoped values of libsystemd's. */
#define scoped_message scoped(sd_bus_message_unrefp) sd_bus_message *
#define scoped_bus_error scoped(sd_bus_error_free) sd_bus_error

static int
say_why(struct error *err, const struct bus *bus, const char *wish, const char *unit, int code,
	const sd_bus_error *why)
{
	const char *reason = why != NULL && why->message != NULL ? why->message : strerror(-code);

	return fail(err, "%s %s by %s: %s", wish, unit, bus->name, reason);
}

/* ---- the connection --------------------------------------------------------------------------- */

static int
connect_to(struct bus *bus, const char *address, bool is_daemon)
{
	int result = sd_bus_new(&bus->connection);

	if (result >= 0)
		result = sd_bus_set_address(bus->connection, address);
	if (result >= 0 && is_daemon)
		result = sd_bus_set_bus_client(bus->connection, true);
	if (result >= 0)
		result = sd_bus_start(bus->connection);
	if (result < 0)
		bus->connection = sd_bus_unref(bus->connection);
	return result;
}

/* Who we are outside of all user namespaces: /run/user knows no other. */
static unsigned
outer_uid(void)
{
	unsigned inside, outside, count, uid = geteuid();
	FILE *map = fopen("/proc/self/uid_map", "re");

	while (map != NULL && fscanf(map, "%u %u %u", &inside, &outside, &count) == 3) {
		if (uid < inside || uid - inside >= count)
			continue;
		uid = uid - inside + outside;
		break;
	}
	if (map != NULL)
		(void) fclose(map);
	return uid;
}

static int
open_user(struct bus *bus, struct error *err)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	const char *directory = getenv("XDG_RUNTIME_DIR");

	bus->name = "the user's systemd";
	if (text_is_empty(directory))
		directory = arena_format(bus->arena, "/run/user/%u", outer_uid());

	const char *direct = arena_format(bus->arena, "unix:path=%s/systemd/private", directory);
	const char *daemon = arena_format(bus->arena, "unix:path=%s/bus", directory);
	if (connect_to(bus, direct, false) >= 0 ||
	    (!text_is_empty(address) && connect_to(bus, address, true) >= 0))
		return 0;
	int result = connect_to(bus, daemon, true);
	if (result >= 0)
		return 0;
	return fail(
		err,
		"connect to %s: %s/bus: %s (DBUS_SESSION_BUS_ADDRESS is %s; is there a session of "
		"the user, or lingering, and is dbus-user-session installed?)",
		bus->name, directory, strerror(-result),
		text_is_empty(address) ? "not set" : address);
}

/* An address that somebody chose is meant. */
static int
open_system(struct bus *bus, struct error *err)
{
	const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");

	bus->name = "the system's systemd";
	if (text_is_empty(address) && connect_to(bus, "unix:path=/run/systemd/private", false) >= 0)
		return 0;
	if (text_is_empty(address))
		address = "unix:path=/run/dbus/system_bus_socket";
	int result = connect_to(bus, address, true);
	if (result >= 0)
		return 0;
	return fail(err, "connect to %s: %s: %s (is systemd process 1, and dbus running?)",
		    bus->name, address, strerror(-result));
}

int
bus_open(struct bus *bus, bool for_user, struct arena *arena, struct error *err)
{
	*bus = (struct bus){ .arena = arena };
	return for_user ? open_user(bus, err) : open_system(bus, err);
}

void
bus_done(struct bus *bus)
{
	bus->connection = sd_bus_flush_close_unref(bus->connection);
}

/* ---- calls and jobs ----------------------------------------------------------------------------- */

static uint64_t
now_usec(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

static int
on_job_removed(sd_bus_message *message, void *data, sd_bus_error *why)
{
	struct bus *bus = data;
	const char *job, *unit, *result;
	uint32_t id;
	(void) why;

	if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) >= 0 &&
	    text_equal(job, bus->job))
		bus->result = arena_text(bus->arena, result);
	return 0;
}

/* Before the call: a short job may be over when its answer comes. */
static int
watch_jobs(struct bus *bus)
{
	return sd_bus_match_signal_async(bus->connection, NULL, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER,
					 "JobRemoved", on_job_removed, NULL, bus);
}

static int
wait_for_job(struct bus *bus)
{
	const uint64_t until = now_usec() + JOB_SECONDS * 1000000ULL;

	while (bus->result == NULL) {
		int result = sd_bus_process(bus->connection, NULL);
		uint64_t now = now_usec();

		if (result == 0 && now >= until)
			return -ETIMEDOUT;
		if (result == 0)
			result = sd_bus_wait(bus->connection, until - now);
		if (result < 0 && result != -EINTR)
			return result;
	}
	return 0;
}

static int
make_call(struct bus *bus, sd_bus_message **message, const char *method)
{
	return sd_bus_message_new_method_call(bus->connection, message, SYSTEMD_NAME, SYSTEMD_PATH,
					      MANAGER, method);
}

/* A call whose answer is a job, and the end of that. */
static int
run_job(struct bus *bus, sd_bus_message *call, sd_bus_error *why)
{
	scoped_message answer = NULL;
	const char *job;
	int result = sd_bus_call(bus->connection, call, 0, why, &answer);

	if (result < 0)
		return result;
	result = sd_bus_message_read(answer, "o", &job);
	if (result < 0)
		return result;
	bus->job = arena_text(bus->arena, job);
	bus->result = NULL;
	return wait_for_job(bus);
}

static int
call_start(struct bus *bus, const char *unit, char **properties, sd_bus_error *why)
{
	scoped_message call = NULL;
	int result = make_call(bus, &call, "StartTransientUnit");

	if (result >= 0)
		result = sd_bus_message_append(call, "ss", unit, "fail");
	if (result >= 0)
		result = properties_append(call, properties);
	if (result >= 0)
		result = sd_bus_message_append(call, "a(sa(sv))", 0);
	return result < 0 ? result : run_job(bus, call, why);
}

static void
reset_failed(struct bus *bus, const char *unit)
{
	/* It may not have failed, or be gone: then there is nothing to reset. */
	(void) sd_bus_call_method(bus->connection, SYSTEMD_NAME, SYSTEMD_PATH, MANAGER,
				  "ResetFailedUnit", NULL, NULL, "s", unit);
}

/* A unit of the same name may just be on its way out, or have failed and lie about. */
int
bus_start(struct bus *bus, const char *unit, char **properties, struct error *err)
{
	int result = watch_jobs(bus);

	if (result < 0)
		return say_why(err, bus, "start", unit, result, NULL);
	for (unsigned tries = 0, pause = 5000; tries < START_TRIES; tries++) {
		scoped_bus_error why = SD_BUS_ERROR_NULL;

		result = call_start(bus, unit, properties, &why);
		if (result >= 0 && text_equal(bus->result, "done"))
			return 0;
		if (result >= 0)
			return fail(err, "start %s by %s: the job's result is \"%s\"", unit,
				    bus->name, bus->result);
		if (properties_drop_unknown(properties, &why))
			continue;
		if (!sd_bus_error_has_name(&why, SYSTEMD_NAME ".UnitExists") ||
		    tries == START_TRIES - 1)
			return say_why(err, bus, "start", unit, result, &why);
		reset_failed(bus, unit);
		(void) usleep(pause);
		pause *= 2;
	}
	return fail(err, "start %s by %s: it knows too few of the properties", unit, bus->name);
}

static int
call_set(struct bus *bus, const char *unit, char **properties, sd_bus_error *why)
{
	scoped_message call = NULL;
	scoped_message answer = NULL;
	int result = make_call(bus, &call, "SetUnitProperties");

	if (result >= 0)
		result = sd_bus_message_append(call, "sb", unit, true);
	if (result >= 0)
		result = properties_append(call, properties);
	return result < 0 ? result : sd_bus_call(bus->connection, call, 0, why, &answer);
}

/*
 * The answer comes when the properties are noted, and they are written to the cgroup before the next
 * message is read: so whoever gets an answer to that knows that they are.
 */
int
bus_set(struct bus *bus, const char *unit, char **properties, struct error *err)
{
	scoped_bus_error unanswered = SD_BUS_ERROR_NULL;
	int result;

	for (;;) {
		scoped_bus_error why = SD_BUS_ERROR_NULL;

		result = call_set(bus, unit, properties, &why);
		if (result >= 0)
			break;
		if (!properties_drop_unknown(properties, &why))
			return say_why(err, bus, "set properties of", unit, result, &why);
	}
	result = sd_bus_call_method(bus->connection, SYSTEMD_NAME, SYSTEMD_PATH,
				    "org.freedesktop.DBus.Peer", "Ping", &unanswered, NULL, NULL);
	return result < 0 ? say_why(err, bus, "set properties of", unit, result, &unanswered) : 0;
}

int
bus_stop(struct bus *bus, const char *unit, struct error *err)
{
	scoped_bus_error why = SD_BUS_ERROR_NULL;
	scoped_message call = NULL;
	int result = watch_jobs(bus);

	if (result >= 0)
		result = make_call(bus, &call, "StopUnit");
	if (result >= 0)
		result = sd_bus_message_append(call, "ss", unit, "replace");
	if (result >= 0)
		result = run_job(bus, call, &why);
	if (result < 0 && sd_bus_error_has_name(&why, SYSTEMD_NAME ".NoSuchUnit"))
		return 0;
	if (result < 0)
		return say_why(err, bus, "stop", unit, result, &why);
	if (!text_equal(bus->result, "done"))
		return fail(err, "stop %s by %s: the job's result is \"%s\"", unit, bus->name,
			    bus->result);
	reset_failed(bus, unit);
	return 0;
}

int
bus_slice_cgroup(struct bus *bus, const char *unit, const char **path, struct error *err)
{
	scoped_bus_error why = SD_BUS_ERROR_NULL;
	char *object = NULL, *text = NULL;
	int result = sd_bus_path_encode(SYSTEMD_PATH "/unit", unit, &object);

	if (result >= 0)
		result = sd_bus_get_property_string(bus->connection, SYSTEMD_NAME, object, SLICE,
						    "ControlGroup", &why, &text);
	if (result < 0)
		(void) say_why(err, bus, "find the cgroup of", unit, result, &why);
	else
		*path = arena_text(bus->arena, text);
	free(object);
	free(text);
	return result < 0 ? -1 : 0;
}
