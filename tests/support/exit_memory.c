/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What is left in memory when a program ends: exit_memory SECRETS COMMAND...
 *
 * SECRETS is a file of lines "NAME TEXT" or "NAME hex:DIGITS". The command runs traced, with all
 * that it starts; each process is stopped at its exit, and its writable memory searched. A line per
 * find: "PROGRAM ROLE NAME REGION", with the role "first" for the process that was started, "fork"
 * for what it forked without an exec (such a one has a copy of its memory), "exec" for others. The
 * status is the command's; 99: cannot trace. Needs root, since the program is not dumpable.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_SECRETS 32
#define MAX_PROCESSES 256

static struct secret {
	char name[64];
	uint8_t bytes[1024];
	size_t size;
} secrets[MAX_SECRETS];
static size_t secret_count;

static pid_t replaced[MAX_PROCESSES]; /* processes that called exec */
static size_t replaced_count;
static pid_t first;

static void
die(const char *what)
{
	fprintf(stderr, "exit_memory: %s: %s\n", what, strerror(errno));
	exit(99);
}

static void
read_secrets(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[4096];

	if (!file)
		die(path);
	while (secret_count < MAX_SECRETS && fgets(line, sizeof line, file)) {
		struct secret *secret = &secrets[secret_count];
		char *rest = line;
		line[strcspn(line, "\n")] = '\0';
		snprintf(secret->name, sizeof secret->name, "%s", strsep(&rest, " "));
		if (!rest)
			continue;
		if (strncmp(rest, "hex:", 4) != 0) {
			secret->size = strlen(rest);
			memcpy(secret->bytes, rest, secret->size);
		} else {
			unsigned byte = 0;
			for (rest += 4; sscanf(rest, "%2x", &byte) == 1 && rest[0] && rest[1];
			     rest += 2)
				secret->bytes[secret->size++] = (uint8_t)byte;
		}
		secret_count++;
	}
	fclose(file);
}

static const char *
role(pid_t pid)
{
	if (pid == first)
		return "first";
	for (size_t i = 0; i < replaced_count; i++)
		if (replaced[i] == pid)
			return "exec";
	return "fork";
}

static void
search_region(pid_t pid, int memory, const char *program, const char *region, unsigned long from,
    unsigned long to)
{
	size_t size = to - from;
	uint8_t *bytes = malloc(size);

	if (!bytes || pread(memory, bytes, size, (off_t)from) != (ssize_t)size) {
		free(bytes);
		return; /* a guard page, or one the kernel keeps */
	}
	for (size_t i = 0; i < secret_count; i++)
		if (memmem(bytes, size, secrets[i].bytes, secrets[i].size))
			printf("%s %s %s %s\n", program, role(pid), secrets[i].name, region);
	free(bytes);
}

static void
search(pid_t pid)
{
	char path[64];
	char program[64] = "?";
	char line[4096];

	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	FILE *comm = fopen(path, "r");
	if (comm && fgets(program, sizeof program, comm))
		program[strcspn(program, "\n")] = '\0';
	if (comm)
		fclose(comm);
	snprintf(path, sizeof path, "/proc/%d/maps", pid);
	FILE *maps = fopen(path, "r");
	snprintf(path, sizeof path, "/proc/%d/mem", pid);
	int memory = open(path, O_RDONLY | O_CLOEXEC);
	if (!maps || memory < 0)
		die("cannot read the memory of a process; is this root?");
	while (fgets(line, sizeof line, maps)) {
		unsigned long from = 0;
		unsigned long to = 0;
		char mode[8];
		int at = 0;
		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %n", &from, &to, mode, &at) < 3 ||
		    mode[1] != 'w')
			continue;
		line[strcspn(line, "\n")] = '\0';
		search_region(pid, memory, program, line[at] ? line + at : "anonymous", from, to);
	}
	fclose(maps);
	close(memory);
}

static int
trace(void)
{
	int status = 0;
	int result = 99;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);
		if (pid < 0)
			return result;
		if (!WIFSTOPPED(status)) {
			if (pid == first)
				result = WIFEXITED(status) ? WEXITSTATUS(status)
							   : 128 + WTERMSIG(status);
			continue;
		}
		int signal = WSTOPSIG(status);
		int event = status >> 16;
		if (event == PTRACE_EVENT_EXEC && pid != first && replaced_count < MAX_PROCESSES)
			replaced[replaced_count++] = pid;
		if (event == PTRACE_EVENT_EXIT)
			search(pid);
		bool ours = event != 0 || signal == SIGTRAP || signal == SIGSTOP;
		ptrace(PTRACE_CONT, pid, 0, ours ? 0 : signal);
	}
}

int
main(int argc, char **argv)
{
	int status = 0;

	if (argc < 3)
		die("usage: exit_memory SECRETS COMMAND...");
	read_secrets(argv[1]);
	first = fork();
	if (first == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (first < 0 || waitpid(first, &status, 0) != first ||
	    ptrace(PTRACE_SETOPTIONS, first, 0,
		PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		    PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC) != 0)
		die("cannot trace");
	ptrace(PTRACE_CONT, first, 0, 0);
	return trace();
}
