#include "server/command.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "server/init_dir.h"
#include "server/passphrase.h"
#include "server/store/backup_tree.h"
#include "server/action/system.h"

static enum err
restore_passphrase(const struct config *config, struct secret **out, const char **what)
{
	const char *file = config->backup_passphrase_file;

	*what = "backup.passphrase_file";
	if (file && *file)
		return file_read_secret(file, out);
	*what = "the passphrase of the backup";
	return passphrase_for_backup(config, out);
}

/* A new epoch marks the fork in history: checkpoints and clients can tell the two apart.
 */
static enum err
mark_restored(struct usage *u, const struct config_source *source, const char **what)
{
	struct app app;
	enum err err;

	*what = "restored configuration";
	if ((err = app_init(&app, u->arena, source)) != E_OK)
		return err;
	app.unfinished = true;
	if ((err = app_start(&app, APP_STORE, what)) != E_OK)
		return err;
	*what = "restored store";
	err = system_new_epoch(app.store);
	if (err == E_OK)
		err = app_note(&app, "system.restored");
	app_stop(&app);
	return err;
}

/* Unfinished until it is marked: a copy that is served as it was would issue numbers
 * twice. */
static enum err
unpack(struct usage *u, const char *from, const struct config_source *source,
    struct slice passphrase, struct backup_summary *summary, const char **what)
{
	const char *dir = source->data_dir;
	enum init_dir_state state;
	enum err err;

	*what = dir;
	if ((err = init_dir_look(u->arena, dir, &state)) != E_OK)
		return err;
	if (state != INIT_DIR_ABSENT && state != INIT_DIR_BROKEN)
		return E_NOT_EMPTY;
	if ((err = init_dir_begin(u->arena, dir, what)) == E_OK) {
		*what = from;
		err = backup_read(from, dir, passphrase, summary);
	}
	if (err == E_OK)
		err = mark_restored(u, source, what);
	if (err == E_OK)
		err = init_dir_finish(u->arena, dir, what);
	if (err != E_OK)
		backup_tree_clear(dir);
	return err;
}

static enum err
restore(struct usage *u, const char *from, const struct config_source *source,
    struct backup_summary *summary, const char **what)
{
	struct config_result *r = arena_alloc(u->arena, sizeof(*r));
	struct secret *passphrase = NULL;
	enum err err;

	*what = "configuration";
	if (!r)
		return E_NO_MEMORY;
	if ((err = config_load(u->arena, source, r)) != E_OK)
		return err;
	if ((err = restore_passphrase(&r->config, &passphrase, what)) != E_OK)
		return err;
	err = unpack(u, from, source, secret_slice(passphrase), summary, what);
	secret_free(passphrase);
	return err;
}

int
command_restore(struct usage *u)
{
	const char *from = usage_get(u, "from"), *what = NULL;
	struct backup_summary summary;
	struct config_source source;
	enum err err;

	if (!from)
		return command_fail(u, E_USAGE, "--from FILE is required");
	command_source(u, &source);
	if ((err = restore(u, from, &source, &summary, &what)) != E_OK)
		return command_fail(u, err, what);
	command_print_backup(u, from, &summary);
	return 0;
}
