/* What boot_test.py runs on the machine: one behaviour a word. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void leave_child(void)
{
	if (fork() == 0) {
		setsid();
		for (;;)
			pause();
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	printf("victim %s %s\n", what, getenv("WORD") ? getenv("WORD") : "unset");
	fflush(stdout);
	if (strcmp(what, "exit3") == 0) {
		fprintf(stderr, "odd bytes: \033[2J \377\n");
		return 3;
	}
	if (strcmp(what, "segv") == 0)
		raise(SIGSEGV);
	if (strcmp(what, "hang") == 0) {
		leave_child();
		for (;;)
			;
	}
	if (strcmp(what, "flood") == 0) {
		for (int i = 0; i < 200000; i++)
			printf("line %d\n", i);
		return 0;
	}
	if (strcmp(what, "attack") == 0) {
		kill(1, SIGSEGV);
		kill(1, SIGKILL);
		kill(-1, SIGKILL);
		system("true");
		return 0;
	}
	return 0;
}
