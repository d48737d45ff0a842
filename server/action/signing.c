#include "server/action/signing.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "keys/sign.h"
#include "offline/trust.h"
#include "server/action/change.h"

#define SAME(a, b) static_assert((int)(a) == (int)(b), #a)
SAME(SU_ROOT, KEY_ROOT);
SAME(SU_ISSUING, KEY_ISSUING);
SAME(SU_BOX, KEY_BOX);
SAME(SS_ACTIVE, KEY_ACTIVE);
SAME(SS_RETIRED, KEY_RETIRED);
SAME(SS_REVOKED, KEY_REVOKED);
SAME(SS_PENDING, KEY_PENDING);

static enum err
add_row(struct arena *arena, struct signing_rows *rows, const struct signing_key *row,
    size_t *cap)
{
	struct signing_key *grown;

	if (rows->n == *cap) {
		*cap = *cap ? *cap * 2 : 8;
		grown = arena_array(arena, *cap, sizeof(*grown));
		if (!grown)
			return E_NO_MEMORY;
		if (rows->n)
			memcpy(grown, rows->item, rows->n * sizeof(*grown));
		rows->item = grown;
	}
	rows->item[rows->n++] = *row;
	return E_OK;
}

enum err
signing_read(struct txn *txn, struct signing_rows *out)
{
	struct record_scan scan;
	struct signing_key row;
	size_t cap = 0;
	enum err e = record_scan(txn, T_KEY, -1, SLICE_NULL, SLICE_NULL, false, &scan);

	*out = (struct signing_rows){ NULL, 0 };
	while (!e) {
		e = record_next(&scan, &row);
		if (!e)
			e = add_row(txn->arena, out, &row, &cap);
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

enum err
signing_find(struct txn *txn, struct slice kid, struct signing_key *out)
{
	unsigned char bytes[KEY_KID];

	if (!key_kid_parse(kid, bytes))
		return E_NOT_FOUND;
	return record_find(txn, T_KEY, IX_KEY_KID, record_key_text(txn, kid), out);
}

struct key
signing_key_of(const struct signing_key *row)
{
	struct key key = { .use = (enum key_use)row->use,
		.state = (enum key_state)row->state,
		.created = row->o.created_at,
		.not_before = row->not_before,
		.not_after = row->not_after };

	if (row->public_key.n == KEY_PUBLIC)
		memcpy(key.public_key, row->public_key.p, KEY_PUBLIC);
	key_id(key.public_key, key.kid);
	return key;
}

struct rotation_row
signing_facts(const struct signing_key *row)
{
	const struct key key = signing_key_of(row);
	struct rotation_row facts = {
		.use = key.use, .state = key.state, .on_server = row->on_server
	};

	memcpy(facts.kid, key.kid, KEY_KID);
	return facts;
}

const struct signing_key *
signing_root(const struct signing_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->item[i].use == SU_ROOT)
			return &rows->item[i];
	return NULL;
}

enum err
signing_new_row(struct arena *arena, const struct key *key, struct slice certificate,
    int64_t now, struct signing_key *row)
{
	char kid[KEY_KID_TEXT + 1];

	field_clear(&signing_key_table, row);
	key_kid_text(key, kid);
	row->kid = arena_slice(arena, slice_str(kid));
	row->public_key = arena_slice(arena, slice_of(key->public_key, KEY_PUBLIC));
	row->certificate = certificate.n ? certificate : SLICE("");
	row->use = (int)key->use;
	row->state = (int)key->state;
	row->not_before = key->not_before;
	row->not_after = key->not_after;
	row->activated_at = key->state == KEY_ACTIVE ? now : FIELD_NONE;
	row->on_server = true;
	return row->kid.p && row->public_key.p ? E_OK : E_NO_MEMORY;
}

enum err
signing_certify(struct arena *arena, const struct key *root,
    const struct secret *root_material, int64_t now, struct key *key,
    struct slice *certificate)
{
	struct secret *expanded = sign_expand(secret_slice(root_material));
	struct cose_signer signer = { .secret = expanded, .kid = root->kid };
	struct claims_certificate claims = { .not_before =
						 (now - SIGNING_BACKDATE) / CLOCK_SECOND,
		.not_after = FIELD_NONE,
		.use = key->use };
	struct buf out = BUF_INIT(arena);

	if (!expanded)
		return E_NO_MEMORY;
	memcpy(claims.public_key, key->public_key, KEY_PUBLIC);
	trust_certify(&out, &signer, &claims);
	secret_free(expanded);
	if (!buf_ok(&out))
		return E_NO_MEMORY;
	key->not_before = claims.not_before * CLOCK_SECOND;
	key->not_after = FIELD_NONE;
	*certificate = buf_slice(&out);
	return E_OK;
}

static int64_t
instant_of(int64_t seconds)
{
	return seconds == FIELD_NONE ? FIELD_NONE : seconds * CLOCK_SECOND;
}

enum err
signing_check(const struct signing_key *root, const struct signing_key *row,
    struct slice certificate, struct key *out)
{
	const struct key by = signing_key_of(root);
	struct claims_certificate claims;
	enum err e;

	*out = signing_key_of(row);
	e = trust_certificate(by.public_key, certificate, out->use, 0, &claims);
	if (e && e != E_CERTIFICATE_EXPIRED)
		return e;
	if (memcmp(claims.public_key, out->public_key, KEY_PUBLIC) != 0)
		return E_NOT_CERTIFIED;
	out->not_before = instant_of(claims.not_before);
	out->not_after = instant_of(claims.not_after);
	return E_OK;
}

enum err
signing_store(struct action_ctx *ctx, const struct signing_key *before,
    struct signing_key *after, const char *action)
{
	const struct signing_key *named = after ? after : before;
	const struct change *former = ctx->changes;
	struct slice detail = SLICE_NULL;
	enum err e;

	if (!named)
		return E_INTERNAL;
	e = change_record(ctx, T_KEY, before, after, NULL, FIELD_NONE);
	if (e)
		return e;
	if (ctx->changes != former && ctx->changes->fields.n > 2)
		detail = ctx->changes->fields;
	return audit_append(
	    ctx, action, signing_key_table.name, named->kid, FIELD_NONE, detail);
}

enum err
action_signing_first(struct action_ctx *ctx, const void *req, void *res)
{
	const struct signing_rows *rows = req;
	enum err e = E_OK;

	(void)res;
	for (size_t i = 0; i < rows->n && !e; i++)
		e = signing_store(ctx, NULL, &rows->item[i], "key.generated");
	return e;
}

enum err
action_signing_note(struct action_ctx *ctx, const void *req, void *res)
{
	const struct signing_rows *rows = req;
	enum err e = E_OK;

	(void)res;
	for (size_t i = 0; i < rows->n && !e; i++) {
		struct signing_key before;

		e = signing_find(ctx->txn, rows->item[i].kid, &before);
		if (!e)
			e = signing_store(ctx, &before, &rows->item[i], "key.updated");
	}
	return e;
}
