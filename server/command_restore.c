#include "server/command.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "server/passphrase.h"
#include "server/store/backup.h"
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
	if ((err = app_init(&app, u->arena, source)) != E_OK ||
	    (err = app_start(&app, APP_STORE, what)) != E_OK)
		return err;
	*what = "restored store";
	err = system_new_epoch(app.store);
	if (err == E_OK)
		err = app_note(&app, "system.restored");
	app_stop(&app);
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
	*what = source->data_dir;
	if ((err = file_make_dir(source->data_dir, 0700)) == E_OK) {
		*what = from;
		err = backup_read(
		    from, source->data_dir, secret_slice(passphrase), summary);
	}
	secret_free(passphrase);
	return err == E_OK ? mark_restored(u, source, what) : err;
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
