#include "server/api/manage.h"

#include <pthread.h>
#include <sodium.h>

#include "base/map.h"

#define KEY_MAX 255

/* Keys of calls that run, over all loops. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct map *running;

static bool
key_valid(struct slice key)
{
	if (key.n < 1 || key.n > KEY_MAX)
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] < ' ' || key.p[i] > '~')
			return false;
	return true;
}

static void
hash_part(crypto_generichash_state *state, struct slice part)
{
	unsigned char length[8];

	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (unsigned char)((uint64_t)part.n >> (8 * i));
	crypto_generichash_update(state, length, sizeof(length));
	if (part.n)
		crypto_generichash_update(state, (const unsigned char *)part.p, part.n);
}

static struct slice
digest_of(const struct request *r, struct arena *arena)
{
	unsigned char *out = arena_alloc(arena, crypto_generichash_BYTES);
	crypto_generichash_state state;

	if (!out)
		return SLICE_NULL;
	crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES);
	hash_part(&state, r->method_text);
	hash_part(&state, r->path);
	hash_part(&state, r->query);
	hash_part(&state, r->body);
	crypto_generichash_final(&state, out, crypto_generichash_BYTES);
	return slice_of(out, crypto_generichash_BYTES);
}

enum err
manage_key_read(struct manage_call *mc)
{
	struct call *call = mc->call;
	struct slice key = request_header(call->request, "Idempotency-Key");
	struct manage_once_key *idem = &mc->req.idem;

	if (!key.p || !(mc->route->flags & M_WRITE) || call->request->method == HTTP_GET)
		return E_OK;
	if (key.n >= 2 && key.p[0] == '"' && key.p[key.n - 1] == '"')
		key = slice_of(key.p + 1, key.n - 2);
	if (!key_valid(key)) {
		mc->message = "Idempotency-Key has 1 to 255 printable characters";
		return E_VALIDATION;
	}
	if (mc->dry_run)
		return E_OK;
	idem->key = key;
	idem->account =
	    call->actor.type == ACTOR_LOCAL ? call->actor.name : call->actor.id;
	idem->digest = digest_of(call->request, call->arena);
	return idem->digest.p ? E_OK : E_NO_MEMORY;
}

static struct slice
running_name(const struct manage_call *mc)
{
	return slice_str(arena_printf(mc->call->arena, "%.*s %.*s",
	    SLICE_ARG(mc->req.idem.account), SLICE_ARG(mc->req.idem.key)));
}

enum err
manage_key_begin(struct manage_call *mc)
{
	struct slice name;
	enum err e = E_OK;

	if (!mc->req.idem.key.p)
		return E_OK;
	name = running_name(mc);
	if (!name.p)
		return E_NO_MEMORY;
	pthread_mutex_lock(&lock);
	if (!running)
		running = map_new();
	if (!running)
		e = E_NO_MEMORY;
	else if (map_get(running, name))
		e = E_IDEMPOTENCY_IN_PROGRESS;
	else
		e = map_set(running, name, &running, NULL);
	pthread_mutex_unlock(&lock);
	if (!e)
		mc->running = name;
	return e;
}

void
manage_key_end(struct manage_call *mc)
{
	if (!mc->running.p)
		return;
	pthread_mutex_lock(&lock);
	(void)map_take(running, mc->running);
	pthread_mutex_unlock(&lock);
	mc->running = SLICE_NULL;
}
