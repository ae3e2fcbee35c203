/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/instructions/meaning.h"

#include "builder/instructions/copy.h"
#include "builder/instructions/describe.h"
#include "builder/instructions/from.h"
#include "builder/instructions/program.h"
#include "builder/instructions/run.h"
#include "builder/instructions/trigger.h"
#include "builder/instructions/variable.h"
#include "builder/instructions/workdir.h"

/* clang-format off */
const struct meaning meaning_table[INSTRUCTION_COUNT] = {
	[INSTRUCTION_ADD]         = { copy_plan_add },
	[INSTRUCTION_ARG]         = { variable_plan_arg },
	[INSTRUCTION_CMD]         = { program_plan_cmd },
	[INSTRUCTION_COPY]        = { copy_plan },
	[INSTRUCTION_ENTRYPOINT]  = { program_plan_entrypoint },
	[INSTRUCTION_ENV]         = { variable_plan_env },
	[INSTRUCTION_EXPOSE]      = { describe_plan_expose },
	[INSTRUCTION_FROM]        = { from_plan },
	[INSTRUCTION_HEALTHCHECK] = { program_plan_healthcheck },
	[INSTRUCTION_LABEL]       = { describe_plan_label },
	[INSTRUCTION_MAINTAINER]  = { describe_plan_maintainer },
	[INSTRUCTION_ONBUILD]     = { trigger_plan },
	[INSTRUCTION_RUN]         = { run_plan },
	[INSTRUCTION_SHELL]       = { program_plan_shell },
	[INSTRUCTION_STOPSIGNAL]  = { program_plan_stopsignal },
	[INSTRUCTION_USER]        = { program_plan_user },
	[INSTRUCTION_VOLUME]      = { describe_plan_volume },
	[INSTRUCTION_WORKDIR]     = { workdir_plan },
};
/* clang-format on */
