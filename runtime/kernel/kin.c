/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/kin.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/kernel/procfs.h"
#include "runtime/kernel/syscalls.h"

struct person {
	pid_t pid, parent;
	ino_t namespace; /* 0 where we may not look */
	bool is_kin;
};

struct people {
	struct person *items;
	size_t count;
};

/* "PID (NAME) STATE PPID …": a name may contain anything, but what follows it no parenthesis. */
static bool
read_person(int procfs, const char *name, struct person *person)
{
	char path[64], text[512];
	struct stat about;
	struct error unused;

	*person = (struct person){ .pid = (pid_t) atoi(name) };
	(void) snprintf(path, sizeof(path), "%d/stat", (int) person->pid);
	scoped_fd fd = procfs_open_file(procfs, path, O_RDONLY, &unused);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	const char *after = strrchr(text, ')');
	if (after == NULL || strlen(after) < 4)
		return false;
	person->parent = (pid_t) atoi(after + 4);

	(void) snprintf(path, sizeof(path), "%d/ns/pid", (int) person->pid);
	if (fstatat(procfs, path, &about, 0) == 0)
		person->namespace = about.st_ino;
	return true;
}

static int
compare_people(const void *a, const void *b)
{
	const struct person *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int
read_people(struct people *people, struct arena *arena, struct error *err)
{
	scoped_fd procfs = GET(procfs_open(err));
	scoped_fd list = GET(procfs_open_file(procfs, ".", O_RDONLY | O_DIRECTORY, err));
	DIR *dir = fdopendir(list);

	if (dir == NULL)
		return fail_errno(err, "list /proc");
	(void) fd_take(&list); /* by closedir */
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		struct person person;
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    read_person(procfs, entry->d_name, &person)) /* or it has just ended */
			list_add(people, arena, person);
	}
	(void) closedir(dir);
	if (people->count > 1)
		qsort(people->items, people->count, sizeof(people->items[0]), compare_people);
	return 0;
}

static const struct person *
find_person(const struct people *people, pid_t pid)
{
	const struct person wanted = { .pid = pid };

	if (people->count == 0)
		return NULL;
	return bsearch(&wanted, people->items, people->count, sizeof(wanted), compare_people);
}

/* Generation by generation, until none is found any more. */
static void
spread(struct people *people)
{
	for (bool found = true; found;) {
		found = false;
		FOR_EACH(person, people) {
			const struct person *parent = person->is_kin ? NULL : find_person(people, person->parent);
			if (parent == NULL || !parent->is_kin)
				continue;
			person->is_kin = found = true;
		}
	}
}

int
kin_find(pid_t first, bool own_pid_namespace, struct cgroup_members *members, struct arena *arena, struct error *err)
{
	struct people people = { 0 };

	*members = (struct cgroup_members){ 0 };
	TRY(read_people(&people, arena, err));
	const struct person *head = find_person(&people, first);
	if (head == NULL)
		return 0;
	FOR_EACH(person, &people)
		person->is_kin = person->pid == first ||
				 (own_pid_namespace && head->namespace != 0 && person->namespace == head->namespace);
	spread(&people);
	FOR_EACH(person, &people)
		if (person->is_kin)
			list_add(members, arena, person->pid);
	return 0;
}

static bool
lists(const struct cgroup_members *members, pid_t pid)
{
	FOR_EACH(member, members)
		if (*member == pid)
			return true;
	return false;
}

/*
 * A pid may have been used again since it was read. So each is held by a pidfd, and only who is still
 * kin when that is open is meant: had he ended before, the signal goes nowhere.
 */
int
kin_signal(pid_t first, bool own_pid_namespace, int signal, struct error *err)
{
	scoped_arena arena = { 0 };
	struct cgroup_members seen, still;
	list_of(int) pidfds = { 0 };
	int result = 0;

	TRY(kin_find(first, own_pid_namespace, &seen, &arena, err));
	FOR_EACH(pid, &seen)
		list_add(&pidfds, &arena, sys_pidfd_open(*pid, 0));
	result = kin_find(first, own_pid_namespace, &still, &arena, err);
	for (size_t i = 0; i < pidfds.count; i++) {
		if (result == 0 && pidfds.items[i] >= 0 && lists(&still, seen.items[i]) &&
		    sys_pidfd_send_signal(pidfds.items[i], signal) < 0 && errno != ESRCH)
			result = fail_errno(err, "send signal %d to process %d", signal, (int) seen.items[i]);
		fd_close(&pidfds.items[i]);
	}
	return result;
}
