/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/tracer.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sys/ptrace.h>

#define TASKS_MAX 4096
#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |  \
	 PTRACE_O_TRACEEXEC)

/* The fields that we look at; the C library's struct has had two names. */
struct call_info {
	uint8_t operation, padding[3];
	uint32_t architecture;
	uint64_t instruction, stack;
	uint64_t number, args[6];
};

#define CALL_ENTRY 1
#define CALL_EXIT 2

struct task {
	pid_t pid;
	int number; /* in the order of birth */
	long counted;
	int failing; /* the error that the call it is in will return */
	bool lives;
	bool is_other; /* it has executed what is not the command's */
};

struct tracer {
	const struct order *order;
	struct outcome *outcome;
	struct task tasks[TASKS_MAX];
	int count;
	bool begun; /* the command has been executed */
	bool over;  /* nothing is left to be counted */
};

static volatile sig_atomic_t alarmed;

static void
on_alarm(int signal)
{
	(void) signal;
	alarmed = 1;
}

/* ---- the processes --------------------------------------------------------------------------- */

static struct task *
add_task(struct tracer *t, pid_t pid)
{
	if (t->count == TASKS_MAX)
		abort();
	t->tasks[t->count] = (struct task){ .pid = pid, .number = t->count, .lives = true };
	return &t->tasks[t->count++];
}

/* A child is new when it is first heard of, from its parent or by itself. The latest of a pid counts. */
static struct task *
task_of(struct tracer *t, pid_t pid)
{
	for (int i = t->count; i-- > 0;)
		if (t->tasks[i].pid == pid && t->tasks[i].lives)
			return &t->tasks[i];
	return add_task(t, pid);
}

static void
kill_all(struct tracer *t)
{
	for (int i = 0; i < t->count; i++)
		if (t->tasks[i].lives)
			(void) kill(t->tasks[i].pid,
				    SIGKILL); /* we trace it: its pid cannot be another's */
}

static void
list_left(struct tracer *t)
{
	struct outcome *outcome = t->outcome;

	for (int i = 1; i < t->count; i++)
		if (t->tasks[i].lives && t->tasks[i].pid != t->order->also &&
		    outcome->left_count < sizeof(outcome->left) / sizeof(outcome->left[0]))
			outcome->left[outcome->left_count++] = t->tasks[i].pid;
}

/* ---- the call that fails --------------------------------------------------------------------- */

#if defined(__x86_64__)

static void
skip_call(pid_t pid)
{
	(void) ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1L);
}

static void
set_result(pid_t pid, long result)
{
	(void) ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), result);
}

#elif defined(__aarch64__)

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

static void
skip_call(pid_t pid)
{
	int none = -1;
	struct iovec part = { .iov_base = &none, .iov_len = sizeof(none) };

	(void) ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &part);
}

static void
set_result(pid_t pid, long result)
{
	struct user_regs_struct regs;
	struct iovec part = { .iov_base = &regs, .iov_len = sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part) < 0)
		return;
	regs.regs[0] = (unsigned long long) result;
	(void) ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part);
}

#else
#error "how a call is made to fail is not known for this architecture"
#endif

/* ---- the moment ------------------------------------------------------------------------------ */

static void
read_program(pid_t pid, char name[32])
{
	char path[64];

	(void) snprintf(path, sizeof(path), "/proc/%d/comm", (int) pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, name, 31);
	if (fd >= 0)
		(void) close(fd);
	name[n > 0 ? n - 1 : 0] = '\0';
}

static void
note_hit(struct tracer *t, const struct task *task, const struct call_info *call)
{
	struct hit *hit = &t->outcome->hit;

	t->outcome->is_hit = true;
	hit->at = t->outcome->total;
	hit->process = task->number;
	hit->own = task->counted;
	hit->pid = task->pid;
	read_program(task->pid, hit->program);
	calls_describe(hit->call, sizeof(hit->call), task->pid, call->number, call->args);
}

static void
strike(struct tracer *t, struct task *task)
{
	const struct order *order = t->order;

	t->over = !(order->fault == FAULT_FAIL && order->persists);
	switch (order->fault) {
	case FAULT_NONE: break;
	case FAULT_KILL: (void) kill(task->pid, SIGKILL); break;
	case FAULT_KILL_TREE: kill_all(t); break;
	case FAULT_FAIL:
		skip_call(task->pid);
		task->failing = order->error;
		break;
	case FAULT_SIGNAL: (void) kill(t->tasks[0].pid, order->signal); break;
	}
}

static void
enter_call(struct tracer *t, struct task *task, const struct call_info *call)
{
	const struct order *order = t->order;

	if (!t->begun || t->over || task->is_other)
		return;
	if (call->number < CALLS_MAX)
		t->outcome->made[task->number != 0][call->number]++;
	if (!calls_hold(&order->calls, call->number))
		return;
	task->counted++;
	if (order->within >= 0 && order->within != task->number)
		return;
	t->outcome->total++;
	if (order->at == 0 || t->outcome->total < order->at)
		return;
	if (t->outcome->total == order->at)
		note_hit(t, task, call);
	strike(t, task);
}

static void
at_call(struct tracer *t, struct task *task)
{
	struct call_info call;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->pid, sizeof(call), &call) <= 0)
		return;
	if (call.operation == CALL_ENTRY)
		enter_call(t, task, &call);
	else if (call.operation == CALL_EXIT && task->failing != 0) {
		set_result(task->pid, -(long) task->failing);
		task->failing = 0;
	}
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* A thread that executes a program goes on under the number of its leader. */
static void
at_exec(struct tracer *t, pid_t pid)
{
	unsigned long former;
	char program[32];

	t->begun = true;
	read_program(pid, program);
	if (t->order->end != NULL && strcmp(program, t->order->end) == 0)
		task_of(t, pid)->is_other = true;
	if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &former) == 0 && (pid_t) former != pid)
		task_of(t, (pid_t) former)->lives = false;
}

static void
at_birth(struct tracer *t, pid_t parent)
{
	unsigned long child;

	if (ptrace(PTRACE_GETEVENTMSG, parent, NULL, &child) == 0)
		(void) task_of(t, (pid_t) child);
}

static bool
is_stop_signal(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/* Where nothing is to be counted or undone, calls need not stop. */
static void
resume(const struct tracer *t, const struct task *task, int signal)
{
	const bool counts = t->order->within < 0 || t->order->within == task->number;
	const bool watch = (counts && !t->over) || task->failing != 0;

	(void) ptrace(watch ? PTRACE_SYSCALL : PTRACE_CONT, task->pid, NULL, (long) signal);
}

static void
at_stop(struct tracer *t, struct task *task, int status)
{
	const int signal = WSTOPSIG(status), event = status >> 16;

	if (signal == (SIGTRAP | 0x80)) {
		at_call(t, task);
		resume(t, task, 0);
		return;
	}
	if (event == PTRACE_EVENT_STOP && is_stop_signal(signal)) {
		(void) ptrace(PTRACE_LISTEN, task->pid, NULL,
			      NULL); /* it stays stopped, as it should */
		return;
	}
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	    event == PTRACE_EVENT_CLONE)
		at_birth(t, task->pid);
	if (event == PTRACE_EVENT_EXEC)
		at_exec(t, task->pid);
	resume(t, task, event != 0 ? 0 : signal);
}

static void
watch(struct tracer *t)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (alarmed && !t->outcome->timed_out) {
			t->outcome->timed_out = true;
			kill_all(t);
		}
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return;

		struct task *task = task_of(t, pid);
		if (WIFSTOPPED(status)) {
			at_stop(t, task, status);
			continue;
		}
		task->lives = false;
		if (task->number == 0) {
			t->outcome->status = status;
			return;
		}
	}
}

/* Again and again, since the first one may come just before we begin to wait. */
static void
set_alarm(unsigned seconds)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval timer = { .it_value = { .tv_sec = seconds },
					 .it_interval = { .tv_usec = 100000 } };

	(void) sigaction(SIGALRM, &action, NULL);
	(void) setitimer(ITIMER_REAL, &timer, NULL);
}

static pid_t
spawn(char *const *command, int *gate)
{
	int pair[2];
	char byte;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		(void) close(pair[1]);
		if (read(pair[0], &byte, 1) != 1)
			_exit(127);
		(void) close_range(3, ~0U, 0); /* what was open around us would change its numbers */
		(void) execvp(command[0], command);
		fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
		_exit(127);
	}
	(void) close(pair[0]);
	*gate = pair[1];
	return pid;
}

int
tracer_run(const struct order *order, struct outcome *outcome)
{
	static struct tracer t;
	int gate = -1;
	pid_t pid = spawn(order->command, &gate);

	*outcome = (struct outcome){ 0 };
	t = (struct tracer){ .order = order, .outcome = outcome };
	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, NULL, (long) OPTIONS) < 0)
		return errno;
	(void) add_task(&t, pid);
	if (order->also != 0) {
		if (ptrace(PTRACE_SEIZE, order->also, NULL, (long) OPTIONS) < 0 ||
		    ptrace(PTRACE_INTERRUPT, order->also, NULL, NULL) < 0)
			return errno;
		(void) add_task(&t, order->also);
	}
	(void) ptrace(PTRACE_INTERRUPT, pid, NULL,
		      NULL); /* from its first stop on, calls are seen */
	set_alarm(order->seconds);
	if (write(gate, "", 1) != 1)
		return errno;
	watch(&t);
	list_left(&t);
	return 0;
}
