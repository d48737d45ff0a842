#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "keys/keyfile.h"
#include "keys/sign.h"
#include "offline/armor.h"
#include "offline/client.h"

#define WAIT_MAX (2 * CLOCK_SECOND)
#define WAIT_STEP 5000000L /* nanoseconds */
#define ROOT_MAX 4096
#define NEW ".new"

static char *
path_of(struct licet *l, const char *name)
{
	return file_path(l->call, l->dir, name);
}

static char *
new_path_of(struct licet *l, const char *name)
{
	return arena_printf(l->call, "%s/%s" NEW, l->dir, name);
}

static enum err
take_key(struct licet *l, struct secret *seed)
{
	l->signer = sign_expand(secret_slice(seed));
	l->mac = secret_new(STATE_KEY);
	if (!l->signer || !l->mac)
		return E_NO_MEMORY;
	state_key(secret_slice(seed), secret_bytes(l->mac));
	return E_OK;
}

enum licet_err
client_load_key(struct licet *l)
{
	char *path = path_of(l, CLIENT_KEY);
	struct secret *seed = NULL;
	struct key key;
	enum err e;

	if (l->has_key)
		return LICET_OK;
	if (!path)
		return client_fault(l, NULL, E_NO_MEMORY);
	e = keyfile_read(path, SLICE_NULL, &key, &seed, NULL);
	if (e == E_OK && key.use != KEY_DEVICE)
		e = E_KEY;
	if (e == E_OK)
		e = take_key(l, seed);
	secret_free(seed);
	if (e == E_NOT_FOUND)
		return client_fail(l, LICET_E_NO_KEY);
	if (e) {
		secret_free(l->signer);
		secret_free(l->mac);
		l->signer = l->mac = NULL;
		return client_fault(l, CLIENT_KEY, e);
	}
	memcpy(l->device_key, key.public_key, KEY_PUBLIC);
	memcpy(l->kid, key.kid, KEY_KID);
	l->has_key = true;
	return LICET_OK;
}

enum licet_err
client_load_root(struct licet *l)
{
	char *path = path_of(l, CLIENT_ROOT);
	enum licet_err parsed;
	struct slice pem;
	enum err e;

	if (l->has_root)
		return LICET_OK;
	e = path ? file_read(l->call, path, ROOT_MAX, &pem) : E_NO_MEMORY;
	if (e == E_NOT_FOUND)
		return client_fail(l, LICET_E_NO_KEY);
	if (e)
		return client_fault(l, CLIENT_ROOT, e);
	parsed = licet_root_parse(pem.p, pem.n, l->root);
	if (parsed != LICET_OK)
		return client_fault(
		    l, CLIENT_ROOT, parsed == LICET_E_MEMORY ? E_NO_MEMORY : E_KEY);
	l->has_root = true;
	return LICET_OK;
}

static enum licet_err
wait_for_lock(struct licet *l)
{
	int64_t end = clock_monotonic() + WAIT_MAX;

	while (flock(l->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return client_fault(l, CLIENT_LOCK, err_from_errno(errno));
		if (clock_monotonic() > end)
			return client_fail(l, LICET_E_BUSY);
		nanosleep(&(struct timespec){ .tv_nsec = WAIT_STEP }, NULL);
	}
	return LICET_OK;
}

enum licet_err
client_lock(struct licet *l)
{
	char *path = path_of(l, CLIENT_LOCK);

	if (!path)
		return client_fault(l, NULL, E_NO_MEMORY);
	l->lock = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (l->lock >= 0)
		return wait_for_lock(l);
	l->why.file = CLIENT_LOCK;
	l->why.what = "is missing";
	return errno == ENOENT ? client_fail(l, LICET_E_STATE)
	                       : client_fault(l, CLIENT_LOCK, err_from_errno(errno));
}

/* The state was put back, or the witness was changed. */
static const char *
check_witness(struct licet *l)
{
	unsigned char text[STATE_WITNESS + 1];
	ssize_t n = pread(l->lock, text, sizeof(text), 0);
	uint64_t generation;

	if (n < 0 || !state_witness_get(
			 slice_of(text, (size_t)n), secret_bytes(l->mac), &generation))
		return "does not fit the file lock beside it";
	return generation > l->state.generation ? "is older than it was" : NULL;
}

enum licet_err
client_load(struct licet *l)
{
	char *path = path_of(l, CLIENT_STATE);
	struct slice bytes;
	enum err e;

	e = path ? file_read_private(l->call, path, STATE_BYTES_MAX, &bytes)
	         : E_NO_MEMORY;
	if (e == E_OK)
		e = state_get(bytes, secret_bytes(l->mac), &l->state);
	if (e && e != E_NOT_FOUND && e != E_DAMAGED && e != E_PAYLOAD_TOO_LARGE)
		return client_fault(l, CLIENT_STATE, e);
	l->why.what = e == E_OK ? check_witness(l)
	              : e == E_NOT_FOUND
	                  ? "is missing"
	                  : "was not written on this machine, or is damaged";
	l->why.file = l->why.what ? CLIENT_STATE : NULL;
	return l->why.what ? client_fail(l, LICET_E_STATE) : LICET_OK;
}

static enum err
write_witness(struct licet *l)
{
	unsigned char text[STATE_WITNESS];
	ssize_t n;

	state_witness_put(text, l->state.generation, secret_bytes(l->mac));
	do
		n = pwrite(l->lock, text, sizeof(text), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(text))
		return n < 0 ? err_from_errno(errno) : E_IO;
	return fdatasync(l->lock) == 0 ? E_OK : err_from_errno(errno);
}

/* "state.RANDOM.tmp" of file_write: of our own files, since others may lie there. */
static bool
is_left_over(struct slice name)
{
	static const char *const files[] = { CLIENT_KEY, CLIENT_ROOT, CLIENT_BOX,
		CLIENT_STATE, CLIENT_ACTIVATION, CLIENT_REVOCATIONS };

	if (!slice_ends(name, SLICE(".tmp")))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct slice own = slice_str(files[i]);

		if (slice_starts(name, own) &&
		    slice_starts(slice_from(name, own.n), SLICE(".")))
			return true;
	}
	return false;
}

/* What a write that was cut off has left; nobody else writes now. */
static void
sweep(struct licet *l)
{
	DIR *d = opendir(l->dir);
	struct dirent *entry;

	while (d && (entry = readdir(d)) != NULL)
		if (is_left_over(slice_str(entry->d_name)))
			unlinkat(dirfd(d), entry->d_name, 0);
	if (d)
		closedir(d);
}

enum licet_err
client_store(struct licet *l)
{
	struct buf b = BUF_INIT(l->call);
	char *path = path_of(l, CLIENT_STATE);
	enum err e;

	sweep(l);
	b.max = STATE_BYTES_MAX;
	l->state.generation++;
	state_put(&b, &l->state, secret_bytes(l->mac));
	e = path ? buf_finish(&b) : E_NO_MEMORY;
	if (e == E_OK)
		e = file_write(path, buf_slice(&b), 0600);
	if (e == E_OK)
		e = write_witness(l);
	return e ? client_fault(l, CLIENT_STATE, e) : LICET_OK;
}

/* CBOR of an array, map or tag begins with a byte that no text begins with. */
static bool
is_text(struct slice input)
{
	unsigned char first = input.n > 0 ? (unsigned char)input.p[0] : 0;

	return first < 0x80 || first >= 0xe0;
}

enum err
client_unarmor(struct arena *arena, struct slice input, struct client_object *o)
{
	size_t line = 0;

	*o = (struct client_object){ .label = OBJECT_MAX, .bytes = input };
	if (input.n > CLIENT_INPUT_MAX)
		o->err = E_OBJECT_TOO_LARGE;
	else if (is_text(input))
		o->err = armor_take(arena, &input, &line, &o->label, &o->bytes);
	return o->err;
}

static enum err
read_one(struct licet *l, char *path, const struct state_file *f, struct client_object *o)
{
	unsigned char digest[STATE_DIGEST];
	struct slice text;
	enum err e =
	    path ? file_read(l->call, path, CLIENT_INPUT_MAX, &text) : E_NO_MEMORY;

	*o = (struct client_object){ .err = e };
	if (e)
		return e;
	if (client_unarmor(l->call, text, o) == E_OK) {
		state_digest(o->bytes, digest);
		o->same = memcmp(digest, f->digest, STATE_DIGEST) == 0;
	}
	return o->err == E_NO_MEMORY ? E_NO_MEMORY : E_OK;
}

enum err
client_read(struct licet *l, const char *name, const struct state_file *f,
    struct client_object *o)
{
	struct client_object next;
	enum err e = read_one(l, path_of(l, name), f, o), e2;

	if (e == E_NO_MEMORY || o->same)
		return e;
	e2 = read_one(l, new_path_of(l, name), f, &next);
	if (e2 == E_NO_MEMORY || !next.same)
		return e2 == E_NO_MEMORY ? e2 : e;
	*o = next;
	client_settle(l, name);
	return E_OK;
}

enum licet_err
client_prepare(struct licet *l, const char *name, struct slice object)
{
	char *path = new_path_of(l, name);
	enum err e = path ? file_write(path, object, 0600) : E_NO_MEMORY;

	return e ? client_fault(l, name, e) : LICET_OK;
}

/* The state is in force already: should this fail, client_read does it. */
void
client_settle(struct licet *l, const char *name)
{
	char *from = new_path_of(l, name), *to = path_of(l, name);

	if (from && to && rename(from, to) == 0)
		(void)!file_sync_dir(l->dir);
}

void
client_drop(struct licet *l, const char *name)
{
	char *path = path_of(l, name), *next = new_path_of(l, name);

	if (next)
		unlink(next);
	if (path)
		unlink(path);
}
