#include <sodium.h>
#include <stdlib.h>

#include "base/file.h"
#include "offline/armor.h"
#include "offline/client.h"
#include "offline/seal_request.h"
#include "offline/trust.h"

#define PAIRS_MAX 1024

static enum licet_err
wrong(struct licet *l, const char *what)
{
	l->why.what = what;
	return client_fail(l, LICET_E_ARGUMENT);
}

static enum licet_err
copy_out(struct licet *l, enum object_kind kind, struct slice object, char **out)
{
	struct buf text = BUF_INIT(NULL);

	armor_put(&text, kind, object);
	buf_char(&text, '\0');
	if (!buf_ok(&text)) {
		buf_free(&text);
		return client_fault(l, NULL, E_NO_MEMORY);
	}
	*out = text.p;
	return LICET_OK;
}

static enum licet_err
sign(struct licet *l, enum object_kind kind, struct slice payload, struct slice *object)
{
	struct buf b = BUF_INIT(l->call);
	struct cose_signer signer = { .secret = l->signer, .kid = l->kid };

	cose_sign(&b, kind, &signer, payload);
	if (!buf_ok(&b))
		return client_fault(l, NULL, E_NO_MEMORY);
	*object = buf_slice(&b);
	return LICET_OK;
}

static enum licet_err
copy_pairs(
    struct licet *l, const struct licet_text *text, size_t n, struct claims_pairs *out)
{
	if (n > PAIRS_MAX || (n > 0 && !text))
		return wrong(l, "too many facts or variables");
	out->n = n;
	out->item = arena_array(l->call, n, sizeof(*out->item));
	if (!out->item)
		return client_fault(l, NULL, E_NO_MEMORY);
	for (size_t i = 0; i < n; i++) {
		if (!text[i].name || !text[i].value)
			return wrong(l, "a fact or variable has no name or value");
		out->item[i] = (struct claims_pair){ slice_str(text[i].name),
			slice_str(text[i].value) };
	}
	return LICET_OK;
}

static int64_t
optional(uint64_t n)
{
	return n == 0 || n > INT64_MAX ? FIELD_NONE : (int64_t)n;
}

/* A refresh names the last sequence, so that a copy of this machine shows. */
static enum licet_err
fill_refresh(struct licet *l, const struct licet_request *in, struct claims_request *out)
{
	if (!in->refresh)
		return LICET_OK;
	if (!l->state.activation.held)
		return client_fail(l, LICET_E_NOT_ACTIVATED);
	out->action = CLAIMS_REFRESH;
	out->sequence = l->state.activation.sequence;
	out->consumptions = optional(in->consumptions);
	return LICET_OK;
}

static enum licet_err
fill(struct licet *l, const struct licet_request *in, struct claims_request *out)
{
	enum licet_err err;

	*out = (struct claims_request){ .issued_at = client_now(l),
		.action = CLAIMS_ACTIVATE,
		.product = l->product,
		.bundle = in->bundle != 0,
		.license_key = slice_str(in->license_key),
		.username = slice_str(in->username),
		.password = slice_str(in->password),
		.hardware_id = l->hardware_id,
		.is_vm = in->is_vm != 0,
		.license_id = optional(in->license_id),
		.consumptions = FIELD_NONE,
		.sequence = FIELD_NONE };
	randombytes_buf(out->id, sizeof(out->id));
	memcpy(out->device_key, l->device_key, KEY_PUBLIC);
	err = copy_pairs(l, in->facts, in->n_facts, &out->facts);
	if (err == LICET_OK)
		err = copy_pairs(l, in->variables, in->n_variables, &out->variables);
	return err == LICET_OK ? fill_refresh(l, in, out) : err;
}

/* What is written must be readable: the limits stand in one place. */
static enum licet_err
encode(struct licet *l, const struct claims_request *claims, struct slice *payload)
{
	struct buf b = BUF_INIT(l->call);
	struct claims_request again;
	enum err e;

	claims_put_request(&b, claims);
	if (!buf_ok(&b))
		return client_fault(l, NULL, E_NO_MEMORY);
	*payload = buf_slice(&b);
	e = claims_get_request(l->call, *payload, &again);
	if (e == E_NO_MEMORY)
		return client_fault(l, NULL, e);
	return e ? wrong(l, "a member of the request is missing, too long or malformed")
	         : LICET_OK;
}

static enum licet_err
refuse_box(struct licet *l, enum err e)
{
	l->why.file = CLIENT_BOX;
	if (e == E_CERTIFICATE_EXPIRED) {
		l->why.instant = client_now(l);
		return client_fail(l, LICET_E_CERTIFICATE);
	}
	l->why.cause = e;
	return client_fail(l, LICET_E_SIGNATURE);
}

/* Null: there is none. */
static enum licet_err
load_box(struct licet *l, bool *held, struct claims_certificate *box)
{
	char *path = file_path(l->call, l->dir, CLIENT_BOX);
	int64_t now = client_now(l);
	struct client_object o;
	struct slice text;
	enum err e =
	    path ? file_read(l->call, path, CLIENT_INPUT_MAX, &text) : E_NO_MEMORY;

	*held = e == E_OK;
	if (e == E_NOT_FOUND)
		return LICET_OK;
	if (e)
		return client_fault(l, CLIENT_BOX, e);
	if (l->state.highest > now)
		now = l->state.highest;
	e = client_unarmor(l->call, text, &o);
	if (e == E_OK)
		e = trust_certificate(l->root, o.bytes, KEY_BOX, now, box);
	if (e == E_NO_MEMORY)
		return client_fault(l, NULL, e);
	return e ? refuse_box(l, e) : LICET_OK;
}

static enum licet_err
seal(struct licet *l, const struct claims_certificate *box, struct slice *object)
{
	struct buf b = BUF_INIT(l->call);

	request_seal(&b, box->public_key, *object);
	if (!buf_ok(&b))
		return client_fault(l, NULL, E_NO_MEMORY);
	*object = buf_slice(&b);
	return LICET_OK;
}

/* Signed, then sealed where it can be. */
static enum licet_err
build(struct licet *l, const struct claims_request *claims, enum object_kind *kind,
    struct slice *object)
{
	struct claims_certificate box;
	struct slice payload = SLICE_NULL;
	bool held;
	enum licet_err err = load_box(l, &held, &box);

	if (err == LICET_OK && !held && claims->password.p)
		return wrong(
		    l, "a password wants a box certificate: it never goes in clear");
	if (err == LICET_OK)
		err = encode(l, claims, &payload);
	if (err == LICET_OK)
		err = sign(l, OBJECT_REQUEST, payload, object);
	*kind = held ? OBJECT_SEALED_REQUEST : OBJECT_REQUEST;
	return err == LICET_OK && held ? seal(l, &box, object) : err;
}

static enum licet_err
make_request(struct licet *l, const struct licet_request *in, char **out)
{
	struct claims_request claims;
	enum object_kind kind = OBJECT_REQUEST;
	struct slice object = SLICE_NULL;
	enum licet_err err;

	if (!in || in->size != sizeof(*in) || !out)
		return wrong(l, "size of the request is wrong");
	if (!l->product.p)
		return wrong(l, "the product is not named in the options");
	err = fill(l, in, &claims);
	if (err == LICET_OK)
		err = build(l, &claims, &kind, &object);
	if (err == LICET_OK)
		err = copy_out(l, kind, object, out);
	if (err != LICET_OK)
		return err;
	l->state.pending = true;
	memcpy(l->state.request, claims.id, CLAIMS_ID);
	err = client_store(l);
	if (err != LICET_OK) {
		licet_free(*out);
		*out = NULL;
	}
	return err;
}

enum licet_err
licet_request_make(struct licet *l, const struct licet_request *in, char **out)
{
	enum licet_err err;

	if (out)
		*out = NULL;
	err = client_begin(l);
	return err == LICET_OK ? client_end(l, make_request(l, in, out)) : err;
}

/* --- giving up ------------------------------------------------------------------------
 */

/* The installed one as it was accepted: an ended lease or a revocation is no reason to
 * keep it. */
static enum licet_err
read_installed(struct licet *l, struct claims_activation *a)
{
	struct client_object o;
	struct cose cose;
	enum err e = client_read(l, CLIENT_ACTIVATION, &l->state.activation, &o);

	l->why.file = CLIENT_ACTIVATION;
	l->why.serial = l->state.serial;
	if (e == E_NOT_FOUND)
		return client_fail(l, LICET_E_NOT_ACTIVATED);
	if (e)
		return client_fault(l, CLIENT_ACTIVATION, e);
	l->why.what = "is not the one that was installed";
	if (!o.same)
		return client_fail(l, LICET_E_STATE);
	e = cose_parse_as(OBJECT_ACTIVATION, o.bytes, &cose);
	if (e == E_OK)
		e = claims_get_activation(l->call, cose.payload, a);
	return e ? client_fault(l, CLIENT_ACTIVATION, e) : LICET_OK;
}

static enum licet_err
bury(struct licet *l, const struct claims_activation *a, uint64_t consumptions)
{
	struct buf b = BUF_INIT(l->call);
	struct state_tombstone t = { .serial = a->serial };
	struct claims_deactivation proof = { .issued_at = client_now(l),
		.serial = a->serial,
		.sequence = a->sequence,
		.consumptions = optional(consumptions) };
	enum licet_err err;

	randombytes_buf(proof.id, sizeof(proof.id));
	memcpy(proof.device, l->device, CLAIMS_DIGEST);
	claims_put_deactivation(&b, &proof);
	if (!buf_ok(&b))
		return client_fault(l, NULL, E_NO_MEMORY);
	t.payload = buf_slice(&b);
	state_bury(&l->state, &t);
	l->state.activation.held = false;
	l->state.pending = false;
	if (proof.issued_at > l->state.highest)
		l->state.highest = proof.issued_at;
	err = client_store(l);
	if (err == LICET_OK)
		client_drop(l, CLIENT_ACTIVATION);
	return err;
}

static enum licet_err
give_up(struct licet *l, uint64_t consumptions)
{
	struct claims_activation a = { .serial = 0 };
	enum licet_err err = read_installed(l, &a);

	if (err != LICET_OK)
		return err;
	if (memcmp(a.device, l->device, CLAIMS_DIGEST) != 0)
		return client_fail(l, LICET_E_DEVICE);
	if (l->product.p && !slice_equal(l->product, a.product))
		return client_fail(l, LICET_E_PRODUCT);
	return bury(l, &a, consumptions);
}

static enum licet_err
deactivate(struct licet *l, uint64_t consumptions, char **out)
{
	const struct client_state *s = &l->state;
	struct slice object = SLICE_NULL;
	enum licet_err err = LICET_OK;

	if (!out)
		return wrong(l, "no place for the proof is given");
	if (s->activation.held)
		err = give_up(l, consumptions);
	else if (s->n_tombstones == 0)
		err = client_fail(l, LICET_E_NOT_ACTIVATED);
	if (err == LICET_OK)
		err = sign(l, OBJECT_DEACTIVATION,
		    s->tombstone[s->n_tombstones - 1].payload, &object);
	return err == LICET_OK ? copy_out(l, OBJECT_DEACTIVATION, object, out) : err;
}

enum licet_err
licet_deactivate(struct licet *l, uint64_t consumptions, char **out)
{
	enum licet_err err;

	if (out)
		*out = NULL;
	err = client_begin(l);
	return err == LICET_OK ? client_end(l, deactivate(l, consumptions, out)) : err;
}
