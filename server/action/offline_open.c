#include "server/action/offline.h"

#include <sodium.h>
#include <stdio.h>

#include "base/clock.h"
#include "offline/seal_request.h"
#include "offline/trust.h"

static bool
is_fault(enum err err)
{
	return err == E_NO_MEMORY;
}

/* What is wrong with the object is kept; faults of ours are given back. */
static enum err
settle(struct offline_ask *ask, enum err err)
{
	if (is_fault(err))
		return err;
	ask->err = err;
	return E_OK;
}

static void
note_bytes(
    struct offline_ask *ask, struct slice bytes, const unsigned char id[static CLAIMS_ID])
{
	sodium_bin2hex(ask->id, sizeof(ask->id), id, CLAIMS_ID);
	crypto_generichash(ask->digest, sizeof(ask->digest),
	    (const unsigned char *)bytes.p, bytes.n, NULL, 0);
}

/* Retired box keys still open what was sealed to them. */
static enum err
unseal(struct arena *a, const struct keyring *ring, struct slice sealed,
    struct slice *request)
{
	unsigned char kid[KEY_KID];
	const struct keyring_part *box;
	enum err err = request_sealed_kid(sealed, kid);

	if (err)
		return err;
	box = keyring_find(ring, kid);
	if (!box || box->key.use != KEY_BOX || !box->material)
		return E_BOX_KEY_UNKNOWN;
	return request_unseal(
	    a, box->key.public_key, secret_slice(box->material), sealed, request);
}

static enum err
copy_pairs(struct arena *a, const struct claims_pairs *from, struct pair **to, size_t *n)
{
	*n = from->n;
	*to = arena_array(a, from->n + 1, sizeof(**to));
	if (!*to)
		return E_NO_MEMORY;
	for (size_t i = 0; i < from->n; i++)
		(*to)[i] = (struct pair){ from->item[i].name, from->item[i].value };
	return E_OK;
}

static enum err
call_of(struct arena *a, struct offline_ask *ask)
{
	const struct claims_request *r = &ask->request;
	struct client_req *call = &ask->call;

	*call = (struct client_req){ .bundle = r->bundle,
		.single = !r->bundle,
		.offline = true,
		.refresh = r->action == CLAIMS_REFRESH,
		.product = r->product,
		.hardware_id = r->hardware_id,
		.license_id = r->license_id,
		.license_key = r->license_key,
		.username = r->username,
		.password = r->password,
		.facts = { .hostname = claims_pair_get(&r->facts, "hostname"),
		    .os_ver = claims_pair_get(&r->facts, "os_ver"),
		    .app_ver = claims_pair_get(&r->facts, "app_ver"),
		    .vm_info = claims_pair_get(&r->facts, "vm_info"),
		    .mac_address = claims_pair_get(&r->facts, "mac_address"),
		    .is_vm = r->is_vm },
		.has_is_vm = true,
		.device_key = arena_slice(a, slice_of(r->device_key, KEY_PUBLIC)),
		.consumptions = r->consumptions,
		.max_overages = FIELD_NONE };
	if (!call->device_key.p)
		return E_NO_MEMORY;
	return copy_pairs(a, &r->variables, &call->variables, &call->n_variables);
}

static enum err
read_request(struct arena *a, struct slice bytes, bool sealed, struct offline_ask *ask)
{
	struct cose cose;
	enum err err = cose_parse_as(OBJECT_REQUEST, bytes, &cose);

	if (!err)
		err = claims_get_request(a, cose.payload, &ask->request);
	if (!err)
		err = trust_device(ask->request.device_key, &cose);
	if (err)
		return err;
	if (ask->request.password.p && !sealed)
		return E_REQUEST_NOT_SEALED;
	if (ask->request.username.p && !ask->request.password.p)
		return E_MISSING_PARAMETERS;
	note_bytes(ask, bytes, ask->request.id);
	return call_of(a, ask);
}

enum err
offline_open_request(struct arena *a, const struct keyring *ring, enum object_kind kind,
    struct slice bytes, struct offline_ask *ask)
{
	bool sealed = kind == OBJECT_SEALED_REQUEST;
	enum err err = E_OK;

	if (sealed)
		err = unseal(a, ring, bytes, &bytes);
	else if (kind != OBJECT_REQUEST)
		err = E_OBJECT_TYPE;
	if (!err)
		err = read_request(a, bytes, sealed, ask);
	return settle(ask, err);
}

enum err
offline_open_proof(
    struct arena *a, enum object_kind kind, struct slice bytes, struct offline_ask *ask)
{
	enum err err = kind == OBJECT_DEACTIVATION
	                   ? cose_parse_as(kind, bytes, &ask->cose)
	                   : E_OBJECT_TYPE;

	if (!err)
		err = claims_get_deactivation(a, ask->cose.payload, &ask->proof);
	if (!err)
		note_bytes(ask, bytes, ask->proof.id);
	return settle(ask, err);
}

char *
offline_refusal_text(struct arena *a, const struct offline_answer *answer)
{
	const char *message = err_info(answer->err)->message;
	char date[CLOCK_ISO_LEN + 1] = "";

	if (answer->err == E_LICENSE_START_DATE)
		clock_iso(answer->start_date, date);
	return answer->more ? arena_printf(a, "%s: %s", message, answer->more)
	                    : arena_printf(a, "%s%s", message, date);
}

void
offline_print_refusal(struct json_writer *w, const struct offline_answer *answer)
{
	char *text = offline_refusal_text(w->out->arena, answer);

	w->out->failed = w->out->failed || !text;
	jw_key(w, "code");
	jw_str(w, err_code(answer->err));
	jw_ktext(w, "message", slice_str(text));
	if (answer->refused_license == 0)
		return;
	jw_kint(w, "license_id", answer->refused_license);
	jw_ktext(w, "product", answer->refused_product);
}
