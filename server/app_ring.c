/* The part "ring": what the store says of the keys against the key files, and what a
 * crash or a hand on the folder left between the two. */
#include "server/app_ring.h"

#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "server/action/run.h"

bool
ring_has_file(const struct ring_start *s, const struct key *key)
{
	for (size_t i = 0; i < s->n_files; i++)
		if (s->file[i].use == key->use &&
		    (key->use == KEY_ROOT ||
			memcmp(s->file[i].kid, key->kid, KEY_KID) == 0))
			return true;
	return false;
}

const char *
ring_path(struct ring_start *s, const struct key *key)
{
	const char *path = keystore_path(s->app->keystore, s->app->arena, key);

	return path ? path : "";
}

void
ring_changed(struct ring_start *s, const struct signing_key *row)
{
	size_t i = 0;

	while (i < s->changed.n && s->changed.item[i].o.id != row->o.id)
		i++;
	s->changed.item[i] = *row;
	if (i == s->changed.n)
		s->changed.n++;
}

static enum err
check_root(struct ring_start *s, const struct key *root, const char **what)
{
	struct key found;
	bool sealed;
	enum err err;

	if (!ring_has_file(s, root))
		return E_OK;
	*what = ring_path(s, root);
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
	err = s->known_root ? signing_check(s->known_root, row, row->certificate, &bounds)
	                    : E_NOT_CERTIFIED;
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
	ring_changed(s, row);
	return E_OK;
}

static enum err
settle_row(struct ring_start *s, struct signing_key *row, const char **what)
{
	const struct key key = signing_key_of(row);
	const struct rotation_row facts = signing_facts(row);
	bool here = ring_has_file(s, &key);
	enum rotation_repair repair = rotation_repair(&facts, here);
	enum err err;

	*what = ring_path(s, &key);
	if (repair == REPAIR_REFUSE)
		return E_KEY;
	if (repair == REPAIR_REMOVE)
		s->removed[s->n_removed++] = key;
	if (repair == REPAIR_HERE || repair == REPAIR_AWAY) {
		row->on_server = repair == REPAIR_HERE;
		ring_changed(s, row);
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

	s->known_root = signing_root(&s->rows);
	s->part = arena_array(arena, s->rows.n + 2, sizeof(*s->part));
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
	err = ring_late_root(s, what);
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
		*what = ring_path(s, &s->removed[i]);
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
		err = store_rows(s, action_signing_first, &s->added);
		if (err == E_OK)
			err = store_rows(s, action_signing_note, &s->changed);
	}
	return err == E_OK ? remove_files(s, what) : err;
}

static enum err
read_rows(struct txn *txn, void *arg)
{
	struct ring_start *s = arg;

	return signing_read(txn, &s->rows);
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
		err = ring_first_rows(s, what);
	if (err == E_OK)
		err = settle(s, what);
	for (size_t i = 0; i < s->n_parts; i++)
		secret_free(s->part[i].material);
	app->n_keys = s->rows.n + s->added.n + 1;
	return err;
}

void
app_ring_stop(struct app *app)
{
	keyring_slot_free(app->keys);
	app->keys = NULL;
}
