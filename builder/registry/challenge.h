/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a registry asks for before it lets anybody in: the challenges in its WWW-Authenticate headers
 * (RFC 9110, 11.6.1), and among them the one to answer: Bearer (the token protocol of distribution
 * registries) or Basic.
 *
 * Everything lives in the arena given. Reads text that a stranger wrote: what does not follow the
 * grammar is refused, and all of it is bounded. Knows no credentials and makes no request.
 */
#ifndef COOPERAGE_CHALLENGE_H
#define COOPERAGE_CHALLENGE_H

#include "libcommon/error.h"
#include "libcommon/list.h"

enum {
	CHALLENGE_HEADER_MAX = 16384, /* characters of one header */
	CHALLENGE_COUNT_MAX = 16,     /* of all headers together */
	CHALLENGE_PARAMETERS_MAX = 32 /* of one challenge */
};

struct challenge {
	const char *scheme;  /* in lower case */
	const char *token68; /* what some schemes have in place of parameters; else NULL */
	struct pair_list
		parameters; /* names in lower case, each once; values without their quotes */
};

struct challenge_list {
	struct challenge *items;
	size_t count;
};

/* Adds those of one header's value. A failure names the character, counted from 1. */
int challenge_read(struct challenge_list *list, const char *header, struct arena *arena,
		   struct error *err);

/* The value of a parameter (its name in lower case), or NULL. */
const char *challenge_parameter(const struct challenge *challenge, const char *name);

enum challenge_kind { CHALLENGE_BASIC, CHALLENGE_BEARER };

/* What it takes to answer. */
struct challenge_demand {
	enum challenge_kind kind;
	/*
	 * Basic: a name to show to people, perhaps "". Bearer: the URL that tokens are asked of, http or
	 * https (whether http will do is the caller's to say), with a host and without a user's name.
	 */
	const char *realm;
	const char *service;     /* Bearer: to be named in the request; NULL if not said */
	struct text_list scopes; /* Bearer: "repository:library/debian:pull" */
};

/*
 * The first Bearer challenge, else the first Basic one. Returns 1 if there is neither. A Bearer
 * challenge that cannot be answered is an error even beside a Basic one: who strips a realm from an
 * answer shall not get a password sent in its place.
 */
int challenge_choose(struct challenge_demand *demand, const struct challenge_list *list,
		     struct arena *arena, struct error *err);

#endif
