#include "server/app_ring.h"

#include "base/clock.h"
#include "base/file.h"

/* The root that lies here; *here false: it does not. */
static enum err
first_root(struct ring_start *s, struct key *root, struct secret **material, bool *here,
    const char **what)
{
	const struct key want = { .use = KEY_ROOT };
	bool sealed;

	*material = NULL;
	*here = ring_has_file(s, &want);
	if (!*here)
		return E_OK;
	*what = ring_path(s, &want);
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

	*what = ring_path(s, file);
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

enum err
ring_first_rows(struct ring_start *s, const char **what)
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

static enum err
certify_late(struct ring_start *s, const struct key *root, const struct secret *material)
{
	enum err err = E_OK;

	for (size_t i = 0; i < s->rows.n && err == E_OK; i++) {
		struct signing_key *row = &s->rows.item[i];
		struct key key = signing_key_of(row);

		if (row->certificate.n || key.state == KEY_REVOKED)
			continue;
		err = signing_certify(
		    s->app->arena, root, material, clock_now(), &key, &row->certificate);
		row->not_before = key.not_before;
		row->not_after = key.not_after;
		ring_changed(s, row);
	}
	return err;
}

enum err
ring_late_root(struct ring_start *s, const char **what)
{
	struct signing_key *row = arena_alloc(s->app->arena, sizeof(*row));
	struct secret *material;
	struct key root;
	bool here;
	enum err err;

	if (s->known_root)
		return E_OK;
	err = first_root(s, &root, &material, &here, what);
	if (err != E_OK || !here)
		return err;
	err = row ? signing_new_row(s->app->arena, &root, SLICE_NULL, clock_now(), row)
	          : E_NO_MEMORY;
	if (err == E_OK)
		err = certify_late(s, &root, material);
	secret_free(material);
	if (err != E_OK)
		return err;
	row->sealed = keystore_seals(s->app->keystore);
	s->added = (struct signing_rows){ row, 1 };
	s->known_root = row;
	s->part[s->n_parts++] = (struct keyring_part){ .key = root };
	return E_OK;
}
