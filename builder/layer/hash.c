/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/hash.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/text.h"
#include "oci-spec/digest.h"

/* OpenSSL fails here only for want of memory, for which there is no way back. */
static void
demand(int succeeded)
{
	if (succeeded != 1)
		abort();
}

static void
begin(struct hash *hash)
{
	demand(EVP_DigestInit_ex(hash->state, hash->algorithm == HASH_SHA512 ? EVP_sha512() : EVP_sha256(),
				 NULL));
}

void
hash_init(struct hash *hash, enum hash_algorithm algorithm)
{
	/* openssl.cnf is not read, in all of the process: a digest wants nothing of it. Who speaks TLS must load it first. */
	demand(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL));
	*hash = (struct hash){ .state = EVP_MD_CTX_new(), .algorithm = algorithm };
	demand(hash->state != NULL);
	begin(hash);
}

void
hash_done(struct hash *hash)
{
	EVP_MD_CTX_free(hash->state);
	hash->state = NULL;
}

void
hash_add(struct hash *hash, const void *bytes, size_t n)
{
	demand(EVP_DigestUpdate(hash->state, bytes, n));
}

void
hash_add_number(struct hash *hash, uint64_t number)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char) (number >> (8 * i));
	hash_add(hash, bytes, sizeof(bytes));
}

void
hash_add_text(struct hash *hash, const char *text)
{
	hash_add_number(hash, text == NULL ? UINT64_MAX : strlen(text));
	if (text != NULL)
		hash_add(hash, text, strlen(text));
}

void
hash_finish(struct hash *hash, char text[HASH_TEXT_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	char *at = stpcpy(text, hash->algorithm == HASH_SHA512 ? "sha512:" : "sha256:");

	demand(EVP_DigestFinal_ex(hash->state, digest, &n));
	for (unsigned i = 0; i < n; i++) {
		*at++ = "0123456789abcdef"[digest[i] >> 4];
		*at++ = "0123456789abcdef"[digest[i] & 15];
	}
	*at = '\0';
	begin(hash);
}

void
hash_bytes(char text[HASH_TEXT_SIZE], enum hash_algorithm algorithm, const void *bytes, size_t n)
{
	scoped_hash hash;

	hash_init(&hash, algorithm);
	hash_add(&hash, bytes, n);
	hash_finish(&hash, text);
}

int
hash_algorithm_of(enum hash_algorithm *algorithm, const char *digest, struct error *err)
{
	TRY(digest_check_known(digest, err));
	*algorithm = text_after(digest, "sha512:") != NULL ? HASH_SHA512 : HASH_SHA256;
	return 0;
}

/* ---- on the way out --------------------------------------------------------------------------- */

static int
write_hashed(struct sink *sink, const void *bytes, size_t n, struct error *err)
{
	struct hash_sink *self = (struct hash_sink *) sink;

	hash_add(&self->hash, bytes, n);
	self->size += n;
	return sink->next == NULL ? 0 : stream_write(sink->next, bytes, n, err);
}

static int
finish_hashed(struct sink *sink, struct error *err)
{
	struct hash_sink *self = (struct hash_sink *) sink;

	(void) err;
	hash_finish(&self->hash, self->text);
	return 0;
}

void
hash_sink_init(struct hash_sink *sink, enum hash_algorithm algorithm, struct sink *next)
{
	*sink = (struct hash_sink){ .sink = { write_hashed, finish_hashed, next } };
	hash_init(&sink->hash, algorithm);
}

void
hash_sink_done(struct hash_sink *sink)
{
	hash_done(&sink->hash);
}

/* ---- on the way in ---------------------------------------------------------------------------- */

static int
judge_end(struct hash_source *self, struct error *err)
{
	if (self->ended)
		return 0;
	hash_finish(&self->hash, self->text);
	if (self->size >= 0 && self->seen != self->size)
		return fail(err, "%s: size mismatch: expected %" PRId64 " bytes, found %" PRId64, self->name,
			    self->size, self->seen);
	if (self->expected != NULL && strcmp(self->text, self->expected) != 0)
		return fail(err, "%s: digest mismatch: expected %s, found %s", self->name, self->expected,
			    self->text);
	self->ended = true;
	return 0;
}

static ssize_t
read_hashed(struct source *source, void *bytes, size_t n, struct error *err)
{
	struct hash_source *self = (struct hash_source *) source;
	ssize_t got = GET(stream_read(self->from, bytes, n, err));

	if (got == 0)
		return judge_end(self, err);
	hash_add(&self->hash, bytes, (size_t) got);
	self->seen += got;
	if (self->size >= 0 && self->seen > self->size)
		return fail(err, "%s: size mismatch: expected %" PRId64 " bytes, found more", self->name,
			    self->size);
	return got;
}

int
hash_source_init(struct hash_source *source, struct source *from, const char *name, const char *expected,
		 int64_t size, struct error *err)
{
	enum hash_algorithm algorithm = HASH_SHA256;

	*source = (struct hash_source){ .source.read = read_hashed, .from = from, .name = name,
					.expected = expected, .size = size };
	if (expected != NULL)
		TRY(hash_algorithm_of(&algorithm, expected, err));
	hash_init(&source->hash, algorithm);
	return 0;
}

void
hash_source_done(struct hash_source *source)
{
	hash_done(&source->hash);
}
