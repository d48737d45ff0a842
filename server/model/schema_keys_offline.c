#include "server/model/schema_keys.h"

#include "base/wire.h"
#include "server/model/offline.h"

static bool
put_ids(struct buf *key, int64_t a, int64_t b)
{
	wire_key_i64(key, a);
	wire_key_i64(key, b);
	return true;
}

static bool
put_text(struct buf *key, struct slice text)
{
	wire_key_text(key, text);
	return true;
}

bool
key_issued_request(struct buf *key, const void *rec)
{
	return put_text(key, ((const struct issued *)rec)->request);
}

bool
key_issued_license(struct buf *key, const void *rec)
{
	const struct issued *i = rec;

	return put_ids(key, i->license_id, i->o.id);
}

bool
key_issued_hardware(struct buf *key, const void *rec)
{
	const struct issued *i = rec;

	wire_key_text(key, i->hardware_id);
	wire_key_i64(key, i->o.id);
	return true;
}

bool
key_issued_lease(struct buf *key, const void *rec)
{
	const struct issued *i = rec;

	return i->lease_until != FIELD_NONE && put_ids(key, i->lease_until, i->o.id);
}

bool
key_issued_at(struct buf *key, const void *rec)
{
	const struct issued *i = rec;

	return put_ids(key, i->issued_at, i->o.id);
}

bool
key_issued_signer(struct buf *key, const void *rec)
{
	const struct issued *i = rec;

	if (i->state != IS_LIVE)
		return false;
	wire_key_text(key, i->kid);
	wire_key_i64(key, i->o.id);
	return true;
}

bool
key_proof(struct buf *key, const void *rec)
{
	return put_text(key, ((const struct proof *)rec)->id);
}

bool
key_revocation(struct buf *key, const void *rec)
{
	wire_key_i64(key, ((const struct revocation *)rec)->serial);
	return true;
}

bool
key_revocation_weight(struct buf *key, const void *rec)
{
	const struct revocation *r = rec;

	wire_u8(key, r->cause == RC_GIVEN_BACK ? 0 : 1);
	wire_key_i64(key, r->serial);
	return true;
}

bool
key_revocation_until(struct buf *key, const void *rec)
{
	const struct revocation *r = rec;

	return r->until != FIELD_NONE && put_ids(key, r->until, r->serial);
}

bool
key_offline_request(struct buf *key, const void *rec)
{
	struct slice handle = ((const struct offline_request *)rec)->handle;

	buf_slice_add(key, handle);
	if (handle.n == 0)
		key->failed = true; /* an empty key is none */
	return true;
}

bool
key_offline_request_created(struct buf *key, const void *rec)
{
	wire_key_i64(key, ((const struct offline_request *)rec)->created_at);
	return key_offline_request(key, rec);
}
