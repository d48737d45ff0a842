#include "server/passphrase.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "keys/keyfile.h"
#include "server/process.h"

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
ask_twice(int tty, struct secret **out)
{
	struct secret *again = NULL;
	enum err err = ask(tty, "Passphrase of the keys (12 bytes or more): ", out);

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

enum err
passphrase_ask_new(struct secret **out)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	enum err err;

	*out = NULL;
	if (tty < 0 || !isatty(STDIN_FILENO)) {
		if (tty >= 0)
			close(tty);
		return E_USAGE;
	}
	err = ask_twice(tty, out);
	close(tty);
	return err;
}

static enum err
from_credential(struct secret **out)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char path[4096];

	if (!dir ||
	    (size_t)snprintf(path, sizeof(path), "%s/licet-passphrase", dir) >=
		sizeof(path) ||
	    !file_exists(path))
		return E_NOT_FOUND;
	return file_read_credential(path, out);
}

static bool
has_option(const struct config *config)
{
	return config->keys_passphrase_file && *config->keys_passphrase_file;
}

enum err
passphrase_again(const struct config *config, struct secret **out)
{
	enum err err;

	*out = NULL;
	err = has_option(config) ? file_read_secret(config->keys_passphrase_file, out)
	                         : from_credential(out);
	return err == E_NOT_FOUND ? E_KEY : err;
}

bool
passphrase_is_kept_elsewhere(const struct config *config)
{
	struct secret *again = NULL;
	bool found = passphrase_again(config, &again) == E_OK;

	secret_free(again);
	return found;
}

static enum err
from_environment(struct secret **out)
{
	char *text = process_take_env("LICET_PASSPHRASE");

	if (!text)
		return E_NOT_FOUND;
	*out = secret_copy(slice_str(text));
	secret_wipe(text, strlen(text));
	free(text);
	return *out ? E_OK : E_NO_MEMORY;
}

static enum err
from_terminal(struct secret **out)
{
	int tty =
	    isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY) : -1;
	enum err err;

	if (tty < 0)
		return E_KEY;
	err = ask(tty, "Passphrase of the keys: ", out);
	close(tty);
	return err == E_OK || err == E_NO_MEMORY ? err : E_KEY;
}

static enum err
find_without_file(struct secret *from_env, struct secret **out)
{
	enum err err = from_credential(out);

	if (err != E_NOT_FOUND)
		return err;
	if (!from_env)
		return from_terminal(out);
	*out = secret_copy(secret_slice(from_env));
	return *out ? E_OK : E_NO_MEMORY;
}

static enum err
find(const struct config *config, bool needed, struct secret **out)
{
	struct secret *from_env = NULL;
	enum err err;

	*out = NULL;
	err = from_environment(&from_env);
	if (err != E_OK && err != E_NOT_FOUND)
		return err;
	if (has_option(config))
		err = file_read_secret(config->keys_passphrase_file, out);
	else
		err = needed ? find_without_file(from_env, out) : E_OK;
	secret_free(from_env);
	return err;
}

enum err
passphrase_find(const struct config *config, const char *dir, struct secret **out)
{
	return find(config, keyfile_dir_is_sealed(dir), out);
}

enum err
passphrase_for_backup(const struct config *config, struct secret **out)
{
	return find(config, true, out);
}
