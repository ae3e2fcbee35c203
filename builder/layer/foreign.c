/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/foreign.h"

#include <archive.h>
#include <archive_entry.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

/* The interface of all releases since 3.0. */
#define LIBRARY "libarchive.so.13"
#define FUNCTIONS(OF)                                                                               \
	OF(archive_errno)                                                                          \
	OF(archive_error_string)                                                                   \
	OF(archive_read_data)                                                                      \
	OF(archive_read_free)                                                                      \
	OF(archive_read_new)                                                                       \
	OF(archive_read_next_header)                                                               \
	OF(archive_read_open)                                                                      \
	OF(archive_read_support_filter_bzip2)                                                      \
	OF(archive_read_support_filter_lz4)                                                        \
	OF(archive_read_support_filter_lzma)                                                       \
	OF(archive_read_support_filter_xz)                                                         \
	OF(archive_read_support_format_empty)                                                      \
	OF(archive_read_support_format_raw)                                                        \
	OF(archive_set_error)

/*
 * It is loaded when it is wanted: with all that it wants itself it takes half of the time in which cooper
 * starts, and is wanted by one archive in a thousand.
 */
struct library {
#define FIELD(function) __typeof__(function) *function;
	FUNCTIONS(FIELD)
#undef FIELD
};

struct foreign {
	struct library library;
	struct archive *archive;
	struct intake *intake;
	const char *name;
	size_t shown; /* the library may still look at these: they are taken at its next call */
	struct error failure;
	bool failed, ended;
};

/* An error with a code is no fault of the archive's. */
static int
lacks_means(struct error *err)
{
	err->code = ELIBACC;
	return -1;
}

static int
fail_load(struct error *err)
{
	(void) fail(err, "load libarchive: %s", dlerror());
	return lacks_means(err);
}

/* What is loaded stays: others' libraries do not like to be unloaded. */
static int
load(struct library *library, struct error *err)
{
	void *handle = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);

	if (handle == NULL)
		return fail_load(err);
#define FIND(function)                                                                             \
	if ((*(void **) &library->function = dlsym(handle, #function)) == NULL)                    \
		return fail_load(err);
	FUNCTIONS(FIND)
#undef FIND
	return 0;
}

static la_ssize_t
show_more(struct archive *archive, void *data, const void **bytes)
{
	struct foreign *self = data;

	intake_take(self->intake, self->shown);
	ssize_t n = intake_look(self->intake, 1, &self->failure);
	if (n < 0) {
		self->failed = true;
		self->library.archive_set_error(archive, EIO, "the source failed");
		return -1;
	}
	self->shown = (size_t) n;
	*bytes = intake_bytes(self->intake);
	return n;
}

static int
say_why(struct foreign *self, struct error *err)
{
	const char *why = self->library.archive_error_string(self->archive);

	if (self->failed) {
		*err = self->failure;
		return -1;
	}
	(void) fail(err, "%s: %s", self->name, why != NULL ? why : "damaged");
	return self->library.archive_errno(self->archive) == ENOMEM ? lacks_means(err) : -1;
}

/* A filter that the library would leave to a program answers with a warning. */
static int
allow_filter(struct foreign *self, enum decompress_kind kind)
{
	const struct library *library = &self->library;

	switch (kind) {
	case DECOMPRESS_BZIP2:
		return library->archive_read_support_filter_bzip2(self->archive);
	case DECOMPRESS_XZ:
		return library->archive_read_support_filter_xz(self->archive);
	case DECOMPRESS_LZMA:
		return library->archive_read_support_filter_lzma(self->archive);
	case DECOMPRESS_LZ4:
		return library->archive_read_support_filter_lz4(self->archive);
	default:
		return ARCHIVE_FATAL;
	}
}

static int
begin(struct foreign *self, enum decompress_kind kind, struct error *err)
{
	const struct library *library = &self->library;
	struct archive_entry *entry;

	TRY(load(&self->library, err));
	self->archive = library->archive_read_new();
	if (self->archive == NULL)
		abort();
	if (allow_filter(self, kind) != ARCHIVE_OK) {
		(void) fail(err, "%s: libarchive was built without it", self->name);
		return lacks_means(err);
	}
	if (library->archive_read_support_format_raw(self->archive) != ARCHIVE_OK ||
	    library->archive_read_support_format_empty(self->archive) != ARCHIVE_OK ||
	    library->archive_read_open(self->archive, self, NULL, show_more, NULL) != ARCHIVE_OK)
		return say_why(self, err);

	int result = library->archive_read_next_header(self->archive, &entry);
	self->ended = result == ARCHIVE_EOF;
	return result == ARCHIVE_OK || self->ended ? 0 : say_why(self, err);
}

int
foreign_open(struct foreign **foreign, enum decompress_kind kind, struct intake *intake,
	     struct error *err)
{
	struct foreign *self = calloc(1, sizeof(*self));

	if (self == NULL)
		abort();
	self->intake = intake;
	self->name = decompress_kind_name(kind);
	*foreign = self;
	return begin(self, kind, err);
}

void
foreign_close(struct foreign *foreign)
{
	if (foreign != NULL && foreign->archive != NULL)
		(void) foreign->library.archive_read_free(foreign->archive);
	free(foreign);
}

ssize_t
foreign_read(struct foreign *foreign, void *out, size_t room, struct error *err)
{
	if (foreign->ended)
		return 0;

	la_ssize_t n = foreign->library.archive_read_data(foreign->archive, out, room);
	return n < 0 ? say_why(foreign, err) : (ssize_t) n;
}
