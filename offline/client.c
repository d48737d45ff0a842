#include "offline/client.h"

#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define KEEP_MAX (256u << 10)
#define CALL_MAX (4u << 20)
#define TEXT_MAX 4096

_Static_assert(LICET_KEY_LEN == KEY_PUBLIC, "one length");
_Static_assert(LICET_NO_TIME == FIELD_NONE, "one value");

static const struct client_why no_why = { .clock = FIELD_NONE,
	.highest = FIELD_NONE,
	.instant = FIELD_NONE,
	.got = FIELD_NONE,
	.held = FIELD_NONE };

enum licet_err
client_fail(struct licet *l, enum licet_err err)
{
	l->why.err = err;
	return err;
}

enum licet_err
client_fault(struct licet *l, const char *file, enum err cause)
{
	l->why.cause = cause;
	l->why.file = file;
	switch (cause) {
	case E_NO_MEMORY:
		return client_fail(l, LICET_E_MEMORY);
	case E_NOT_PRIVATE:
		return client_fail(l, LICET_E_NOT_PRIVATE);
	case E_KEY:
		l->why.what = "is damaged";
		return client_fail(l, LICET_E_STATE);
	default:
		return client_fail(l, LICET_E_IO);
	}
}

int64_t
client_now(const struct licet *l)
{
	return l->fixed_now ? l->fixed_now : clock_now() / CLOCK_SECOND;
}

static enum licet_err
read_directory(struct licet *l)
{
	enum licet_err e = client_load_key(l);

	if (e == LICET_OK)
		e = client_load_root(l);
	if (e == LICET_OK)
		e = client_lock(l);
	return e == LICET_OK ? client_load(l) : e;
}

enum licet_err
client_begin(struct licet *l)
{
	enum licet_err e;

	if (!l)
		return LICET_E_ARGUMENT;
	if (l->broken)
		return l->why.err;
	arena_clear(l->call);
	l->why = no_why;
	e = read_directory(l);
	return e == LICET_OK ? e : client_end(l, e);
}

enum licet_err
client_end(struct licet *l, enum licet_err err)
{
	if (l && l->lock >= 0) {
		close(l->lock);
		l->lock = -1;
	}
	return err;
}

static bool
copy_options(struct licet *l, const struct licet_options *o)
{
	const char *product = o->product ? o->product : "";

	if (strlen(o->dir) > TEXT_MAX || strlen(o->hardware_id) > TEXT_MAX ||
	    strlen(product) > TEXT_MAX)
		return false;
	l->dir = arena_str(l->keep, slice_str(o->dir));
	l->hardware_id = arena_slice(l->keep, slice_str(o->hardware_id));
	l->product = arena_slice(l->keep, slice_str(o->product));
	l->fixed_now = o->now;
	l->has_root = o->root != NULL;
	if (o->root)
		memcpy(l->root, o->root, KEY_PUBLIC);
	return true;
}

/* A directory that is not there yet is none that others may read. */
static enum licet_err
open_directory(struct licet *l)
{
	enum err e = file_check_private(l->dir);
	enum licet_err key;

	if (e == E_NOT_FOUND)
		return LICET_OK;
	if (e)
		return client_fault(l, NULL, e);
	key = client_load_key(l);
	return key == LICET_E_NO_KEY ? LICET_OK : key;
}

static enum licet_err
set_up(struct licet *l, const struct licet_options *o)
{
	if (!o || o->size != sizeof(*o) || !o->dir || !o->hardware_id || !*o->dir ||
	    !*o->hardware_id) {
		l->why.what = "size, dir and hardware_id of the options are wanted";
		return client_fail(l, LICET_E_ARGUMENT);
	}
	if (!copy_options(l, o)) {
		l->why.what = "a text of the options is longer than 4,096 bytes";
		return client_fail(l, LICET_E_ARGUMENT);
	}
	if (!l->dir || !l->hardware_id.p || (o->product && !l->product.p))
		return client_fault(l, NULL, E_NO_MEMORY);
	claims_device_digest(l->hardware_id, l->device);
	return open_directory(l);
}

enum licet_err
licet_open(struct licet **out, const struct licet_options *o)
{
	struct arena *keep, *call;
	struct licet *l;
	enum licet_err e;

	if (!out)
		return LICET_E_ARGUMENT;
	*out = NULL;
	if (sodium_init() < 0)
		return LICET_E_MEMORY;
	keep = arena_new(KEEP_MAX);
	call = arena_new(CALL_MAX);
	l = keep && call ? arena_alloc(keep, sizeof(*l)) : NULL;
	if (!l) {
		arena_free(keep);
		arena_free(call);
		return LICET_E_MEMORY;
	}
	*l = (struct licet){ .keep = keep, .call = call, .lock = -1, .why = no_why };
	e = set_up(l, o);
	l->broken = e != LICET_OK;
	*out = l;
	return e;
}

void
licet_close(struct licet *l)
{
	struct arena *keep;

	if (!l)
		return;
	client_end(l, LICET_OK);
	secret_free(l->signer);
	secret_free(l->mac);
	arena_free(l->call);
	keep = l->keep;
	arena_free(keep);
}

void
licet_free(char *text)
{
	secret_heap_free(text);
}
