#include "import/password.h"

#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "formats/error.h"
#include "formats/io.h"

/* A line without its end; what does not fit is dropped. */
static void
read_line(int fd, char *line, size_t capacity)
{
	Error ignored = { 0 };
	size_t got = 0, used = 0;
	char byte;

	while (io_read(fd, "terminal", &byte, 1, &got, &ignored) && got == 1 &&
	    byte != '\n') {
		if (used + 1 < capacity)
			line[used++] = byte;
	}
	line[used] = '\0';
}

bool
password_ask(const char *prompt, char *password, size_t capacity)
{
	struct termios normal, silent;
	Error ignored = { 0 };
	int fd;

	password[0] = '\0';
	fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (tcgetattr(fd, &normal) == 0) {
		silent = normal;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		(void)tcsetattr(fd, TCSAFLUSH, &silent);
		if (io_write(fd, "terminal", prompt, strlen(prompt), &ignored))
			read_line(fd, password, capacity);
		(void)tcsetattr(fd, TCSAFLUSH, &normal);
		(void)!io_write(fd, "terminal", "\n", 1, &ignored);
	}
	io_close(fd);
	return password[0] != '\0';
}
