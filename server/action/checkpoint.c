#include "server/action/checkpoint.h"

#include <string.h>

#include "offline/armor.h"
#include "offline/trust.h"
#include "server/action/audit_text.h"
#include "server/action/change.h"
#include "server/action/signing.h"
#include "server/action/system.h"
#include "server/model/product.h"

enum err
checkpoint_last(struct txn *txn, int64_t upto, struct checkpoint *out)
{
	struct slice from = record_key_id(txn, upto + 1);
	struct record_scan scan;
	enum err e;

	if (!from.p)
		return E_NO_MEMORY;
	e = record_scan(txn, T_CHECKPOINT, -1, SLICE_NULL, from, true, &scan);
	return e ? e : record_next(&scan, out);
}

enum err
checkpoint_take(struct arena *arena, struct slice text, struct slice *object)
{
	enum object_kind kind;
	size_t line = 0;
	enum err e = armor_take(arena, &text, &line, &kind, object);

	return !e && kind != OBJECT_CHECKPOINT ? E_OBJECT_TYPE : e;
}

static enum err
found(struct txn *txn, struct checkpoint_look *look, enum checkpoint_state state,
    const char *problem)
{
	bool of_chain = state == CHECKPOINT_BEYOND || state == CHECKPOINT_DIFFERS;
	const char *more = "";

	if (of_chain)
		more = look->same_epoch
		           ? "; this history was changed after the checkpoint was made"
		           : "; the checkpoint is of another epoch: of before a restore, "
		             "or of a copy of this server";
	look->state = state;
	look->problem = arena_printf(txn->arena, "%s%s", problem, more);
	return look->problem ? E_OK : E_NO_MEMORY;
}

/* --- whose it is -------------------------------------------------------------------- */

static enum err
look_signer(struct txn *txn, const struct cose *cose, struct checkpoint_look *look)
{
	struct signing_rows rows;
	const struct signing_key *root;
	struct key by;
	enum err e = signing_read(txn, &rows);

	if (e)
		return e;
	root = signing_root(&rows);
	if (!root)
		return found(txn, look, CHECKPOINT_FOREIGN,
		    "this server knows no root key that could vouch for it");
	by = signing_key_of(root);
	e = trust_object(by.public_key, cose, look->claims.issued_at);
	if (!e || e == E_NO_MEMORY)
		return e;
	if (e == E_CERTIFICATE_EXPIRED)
		return found(txn, look, CHECKPOINT_FOREIGN,
		    "its key was not certified for the time it was made");
	if (e == E_OBJECT_SIGNATURE)
		return found(txn, look, CHECKPOINT_FOREIGN, "its signature is wrong");
	return found(txn, look, CHECKPOINT_FOREIGN,
	    "it is not signed by a key that this server's root certified");
}

static enum err
look_vendor(struct txn *txn, struct checkpoint_look *look)
{
	struct vendor vendor;
	char *text;
	enum err e = record_get_id(txn, T_VENDOR, VENDOR_ID, &vendor);

	if (e || vendor.o.id == look->claims.vendor)
		return e == E_NOT_FOUND ? E_DAMAGED : e;
	text = arena_printf(txn->arena, "it is of vendor %lld, this server's is %lld",
	    (long long)look->claims.vendor, (long long)vendor.o.id);
	return text ? found(txn, look, CHECKPOINT_FOREIGN, text) : E_NO_MEMORY;
}

static enum err
look_epoch(struct txn *txn, struct checkpoint_look *look)
{
	unsigned char epoch[SYSTEM_EPOCH_LEN];
	enum err e = system_epoch(txn, epoch);

	look->same_epoch = !e && memcmp(epoch, look->claims.epoch, sizeof(epoch)) == 0;
	return e;
}

/* --- the chain -----------------------------------------------------------------------
 */

static enum err
look_beyond(struct txn *txn, struct checkpoint_look *look)
{
	char *text = arena_printf(txn->arena,
	    "it is of entry %lld, but this history ends at entry %lld",
	    (long long)look->claims.seq, (long long)look->head);

	return text ? found(txn, look, CHECKPOINT_BEYOND, text) : E_NO_MEMORY;
}

static enum err
look_differs(struct txn *txn, struct checkpoint_look *look, const char *how)
{
	char *text =
	    arena_printf(txn->arena, "entry %lld %s", (long long)look->claims.seq, how);

	return text ? found(txn, look, CHECKPOINT_DIFFERS, text) : E_NO_MEMORY;
}

static enum err
look_chain(struct txn *txn, struct checkpoint_look *look)
{
	struct audit entry = { .seq = look->claims.seq };
	unsigned char hash[AUDIT_HASH_LEN];
	struct meta head;
	enum err e = audit_head(txn, &head);

	if (e)
		return e;
	look->head = head.number;
	if (look->claims.seq > look->head)
		return look_beyond(txn, look);
	e = record_get(txn, T_AUDIT, &entry);
	if (e == E_NOT_FOUND)
		return look_differs(txn, look, "is missing here");
	if (!e)
		e = audit_hash(txn->arena, &entry, hash);
	if (e)
		return e;
	if (memcmp(hash, look->claims.hash, AUDIT_HASH_LEN) != 0)
		return look_differs(txn, look, "has another hash here");
	return E_OK;
}

static void
note_kid(const struct cose *cose, struct checkpoint_look *look)
{
	struct key key = { .use = KEY_ISSUING };

	memcpy(key.kid, cose->kid, KEY_KID);
	key_kid_text(&key, look->kid);
}

enum err
checkpoint_look(struct txn *txn, struct slice object, struct checkpoint_look *look)
{
	struct cose cose;
	enum err e = cose_parse_as(OBJECT_CHECKPOINT, object, &cose);

	*look = (struct checkpoint_look){ .state = CHECKPOINT_HELD };
	if (!e)
		e = claims_get_checkpoint(txn->arena, cose.payload, &look->claims);
	if (e)
		return e;
	note_kid(&cose, look);
	e = look_signer(txn, &cose, look);
	if (!e && !look->problem)
		e = look_vendor(txn, look);
	if (!e && !look->problem)
		e = look_epoch(txn, look);
	if (!e && !look->problem)
		e = look_chain(txn, look);
	return e;
}

/* --- the kept ones -------------------------------------------------------------------
 */

static enum err
walk_break(struct checkpoint_walk *w, int64_t seq, const char *problem)
{
	w->broken_at = seq;
	w->problem = problem;
	return E_VERIFY;
}

static enum err
walk_one(struct txn *txn, struct checkpoint_walk *w, const struct checkpoint *kept)
{
	struct checkpoint_look look;
	enum err e = checkpoint_look(txn, kept->object, &look);

	if (e && err_info(e)->kind == ERR_CALL)
		return walk_break(w, kept->seq, "it cannot be read");
	if (e)
		return e;
	if (look.problem)
		return walk_break(w, kept->seq, look.problem);
	if (look.claims.seq != kept->seq || !slice_is(kept->kid, look.kid))
		return walk_break(w, kept->seq, "another one lies in its place");
	w->seen++;
	w->next = kept->seq + 1;
	return E_OK;
}

enum err
checkpoint_walk(struct txn *txn, struct checkpoint_walk *w)
{
	struct slice from = record_key_id(txn, w->from);
	struct checkpoint kept;
	struct record_scan scan;
	enum err e;

	if (!from.p)
		return E_NO_MEMORY;
	e = record_scan(txn, T_CHECKPOINT, -1, SLICE_NULL, from, false, &scan);
	for (int64_t i = 0; !e && i < w->max; i++) {
		e = record_next(&scan, &kept);
		if (!e)
			e = walk_one(txn, w, &kept);
	}
	if (e == E_NOT_FOUND) {
		w->next = 0;
		e = E_OK;
	}
	return e;
}
