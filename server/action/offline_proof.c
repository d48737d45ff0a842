#include "server/action/offline.h"

#include <string.h>

#include "base/clock.h"
#include "offline/trust.h"
#include "server/action/change.h"
#include "server/action/ledger.h"
#include "server/action/seat.h"
#include "server/action/token.h"
#include "server/action/variable.h"
#include "server/policy/consume.h"
#include "server/policy/offline.h"

/* One proof on its way to a receipt. */
struct giving {
	struct action_ctx *ctx;
	const struct offline_ask *ask;
	struct issued issued;
	struct activation row; /* on its first license */
	struct client_req call;
	struct lookup l;
};

/* Its key, its machine, and whether there is something left to give up. */
static enum err
check(struct giving *g)
{
	const struct offline_ask *ask = g->ask;
	struct offline_proof facts = { .issued = &g->issued };
	unsigned char digest[CLAIMS_DIGEST];
	bool found;
	enum err err = offline_row(g->ctx, &g->issued, &g->row, &found);

	if (err)
		return err;
	if (g->issued.device_key.n != KEY_PUBLIC)
		return E_DEVICE_PROOF_INVALID;
	err = trust_device((const unsigned char *)g->issued.device_key.p, &ask->cose);
	if (err)
		return err == E_NO_MEMORY ? err : E_DEVICE_PROOF_INVALID;
	claims_device_digest(g->issued.hardware_id, digest);
	facts.same_device = memcmp(digest, ask->proof.device, CLAIMS_DIGEST) == 0;
	facts.activation = found ? &g->row : NULL;
	return offline_proof(&facts);
}

static enum err
consume(const struct giving *g, struct license *license, int64_t *excess)
{
	int64_t amount = g->ask->proof.consumptions;
	struct meter meter;
	enum err err;

	*excess = 0;
	if (amount == FIELD_NONE || license->o.id != g->issued.license_id ||
	    license->terms.license_type != LT_CONSUMPTION)
		return E_OK;
	if (amount > MAX_CONSUMPTION_STEP)
		return E_VALIDATION;
	meter = meter_of_license(license);
	consume_roll(&meter, g->ctx->now);
	err = consume_final(&meter, amount, excess);
	if (!err)
		meter_to_license(&meter, license);
	return err;
}

static enum err
store_variables(const struct giving *g, const struct activation *a)
{
	const struct claims_pairs *told = &g->ask->proof.variables;
	struct pair *pair = arena_array(g->ctx->arena, told->n + 1, sizeof(*pair));

	if (!pair)
		return E_NO_MEMORY;
	for (size_t i = 0; i < told->n; i++)
		pair[i] = (struct pair){ told->item[i].name, told->item[i].value };
	return variable_store(g->ctx, a, pair, told->n);
}

static enum err
free_one(struct giving *g, int64_t license_id)
{
	struct part part = { .activation = { .license_id = license_id,
				 .device_id = g->row.device_id } };
	struct seat seat = { .license = &part.license,
		.activation = &part.activation,
		.end = IS_DEACTIVATED };
	struct ledger_excess excess = { 0, 0 };
	int64_t was;
	enum err err = record_get(g->ctx->txn, T_ACTIVATION, &part.activation);

	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	if (part.activation.state != AS_ACTIVE || part.activation.serial != g->row.serial)
		return E_OK;
	err = record_get_id(g->ctx->txn, T_LICENSE, license_id, &part.license);
	if (!err)
		err = store_variables(g, &part.activation);
	if (!err)
		err = consume(g, &part.license, &excess.license);
	if (err)
		return err;
	was = part.license.seats_used;
	err = seat_free(g->ctx, &seat);
	return err ? err : ledger_deactivated(&g->l, &part, was, &excess);
}

/* A proof may be for an object that a later one has taken the place of. */
static enum err
end_older(struct giving *g)
{
	struct issued after = g->issued;

	if (g->issued.o.id == g->row.serial)
		return E_OK;
	after.state = IS_DEACTIVATED;
	return change_record(g->ctx, T_ISSUED, &g->issued, &after, NULL, FIELD_NONE);
}

static enum err
sign_receipt(struct giving *g, struct slice *receipt)
{
	struct action_ctx *ctx = g->ctx;
	struct buf payload = BUF_INIT(ctx->arena), out = BUF_INIT(ctx->arena);
	struct cose_signer signer = token_signer(ctx->issuer->keyring);
	struct claims_receipt claims = { .issued_at = ctx->now / CLOCK_SECOND,
		.serial = g->ask->proof.serial };
	enum err err = offline_vendor(ctx, &claims.vendor);

	memcpy(claims.id, g->ask->proof.id, CLAIMS_ID);
	memcpy(claims.device, g->ask->proof.device, CLAIMS_DIGEST);
	claims_put_receipt(&payload, &claims);
	cose_sign(&out, OBJECT_RECEIPT, &signer, buf_slice(&payload));
	*receipt = buf_slice(&out);
	if (err)
		return err;
	return buf_ok(&payload) && buf_ok(&out) ? E_OK : E_NO_MEMORY;
}

static enum err
audit(struct giving *g)
{
	char *id = arena_printf(g->ctx->arena, "%lld", (long long)g->issued.o.id);

	return id ? audit_append(g->ctx, "offline.deactivated", issued_table.name,
			slice_str(id), g->issued.license_id, SLICE_NULL)
	          : E_NO_MEMORY;
}

static enum err
give_up(struct giving *g, struct offline_answer *out)
{
	struct action_ctx *ctx = g->ctx;
	const int64_t *id = g->issued.licenses.p;
	struct proof proof = { .id = slice_str(g->ask->id),
		.digest = slice_of(g->ask->digest, OFFLINE_DIGEST),
		.serial = g->issued.o.id,
		.taken_at = ctx->now };
	enum err err = E_OK;

	for (size_t i = 0; i < g->issued.licenses.n && !err; i++)
		err = free_one(g, id[i]);
	if (!err)
		err = end_older(g);
	if (!err)
		err = sign_receipt(g, &proof.receipt);
	if (!err)
		err = record_insert(ctx->txn, T_PROOF, &proof);
	if (!err)
		err = audit(g);
	if (!err)
		err = offline_count(ctx, "deactivations");
	out->object = proof.receipt;
	return err;
}

static enum err
repeat(
    const struct offline_ask *ask, const struct proof *proof, struct offline_answer *out)
{
	if (!slice_equal(proof->digest, slice_of(ask->digest, OFFLINE_DIGEST)))
		return E_REQUEST_REPLAYED;
	out->serial = proof->serial;
	out->object = proof->receipt;
	out->repeated = true;
	return E_OK;
}

static enum err
take_one(struct action_ctx *ctx, const struct offline_batch *batch,
    const struct offline_ask *ask, struct offline_answer *out)
{
	struct giving g = { .ctx = ctx, .ask = ask };
	struct proof proof = { .id = slice_of(ask->id, OFFLINE_ID_TEXT) };
	enum err err = record_get(ctx->txn, T_PROOF, &proof);

	(void)batch;
	*out =
	    (struct offline_answer){ .kind = OBJECT_RECEIPT, .lease_until = FIELD_NONE };
	if (err != E_NOT_FOUND)
		return err ? err : repeat(ask, &proof, out);
	if (ask->proof.serial > INT64_MAX)
		return E_DEVICE_NOT_FOUND;
	err = record_get_id(ctx->txn, T_ISSUED, (int64_t)ask->proof.serial, &g.issued);
	if (err)
		return err == E_NOT_FOUND ? E_DEVICE_NOT_FOUND : err;
	g.call = (struct client_req){ .hardware_id = g.issued.hardware_id };
	g.l = (struct lookup){ .ctx = ctx, .req = &g.call };
	out->serial = g.issued.o.id;
	err = check(&g);
	return err ? err : give_up(&g, out);
}

enum err
action_offline_deactivate(struct action_ctx *ctx, const void *req, void *res)
{
	return offline_each(ctx, req, res, take_one);
}
