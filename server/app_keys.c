/* The part "keys": the folder of key files, and the store key out of it. */
#include "server/app.h"

#include "base/file.h"
#include "server/passphrase.h"
#include "server/store/backup.h"

/* Only the store key is opened here: which of the others count is known to the store. */
enum err
app_keys_start(struct app *app, const char **what)
{
	char *dir = file_path(app->arena, app->data_dir, "keys");
	char *marker = file_path(app->arena, app->data_dir, BACKUP_UNFINISHED);
	const struct key want = { .use = KEY_STORE };
	struct key key;
	bool sealed;
	enum err err;

	if (!dir || !marker)
		return E_NO_MEMORY;
	*what = marker;
	if (!app->unfinished && file_exists(marker))
		return E_NO_STORE;
	*what = app->data_dir;
	if ((err = file_check_private(app->data_dir)) != E_OK)
		return err == E_NOT_FOUND ? E_NO_STORE : err;
	*what = dir;
	if (!file_exists(dir))
		return E_NO_STORE;
	if ((err = passphrase_find(app->config, dir, &app->passphrase)) != E_OK) {
		*what = "the passphrase of the keys";
		return err;
	}
	if (!(app->keystore = keystore_new(dir, app->passphrase)))
		return E_NO_MEMORY;
	if (app->store_read_only &&
	    (err = keystore_lock(app->keystore, false, true)) != E_OK)
		return err;
	*what = keystore_path(app->keystore, app->arena, &want);
	err = keystore_open(app->keystore, &want, &key, &app->store_key, &sealed);
	if (err != E_OK)
		return err == E_NOT_FOUND ? E_KEY : err;
	app->seal = seal_new(secret_slice(app->store_key));
	return app->seal ? E_OK : E_NO_MEMORY;
}

void
app_keys_stop(struct app *app)
{
	seal_free(app->seal);
	secret_free(app->store_key);
	keystore_free(app->keystore);
	secret_free(app->passphrase);
	app->seal = NULL;
	app->store_key = NULL;
	app->keystore = NULL;
	app->passphrase = NULL;
}

static enum err
find_again(void *arg, struct secret **out)
{
	const struct app *app = arg;

	if (!app->passphrase)
		return passphrase_again(&app->loaded.config, out);
	*out = secret_copy(secret_slice(app->passphrase));
	return *out ? E_OK : E_NO_MEMORY;
}

void
app_keys_tidy(struct app *app)
{
	if (passphrase_is_kept_elsewhere(&app->loaded.config)) {
		secret_free(app->passphrase);
		app->passphrase = NULL;
	}
	keystore_set_source(app->keystore, (struct keystore_source){ find_again, app });
	keystore_tidy(app->keystore);
}
