#include "server/command.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "server/action/checkpoint.h"
#include "server/action/system.h"
#include "server/init_dir.h"
#include "server/passphrase.h"
#include "server/store/backup_tree.h"

#define CHECKPOINT_FILE_MAX ((size_t)1 << 20)

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

/* One restoring. */
struct restore {
	struct usage *u;
	const char *from;
	const struct config_source *source;
	const char *checkpoint_file; /* NULL: none */
	struct slice checkpoint;     /* the object in it */
	bool accept;
	struct checkpoint_look look;
	struct backup_summary summary;
	const char *what;
};

static enum err
read_checkpoint(struct restore *r)
{
	struct slice text;
	enum err err;

	if (!r->checkpoint_file)
		return E_OK;
	r->what = r->checkpoint_file;
	err = file_read(r->u->arena, r->checkpoint_file, CHECKPOINT_FILE_MAX, &text);
	if (err != E_OK)
		return err;
	err = checkpoint_take(r->u->arena, text, &r->checkpoint);
	return err == E_NOT_FOUND ? E_ARMOR : err;
}

static enum err
look_at_checkpoint(struct txn *txn, void *arg)
{
	struct restore *r = arg;

	return checkpoint_look(txn, r->checkpoint, &r->look);
}

/* Only that history is missing can be accepted, not a checkpoint of somebody else. */
static enum err
hold_checkpoint(struct restore *r, struct app *app)
{
	enum err err;

	if (!r->checkpoint_file)
		return E_OK;
	r->what = r->checkpoint_file;
	err = store_read_now(app->store, app->arena, look_at_checkpoint, r);
	if (err != E_OK || r->look.state == CHECKPOINT_HELD)
		return err;
	if (r->accept && r->look.state != CHECKPOINT_FOREIGN)
		return E_OK;
	r->what =
	    arena_printf(r->u->arena, "%s: %s", r->checkpoint_file, r->look.problem);
	return r->what ? E_VERIFY : E_NO_MEMORY;
}

/* {"name":[from,to]}: the entries that are gone, and what is known of the last one. */
static enum err
lost_span(const struct restore *r, struct buf *out)
{
	const struct claims_checkpoint *claims = &r->look.claims;
	struct buf hash = BUF_INIT(r->u->arena);
	struct json_writer w;
	bool beyond = r->look.state == CHECKPOINT_BEYOND;

	if (r->look.state == CHECKPOINT_HELD) {
		buf_str(out, "{}");
		return buf_finish(out);
	}
	buf_hex(&hash, claims->hash, sizeof(claims->hash));
	jw_init(&w, out);
	jw_object(&w);
	jw_key(&w, "lost_entries");
	jw_array(&w);
	jw_int(&w, beyond ? r->look.head + 1 : claims->seq);
	jw_int(&w, claims->seq);
	jw_end(&w);
	jw_key(&w, "lost_hash");
	jw_array(&w);
	jw_text(&w, buf_slice(&hash));
	jw_null(&w);
	jw_end(&w);
	jw_end(&w);
	return buf_ok(&hash) ? buf_finish(out) : E_NO_MEMORY;
}

/* A new epoch marks the fork in history: checkpoints and clients can tell the two apart.
 */
static enum err
mark(struct restore *r, struct app *app)
{
	struct buf detail = BUF_INIT(r->u->arena);
	enum err err = hold_checkpoint(r, app);

	if (err == E_OK)
		err = lost_span(r, &detail);
	if (err != E_OK)
		return err;
	r->what = "restored store";
	err = system_fork(app->store);
	return err ? err : app_note_detail(app, "system.restored", buf_slice(&detail));
}

static enum err
mark_restored(struct restore *r)
{
	struct app app;
	enum err err;

	r->what = "restored configuration";
	if ((err = app_init(&app, r->u->arena, r->source)) != E_OK)
		return err;
	app.unfinished = true;
	if ((err = app_start(&app, APP_STORE, &r->what)) != E_OK)
		return err;
	err = mark(r, &app);
	app_stop(&app);
	return err;
}

/* Unfinished until it is marked: a copy that is served as it was would issue numbers
 * twice. */
static enum err
unpack(struct restore *r, struct slice passphrase)
{
	const char *dir = r->source->data_dir;
	struct arena *arena = r->u->arena;
	enum init_dir_state state;
	enum err err;

	r->what = dir;
	if ((err = init_dir_look(arena, dir, &state)) != E_OK)
		return err;
	if (state != INIT_DIR_ABSENT && state != INIT_DIR_BROKEN)
		return E_NOT_EMPTY;
	if ((err = init_dir_begin(arena, dir, &r->what)) == E_OK) {
		r->what = r->from;
		err = backup_read(r->from, dir, passphrase, &r->summary);
	}
	if (err == E_OK)
		err = mark_restored(r);
	if (err == E_OK)
		err = init_dir_finish(arena, dir, &r->what);
	if (err != E_OK)
		backup_tree_clear(dir);
	return err;
}

static enum err
restore(struct restore *r)
{
	struct config_result *config = arena_alloc(r->u->arena, sizeof(*config));
	struct secret *passphrase = NULL;
	enum err err;

	r->what = "configuration";
	if (!config)
		return E_NO_MEMORY;
	if ((err = config_load(r->u->arena, r->source, config)) != E_OK ||
	    (err = read_checkpoint(r)) != E_OK)
		return err;
	err = restore_passphrase(&config->config, &passphrase, &r->what);
	if (err != E_OK)
		return err;
	err = unpack(r, secret_slice(passphrase));
	secret_free(passphrase);
	return err;
}

int
command_restore(struct usage *u)
{
	struct config_source source;
	struct restore r = { .u = u,
		.from = usage_get(u, "from"),
		.source = &source,
		.checkpoint_file = usage_get(u, "checkpoint"),
		.accept = usage_has(u, "accept-rollback") };
	enum err err;

	if (!r.from)
		return command_fail(u, E_USAGE, "--from FILE is required");
	if (r.accept && !r.checkpoint_file)
		return command_fail(
		    u, E_USAGE, "--accept-rollback is about --checkpoint FILE");
	command_source(u, &source);
	if ((err = restore(&r)) != E_OK)
		return command_fail(u, err, r.what);
	if (r.look.problem)
		fprintf(stderr, "licetd: rollback accepted: %s\n", r.look.problem);
	command_print_backup(u, r.from, &r.summary);
	return 0;
}
