#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "keys/generate.h"
#include "keys/keyfile.h"
#include "keys/publish.h"
#include "keys/sign.h"
#include "offline/armor.h"
#include "offline/client.h"
#include "offline/trust.h"

#define PEM_MAX 65536

enum licet_err
licet_root_parse(const void *pem, size_t len, unsigned char root[LICET_KEY_LEN])
{
	struct arena *arena;
	struct key key;
	enum err e;

	if (!pem || !root)
		return LICET_E_ARGUMENT;
	if (len > PEM_MAX)
		return LICET_E_FORMAT;
	if (sodium_init() < 0 || !(arena = arena_new(0)))
		return LICET_E_MEMORY;
	e = publish_pem_read(arena, slice_of(pem, len), KEY_ROOT, &key);
	arena_free(arena);
	if (e == E_NO_MEMORY)
		return LICET_E_MEMORY;
	if (e || key.use != KEY_ROOT)
		return LICET_E_FORMAT;
	memcpy(root, key.public_key, KEY_PUBLIC);
	return LICET_OK;
}

static enum licet_err
check_box(struct licet *l, struct slice input, struct slice *box)
{
	struct claims_certificate claims;
	struct client_object o;
	enum err e = client_unarmor(l->call, input, &o);

	*box = o.bytes;
	if (e == E_OK)
		e = trust_certificate(l->root, *box, KEY_BOX, client_now(l), &claims);
	switch (e) {
	case E_OK:
		return LICET_OK;
	case E_NO_MEMORY:
		return LICET_E_MEMORY;
	case E_NOT_CERTIFIED:
		return LICET_E_SIGNATURE;
	case E_CERTIFICATE_EXPIRED:
		return LICET_E_CERTIFICATE;
	case E_OBJECT_TYPE:
		return LICET_E_TYPE;
	default:
		return LICET_E_FORMAT;
	}
}

static enum licet_err
write_text(struct licet *l, const char *name, const struct buf *text)
{
	char *path = file_path(l->call, l->dir, name);
	enum err e = path ? buf_finish(text) : E_NO_MEMORY;

	if (e == E_OK)
		e = file_write(path, buf_slice(text), 0600);
	return e ? client_fault(l, name, e) : LICET_OK;
}

static enum licet_err
write_public(struct licet *l, struct slice box)
{
	struct buf pem = BUF_INIT(l->call), armor = BUF_INIT(l->call);
	struct key root = { .use = KEY_ROOT };
	enum licet_err err;

	memcpy(root.public_key, l->root, KEY_PUBLIC);
	publish_pem(&pem, &root);
	err = write_text(l, CLIENT_ROOT, &pem);
	if (err != LICET_OK || !box.p)
		return err;
	armor_put(&armor, OBJECT_KEY_CERTIFICATE, box);
	return write_text(l, CLIENT_BOX, &armor);
}

/* In its place with one rename: a key file is whole or is not there. */
static enum err
write_key(struct licet *l, const struct key *key, struct slice seed)
{
	char *path = file_path(l->call, l->dir, CLIENT_KEY);
	char *next = file_path(l->call, l->dir, CLIENT_KEY ".new");
	enum err e;

	if (!path || !next)
		return E_NO_MEMORY;
	unlink(next);
	e = keyfile_write(next, key, seed, SLICE_NULL, NULL);
	if (e == E_OK && rename(next, path) < 0)
		e = err_from_errno(errno);
	return e == E_OK ? file_sync_dir(l->dir) : e;
}

/* The key comes last: while it is missing, nothing has been made. */
static enum licet_err
write_secret(struct licet *l)
{
	struct secret *seed = NULL;
	struct key key;
	enum licet_err err;
	enum err e = key_generate(KEY_DEVICE, clock_now(), &key, &seed);

	if (e)
		return client_fault(l, NULL, e);
	l->mac = secret_new(STATE_KEY);
	if (!l->mac) {
		secret_free(seed);
		return client_fault(l, NULL, E_NO_MEMORY);
	}
	state_key(secret_slice(seed), secret_bytes(l->mac));
	l->state.highest = client_now(l);
	err = client_store(l);
	if (err == LICET_OK && (e = write_key(l, &key, secret_slice(seed))) != E_OK)
		err = client_fault(l, CLIENT_KEY, e);
	secret_free(seed);
	return err;
}

static enum licet_err
make_directory(struct licet *l)
{
	char *lock = file_path(l->call, l->dir, CLIENT_LOCK);
	enum err e = lock ? file_make_dir(l->dir, 0700) : E_NO_MEMORY;

	if (e == E_OK)
		e = file_check_private(l->dir);
	if (e == E_OK) {
		e = file_create(lock, SLICE(""), 0600);
		if (e == E_EXISTS)
			e = E_OK;
	}
	return e ? client_fault(l, NULL, e) : client_lock(l);
}

static enum licet_err
keygen(struct licet *l, struct slice input)
{
	struct slice box = SLICE_NULL;
	char *key = file_path(l->call, l->dir, CLIENT_KEY);
	enum licet_err err = key ? LICET_OK : LICET_E_MEMORY;

	if (err == LICET_OK && input.p)
		err = check_box(l, input, &box);
	if (err == LICET_OK)
		err = make_directory(l);
	if (err == LICET_OK && file_exists(key))
		err = LICET_E_EXISTS;
	if (err == LICET_OK)
		err = write_public(l, box);
	return err == LICET_OK ? write_secret(l) : err;
}

enum licet_err
licet_keygen(const char *dir, const unsigned char root[LICET_KEY_LEN], const void *box,
    size_t box_len)
{
	struct licet l = { .dir = dir, .lock = -1 };
	enum licet_err err;

	if (!dir || !*dir || !root)
		return LICET_E_ARGUMENT;
	if (sodium_init() < 0 || !(l.call = arena_new(0)))
		return LICET_E_MEMORY;
	memcpy(l.root, root, KEY_PUBLIC);
	l.has_root = true;
	err = client_end(&l, keygen(&l, slice_of(box, box ? box_len : 0)));
	secret_free(l.mac);
	arena_free(l.call);
	return err;
}
