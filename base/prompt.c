#include "base/prompt.h"

#include <fcntl.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static enum err
read_line(int fd, struct secret *line, size_t *n)
{
	unsigned char *p = secret_bytes(line);
	size_t max = secret_slice(line).n;

	*n = 0;
	for (;;) {
		char c;
		ssize_t got = read(fd, &c, 1);

		if (got <= 0)
			return *n ? E_OK : E_IO;
		if (c == '\n')
			return E_OK;
		if (*n == max)
			return E_VALIDATION;
		p[(*n)++] = (unsigned char)c;
	}
}

static enum err
ask(int tty, const char *prompt, struct secret **out)
{
	struct secret *line = secret_new(1024);
	struct termios before, quiet;
	size_t n = 0;
	enum err err;

	if (!line)
		return E_NO_MEMORY;
	if (tcgetattr(tty, &before) != 0) {
		secret_free(line);
		return E_USAGE;
	}
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(tty, TCSAFLUSH, &quiet);
	dprintf(tty, "%s", prompt);
	err = read_line(tty, line, &n);
	dprintf(tty, "\n");
	tcsetattr(tty, TCSAFLUSH, &before);
	if (err == E_OK) {
		*out = secret_copy(slice_of(secret_bytes(line), n));
		err = *out ? E_OK : E_NO_MEMORY;
	}
	secret_free(line);
	return err;
}

static enum err
ask_twice(int tty, const char *question, struct secret **out)
{
	struct secret *again = NULL;
	enum err err = ask(tty, question, out);

	if (err != E_OK)
		return err;
	err = secret_slice(*out).n < PASSPHRASE_MIN
	          ? E_VALIDATION
	          : ask(tty, "The same again: ", &again);
	if (err == E_OK && !secret_equal(secret_slice(*out), secret_slice(again)))
		err = E_VALIDATION;
	secret_free(again);
	if (err != E_OK) {
		secret_free(*out);
		*out = NULL;
	}
	return err;
}

static int
open_terminal(void)
{
	return isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
	                            : -1;
}

enum err
prompt_secret(const char *question, struct secret **out)
{
	int tty = open_terminal();
	enum err err;

	*out = NULL;
	if (tty < 0)
		return E_USAGE;
	err = ask(tty, question, out);
	close(tty);
	return err;
}

enum err
prompt_new_secret(const char *question, struct secret **out)
{
	int tty = open_terminal();
	enum err err;

	*out = NULL;
	if (tty < 0)
		return E_USAGE;
	err = ask_twice(tty, question, out);
	close(tty);
	return err;
}
