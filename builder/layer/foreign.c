/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/foreign.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

struct foreign {
	struct archive *archive;
	struct intake *intake;
	const char *name;
	size_t shown; /* the library may still look at these: they are taken at its next call */
	struct error failure;
	bool failed, ended;
};

static la_ssize_t
show_more(struct archive *archive, void *data, const void **bytes)
{
	struct foreign *self = data;

	intake_take(self->intake, self->shown);
	ssize_t n = intake_look(self->intake, 1, &self->failure);
	if (n < 0) {
		self->failed = true;
		archive_set_error(archive, EIO, "the source failed");
		return -1;
	}
	self->shown = (size_t) n;
	*bytes = intake_bytes(self->intake);
	return n;
}

static int
say_why(struct foreign *self, struct error *err)
{
	const char *why = archive_error_string(self->archive);

	if (self->failed) {
		*err = self->failure;
		return -1;
	}
	return fail(err, "%s: %s", self->name, why != NULL ? why : "damaged");
}

/* A filter that the library would leave to a program answers with a warning. */
static int
allow_filter(struct archive *archive, enum decompress_kind kind)
{
	switch (kind) {
	case DECOMPRESS_BZIP2:
		return archive_read_support_filter_bzip2(archive);
	case DECOMPRESS_XZ:
		return archive_read_support_filter_xz(archive);
	case DECOMPRESS_LZMA:
		return archive_read_support_filter_lzma(archive);
	case DECOMPRESS_LZ4:
		return archive_read_support_filter_lz4(archive);
	default:
		return ARCHIVE_FATAL;
	}
}

static int
begin(struct foreign *self, enum decompress_kind kind, struct error *err)
{
	struct archive_entry *entry;

	if (allow_filter(self->archive, kind) != ARCHIVE_OK)
		return fail(err, "%s: libarchive was built without it", self->name);
	if (archive_read_support_format_raw(self->archive) != ARCHIVE_OK ||
	    archive_read_support_format_empty(self->archive) != ARCHIVE_OK ||
	    archive_read_open(self->archive, self, NULL, show_more, NULL) != ARCHIVE_OK)
		return say_why(self, err);

	int result = archive_read_next_header(self->archive, &entry);
	self->ended = result == ARCHIVE_EOF;
	return result == ARCHIVE_OK || self->ended ? 0 : say_why(self, err);
}

int
foreign_open(struct foreign **foreign, enum decompress_kind kind, struct intake *intake,
	     struct error *err)
{
	struct foreign *self = calloc(1, sizeof(*self));

	if (self == NULL || (self->archive = archive_read_new()) == NULL)
		abort();
	self->intake = intake;
	self->name = decompress_kind_name(kind);
	*foreign = self;
	return begin(self, kind, err);
}

void
foreign_close(struct foreign *foreign)
{
	if (foreign != NULL)
		(void) archive_read_free(foreign->archive);
	free(foreign);
}

ssize_t
foreign_read(struct foreign *foreign, void *out, size_t room, struct error *err)
{
	if (foreign->ended)
		return 0;

	la_ssize_t n = archive_read_data(foreign->archive, out, room);
	return n < 0 ? say_why(foreign, err) : (ssize_t) n;
}
