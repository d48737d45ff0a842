#include "keys/keyfile.h"

#include <dirent.h>
#include <string.h>

#include "base/file.h"
#include "keys/generate.h"
#include "keys/keyfile_text.h"

#define ARENA_MAX 65536

/* With a cache of its own when the caller has none; *own is to be freed by the caller. */
static enum err
derive(const struct keyfile_text *t, struct slice passphrase, struct unlock *cache,
    struct unlock **own, const unsigned char **key)
{
	struct unlock_work work = { .ops = t->ops, .memory = t->memory };

	memcpy(work.salt, t->salt, sizeof(work.salt));
	*own = NULL;
	if (!cache && !(cache = *own = unlock_new()))
		return E_NO_MEMORY;
	return unlock_key(cache, passphrase, &work, key);
}

static enum err
seal_payload(struct keyfile_text *t, struct slice head, struct slice material,
    struct slice passphrase, struct unlock *cache)
{
	const unsigned char *key = NULL;
	struct unlock *own;
	unsigned long long n;
	enum err e;

	e = derive(t, passphrase, cache, &own, &key);
	if (e != E_OK) {
		unlock_free(own);
		return e;
	}
	crypto_aead_xchacha20poly1305_ietf_encrypt(t->payload, &n,
	    (const unsigned char *)material.p, material.n, (const unsigned char *)head.p,
	    head.n, NULL, t->nonce, key);
	t->payload_n = (size_t)n;
	unlock_free(own);
	return E_OK;
}

static enum err
open_payload(const struct keyfile_text *t, struct slice head, struct slice passphrase,
    struct unlock *cache, struct secret *material)
{
	const unsigned char *key = NULL;
	struct unlock *own;
	enum err e;

	if (passphrase.n == 0)
		return E_KEY;
	e = derive(t, passphrase, cache, &own, &key);
	if (e == E_OK && crypto_aead_xchacha20poly1305_ietf_decrypt(
			     secret_bytes(material), NULL, NULL, t->payload, t->payload_n,
			     (const unsigned char *)head.p, head.n, t->nonce, key) != 0)
		e = E_KEY;
	unlock_free(own);
	return e;
}

static enum err
fill_payload(struct buf *b, struct keyfile_text *t, struct slice material,
    struct slice passphrase, struct unlock *cache)
{
	enum err e = E_OK;

	/* The whole text fits at once: growing would leave copies of the payload behind.
	 */
	if (buf_room(b, KEYFILE_MAX) == NULL)
		return E_NO_MEMORY;
	buf_clear(b);
	keyfile_text_head(b, t);
	if (t->sealed) {
		e = seal_payload(t, buf_slice(b), material, passphrase, cache);
	} else {
		memcpy(t->payload, material.p, material.n);
		t->payload_n = material.n;
	}
	if (e == E_OK)
		keyfile_text_tail(b, t);
	return e == E_OK ? buf_finish(b) : e;
}

enum err
keyfile_write(const char *path, const struct key *key, struct slice material,
    struct slice passphrase, struct unlock *cache)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct buf b = BUF_INIT(arena);
	struct keyfile_text t = { .key = *key,
		.sealed = passphrase.p != NULL,
		.ops = crypto_pwhash_OPSLIMIT_MODERATE,
		.memory = crypto_pwhash_MEMLIMIT_MODERATE };
	enum err e = E_KEY;

	if (arena == NULL)
		return E_NO_MEMORY;
	if (cache)
		unlock_salt(cache, t.salt);
	else
		randombytes_buf(t.salt, sizeof(t.salt));
	randombytes_buf(t.nonce, sizeof(t.nonce));
	if (material.n == KEY_SECRET && (!t.sealed || passphrase.n > 0))
		e = fill_payload(&b, &t, material, passphrase, cache);
	if (e == E_OK)
		e = file_create(path, buf_slice(&b), 0600);
	secret_wipe(&t, sizeof(t));
	if (b.p != NULL)
		secret_wipe(b.p, b.cap);
	arena_free(arena);
	return e;
}

static enum err
read_text(struct arena *arena, const char *path, struct keyfile_text *t,
    struct slice *head, struct slice *text)
{
	enum err e = file_read_private(arena, path, KEYFILE_MAX, text);

	if (e == E_PAYLOAD_TOO_LARGE)
		return E_KEY;
	return e == E_OK ? keyfile_text_parse(arena, *text, t, head) : e;
}

static enum err
take_material(const struct keyfile_text *t, struct slice head, struct slice passphrase,
    struct unlock *cache, struct secret **out)
{
	struct secret *s = secret_new(KEY_SECRET);
	struct key key;
	enum err e = E_OK;

	if (s == NULL)
		return E_NO_MEMORY;
	if (t->sealed)
		e = open_payload(t, head, passphrase, cache, s);
	else
		memcpy(secret_bytes(s), t->payload, KEY_SECRET);
	if (e == E_OK)
		e = key_from_secret(t->key.use, secret_slice(s), 0, &key);
	if (e == E_OK && memcmp(key.public_key, t->key.public_key, KEY_PUBLIC) != 0)
		e = E_KEY;
	if (e == E_OK)
		*out = s;
	else
		secret_free(s);
	return e;
}

enum err
keyfile_read(const char *path, struct slice passphrase, struct key *key,
    struct secret **material, struct unlock *cache)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct slice head, text = SLICE_NULL;
	struct keyfile_text t;
	enum err e;

	if (arena == NULL)
		return E_NO_MEMORY;
	e = read_text(arena, path, &t, &head, &text);
	if (e == E_OK)
		e = take_material(&t, head, passphrase, cache, material);
	if (e == E_OK)
		*key = t.key;
	secret_wipe(&t, sizeof(t));
	secret_wipe((void *)(uintptr_t)text.p, text.n);
	arena_free(arena);
	return e;
}

enum err
keyfile_peek(const char *path, struct key *key, bool *sealed)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct slice head, text = SLICE_NULL;
	struct keyfile_text t;
	enum err e;

	if (arena == NULL)
		return E_NO_MEMORY;
	e = read_text(arena, path, &t, &head, &text);
	if (e == E_OK) {
		*key = t.key;
		*sealed = t.sealed;
	}
	secret_wipe(&t, sizeof(t));
	secret_wipe((void *)(uintptr_t)text.p, text.n);
	arena_free(arena);
	return e;
}

bool
keyfile_is_sealed(const char *path)
{
	struct key key;
	bool sealed = false;

	return keyfile_peek(path, &key, &sealed) == E_OK && sealed;
}

static bool
any_is_sealed(struct arena *arena, DIR *d, const char *dir)
{
	struct dirent *entry;

	while ((entry = readdir(d)) != NULL) {
		char *path;

		if (!slice_ends(slice_str(entry->d_name), SLICE(".key")))
			continue;
		path = file_path(arena, dir, entry->d_name);
		if (path != NULL && keyfile_is_sealed(path))
			return true;
	}
	return false;
}

bool
keyfile_dir_is_sealed(const char *dir)
{
	struct arena *arena = arena_new(0);
	DIR *d = arena != NULL ? opendir(dir) : NULL;
	bool sealed = d != NULL && any_is_sealed(arena, d, dir);

	if (d != NULL)
		closedir(d);
	arena_free(arena);
	return sealed;
}
