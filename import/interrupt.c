#include "import/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* A handler has no context but this. */
static volatile sig_atomic_t caught;

static void
catch_signal(int number)
{
	caught = number;
}

void
interrupt_catch(void)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action = { .sa_handler = catch_signal,
		.sa_flags = SA_RESTART | (int)SA_RESETHAND };
	struct sigaction before;
	size_t i;

	(void)sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		if (sigaction(numbers[i], NULL, &before) == 0 &&
		    before.sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &action, NULL);
	}
}

int
interrupt_caught(void)
{
	return caught;
}

bool
interrupt_check(Error *err)
{
	if (caught == 0)
		return true;
	return error_set(err, ERROR_FAILED,
	    "stopped by a signal; the same command run again goes on");
}
