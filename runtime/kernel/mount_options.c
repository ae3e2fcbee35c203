/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/mount_options.h"

#include <sys/mount.h>

#include "libcommon/text.h"

#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif

#define ATIME_MODES (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)

enum effect { NOTHING, SET, CLEAR, TREE_SET, TREE_CLEAR, PROPAGATION, SWITCH };

struct option_row {
	const char *word;
	enum effect effect;
	unsigned long value; /* MS_*, MOUNT_ATTR_*, or where in the struct the switch is */
};

#define SWITCH_AT(member) SWITCH, offsetof(struct mount_options, member)

/* Sorted, which `features` relies on. */
/* clang-format off */
static const struct option_row rows[] = {
	{ "async",          CLEAR,       MS_SYNCHRONOUS },
	{ "atime",          CLEAR,       MS_NOATIME },
	{ "bind",           SWITCH_AT(bind) },
	{ "copy-symlink",   SWITCH_AT(copy_symlink) },
	{ "defaults",       NOTHING,     0 },
	{ "dest-nofollow",  SWITCH_AT(target_nofollow) },
	{ "dev",            CLEAR,       MS_NODEV },
	{ "diratime",       CLEAR,       MS_NODIRATIME },
	{ "dirsync",        SET,         MS_DIRSYNC },
	{ "exec",           CLEAR,       MS_NOEXEC },
	{ "idmap",          SWITCH_AT(idmap) },
	{ "iversion",       SET,         MS_I_VERSION },
	{ "lazytime",       SET,         MS_LAZYTIME },
	{ "loud",           CLEAR,       MS_SILENT },
	{ "mand",           SET,         MS_MANDLOCK },
	{ "noatime",        SET,         MS_NOATIME },
	{ "nodev",          SET,         MS_NODEV },
	{ "nodiratime",     SET,         MS_NODIRATIME },
	{ "noexec",         SET,         MS_NOEXEC },
	{ "noiversion",     CLEAR,       MS_I_VERSION },
	{ "nolazytime",     CLEAR,       MS_LAZYTIME },
	{ "nomand",         CLEAR,       MS_MANDLOCK },
	{ "norelatime",     CLEAR,       MS_RELATIME },
	{ "nostrictatime",  CLEAR,       MS_STRICTATIME },
	{ "nosuid",         SET,         MS_NOSUID },
	{ "nosymfollow",    SET,         MS_NOSYMFOLLOW },
	{ "private",        PROPAGATION, MS_PRIVATE },
	{ "ratime",         TREE_CLEAR,  MOUNT_ATTR_NOATIME },
	{ "rbind",          SWITCH_AT(recursive) },
	{ "rdev",           TREE_CLEAR,  MOUNT_ATTR_NODEV },
	{ "rdiratime",      TREE_CLEAR,  MOUNT_ATTR_NODIRATIME },
	{ "relatime",       SET,         MS_RELATIME },
	{ "remount",        SWITCH_AT(remount) },
	{ "rexec",          TREE_CLEAR,  MOUNT_ATTR_NOEXEC },
	{ "ridmap",         SWITCH_AT(idmap_recursive) },
	{ "rnoatime",       TREE_SET,    MOUNT_ATTR_NOATIME },
	{ "rnodev",         TREE_SET,    MOUNT_ATTR_NODEV },
	{ "rnodiratime",    TREE_SET,    MOUNT_ATTR_NODIRATIME },
	{ "rnoexec",        TREE_SET,    MOUNT_ATTR_NOEXEC },
	{ "rnorelatime",    TREE_CLEAR,  MOUNT_ATTR_RELATIME },
	{ "rnostrictatime", TREE_CLEAR,  MOUNT_ATTR_STRICTATIME },
	{ "rnosuid",        TREE_SET,    MOUNT_ATTR_NOSUID },
	{ "rnosymfollow",   TREE_SET,    MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro",             SET,         MS_RDONLY },
	{ "rprivate",       PROPAGATION, MS_PRIVATE | MS_REC },
	{ "rrelatime",      TREE_SET,    MOUNT_ATTR_RELATIME },
	{ "rro",            TREE_SET,    MOUNT_ATTR_RDONLY },
	{ "rrw",            TREE_CLEAR,  MOUNT_ATTR_RDONLY },
	{ "rshared",        PROPAGATION, MS_SHARED | MS_REC },
	{ "rslave",         PROPAGATION, MS_SLAVE | MS_REC },
	{ "rstrictatime",   TREE_SET,    MOUNT_ATTR_STRICTATIME },
	{ "rsuid",          TREE_CLEAR,  MOUNT_ATTR_NOSUID },
	{ "rsymfollow",     TREE_CLEAR,  MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable",    PROPAGATION, MS_UNBINDABLE | MS_REC },
	{ "rw",             CLEAR,       MS_RDONLY },
	{ "shared",         PROPAGATION, MS_SHARED },
	{ "silent",         SET,         MS_SILENT },
	{ "slave",          PROPAGATION, MS_SLAVE },
	{ "src-nofollow",   SWITCH_AT(source_nofollow) },
	{ "strictatime",    SET,         MS_STRICTATIME },
	{ "suid",           CLEAR,       MS_NOSUID },
	{ "symfollow",      CLEAR,       MS_NOSYMFOLLOW },
	{ "sync",           SET,         MS_SYNCHRONOUS },
	{ "tmpcopyup",      SWITCH_AT(copy_up) },
	{ "unbindable",     PROPAGATION, MS_UNBINDABLE },
};
/* clang-format on */

static const struct option_row *
find_row(const char *word)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (text_equal(rows[i].word, word))
			return &rows[i];
	}
	return NULL;
}

/* Of the ways to keep access times for a whole tree only one can hold: a later word ends the
 * earlier. */
static void
set_for_tree(struct mount_options *options, uint64_t attribute)
{
	bool is_atime = attribute == MOUNT_ATTR_NOATIME || attribute == MOUNT_ATTR_RELATIME ||
			attribute == MOUNT_ATTR_STRICTATIME;

	if (is_atime) {
		options->rset &= ~(uint64_t) MOUNT_ATTR__ATIME;
		options->rclear |= MOUNT_ATTR__ATIME;
	} else {
		options->rclear &= ~attribute;
	}
	options->rset |= attribute;
}

/* The kernel takes the atime attributes as one number, so all of it is cleared or none. */
static void
clear_for_tree(struct mount_options *options, uint64_t attribute)
{
	options->rset &= ~attribute;
	options->rclear |=
		(attribute & MOUNT_ATTR__ATIME) != 0 ? (uint64_t) MOUNT_ATTR__ATIME : attribute;
}

static void
apply_row(struct mount_options *options, const struct option_row *row)
{
	switch (row->effect) {
	case NOTHING:
		break;
	case SET:
		options->set |= row->value;
		options->clear &= ~row->value;
		break;
	case CLEAR:
		options->clear |= row->value;
		options->set &= ~row->value;
		break;
	case TREE_SET:
		set_for_tree(options, row->value);
		break;
	case TREE_CLEAR:
		clear_for_tree(options, row->value);
		break;
	case PROPAGATION:
		options->propagation = row->value;
		break;
	case SWITCH:
		*(bool *) ((char *) options + row->value) = true;
		break;
	}
}

struct mount_options
mount_options_parse(const struct text_list *words, struct arena *arena)
{
	struct mount_options options = { 0 };

	FOR_EACH (word, words) {
		const struct option_row *row = find_row(*word);
		const char *single = text_after(*word, "idmap="),
			   *whole = text_after(*word, "ridmap=");

		if (row != NULL) {
			apply_row(&options, row);
		} else if (single != NULL || whole != NULL) {
			options.idmap = true;
			options.idmap_recursive = whole != NULL;
			options.idmap_text = whole != NULL ? whole : single;
		} else if (**word != '\0') {
			list_add(&options.data, arena, *word);
		}
	}
	options.bind = options.bind || options.recursive;
	options.idmap = options.idmap || options.idmap_recursive;
	return options;
}

uint64_t
mount_options_attributes(unsigned long flags)
{
	/* clang-format off */
	static const struct { unsigned long flag; uint64_t attribute; } pairs[] = {
		{ MS_RDONLY,      MOUNT_ATTR_RDONLY },
		{ MS_NOSUID,      MOUNT_ATTR_NOSUID },
		{ MS_NODEV,       MOUNT_ATTR_NODEV },
		{ MS_NOEXEC,      MOUNT_ATTR_NOEXEC },
		{ MS_NODIRATIME,  MOUNT_ATTR_NODIRATIME },
		{ MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW },
	};
	/* clang-format on */
	uint64_t attributes = 0;

	for (size_t i = 0; i < COUNT(pairs); i++) {
		if ((flags & pairs[i].flag) != 0)
			attributes |= pairs[i].attribute;
	}
	/* mount(2): strictatime wins over noatime, and both over relatime, which is number zero. */
	if ((flags & MS_STRICTATIME) != 0)
		return attributes | MOUNT_ATTR_STRICTATIME;
	if ((flags & MS_NOATIME) != 0)
		return attributes | MOUNT_ATTR_NOATIME;
	return attributes;
}

struct mount_attributes
mount_options_bind_attributes(const struct mount_options *options)
{
	const uint64_t plain = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			       MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;
	const uint64_t times = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;
	uint64_t set = mount_options_attributes(options->set), clear;

	if (options->set == 0 && options->clear == 0)
		return (struct mount_attributes){ 0 };
	clear = plain & ~set;
	if ((options->set & (ATIME_MODES | MS_NODIRATIME)) != 0)
		clear |= MOUNT_ATTR__ATIME | (times & ~set);
	else
		set &= ~times;
	return (struct mount_attributes){ .set = set, .clear = clear };
}

struct text_list
mount_options_words(struct arena *arena)
{
	struct text_list words = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++)
		list_add(&words, arena, rows[i].word);
	return words;
}
