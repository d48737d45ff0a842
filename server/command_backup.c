#include "server/command.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "server/store/backup.h"

#define ENTRIES_MAX 2048 /* retired box keys are files too */

static bool
entry_add(struct arena *arena, const char *data_dir, const char *name,
    struct backup_entry *entry, size_t *n)
{
	const char *path = file_path(arena, data_dir, name);

	if (!path || *n == ENTRIES_MAX)
		return false;
	if (!file_exists(path))
		return true;
	entry[(*n)++] = (struct backup_entry){ .name = name, .path = path };
	return true;
}

/* Key files and the configuration: what a restore needs besides the store. */
static enum err
collect(struct app *app, struct backup_entry *entry, size_t *n)
{
	char *dir = file_path(app->arena, app->data_dir, "keys");
	const struct dirent *item;
	bool fine = dir && entry_add(app->arena, app->data_dir, "licetd.conf", entry, n);
	DIR *d = dir ? opendir(dir) : NULL;

	if (!d)
		return E_IO;
	while (fine && (item = readdir(d))) {
		const char *name;

		if (!slice_ends(slice_str(item->d_name), SLICE(".key")))
			continue;
		name = arena_printf(app->arena, "keys/%s", item->d_name);
		fine = name && entry_add(app->arena, app->data_dir, name, entry, n);
	}
	closedir(d);
	return fine ? E_OK : E_NO_MEMORY;
}

static enum err
backup_passphrase(struct app *app, struct secret **own, struct slice *out)
{
	const char *file = app->config->backup_passphrase_file;
	enum err err;

	*own = NULL;
	if (!file || !*file) {
		*out = app->passphrase ? secret_slice(app->passphrase) : SLICE_NULL;
		return out->n ? E_OK : E_KEY;
	}
	if ((err = file_read_secret(file, own)) == E_OK)
		*out = secret_slice(*own);
	return err;
}

void
command_print_backup(
    const struct usage *u, const char *path, const struct backup_summary *s)
{
	struct buf out = BUF_INIT(u->arena);
	struct json_writer w;
	char taken[21];

	clock_human(s->taken, taken);
	jw_init(&w, &out);
	if (usage_has(u, "json")) {
		jw_object(&w);
		jw_ktext(&w, "file", slice_str(path));
		jw_kint(&w, "size", s->size);
		jw_ktext(&w, "digest", slice_str(s->digest));
		jw_kinstant(&w, "taken", s->taken);
		jw_end(&w);
		buf_char(&out, '\n');
	} else {
		buf_printf(&out,
		    "file     %s\nsize     %lld bytes, %lld files\ntaken    %s\ndigest   "
		    "%s\n",
		    path, (long long)s->size, (long long)s->files, taken, s->digest);
	}
	fwrite(out.p, 1, out.n, stdout);
}

static enum err
run_backup(
    struct app *app, const char *to, struct backup_summary *summary, const char **what)
{
	struct backup_entry *entry = arena_array(app->arena, ENTRIES_MAX, sizeof(*entry));
	struct secret *own;
	struct slice passphrase;
	size_t n = 0;
	enum err err;

	*what = "backup.passphrase_file (the keys have no passphrase)";
	if ((err = backup_passphrase(app, &own, &passphrase)) != E_OK)
		return err;
	*what = to;
	if (!entry)
		err = E_NO_MEMORY;
	else if ((err = collect(app, entry, &n)) == E_OK)
		err = backup_write(
		    app->store, to, app->data_dir, passphrase, entry, n, summary);
	secret_free(own);
	return err;
}

int
command_backup(struct usage *u)
{
	const char *to = usage_get(u, "to"), *what = "configuration";
	struct backup_summary summary;
	struct config_source source;
	struct app app;
	enum err err;

	if (!to)
		return command_fail(u, E_USAGE, "--to FILE is required");
	command_source(u, &source);
	if ((err = app_init(&app, u->arena, &source)) != E_OK)
		return command_fail(u, err, what);
	app.store_read_only = true;
	if ((err = app_start(&app, APP_STORE, &what)) != E_OK)
		return command_fail(u, err, what);
	err = run_backup(&app, to, &summary, &what);
	app_stop(&app);
	if (err != E_OK)
		return command_fail(u, err, what);
	command_print_backup(u, to, &summary);
	return 0;
}
