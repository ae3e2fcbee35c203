/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel hands over what is asked for (type, access, major, minor). The rules are tried from
 * the last: one that matches takes away the accesses that it allows, or ends it with a no. When
 * nothing is left of what was asked for, the answer is yes.
 */
#include "runtime/kernel/cgroup_program.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/text.h"

#define PROGRAM_NAME "runlet_devices"
#define LICENSE "Apache-2.0"
#define LOG_SIZE 4096
#define ATTACHED_MAX 64

_Static_assert((int) CGROUP_MKNOD == (int) BPF_DEVCG_ACC_MKNOD &&
		       (int) CGROUP_READ == (int) BPF_DEVCG_ACC_READ &&
		       (int) CGROUP_WRITE == (int) BPF_DEVCG_ACC_WRITE,
	       "access bits are the kernel's");

/* ---- making it ------------------------------------------------------------------------------- */

enum {
	ANSWER = BPF_REG_0,
	CONTEXT = BPF_REG_1,
	TYPE = BPF_REG_2,
	WANTED = BPF_REG_3,
	MAJOR = BPF_REG_4,
	MINOR = BPF_REG_5
};

struct writer {
	struct cgroup_program *program;
	struct arena *arena;
};

static void
emit(const struct writer *writer, unsigned code, unsigned to, unsigned from, int offset,
     int64_t number)
{
	const struct bpf_insn instruction = {
		.code = (uint8_t) code,
		.dst_reg = to & 15,
		.src_reg = from & 15,
		.off = (int16_t) offset,
		.imm = (int32_t) (uint32_t) number,
	};

	list_add(writer->program, writer->arena, instruction);
}

static void
emit_load(const struct writer *writer, unsigned to, size_t offset)
{
	emit(writer, BPF_LDX | BPF_MEM | BPF_W, to, CONTEXT, (int) offset, 0);
}

static void
emit_compute(const struct writer *writer, unsigned operation, unsigned to, int64_t number)
{
	emit(writer, BPF_ALU | operation | BPF_K, to, 0, 0, number);
}

/* Jumps over the next `count` instructions if the condition holds. */
static void
emit_skip(const struct writer *writer, unsigned condition, unsigned what, int64_t number, int count)
{
	emit(writer, BPF_JMP32 | condition | BPF_K, what, 0, count, number);
}

#define ANSWER_LENGTH 2

static void
emit_answer(const struct writer *writer, bool allow)
{
	emit_compute(writer, BPF_MOV, ANSWER, allow);
	emit(writer, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void
emit_rule(const struct writer *writer, const struct cgroup_rule *rule)
{
	const bool is_whole = rule->access == CGROUP_ANY_ACCESS;
	int left = ANSWER_LENGTH + (is_whole ? 0 : 2) + (rule->type != 'a') + (rule->major >= 0) +
		   (rule->minor >= 0);

	/* Not this device: on to the rule before, past all that is left of this one. */
	if (rule->type != 'a')
		emit_skip(writer, BPF_JNE, TYPE,
			  rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, --left);
	if (rule->major >= 0)
		emit_skip(writer, BPF_JNE, MAJOR, rule->major, --left);
	if (rule->minor >= 0)
		emit_skip(writer, BPF_JNE, MINOR, rule->minor, --left);

	if (!is_whole && rule->allow) {
		emit_compute(writer, BPF_AND, WANTED,
			     (int64_t) (CGROUP_ANY_ACCESS & ~rule->access));
		emit_skip(writer, BPF_JNE, WANTED, 0, ANSWER_LENGTH);
	}
	if (!is_whole && !rule->allow) {
		emit_skip(writer, BPF_JSET, WANTED, rule->access, 1);
		emit(writer, BPF_JMP | BPF_JA, 0, 0, ANSWER_LENGTH, 0);
	}
	emit_answer(writer, rule->allow);
}

int
cgroup_program_compile(struct cgroup_program *program, const struct cgroup_rules *rules,
		       struct arena *arena, struct error *err)
{
	const struct writer writer = { program, arena };

	*program = (struct cgroup_program){ 0 };
	emit_load(&writer, WANTED, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	emit(&writer, BPF_ALU | BPF_MOV | BPF_X, TYPE, WANTED, 0, 0);
	emit_compute(&writer, BPF_AND, TYPE, 0xffff);
	emit_compute(&writer, BPF_RSH, WANTED, 16);
	emit_load(&writer, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	emit_load(&writer, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	for (size_t i = rules->count; i-- > 0;) {
		const struct cgroup_rule *rule = &rules->items[i];
		if (rule->major > UINT32_MAX || rule->minor > UINT32_MAX)
			return fail(err, "devices: no device has the number %lld:%lld",
				    (long long) rule->major, (long long) rule->minor);
		emit_rule(&writer, rule);
	}
	emit_answer(&writer, rules->allow);
	return 0;
}

/* ---- loading and attaching it ---------------------------------------------------------------- */

static int
ask_kernel(int command, union bpf_attr *attributes)
{
	return (int) syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static int
load_once(const struct cgroup_program *program, char *log, size_t size)
{
	union bpf_attr attributes = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uintptr_t) program->items,
		.insn_cnt = (uint32_t) program->count,
		.license = (uintptr_t) LICENSE,
		.log_level = log != NULL,
		.log_buf = (uintptr_t) log,
		.log_size = (uint32_t) size,
		.prog_name = PROGRAM_NAME,
	};

	return ask_kernel(BPF_PROG_LOAD, &attributes); /* close-on-exec from birth */
}

/*
 * Before 5.11 programs count against the locked memory of the user, which many containers use up.
 * So the limit is raised for as long as it takes; nobody inherits it.
 */
static int
load_with_room(const struct cgroup_program *program)
{
	struct rlimit before, unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	if (getrlimit(RLIMIT_MEMLOCK, &before) < 0 || setrlimit(RLIMIT_MEMLOCK, &unlimited) < 0) {
		errno = EPERM;
		return -1;
	}
	int fd = load_once(program, NULL, 0), code = errno;
	(void) setrlimit(RLIMIT_MEMLOCK, &before); /* lowering it is always allowed */
	errno = code;
	return fd;
}

static int
load(const struct cgroup_program *program, struct error *err)
{
	char log[LOG_SIZE] = "";
	int fd = load_once(program, NULL, 0);

	if (fd < 0 && errno == EPERM)
		fd = load_with_room(program);
	if (fd >= 0)
		return fd;
	int code = errno;
	if (code == EINVAL || code == EACCES)
		(void) load_once(program, log,
				 sizeof(log)); /* it failed before, and now says why */
	log[strcspn(log, "\n")] = '\0';
	errno = code;
	return fail_errno(err, "devices: load the BPF program%s%s", log[0] != '\0' ? ": " : "",
			  log);
}

static bool
is_ours(int program)
{
	struct bpf_prog_info about = { 0 };
	union bpf_attr attributes = {
		.info = { .bpf_fd = (uint32_t) program,
			  .info_len = sizeof(about),
			  .info = (uintptr_t) &about },
	};

	return ask_kernel(BPF_OBJ_GET_INFO_BY_FD, &attributes) == 0 &&
	       text_equal(about.name, PROGRAM_NAME);
}

/* The program that was attached before, among those of others; -1 if there is none. */
static int
find_attached(int *out, int dir, struct error *err)
{
	uint32_t ids[ATTACHED_MAX];
	union bpf_attr query = {
		.query = { .target_fd = (uint32_t) dir,
			   .attach_type = BPF_CGROUP_DEVICE,
			   .prog_ids = (uintptr_t) ids,
			   .prog_cnt = ATTACHED_MAX },
	};

	*out = -1;
	if (ask_kernel(BPF_PROG_QUERY, &query) < 0)
		return fail_errno(err, "devices: ask for the cgroup's BPF programs");
	for (uint32_t i = 0; i < query.query.prog_cnt; i++) {
		union bpf_attr one = { .prog_id = ids[i] };
		scoped_fd program = ask_kernel(BPF_PROG_GET_FD_BY_ID, &one);

		if (program >= 0 && is_ours(program)) {
			*out = fd_take(&program);
			return 0;
		}
	}
	return 0;
}

static int
attach(int dir, int program, int before, struct error *err)
{
	union bpf_attr attributes = {
		.target_fd = (uint32_t) dir,
		.attach_bpf_fd = (uint32_t) program,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI | (before >= 0 ? BPF_F_REPLACE : 0U),
		.replace_bpf_fd = before >= 0 ? (uint32_t) before : 0,
	};

	if (ask_kernel(BPF_PROG_ATTACH, &attributes) < 0)
		return fail_errno(err, "devices: attach the BPF program");
	return 0;
}

static int
detach(int dir, int program, struct error *err)
{
	union bpf_attr attributes = {
		.target_fd = (uint32_t) dir,
		.attach_bpf_fd = (uint32_t) program,
		.attach_type = BPF_CGROUP_DEVICE,
	};

	if (ask_kernel(BPF_PROG_DETACH, &attributes) < 0)
		return fail_errno(err, "devices: detach the BPF program");
	return 0;
}

int
cgroup_program_attach(int dir, const struct cgroup_rules *rules, bool is_new, struct arena *arena,
		      struct error *err)
{
	const bool is_needed = !rules->allow || rules->count > 0;
	struct cgroup_program code;
	scoped_fd before = -1;

	if (!is_new)
		TRY(find_attached(&before, dir, err));
	if (!is_needed)
		return before < 0 ? 0 : detach(dir, before, err);
	TRY(cgroup_program_compile(&code, rules, arena, err));

	scoped_fd program = GET(load(&code, err));
	return attach(dir, program, before, err);
}
