#include "server/passphrase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/prompt.h"
#include "keys/keyfile.h"
#include "server/process.h"

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
	enum err err = prompt_secret("Passphrase of the keys: ", out);

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
