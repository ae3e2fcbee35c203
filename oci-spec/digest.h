/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests as text, "algorithm:encoded"; hashing itself is elsewhere.
 *
 * Owns nothing: a digest is the text of whoever has it. What passes digest_check is safe as a file
 * name below a directory of its algorithm.
 */
#ifndef COOPERAGE_DIGEST_H
#define COOPERAGE_DIGEST_H

#include "libcommon/error.h"

#define DIGEST_SHA256_EMPTY                                                                        \
	"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/*
 * Is it of the grammar of the image specification? sha256, sha512 and blake3 must be followed by as
 * many lower-case hexadecimal digits as they have; of other algorithms nothing more is asked.
 */
int digest_check(const char *text, struct error *err);

/* The same, and the algorithm is one that is computed here: sha256 or sha512. */
int digest_check_known(const char *text, struct error *err);

/* Of a digest that passed: how long its algorithm is, and what follows the colon. */
size_t digest_algorithm_length(const char *text);
const char *digest_encoded(const char *text);

/* The first twelve characters of what follows the colon, as people name images. */
#define DIGEST_SHORT_SIZE 13
void digest_shorten(char out[DIGEST_SHORT_SIZE], const char *text);

#endif
