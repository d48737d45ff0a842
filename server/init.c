#include "server/init.h"

#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "keys/generate.h"
#include "keys/keyfile.h"
#include "keys/seal.h"
#include "server/action/run.h"
#include "server/action/signing.h"
#include "server/action/system.h"
#include "server/init_dir.h"

struct made {
	struct unlock *cache; /* one Argon2id run seals all files */
	struct key key[4];
	struct secret *material[4];
	struct signing_key row[3]; /* all but the store key */
};

static const enum key_use uses[] = { KEY_ROOT, KEY_ISSUING, KEY_BOX, KEY_STORE };

static void
made_free(struct made *m)
{
	for (size_t i = 0; i < ARRAY_LEN(m->material); i++)
		secret_free(m->material[i]);
	unlock_free(m->cache);
}

static const char *
key_path(struct arena *arena, const struct init_options *o, const struct key *key)
{
	char name[KEY_FILE_NAME];

	if (key->use == KEY_ROOT && o->root_out)
		return o->root_out;
	key_file_name(key, name);
	return arena_printf(arena, "%s/keys/%s", o->data_dir, name);
}

static enum err
write_keys(
    struct arena *arena, const struct init_options *o, struct made *m, const char **what)
{
	struct slice passphrase =
	    o->passphrase ? secret_slice(o->passphrase) : SLICE_NULL;

	for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
		enum err err =
		    key_generate(uses[i], clock_now(), &m->key[i], &m->material[i]);

		if (err != E_OK)
			return err;
		*what = key_path(arena, o, &m->key[i]);
		if (!*what)
			return E_NO_MEMORY;
		err = keyfile_write(*what, &m->key[i], secret_slice(m->material[i]),
		    passphrase, m->cache);
		if (err != E_OK)
			return err;
	}
	return E_OK;
}

/* The certificates are made while the root is at hand: its file may go elsewhere. */
static enum err
certify_keys(struct arena *arena, const struct init_options *o, struct made *m)
{
	enum err err = E_OK;

	for (size_t i = 0; i < ARRAY_LEN(m->row) && err == E_OK; i++) {
		struct slice certificate = SLICE_NULL;

		if (uses[i] != KEY_ROOT)
			err = signing_certify(arena, &m->key[0], m->material[0],
			    clock_now(), &m->key[i], &certificate);
		if (err == E_OK)
			err = signing_new_row(
			    arena, &m->key[i], certificate, clock_now(), &m->row[i]);
		m->row[i].on_server = uses[i] != KEY_ROOT || !o->root_out;
		m->row[i].sealed = o->passphrase != NULL;
	}
	return err;
}

static enum err
fill_store(struct store *store, const struct seal *seal, const struct init_options *o,
    struct made *m)
{
	const struct actor actor = { .type = ACTOR_LOCAL,
		.id = SLICE(""),
		.name = SLICE("init"),
		.account_id = FIELD_NONE };
	const struct system_first first = { .vendor = slice_str(
						o->vendor ? o->vendor : "Vendor"),
		.owner = slice_str(o->owner ? o->owner : "owner@localhost"),
		.keys = { m->row, ARRAY_LEN(m->row) } };
	struct action_run run = { .store = store,
		.seal = seal,
		.actor = &actor,
		.arena = arena_new(0),
		.now = clock_now(),
		.write = true,
		.fn = action_system_first,
		.req = &first };
	enum err err;

	if (!run.arena)
		return E_NO_MEMORY;
	err = action_run_now(&run);
	arena_free(run.arena);
	return err;
}

static enum err
make_store(
    struct arena *arena, const struct init_options *o, struct made *m, const char **what)
{
	struct store_options options = { .ops = &store_lmdb_ops,
		.schema = &model_schema,
		.dir = file_path(arena, o->data_dir, "store"),
		.map_max = INT64_C(1) << 30,
		.batch_max = 1,
		.create = true };
	struct seal *seal = seal_new(secret_slice(m->material[3]));
	struct store *store = NULL;
	enum err err;

	*what = options.dir;
	if (!seal || !options.dir) {
		seal_free(seal);
		return E_NO_MEMORY;
	}
	seal_checksum_key(seal, options.checksum_key);
	if ((err = file_make_dir(options.dir, 0700)) == E_OK &&
	    (err = store_open(&store, &options)) == E_OK)
		err = fill_store(store, seal, o, m);
	store_close(store);
	seal_free(seal);
	return err;
}

/* Length of the section with its dot, 0 without one. */
static size_t
section_of(const char *setting)
{
	size_t n = strcspn(setting, ".=");

	return setting[n] == '.' ? n + 1 : 0;
}

static bool
section_done(const char *const *set, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (section_of(set[i]) == section_of(set[at]) &&
		    strncmp(set[i], set[at], section_of(set[at])) == 0)
			return true;
	return false;
}

static void
print_section(struct buf *text, const char *const *set, size_t at)
{
	const char *section = set[at];
	size_t n = section_of(section);

	buf_printf(text, "\n[%.*s]\n", (int)n - 1, section);
	for (; set[at]; at++) {
		const char *key = set[at] + n;
		size_t key_n = strcspn(key, "=");

		if (section_of(set[at]) == n && strncmp(set[at], section, n) == 0)
			buf_printf(text, "%.*s = %s\n", (int)key_n, key,
			    key[key_n] ? key + key_n + 1 : "");
	}
}

static enum err
write_conf(struct arena *arena, const struct init_options *o, const char **what)
{
	struct buf text = BUF_INIT(arena);

	*what = file_path(arena, o->data_dir, "licetd.conf");
	if (!*what)
		return E_NO_MEMORY;
	buf_str(&text, "# Every option: licetd print sample, licetd.conf(5)\n");
	for (size_t i = 0; o->set && o->set[i]; i++)
		if (!section_done(o->set, i))
			print_section(&text, o->set, i);
	if (!buf_ok(&text))
		return E_NO_MEMORY;
	return file_create(*what, buf_slice(&text), 0600);
}

static void
summarize(const struct init_options *o, const struct made *m, struct init_summary *s)
{
	s->vendor = o->vendor ? o->vendor : "Vendor";
	s->owner = o->owner ? o->owner : "owner@localhost";
	key_kid_text(&m->key[0], s->root);
	key_fingerprint(&m->key[0], s->root_fingerprint);
	key_kid_text(&m->key[1], s->issuing);
	key_kid_text(&m->key[2], s->box);
	s->certified = true;
	s->root_here = o->root_out == NULL;
}

static enum err
make_all(struct arena *arena, const struct init_options *o, struct init_summary *s,
    const char **what)
{
	struct made made;
	const char *keys = file_path(arena, o->data_dir, "keys");
	enum err err;

	memset(&made, 0, sizeof(made));
	if (!keys || !(made.cache = unlock_new()))
		return E_NO_MEMORY;
	if ((err = init_dir_begin(arena, o->data_dir, what)) == E_OK &&
	    (err = file_make_dir(keys, 0700)) == E_OK &&
	    (err = write_conf(arena, o, what)) == E_OK &&
	    (err = write_keys(arena, o, &made, what)) == E_OK &&
	    (err = certify_keys(arena, o, &made)) == E_OK &&
	    (err = make_store(arena, o, &made, what)) == E_OK &&
	    (err = init_dir_finish(arena, o->data_dir, what)) == E_OK)
		summarize(o, &made, s);
	made_free(&made);
	return err;
}

enum err
init_run(struct arena *arena, const struct init_options *o, struct init_summary *s,
    const char **what)
{
	enum init_dir_state state;
	enum err err;

	memset(s, 0, sizeof(*s));
	*what = o->data_dir;
	if ((err = init_dir_look(arena, o->data_dir, &state)) != E_OK)
		return err;
	if (state == INIT_DIR_FINISHED) {
		s->existed = true;
		return E_OK;
	}
	if (state == INIT_DIR_FOREIGN)
		return E_NOT_EMPTY;
	return make_all(arena, o, s, what);
}
