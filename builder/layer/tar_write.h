/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries → a tar archive: ustar, with a PAX header where ustar cannot say it, and nothing in it that
 * the entry does not say. The same entries give the same bytes, for ever: an archive's digest is a
 * layer's name, so its bytes must not change with the version of a library.
 *
 * Times are whole seconds, as in all peers' layers: fractions would need a PAX header for each file,
 * and would make two runs of one step differ more than they must.
 *
 * Ownership: the sink is the caller's. Knows nothing about whiteouts; they are entries like others.
 */
#ifndef COOPERAGE_TAR_WRITE_H
#define COOPERAGE_TAR_WRITE_H

#include "builder/layer/entry.h"
#include "builder/layer/stream.h"

struct tar_writer {
	struct entry_taker taker; /* takes entries, with their content */
	struct sink *sink;
	uint64_t left;         /* of the entry's bytes */
	size_t padding;        /* after them */
	struct buffer records; /* of a PAX header */
	struct buffer block;   /* what files are read into */
};

void tar_write_init(struct tar_writer *writer, struct sink *sink);
void tar_write_done(struct tar_writer *writer);
#define scoped_tar_writer scoped(tar_write_done) struct tar_writer

/* The entry before must have had all its bytes. */
int tar_write_entry(struct tar_writer *writer, const struct entry *entry, struct error *err);

/* Part of the entry's `size` bytes; more than that is a bug. */
int tar_write_data(struct tar_writer *writer, const void *bytes, size_t n, struct error *err);

/* The entry and what is in `content`; a file that is shorter or longer now has "changed while it was read". */
int tar_write_file(struct tar_writer *writer, const struct entry *entry, int content, struct error *err);

/* The end marker. The sink is not finished. */
int tar_write_end(struct tar_writer *writer, struct error *err);

#endif
