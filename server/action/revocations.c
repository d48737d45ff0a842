#include "server/action/revocations.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "offline/claims.h"
#include "server/action/serial.h"
#include "server/action/signing.h"
#include "server/action/token.h"
#include "server/model/product.h"

/* Of the 65,536 bytes of an object; the rest is for its frame and certificate. */
#define LIST_BYTES 60000
#define SERIAL_BYTES 9
#define DEVICE_BYTES 17
#define SERIALS_MAX (LIST_BYTES / SERIAL_BYTES)
#define DEVICES_MAX 2000
#define KIDS_MAX 256

struct list_cache {
	pthread_mutex_t lock;
	int64_t number, issued_at; /* of the kept one */
	unsigned char kid[KEY_KID];
	char *bytes; /* NULL: none */
	size_t n;
};

struct making {
	struct action_ctx *ctx;
	const struct keyring *ring;
	uint64_t *serial;
	size_t n_serials;
	unsigned char (*device)[CLAIMS_DIGEST];
	size_t n_devices;
	unsigned char (*kid)[KEY_KID];
	size_t n_kids;
	size_t room; /* bytes */
	bool cut;
};

struct list_cache *
list_cache_new(void)
{
	struct list_cache *c = calloc(1, sizeof(*c));

	if (c && pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c);
		c = NULL;
	}
	return c;
}

void
list_cache_free(struct list_cache *c)
{
	if (!c)
		return;
	pthread_mutex_destroy(&c->lock);
	free(c->bytes);
	free(c);
}

static bool
is_fresh(const struct list_cache *c, const struct making *m, int64_t number, int64_t half)
{
	int64_t now = m->ctx->now;

	return c->bytes && c->number == number && now >= c->issued_at &&
	       now < c->issued_at + half &&
	       memcmp(c->kid, keyring_issuing(m->ring)->kid, KEY_KID) == 0;
}

/* Null when there is none that still counts. */
static struct slice
kept(struct making *m, int64_t number)
{
	const struct issuer *issuer = m->ctx->issuer;
	struct list_cache *c = issuer->lists;
	struct slice out = SLICE_NULL;

	if (!c)
		return out;
	pthread_mutex_lock(&c->lock);
	if (is_fresh(c, m, number, issuer->list_life / 2))
		out = arena_slice(m->ctx->arena, slice_of(c->bytes, c->n));
	pthread_mutex_unlock(&c->lock);
	return out.p ? out : SLICE_NULL;
}

static void
keep(struct making *m, const struct revocation_list *list)
{
	struct list_cache *c = m->ctx->issuer->lists;
	char *bytes = c ? malloc(list->object.n) : NULL;

	if (!bytes)
		return;
	memcpy(bytes, list->object.p, list->object.n);
	pthread_mutex_lock(&c->lock);
	free(c->bytes);
	c->bytes = bytes;
	c->n = list->object.n;
	c->number = list->number;
	c->issued_at = m->ctx->now;
	memcpy(c->kid, keyring_issuing(m->ring)->kid, KEY_KID);
	pthread_mutex_unlock(&c->lock);
}

static bool
take_room(struct making *m, size_t bytes)
{
	if (m->room < bytes) {
		m->cut = true;
		return false;
	}
	m->room -= bytes;
	return true;
}

static int
by_serial(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int
by_digest(const void *a, const void *b)
{
	return memcmp(a, b, CLAIMS_DIGEST);
}

static int
by_kid(const void *a, const void *b)
{
	return memcmp(a, b, KEY_KID);
}

static enum err
add_device(struct action_ctx *ctx, const struct blacklist_entry *entry, void *arg)
{
	struct making *m = arg;

	(void)ctx;
	if (entry->scope != BS_VENDOR)
		return E_OK;
	if (m->n_devices == DEVICES_MAX || !take_room(m, DEVICE_BYTES)) {
		m->cut = true;
		return E_NOT_FOUND;
	}
	claims_device_digest(entry->hardware_id, m->device[m->n_devices++]);
	return E_OK;
}

/* Newest first. */
static enum err
add_devices(struct making *m)
{
	struct txn *txn = m->ctx->txn;
	struct blacklist_entry entry;
	struct record_scan scan;
	enum err err;

	err = record_scan(txn, T_BLACKLIST, -1, SLICE_NULL, SLICE_NULL, true, &scan);
	while (!err) {
		struct arena_mark mark = arena_mark(m->ctx->arena);

		err = record_next(&scan, &entry);
		if (!err)
			err = add_device(m->ctx, &entry, m);
		arena_reset(m->ctx->arena, mark);
	}
	qsort(m->device, m->n_devices, sizeof(*m->device), by_digest);
	return err == E_NOT_FOUND ? E_OK : err;
}

/* By weight, the newest first. */
static enum err
add_serials(struct making *m)
{
	struct txn *txn = m->ctx->txn;
	struct revocation r;
	struct record_scan scan;
	enum err err;

	err = record_scan(
	    txn, T_REVOCATION, IX_REVOCATION_WEIGHT, SLICE_NULL, SLICE_NULL, true, &scan);
	while (!err) {
		struct arena_mark mark = arena_mark(m->ctx->arena);

		err = record_next(&scan, &r);
		if (!err && (r.until == FIELD_NONE || r.until > m->ctx->now)) {
			if (!take_room(m, SERIAL_BYTES))
				err = E_NOT_FOUND;
			else
				m->serial[m->n_serials++] = (uint64_t)r.serial;
		}
		arena_reset(m->ctx->arena, mark);
	}
	if (m->n_serials)
		qsort(m->serial, m->n_serials, sizeof(*m->serial), by_serial);
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
add_kids(struct making *m)
{
	struct signing_rows rows;
	enum err err = signing_read(m->ctx->txn, &rows);

	for (size_t i = 0; !err && i < rows.n && m->n_kids < KIDS_MAX; i++)
		if (rows.item[i].state == SS_REVOKED && take_room(m, KEY_KID + 1) &&
		    !key_kid_parse(rows.item[i].kid, m->kid[m->n_kids++]))
			err = E_DAMAGED;
	qsort(m->kid, m->n_kids, sizeof(*m->kid), by_kid);
	return err;
}

static bool
making_new(struct making *m)
{
	struct arena *a = m->ctx->arena;

	m->room = LIST_BYTES;
	m->serial = arena_array(a, SERIALS_MAX, sizeof(*m->serial));
	m->device = arena_array(a, DEVICES_MAX, sizeof(*m->device));
	m->kid = arena_array(a, KIDS_MAX, sizeof(*m->kid));
	return m->serial && m->device && m->kid;
}

static enum err
sign_list(struct making *m, struct revocation_list *list)
{
	struct action_ctx *ctx = m->ctx;
	struct buf payload = BUF_INIT(ctx->arena), out = BUF_INIT(ctx->arena);
	struct cose_signer signer = token_signer(m->ring);
	int64_t now = ctx->now / CLOCK_SECOND;
	struct claims_revocations claims = { .issued_at = now,
		.next_update = now + ctx->issuer->list_life / CLOCK_SECOND,
		.sequence = list->number,
		.serials = m->serial,
		.n_serials = m->n_serials,
		.devices = m->device,
		.n_devices = m->n_devices,
		.kids = m->kid,
		.n_kids = m->n_kids };
	struct vendor vendor;
	enum err err = record_get_id(ctx->txn, T_VENDOR, VENDOR_ID, &vendor);

	if (err)
		return err == E_NOT_FOUND ? E_INTERNAL : err;
	claims.vendor = vendor.o.id;
	claims_put_revocations(&payload, &claims);
	cose_sign(&out, OBJECT_REVOCATIONS, &signer, buf_slice(&payload));
	list->object = buf_slice(&out);
	return buf_ok(&payload) && buf_ok(&out) ? E_OK : E_NO_MEMORY;
}

static enum err
make_list(struct making *m, struct revocation_list *list)
{
	enum err err = making_new(m) ? E_OK : E_NO_MEMORY;

	if (err)
		return err;
	err = add_kids(m);
	if (!err)
		err = add_devices(m);
	if (!err)
		err = add_serials(m);
	if (!err)
		err = sign_list(m, list);
	if (!err && m->cut)
		log_warn("revocations_cut", "number=%lld serials=%zu devices=%zu",
		    (long long)list->number, m->n_serials, m->n_devices);
	if (!err)
		keep(m, list);
	return err;
}

enum err
action_revocations(struct action_ctx *ctx, const void *req, void *result)
{
	struct revocation_list *list = result;
	struct making m = { .ctx = ctx };
	enum err err;

	(void)req;
	if (!ctx->issuer || !ctx->issuer->keyring)
		return E_UNAVAILABLE;
	m.ring = ctx->issuer->keyring;
	err = serial_list_number(ctx->txn, &list->number);
	if (err)
		return err;
	list->object = kept(&m, list->number);
	return list->object.p ? E_OK : make_list(&m, list);
}
