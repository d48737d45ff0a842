#include "keys/keyfile.h"

#include <dirent.h>
#include <string.h>

#include "base/file.h"
#include "keys/generate.h"
#include "keys/keyfile_text.h"

#define ARENA_MAX 65536

static enum err
derive(const struct keyfile_text *t, struct slice passphrase, struct secret **out)
{
	struct secret *s = secret_new(crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

	if (s == NULL)
		return E_NO_MEMORY;
	if (crypto_pwhash(secret_bytes(s), secret_slice(s).n, passphrase.p, passphrase.n,
		t->salt, (unsigned long long)t->ops, (size_t)t->memory,
		crypto_pwhash_ALG_ARGON2ID13) != 0) {
		secret_free(s);
		return E_NO_MEMORY;
	}
	*out = s;
	return E_OK;
}

static enum err
seal_payload(struct keyfile_text *t, struct slice head, struct slice material,
    struct slice passphrase)
{
	struct secret *key = NULL;
	unsigned long long n;
	enum err e;

	e = derive(t, passphrase, &key);
	if (e != E_OK)
		return e;
	crypto_aead_xchacha20poly1305_ietf_encrypt(t->payload, &n,
	    (const unsigned char *)material.p, material.n, (const unsigned char *)head.p,
	    head.n, NULL, t->nonce, secret_bytes(key));
	t->payload_n = (size_t)n;
	secret_free(key);
	return E_OK;
}

static enum err
open_payload(const struct keyfile_text *t, struct slice head, struct slice passphrase,
    struct secret *material)
{
	struct secret *key = NULL;
	enum err e;

	if (passphrase.n == 0)
		return E_KEY;
	e = derive(t, passphrase, &key);
	if (e != E_OK)
		return e;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(secret_bytes(material), NULL, NULL,
		t->payload, t->payload_n, (const unsigned char *)head.p, head.n, t->nonce,
		secret_bytes(key)) != 0)
		e = E_KEY;
	secret_free(key);
	return e;
}

static enum err
fill_payload(
    struct buf *b, struct keyfile_text *t, struct slice material, struct slice passphrase)
{
	enum err e = E_OK;

	/* The whole text fits at once: growing would leave copies of the payload behind.
	 */
	if (buf_room(b, KEYFILE_MAX) == NULL)
		return E_NO_MEMORY;
	buf_clear(b);
	keyfile_text_head(b, t);
	if (t->sealed) {
		e = seal_payload(t, buf_slice(b), material, passphrase);
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
    struct slice passphrase)
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
	randombytes_buf(t.salt, sizeof(t.salt));
	randombytes_buf(t.nonce, sizeof(t.nonce));
	if (material.n == KEY_SECRET && (!t.sealed || passphrase.n > 0))
		e = fill_payload(&b, &t, material, passphrase);
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
    struct secret **out)
{
	struct secret *s = secret_new(KEY_SECRET);
	struct key key;
	enum err e = E_OK;

	if (s == NULL)
		return E_NO_MEMORY;
	if (t->sealed)
		e = open_payload(t, head, passphrase, s);
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
keyfile_read(
    const char *path, struct slice passphrase, struct key *key, struct secret **material)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct slice head, text = SLICE_NULL;
	struct keyfile_text t;
	enum err e;

	if (arena == NULL)
		return E_NO_MEMORY;
	e = read_text(arena, path, &t, &head, &text);
	if (e == E_OK)
		e = take_material(&t, head, passphrase, material);
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
