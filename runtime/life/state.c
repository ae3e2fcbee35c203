/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/lock.h"
#include "libcommon/log.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "libcommon/tree.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/life/gate.h"
#include "runtime/life/state_root.h"

#define CONFIG_LIMIT (64 << 20)
#define RECORD_LIMIT (4 << 20)
#define NO_TIME "0001-01-01T00:00:00Z" /* Go's: engines refuse a whole list for one time that is none */

#define SELF struct state_record
static const struct field record_rows[] = {
	VALUE(id,                "id",              .required = true),
	VALUE(pid,               "pid",             .always = true),
	VALUE(pidfd_inode,       "pidfdInode"),
	VALUE(start_time,        "startTime"),
	VALUE(ready,             "ready"),
	VALUE(own_pid_namespace, "ownPidNamespace"),
	VALUE(bundle,            "bundle"),
	VALUE(rootfs,            "rootfs"),
	VALUE(created,           "created"),
	VALUE(owner,             "owner"),
	VALUE(cgroup,            "cgroup"),
	MAP(annotations,         "annotations"),
};
static SCHEMA(state_record, record_rows);
#undef SELF

int
state_check_id(const char *id, struct error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
	size_t n = strlen(id), good = strspn(id, allowed);

	if (n == 0)
		return fail(err, "container id: must not be empty");
	if (good < n)
		return fail(err, "container id \"%s\": only letters, digits and \"_+-.\" may be in it", id);
	if (strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
		return fail(err, "container id \"%s\": not a name", id);
	if (n > 255)
		return fail(err, "container id \"%.20s…\": longer than 255 characters", id);
	return 0;
}

void
state_done(struct state *state)
{
	fd_close(&state->root);
	fd_close(&state->dir);
	fd_close(&state->pidfd);
}

int
state_claim(struct state *state, const char *root, const char *id, struct arena *arena, struct error *err)
{
	*state = (struct state) STATE_NONE;
	TRY(state_check_id(id, err));
	state->root = GET(state_root_open(root, true, err));
	int made = mkdirat(state->root, id, 0700);
	if (made < 0 && errno == EEXIST)
		return fail(err, "container with given ID already exists: \"%s\"", id);
	if (made < 0)
		return fail_errno(err, "make the state directory %s/%s", root, id);

	state->dir = file_open(state->root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err);
	if (state->dir < 0) {
		(void) unlinkat(state->root, id, AT_REMOVEDIR); /* ours, and empty */
		return -1;
	}
	state->arena = arena;
	state->id = state->record.id = arena_text(arena, id);
	return lock_mark(state->dir, "the state directory", err);
}

/* Not by closing alone: who stays in the foreground keeps it open. */
void
state_release(struct state *state)
{
	lock_unmark(state->dir);
}

int
state_has_creator(const struct state *state, struct error *err)
{
	return lock_is_marked(state->dir, "the state directory", err);
}

int
state_write(const struct state *state, struct error *err)
{
	scoped_buffer json = { 0 };

	schema_write(&state_record_schema, &state->record, SCHEMA_COMPACT, &json);
	return file_replace(state->dir, "state.json", json.bytes, json.length, 0600, err);
}

/* Who damages the directory could have left anything there: no link is followed, no pipe waited at. */
static int
read_file(const struct state *state, const char *name, size_t limit, char **text, size_t *n, struct error *err)
{
	scoped_fd fd = GET(file_open(state->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, err));
	struct stat about;

	if (fstat(fd, &about) < 0)
		return fail_errno(err, "look at %s", name);
	if (!S_ISREG(about.st_mode))
		return fail(err, "%s: not a file", name);
	return file_read(fd, name, limit, state->arena, text, n, err);
}

/* It is not there, or something else is; not that it could not be had this time. */
static bool
is_damage(int code)
{
	return code == 0 || code == ENOENT || code == ELOOP || code == ENXIO;
}

/*
 * What is damaged is not there: the directory alone is enough to delete a container. But that the record
 * cannot be read now says nothing about it, and a container that lives would be taken for stopped.
 */
static int
read_record(struct state *state, struct error *err)
{
	struct error why = { 0 };
	char *json;
	size_t n;
	int result = read_file(state, "state.json", RECORD_LIMIT, &json, &n, &why);

	if (result < 0 && !is_damage(why.code)) {
		*err = why;
		return error_prefixf(err, "container \"%s\"", state->id);
	}
	if (result < 0 ||
	    schema_read(&state_record_schema, &state->record, "state.json", json, n, state->arena, &why) < 0) {
		log_debug("container \"%s\": %s", state->id, why.text);
		state->record = (struct state_record){ 0 };
	}
	state->record.id = state->id;
	return 0;
}

int
state_find(struct state *state, const char *root, const char *id, struct arena *arena, struct error *err)
{
	*state = (struct state) STATE_NONE;
	TRY(state_check_id(id, err));
	state->root = state_root_open(root, false, err);
	if (state->root < 0)
		return err->code == ENOENT ? 1 : -1;
	state->dir = openat(state->root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (state->dir < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 1;
	if (state->dir < 0)
		return fail_errno(err, "open the state of container \"%s\"", id);
	if (state_root_check(state->dir, "its state", err) < 0)
		return error_prefixf(err, "container \"%s\"", id);

	state->arena = arena;
	state->id = arena_text(arena, id);
	return state_refresh(state, err);
}

int
state_refresh(struct state *state, struct error *err)
{
	TRY(read_record(state, err));
	struct process_identity identity = { .pid = (pid_t) state->record.pid,
					     .inode = state->record.pidfd_inode,
					     .start_time = state->record.start_time };
	fd_close(&state->pidfd);
	(void) GET(process_open(&state->pidfd, &identity, err)); /* gone is an answer too: pidfd is -1 */
	return 0;
}

int
state_open(struct state *state, const char *root, const char *id, struct arena *arena, struct error *err)
{
	if (GET(state_find(state, root, id, arena, err)) > 0)
		return fail(err, "container \"%s\" does not exist", id);
	return 0;
}

static int
is_paused(const struct state *state, struct error *err)
{
	scoped_arena arena = { 0 };
	scoped(cgroup_done) struct cgroup cgroup = { .count = 0 };

	if (state->record.cgroup == NULL)
		return 0;
	if (cgroup_open_freezers(&cgroup, state->record.cgroup, &arena, err) < 0)
		return err->code == 0 ? 0 : -1; /* a record that makes no sense names no cgroup */
	return cgroup_is_frozen(&cgroup, err);
}

static int
find_status(const struct state *state, struct error *err)
{
	const struct state_record *record = &state->record;
	const bool lives = record->pid != 0 && state->pidfd >= 0 && !process_has_ended(state->pidfd);

	if (!record->ready && (lives || GET(state_has_creator(state, err)) == 1))
		return OCI_STATUS_CREATING;
	if (!lives)
		return OCI_STATUS_STOPPED;
	if (GET(is_paused(state, err)) == 1)
		return OCI_STATUS_PAUSED;
	return GET(gate_is_closed(state->dir, err)) == 1 ? OCI_STATUS_CREATED : OCI_STATUS_RUNNING;
}

int
state_status(enum oci_status *status, const struct state *state, struct error *err)
{
	int found = find_status(state, err);

	if (found < 0)
		return error_prefixf(err, "container \"%s\"", state->id);
	*status = (enum oci_status) found;
	return 0;
}

int
state_read_config(const struct state *state, const struct oci_config **config, struct error *err)
{
	struct oci_config *read = arena_new(state->arena, struct oci_config);
	char *json;
	size_t n;

	TRY(read_file(state, "config.json", CONFIG_LIMIT, &json, &n, err));
	TRY(schema_read(&oci_config_schema, read, "config.json", json, n, state->arena, err));
	*config = read;
	return 0;
}

void
state_describe(const struct state *state, enum oci_status status, bool for_hooks, struct oci_state *out)
{
	const struct state_record *record = &state->record;
	int64_t *pid = arena_new(state->arena, int64_t);

	*pid = status == OCI_STATUS_STOPPED ? 0 : record->pid;
	*out = (struct oci_state){
		.oci_version = OCI_VERSION,
		.id = state->id,
		.pid = pid,
		.status = status,
		.bundle = record->bundle != NULL ? record->bundle : "",
		.annotations = record->annotations,
		.rootfs = for_hooks ? NULL : record->rootfs,
		.created = for_hooks ? NULL : record->created != NULL ? record->created : NO_TIME,
		.owner = for_hooks ? NULL : record->owner,
	};
}

const char *
state_text(const struct state *state, enum oci_status status, int64_t pid)
{
	scoped_buffer json = { 0 };
	struct oci_state out;

	state_describe(state, status, true, &out);
	out.pid = &pid;
	schema_write(&oci_state_schema, &out, SCHEMA_COMPACT, &json);
	return arena_copy(state->arena, json.bytes, json.length);
}

/* Returns 1 if the name leads elsewhere by now: somebody removed ours, and perhaps another has it. */
static int
is_replaced(const struct state *state, struct error *err)
{
	struct stat ours, named;

	if (fstat(state->dir, &ours) < 0 || fstatat(state->root, state->id, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 1 : fail_errno(err, "look at the state of container \"%s\"", state->id);
	return ours.st_dev != named.st_dev || ours.st_ino != named.st_ino;
}

bool
state_is_removed(const struct state *state)
{
	struct stat ours;

	return fstat(state->dir, &ours) == 0 && ours.st_nlink == 0;
}

int
state_remove(struct state *state, struct error *err)
{
	if (GET(is_replaced(state, err)) == 1)
		return 0;
	return tree_remove(state->root, state->id, err);
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

int
state_list(struct text_list *ids, const char *root, struct arena *arena, struct error *err)
{
	struct error unused;
	scoped_fd fd = state_root_open(root, false, err);

	*ids = (struct text_list){ 0 };
	if (fd < 0)
		return err->code == ENOENT ? 0 : -1;
	DIR *dir = fdopendir(fd);
	if (dir == NULL)
		return fail_errno(err, "list the state root %s", root);
	(void) fd_take(&fd); /* by closedir */
	for (struct dirent *entry; errno = 0, (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.' && state_check_id(entry->d_name, &unused) == 0)
			list_add(ids, arena, arena_text(arena, entry->d_name));
	int why = errno;
	(void) closedir(dir);
	errno = why;
	if (why != 0)
		return fail_errno(err, "list the state root %s", root);
	if (ids->count > 1)
		qsort(ids->items, ids->count, sizeof(*ids->items), compare_texts);
	return 0;
}
