#include "cli/keys_file.h"

#include <string.h>

#include "base/file.h"
#include "cli/offline.h"
#include "keys/keyfile.h"
#include "keys/publish.h"

#define FILE_MAX 65536

enum err
keys_file_public(struct cli *cli, const char *path, enum key_use use, struct key *key)
{
	struct slice text;
	bool sealed;
	enum err e = file_read(cli->arena, path, FILE_MAX, &text);

	if (e)
		return problem_set(cli, e, "%s", path);
	e = publish_pem_read(cli->arena, text, use, key);
	if (e == E_NOT_FOUND && strcmp(path, "-") != 0)
		e = keyfile_peek(path, key, &sealed);
	if (e == E_NO_MEMORY)
		return cli_no_memory(cli);
	return e ? problem_set(cli, e == E_NOT_FOUND ? E_KEY : e,
		       "%s holds no public key (PEM) and is no key file", path)
	         : E_OK;
}

enum err
keys_file_root(struct cli *cli, struct key *key)
{
	const char *path;
	enum err e = offline_option(cli, "root", &path);

	if (!e)
		e = keys_file_public(cli, path, KEY_ROOT, key);
	if (!e && key->use != KEY_ROOT)
		e = problem_set(cli, E_KEY, "%s is no root key", path);
	return e;
}
