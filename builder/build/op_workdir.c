/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/op_workdir.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/build/accounts.h"
#include "builder/build/draft.h"
#include "libcommon/beneath.h"
#include "libcommon/fd.h"

static void
describe(const struct step *step, struct recipe *recipe)
{
	const struct workdir_step *workdir = step->details;

	recipe_add(recipe, "path", workdir->path);
	recipe_add(recipe, "user", workdir->user);
}

/* A directory that is there already stays as it is; those that are made belong to the user. */
static int
execute(struct solver *solver, const struct step *step, struct draft *draft, struct error *err)
{
	const struct workdir_step *workdir = step->details;
	struct account account = { 0 };
	scoped_fd there = -1;

	(void) solver;
	int root = GET(draft_root(draft, err));
	if (GET(beneath_open_if_there(&there, root, workdir->path, O_PATH | O_DIRECTORY, err)) == 0)
		return 0;
	if (workdir->user != NULL)
		TRY(accounts_find(&account, root, workdir->user, err));
	return draft_make_directories(root, workdir->path, 0755, account.uid, account.gid, err);
}

const struct op op_workdir = { .name = "workdir", .describe = describe, .execute = execute };
