/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shell of the images that cooper's sweep makes: it knows `-c "echo TEXT > FILE"`, and nothing else.
 *
 * Each point of the sweep packs, unpacks and digests it several times, so it has no C library and a few
 * kilobytes. Where it cannot be built the sweep takes busybox, which is hundreds of times as large.
 */
#include <fcntl.h>
#include <sys/syscall.h>

static long
call(long number, long a, long b, long c, long d)
{
#if defined(__x86_64__)
	register long fourth __asm__("r10") = d;
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
#else
#error "the system calls of this machine are not known here"
#endif
}

/* The status that it ends with. ARGUMENTS: as the kernel lays them, the program's name first. */
static int
echo(char **arguments)
{
	static const char word[] = "echo ";
	char *text, *end, *file;

	if (arguments[0] == 0 || arguments[1] == 0 || arguments[2] == 0)
		return 2;
	text = arguments[2];
	for (int i = 0; word[i] != '\0'; i++)
		if (*text++ != word[i])
			return 127;
	for (end = text; *end != ' '; end++)
		if (*end == '\0')
			return 127;
	if (end[1] != '>' || end[2] != ' ')
		return 127;
	file = end + 3;
	*end++ = '\n';

	long fd = call(SYS_openat, AT_FDCWD, (long) file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd < 0 || call(SYS_write, fd, (long) text, end - text, 0) != end - text)
		return 1;
	return 0;
}

__attribute__((used, noreturn)) void
begin(long *stack)
{
	int status = echo((char **) (stack + 1));
	for (;;)
		(void) call(SYS_exit_group, status, 0, 0, 0);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tcall begin\n");
#else
__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tbl begin\n");
#endif
