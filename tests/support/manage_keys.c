#include "tests/support/manage_keys.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "keys/generate.h"
#include "offline/armor.h"
#include "server/action/run.h"
#include "server/action/signing.h"

static const enum key_use uses[MK_N] = { KEY_ROOT, KEY_ISSUING, KEY_BOX, KEY_STORE };

static void
put_rows(struct manage_keys *k, const struct signing_rows *rows)
{
	const struct actor actor = {
		.type = ACTOR_JOB, .name = SLICE("test"), .account_id = FIELD_NONE
	};
	struct action_run run = { .store = k->world->store,
		.seal = k->world->seal,
		.actor = &actor,
		.arena = k->world->arena,
		.now = MANAGE_NOW,
		.write = true,
		.fn = action_signing_first,
		.req = rows };

	assert_int_equal(action_run_now(&run), E_OK);
}

static void
make_keys(struct manage_keys *k)
{
	struct arena *arena = k->world->arena;
	struct signing_key row[MK_STORE];

	for (int i = 0; i < MK_N; i++) {
		struct keyring_part *part = &k->part[i];

		assert_int_equal(
		    key_generate(uses[i], MANAGE_NOW, &part->key, &part->material), E_OK);
		key_kid_text(&part->key, k->kid[i]);
		if (i == MK_STORE)
			continue;
		if (i != MK_ROOT)
			assert_int_equal(signing_certify(arena, &k->part[MK_ROOT].key,
					     k->part[MK_ROOT].material, MANAGE_NOW,
					     &part->key, &part->certificate),
			    E_OK);
		assert_int_equal(signing_new_row(arena, &part->key, part->certificate,
				     MANAGE_NOW, &row[i]),
		    E_OK);
	}
	row[MK_ROOT].on_server = k->root_here;
	put_rows(k, &(const struct signing_rows){ row, MK_STORE });
}

static struct keyring *
make_ring(const struct manage_keys *k)
{
	struct keyring_part part[MK_N];
	struct keyring *ring = NULL;

	memcpy(part, k->part, sizeof(part));
	part[MK_ROOT].material = NULL;
	assert_int_equal(keyring_new(part, MK_N, &ring), E_OK);
	return ring;
}

/* Runs fn on the path of each file; how many there are. */
static size_t
walk_folder(struct manage_keys *k, void (*fn)(struct manage_keys *, const char *path))
{
	const struct dirent *entry;
	DIR *d = opendir(k->folder);
	char path[96];
	size_t n = 0;

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		n++;
		assert_true((size_t)snprintf(path, sizeof(path), "%s/%s", k->folder,
				entry->d_name) < sizeof(path));
		if (fn)
			fn(k, path);
	}
	closedir(d);
	return n;
}

static void
remove_one(struct manage_keys *k, const char *path)
{
	(void)k;
	assert_int_equal(unlink(path), 0);
}

static void
keep_one(struct manage_keys *k, const char *path)
{
	assert_true(k->n_files < ARRAY_LEN(k->file));
	memcpy(k->file[k->n_files].path, path, sizeof(k->file[0].path));
	assert_int_equal(
	    file_read(k->world->arena, path, 4096, &k->file[k->n_files++].bytes), E_OK);
}

static void
write_files(struct manage_keys *k)
{
	for (int i = k->root_here ? MK_ROOT : MK_ISSUING; i < MK_N; i++)
		assert_int_equal(keystore_write(k->world->keystore, &k->part[i].key,
				     k->part[i].material),
		    E_OK);
}

void
manage_keys_open(struct manage_keys *k, struct manage_world *w, bool root_here)
{
	*k = (struct manage_keys){
		.world = w, .folder = "/tmp/licet-keys-XXXXXX", .root_here = root_here
	};
	assert_non_null(mkdtemp(k->folder));
	w->keystore = keystore_new(k->folder, NULL);
	assert_non_null(w->keystore);
	make_keys(k);
	write_files(k);
	w->keys = keyring_slot_new(make_ring(k));
	assert_non_null(w->keys);
	manage_restart(w);
}

void
manage_keys_keep(struct manage_keys *k)
{
	k->n_files = 0;
	walk_folder(k, keep_one);
	k->ring = keyring_slot_take(k->world->keys);
}

void
manage_keys_back(struct manage_keys *k)
{
	walk_folder(k, remove_one);
	for (size_t i = 0; i < k->n_files; i++)
		assert_int_equal(
		    file_create(k->file[i].path, k->file[i].bytes, 0600), E_OK);
	keyring_slot_set(k->world->keys, keyring_ref(k->ring));
}

void
manage_keys_close(struct manage_keys *k)
{
	struct manage_world *w = k->world;

	keyring_slot_free(w->keys);
	keystore_free(w->keystore);
	w->keys = NULL;
	w->keystore = NULL;
	keyring_unref(k->ring);
	walk_folder(k, remove_one);
	rmdir(k->folder);
	for (int i = 0; i < MK_N; i++)
		secret_free(k->part[i].material);
}

size_t
manage_keys_files(struct manage_keys *k)
{
	return walk_folder(k, NULL);
}

bool
manage_keys_has(const struct manage_keys *k, enum key_use use, const char *kid)
{
	struct key key = { .use = use };
	bool has;

	assert_true(key_kid_parse(slice_str(kid), key.kid));
	assert_int_equal(keystore_has(k->world->keystore, &key, &has), E_OK);
	return has;
}

const char *
manage_keys_spell(struct manage_keys *k, const char *text)
{
	struct buf out = BUF_INIT(k->world->arena);
	const char *at;

	while (text && ((at = strstr(text, "_KID")) || (at = strstr(text, "_CERT")))) {
		int n = at[-1] - '0';
		bool kid = at[1] == 'K';

		buf_add(&out, text, (size_t)(at - text) - 1);
		if (kid)
			buf_str(&out, k->kid[n]);
		else
			armor_put(&out, OBJECT_KEY_CERTIFICATE, k->part[n].certificate);
		text = at + (kid ? 4 : 5);
	}
	if (!text)
		return NULL;
	buf_str(&out, text);
	buf_char(&out, '\0');
	assert_int_equal(buf_finish(&out), E_OK);
	return out.p;
}
