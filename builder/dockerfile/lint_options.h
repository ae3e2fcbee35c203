/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which build checks a file asks for: "skip=A,B;error=true", in the directive `check`, or in a
 * comment above an instruction.
 *
 * Text lives in the arena given. Knows no rules, only their names.
 */
#ifndef COOPERAGE_LINT_OPTIONS_H
#define COOPERAGE_LINT_OPTIONS_H

#include "libcommon/error.h"
#include "libcommon/list.h"

struct lint_options {
	bool skip_all, experimental_all;
	bool is_error;                 /* a finding fails the build */
	struct text_list skip;         /* rules that are not asked */
	struct text_list experimental; /* rules that are asked although they are new */
};

int lint_options_read(struct lint_options *options, const char *text, struct arena *arena,
		      struct error *err);

/* From the first comment "check=…" among those above an instruction. Returns 1 if there is none. */
int lint_options_of_comments(struct lint_options *options, const struct text_list *comments,
			     struct arena *arena, struct error *err);

#endif
