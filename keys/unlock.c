#include "keys/unlock.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES 4

struct entry {
	struct unlock_work work;
	struct secret *passphrase; /* NULL: free */
	struct secret *key;
};

struct unlock {
	unsigned char salt[UNLOCK_SALT]; /* of new files */
	struct entry entry[ENTRIES];
	size_t next;
	bool used;
};

struct unlock *
unlock_new(void)
{
	struct unlock *u = calloc(1, sizeof(*u));

	if (u)
		randombytes_buf(u->salt, sizeof(u->salt));
	return u;
}

static void
entry_clear(struct entry *e)
{
	secret_free(e->passphrase);
	secret_free(e->key);
	memset(e, 0, sizeof(*e));
}

void
unlock_free(struct unlock *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < ENTRIES; i++)
		entry_clear(&u->entry[i]);
	free(u);
}

void
unlock_salt(const struct unlock *u, unsigned char out[static UNLOCK_SALT])
{
	memcpy(out, u->salt, UNLOCK_SALT);
}

static struct entry *
find(struct unlock *u, struct slice passphrase, const struct unlock_work *work)
{
	for (size_t i = 0; i < ENTRIES; i++) {
		struct entry *e = &u->entry[i];

		if (e->key && e->work.ops == work->ops &&
		    e->work.memory == work->memory &&
		    memcmp(e->work.salt, work->salt, UNLOCK_SALT) == 0 &&
		    secret_equal(secret_slice(e->passphrase), passphrase))
			return e;
	}
	return NULL;
}

static enum err
derive(struct entry *e, struct slice passphrase, const struct unlock_work *work)
{
	entry_clear(e);
	e->work = *work;
	e->passphrase = secret_copy(passphrase);
	e->key = secret_new(UNLOCK_KEY);
	if (e->passphrase && e->key &&
	    crypto_pwhash(secret_bytes(e->key), UNLOCK_KEY, passphrase.p, passphrase.n,
		work->salt, (unsigned long long)work->ops, (size_t)work->memory,
		crypto_pwhash_ALG_ARGON2ID13) == 0)
		return E_OK;
	entry_clear(e);
	return E_NO_MEMORY;
}

enum err
unlock_key(struct unlock *u, struct slice passphrase, const struct unlock_work *work,
    const unsigned char **key)
{
	struct entry *e = find(u, passphrase, work);

	if (!e) {
		enum err err;

		e = &u->entry[u->next];
		if (!u->used)
			memcpy(u->salt, work->salt, UNLOCK_SALT);
		u->next = (u->next + 1) % ENTRIES;
		if ((err = derive(e, passphrase, work)) != E_OK)
			return err;
		u->used = true;
	}
	*key = secret_bytes(e->key);
	return E_OK;
}
