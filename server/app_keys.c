/* The parts "keys" and "ring": key files, what the store says of them, and what a crash
 * or a hand on the folder left between the two. */
#include "server/app.h"

#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "offline/trust.h"
#include "server/action/run.h"
#include "server/action/signing.h"
#include "server/passphrase.h"
#include "server/store/backup.h"

/* All that a start looks at and decides; in the arena of the app. */
struct ring_start {
	struct app *app;
	struct signing_rows rows;
	struct key *file; /* in the folder */
	size_t n_files;
	struct keyring_part *part;
	size_t n_parts;
	struct signing_rows changed; /* rows to store */
	struct key *removed;         /* files of no use */
	size_t n_removed;
	bool is_first; /* the store has no rows yet */
};

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
read_rows(struct txn *txn, void *arg)
{
	struct ring_start *s = arg;

	return signing_read(txn, &s->rows);
}

static bool
has_file(const struct ring_start *s, const struct key *key)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (s->file[i].use == key->use &&
		    (key->use == KEY_ROOT ||
			memcmp(s->file[i].kid, key->kid, KEY_KID) == 0))
			return true;
	return false;
}

static const char *
path_of(struct ring_start *s, const struct key *key)
{
	const char *path = keystore_path(s->app->keystore, s->app->arena, key);

	return path ? path : "";
}

static void
add_changed(struct ring_start *s, const struct signing_key *row)
{
	if (s->changed.n && s->changed.item[s->changed.n - 1].o.id == row->o.id)
		s->changed.n--;
	s->changed.item[s->changed.n++] = *row;
}

/* --- a store of an earlier version ------------------------------------------------- */

/* The root that lies here; *here false: it does not. */
static enum err
first_root(struct ring_start *s, struct key *root, struct secret **material, bool *here,
    const char **what)
{
	const struct key want = { .use = KEY_ROOT };
	bool sealed;

	*material = NULL;
	*here = has_file(s, &want);
	if (!*here)
		return E_OK;
	*what = path_of(s, &want);
	return keystore_open(s->app->keystore, &want, root, material, &sealed);
}

static enum err
first_row(struct ring_start *s, const struct key *root,
    const struct secret *root_material, const struct key *file, const char **what)
{
	struct arena *arena = s->app->arena;
	struct signing_key *row = &s->rows.item[s->rows.n];
	struct slice certificate = SLICE_NULL;
	struct secret *material = NULL;
	struct key key;
	bool sealed;
	enum err err;

	*what = path_of(s, file);
	err = keystore_open(s->app->keystore, file, &key, &material, &sealed);
	secret_free(material);
	if (err == E_OK && root_material && key.use != KEY_ROOT)
		err = signing_certify(
		    arena, root, root_material, clock_now(), &key, &certificate);
	if (err == E_OK)
		err = signing_new_row(arena, &key, certificate, key.created, row);
	if (err != E_OK)
		return err;
	row->sealed = sealed;
	row->o.created_at = key.created;
	s->rows.n++;
	return E_OK;
}

static size_t
count_use(const struct ring_start *s, enum key_use use)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_files; i++)
		n += s->file[i].use == use;
	return n;
}

/* One issuing and one box key, and the root if it is here, which then certifies them. */
static enum err
make_first_rows(struct ring_start *s, const char **what)
{
	struct secret *material;
	struct key root;
	bool here;
	enum err err;

	s->is_first = true;
	s->rows.item = arena_array(s->app->arena, s->n_files + 1, sizeof(*s->rows.item));
	if (!s->rows.item)
		return E_NO_MEMORY;
	if (count_use(s, KEY_ISSUING) != 1 || count_use(s, KEY_BOX) != 1) {
		*what = file_path(s->app->arena, s->app->data_dir, "keys");
		return E_KEY;
	}
	err = first_root(s, &root, &material, &here, what);
	for (size_t i = 0; i < s->n_files && err == E_OK; i++)
		err = first_row(s, &root, material, &s->file[i], what);
	secret_free(material);
	return err;
}

/* --- rows against files ------------------------------------------------------------ */

static enum err
check_root(struct ring_start *s, const struct key *root, const char **what)
{
	struct key found;
	bool sealed;
	enum err err;

	if (!has_file(s, root))
		return E_OK;
	*what = path_of(s, root);
	err = keystore_peek(s->app->keystore, root, &found, &sealed);
	if (err != E_OK)
		return err;
	return memcmp(found.public_key, root->public_key, KEY_PUBLIC) == 0 ? E_OK : E_KEY;
}

static bool
is_over(const struct key *bounds, int64_t now)
{
	return (bounds->not_before != FIELD_NONE && now < bounds->not_before) ||
	       (bounds->not_after != FIELD_NONE && now >= bounds->not_after);
}

/* A certificate that is there must hold; one that is not, or is over, stops only the
 * offline calls. */
static enum err
check_certificate(
    struct ring_start *s, const struct signing_key *row, const struct key *key)
{
	const struct signing_key *root = signing_root(&s->rows);
	struct key bounds;
	enum err err;

	if (key->state != KEY_ACTIVE)
		return E_OK;
	if (!row->certificate.n) {
		log_warn("key_not_certified", "kid=%.*s use=%s hint=%s",
		    SLICE_ARG(row->kid), names_get(&key_uses, row->use),
		    "offline activation is refused until: licet keys import CERT");
		return E_OK;
	}
	err =
	    root ? signing_check(root, row, row->certificate, &bounds) : E_NOT_CERTIFIED;
	if (err == E_OK && is_over(&bounds, clock_now()))
		log_warn("certificate_expired", "kid=%.*s hint=%s", SLICE_ARG(row->kid),
		    "offline activation is refused until: licet keys import CERT");
	return err == E_OK || err == E_NO_MEMORY ? err : E_NOT_CERTIFIED;
}

static enum err
open_part(struct ring_start *s, struct signing_key *row, const struct key *key)
{
	struct keyring_part *part = &s->part[s->n_parts];
	struct key opened;
	bool sealed;
	enum err err;

	err = keystore_open(s->app->keystore, key, &opened, &part->material, &sealed);
	if (err != E_OK)
		return err == E_NOT_FOUND ? E_KEY : err;
	if (memcmp(opened.public_key, key->public_key, KEY_PUBLIC) != 0)
		return E_KEY;
	if (row->sealed == sealed)
		return E_OK;
	row->sealed = sealed;
	add_changed(s, row);
	return E_OK;
}

static enum err
settle_row(struct ring_start *s, struct signing_key *row, const char **what)
{
	const struct key key = signing_key_of(row);
	const struct rotation_row facts = signing_facts(row);
	bool here = has_file(s, &key);
	enum rotation_repair repair = rotation_repair(&facts, here);
	enum err err;

	*what = path_of(s, &key);
	if (repair == REPAIR_REFUSE)
		return E_KEY;
	if (repair == REPAIR_REMOVE)
		s->removed[s->n_removed++] = key;
	if (repair == REPAIR_HERE || repair == REPAIR_AWAY) {
		row->on_server = repair == REPAIR_HERE;
		add_changed(s, row);
	}
	s->part[s->n_parts] =
	    (struct keyring_part){ .key = key, .certificate = row->certificate };
	if (key.use == KEY_ROOT)
		err = check_root(s, &key, what);
	else
		err = check_certificate(s, row, &key);
	if (err == E_OK && key.use != KEY_ROOT && here && repair != REPAIR_REMOVE)
		err = open_part(s, row, &key);
	s->n_parts++;
	return err;
}

static bool
has_row(const struct ring_start *s, const struct key *file)
{
	for (size_t i = 0; i < s->rows.n; i++) {
		const struct key key = signing_key_of(&s->rows.item[i]);

		if (key.use == file->use &&
		    (key.use == KEY_ROOT || memcmp(key.kid, file->kid, KEY_KID) == 0))
			return true;
	}
	return false;
}

static bool
make_room(struct ring_start *s)
{
	struct arena *arena = s->app->arena;

	s->part = arena_array(arena, s->rows.n + 1, sizeof(*s->part));
	s->changed.item = arena_array(arena, s->rows.n + 1, sizeof(*s->changed.item));
	s->removed = arena_array(arena, s->n_files + 1, sizeof(*s->removed));
	return s->part && s->changed.item && s->removed;
}

static enum err
settle_rows(struct ring_start *s, const char **what)
{
	enum err err = E_OK;

	if (!make_room(s))
		return E_NO_MEMORY;
	for (size_t i = 0; i < s->rows.n && err == E_OK; i++)
		err = settle_row(s, &s->rows.item[i], what);
	/* A root that no row names is nobody's leftover: a hand put it there. */
	for (size_t i = 0; i < s->n_files && err == E_OK; i++)
		if (!has_row(s, &s->file[i]) && s->file[i].use != KEY_ROOT)
			s->removed[s->n_removed++] = s->file[i];
	return err;
}

/* --- what is done about it --------------------------------------------------------- */

static enum err
store_rows(struct ring_start *s, action_fn *fn, const struct signing_rows *rows)
{
	const struct actor actor = {
		.type = ACTOR_JOB, .name = SLICE("licetd"), .account_id = FIELD_NONE
	};
	struct action_run run = { .store = s->app->store,
		.seal = s->app->seal,
		.actor = &actor,
		.arena = s->app->arena,
		.now = clock_now(),
		.write = true,
		.fn = fn,
		.req = rows };

	return rows->n ? action_run_now(&run) : E_OK;
}

/* Only when no backup reads the folder; else at the next start. */
static enum err
remove_files(struct ring_start *s, const char **what)
{
	enum err err = s->n_removed ? keystore_lock(s->app->keystore, true, false) : E_OK;

	if (err == E_UNAVAILABLE)
		return E_OK;
	for (size_t i = 0; i < s->n_removed && err == E_OK; i++) {
		*what = path_of(s, &s->removed[i]);
		log_warn("key_file_removed", "file=%s cause=%s", *what,
		    "left of a change that was cut short");
		err = keystore_remove(s->app->keystore, &s->removed[i]);
	}
	keystore_unlock(s->app->keystore);
	return err;
}

static enum err
make_slot(struct ring_start *s)
{
	struct app *app = s->app;
	struct keyring *ring = NULL;
	enum err err;

	s->part[s->n_parts++] =
	    (struct keyring_part){ .key = { .use = KEY_STORE, .state = KEY_ACTIVE },
		    .material = app->store_key };
	err = keyring_new(s->part, s->n_parts, &ring);
	s->n_parts--;
	if (err != E_OK)
		return err;
	app->keys = keyring_slot_new(ring);
	if (!app->keys)
		keyring_unref(ring);
	return app->keys ? E_OK : E_NO_MEMORY;
}

static enum err
settle(struct ring_start *s, const char **what)
{
	struct app *app = s->app;
	enum err err = settle_rows(s, what);

	if (err == E_OK) {
		*what = file_path(app->arena, app->data_dir, "keys");
		err = make_slot(s);
	}
	if (err != E_OK || app->store_read_only)
		return err;
	if (s->is_first) {
		log_info("keys_recorded", "keys=%zu", s->rows.n);
		err = store_rows(s, action_signing_first, &s->rows);
	} else {
		err = store_rows(s, action_signing_note, &s->changed);
	}
	return err == E_OK ? remove_files(s, what) : err;
}

enum err
app_ring_start(struct app *app, const char **what)
{
	struct ring_start *s = arena_alloc(app->arena, sizeof(*s));
	enum err err;

	if (!s)
		return E_NO_MEMORY;
	s->app = app;
	*what = "the rows of the keys";
	err = store_read_now(app->store, app->arena, read_rows, s);
	if (err == E_OK)
		err = keystore_list(app->keystore, app->arena, &s->file, &s->n_files);
	if (err == E_OK && s->rows.n == 0)
		err = make_first_rows(s, what);
	if (err == E_OK)
		err = settle(s, what);
	for (size_t i = 0; i < s->n_parts; i++)
		secret_free(s->part[i].material);
	app->n_keys = s->rows.n + 1;
	return err;
}

void
app_ring_stop(struct app *app)
{
	keyring_slot_free(app->keys);
	app->keys = NULL;
}

/* --- the passphrase of later -------------------------------------------------------- */

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
