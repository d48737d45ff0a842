#include "server/api/v4_decode.h"

#include "base/id.h"
#include "keys/sign.h"
#include "server/api/v4_offline.h"

#define DEVICE_KEY_BYTES KEY_PUBLIC
#define NOWHERE SIZE_MAX

enum kind {
	K_IDENT,
	K_CODE,
	K_LICENSE_KEY,
	K_USERNAME,
	K_TEXT, /* length alone */
	K_FACT,
	K_INT,
	K_BOOL,
	K_VARIABLES,
	K_DEVICE_KEY,
	K_EVENT,
	K_REQUEST, /* what a request file asks for */
	K_FEATURES
};

struct row {
	const char *name;
	unsigned take;     /* calls that know it */
	unsigned required; /* calls that cannot do without */
	enum kind kind;
	size_t offset; /* in struct v4_call */
	size_t has;    /* of a bool that says it was sent */
	int64_t min, max;
};

#define AT(member) offsetof(struct v4_call, member)
#define FACT(name)                                                                       \
	{                                                                                \
#name, V4_BASE, 0, K_FACT, AT(req.facts.name), NOWHERE, 0, MAX_NAME      \
	}
#define ID (V4_ID_A | V4_ID_B)

static const struct row rows[] = {
	{ "hardware_id", V4_BASE, V4_BASE, K_IDENT, AT(req.hardware_id), NOWHERE, 1,
	    MAX_HARDWARE_ID },
	{ "product", V4_BASE | V4_PRODUCT, V4_BASE | V4_PRODUCT, K_CODE, AT(req.product),
	    NOWHERE, 2, MAX_CODE },
	{ "bundle_code", V4_BUNDLE_CODE, 0, K_CODE, AT(req.bundle_code), NOWHERE, 2,
	    MAX_CODE },
	{ "license_id", V4_BASE, 0, K_INT, AT(req.license_id), NOWHERE, 1, ID_INT_MAX },
	{ "license_key", ID, 0, K_LICENSE_KEY, AT(req.license_key), NOWHERE, 0, 0 },
	{ "username", ID | V4_NEW_PASSWORD, V4_NEW_PASSWORD, K_USERNAME, AT(req.username),
	    NOWHERE, 0, 0 },
	{ "password", V4_ID_A | V4_NEW_PASSWORD, V4_NEW_PASSWORD, K_TEXT,
	    AT(req.password), NOWHERE, 1, 256 },
	{ "new_password", V4_NEW_PASSWORD, V4_NEW_PASSWORD, K_TEXT, AT(new_password),
	    NOWHERE, 8, 256 },
	{ "id_token", ID, 0, K_TEXT, NOWHERE, NOWHERE, 1, 4096 },
	{ "code", ID, 0, K_TEXT, NOWHERE, NOWHERE, 1, 2048 },
	{ "customer_account_code", ID, 0, K_CODE, AT(req.account_code), NOWHERE, 1,
	    MAX_CODE },
	FACT(sdk_ver),
	FACT(app_ver),
	FACT(app_name),
	FACT(os_ver),
	FACT(hostname),
	FACT(os_hostname),
	FACT(ip),
	FACT(ip_local),
	FACT(mac_address),
	FACT(vm_info),
	{ "is_vm", V4_BASE, 0, K_BOOL, AT(req.facts.is_vm), AT(req.has_is_vm), 0, 0 },
	{ "device_uuid", V4_DEVICE_UUID, 0, K_IDENT, AT(req.device_uuid), NOWHERE, 1,
	    MAX_CODE },
	{ "variables", V4_VARIABLES, 0, K_VARIABLES, NOWHERE, AT(req.has_variables), 0,
	    0 },
	{ "device_key", V4_DEVICE_KEY, 0, K_DEVICE_KEY, AT(req.device_key), NOWHERE, 0,
	    0 },
	{ "device_proof", V4_DEVICE_KEY, 0, K_TEXT, AT(device_proof), NOWHERE, 1, 4096 },
	{ "env", V4_CHECK | V4_PRODUCT, 0, K_IDENT, AT(req.env), NOWHERE, 1, MAX_NAME },
	{ "channel", V4_CHECK, 0, K_IDENT, AT(req.channel), NOWHERE, 1, MAX_NAME },
	{ "include_expired_features", V4_CHECK, 0, K_BOOL,
	    AT(req.include_expired_features), NOWHERE, 0, 0 },
	{ "include_metadata_string", V4_CHECK, 0, K_BOOL, AT(req.include_metadata_string),
	    NOWHERE, 0, 0 },
	{ "include_latest_version", V4_PRODUCT, 0, K_BOOL, AT(req.include_latest_version),
	    NOWHERE, 0, 0 },
	{ "include_custom_fields", V4_PRODUCT, 0, K_BOOL, AT(req.include_custom_fields),
	    NOWHERE, 0, 0 },
	{ "consumptions", V4_CONSUME | V4_FINAL, 0, K_INT, AT(req.consumptions), NOWHERE,
	    -MAX_CONSUMPTION_STEP, MAX_CONSUMPTION_STEP },
	{ "allow_overages", V4_CONSUME, 0, K_BOOL, AT(req.overages), AT(req.has_overages),
	    0, 0 },
	{ "max_overages", V4_CONSUME, 0, K_INT, AT(req.max_overages), NOWHERE, 0,
	    ID_INT_MAX },
	{ "ignore_events", V4_CONSUME, 0, K_BOOL, NOWHERE, NOWHERE, 0, 0 },
	{ "request", V4_FILE, 0, K_REQUEST, NOWHERE, NOWHERE, 0, 0 },
	{ "product_features", V4_FILE, 0, K_FEATURES, NOWHERE, NOWHERE, 0, 0 },
	{ "event", V4_CONSUME, 0, K_EVENT, NOWHERE, NOWHERE, 0, 0 },
};

struct source {
	const struct json *body; /* NULL: the query counts */
	struct param *params;
	size_t n;
};

static bool
source_find(const struct source *s, const char *name, struct v4_value *out)
{
	*out = (struct v4_value){ .json = NULL };
	if (!s->body) {
		out->text = param_get(s->params, s->n, name);
		return out->text.n > 0;
	}
	out->json = json_get(s->body, name);
	if (!out->json || out->json->type == JSON_NULL)
		return false;
	return out->json->type != JSON_TEXT || out->json->text.n > 0;
}

static bool
source_has(const struct source *s, const char *name)
{
	struct v4_value value;

	return source_find(s, name, &value);
}

static enum err
source_open(struct v4_call *v, struct source *s)
{
	const struct request *r = v->call->request;
	struct json *body;
	enum err err;

	*s = (struct source){ .body = v->file ? v->file->fields : NULL };
	if (s->body)
		return E_OK;
	if (v->call->endpoint->method == HTTP_GET)
		return request_params(v->call->arena, r->query, &s->params, &s->n);
	err = json_parse(v->call->arena, r->body, &body);
	if (err)
		return err;
	s->body = body;
	return body->type == JSON_OBJECT ? E_OK : E_INVALID_JSON;
}

/*
 * 6.10: *groups counts the member groups of which something was sent;
 * E_MISSING_PARAMETERS when none is whole.
 */
static enum err
credential_present(const struct source *s, unsigned take, int *groups)
{
	bool key = source_has(s, "license_key");
	bool user = source_has(s, "username");
	bool password = take & V4_ID_A ? source_has(s, "password") : user;
	bool token = source_has(s, "id_token");
	bool code = source_has(s, "code");
	bool account = source_has(s, "customer_account_code");

	*groups = key + (user || password) + token + code;
	if (account && !token && !code)
		++*groups;
	if (key || (user && password) || (account && (token || code)))
		return E_OK;
	return E_MISSING_PARAMETERS;
}

static enum err
check_presence(const struct source *s, unsigned take, int *groups)
{
	*groups = 1;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].required & take && !source_has(s, rows[i].name))
			return E_MISSING_PARAMETERS;
	return take & ID ? credential_present(s, take, groups) : E_OK;
}

static enum err
decode_device_key(struct arena *a, struct slice text, struct slice *out)
{
	enum err err = base64url_decode(a, text, out);

	if (err)
		return err;
	return out->n == DEVICE_KEY_BYTES ? E_OK : E_VALIDATION;
}

static enum err
decode_text(struct arena *a, const struct row *row, const struct v4_value *value,
    struct slice *out)
{
	struct slice text = SLICE_NULL;
	enum err err = v4_value_text(value, &text);
	bool fits = (int64_t)text.n >= row->min && (int64_t)text.n <= row->max;

	if (err)
		return err;
	*out = text;
	switch (row->kind) {
	case K_IDENT:
		return fits && slice_is_plain(text) ? E_OK : E_VALIDATION;
	case K_CODE:
		return fits && code_valid(text, (size_t)row->min, (size_t)row->max)
		           ? E_OK
		           : E_VALIDATION;
	case K_LICENSE_KEY:
		*out = slice_trim(text);
		return license_key_valid(*out) ? E_OK : E_VALIDATION;
	case K_USERNAME:
		return v4_username_valid(text) ? E_OK : E_VALIDATION;
	case K_FACT:
		*out = v4_cut(text, (size_t)row->max);
		return E_OK;
	case K_DEVICE_KEY:
		return decode_device_key(a, text, out);
	default:
		return fits ? E_OK : E_VALIDATION;
	}
}

static enum err
decode_int(const struct row *row, const struct v4_value *value, int64_t *out)
{
	enum err err = v4_value_int(value, out);

	if (err)
		return err;
	return *out >= row->min && *out <= row->max ? E_OK : E_VALIDATION;
}

static enum err
decode_event(const struct v4_value *value)
{
	const struct json *array = value->json;
	struct slice name;

	if (!array || array->type != JSON_ARRAY || array->n != 1 ||
	    !json_to_text(&array->items[0], &name))
		return E_VALIDATION;
	if (slice_is(name, "consumption_add") ||
	    slice_is(name, "offline_floating_consumptions_sync"))
		return E_OK;
	return E_VALIDATION;
}

static enum err
decode_request(const struct v4_call *v, const struct v4_value *value)
{
	const char *wanted = v->spec->take & V4_FINAL ? "deactivation" : "activation";
	struct slice text;
	enum err err = v4_value_text(value, &text);

	return !err && slice_is(text, wanted) ? E_OK : E_VALIDATION;
}

static void *
place_of(struct v4_call *v, size_t offset, void *nowhere)
{
	return offset == NOWHERE ? nowhere : (char *)v + offset;
}

static enum err
decode_row(struct v4_call *v, const struct row *row, const struct v4_value *value)
{
	union {
		struct slice text;
		int64_t integer;
		bool boolean;
	} unused;
	void *place = place_of(v, row->offset, &unused);

	*(bool *)place_of(v, row->has, &unused) = true;
	switch (row->kind) {
	case K_INT:
		return decode_int(row, value, place);
	case K_BOOL:
		return v4_value_bool(value, place);
	case K_VARIABLES:
		return v4_value_variables(
		    v->call->arena, value, &v->req.variables, &v->req.n_variables);
	case K_EVENT:
		return decode_event(value);
	case K_REQUEST:
		return decode_request(v, value);
	case K_FEATURES:
		return v->spec->take & V4_FINAL
		           ? v4_value_features(v->call->arena, value, &v->req.features,
				 &v->req.n_features)
		           : E_OK;
	default:
		return decode_text(v->call->arena, row, value, place);
	}
}

static enum err
check_types(struct v4_call *v, const struct source *s)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct v4_value value;
		enum err err;

		if (!(rows[i].take & v->spec->take) ||
		    !source_find(s, rows[i].name, &value))
			continue;
		err = decode_row(v, &rows[i], &value);
		if (err)
			return err;
	}
	return E_OK;
}

static void
set_defaults(struct v4_call *v)
{
	const struct api_key *key = &v->key.key;

	v->req = (struct client_req){
		.bundle = v->spec->bundle,
		.single = v->spec->single,
		.read_only = key->read_only,
		.offline = v->file != NULL,
		.upload = v->file ? &v->file->upload : NULL,
		.allowed_products = key->product_ids.p,
		.n_allowed = key->product_ids.n,
		.license_id = FIELD_NONE,
		.consumptions = v->spec->take & V4_CONSUME ? 1 : FIELD_NONE,
		.max_overages = FIELD_NONE,
		.peer_address = slice_str(v->call->request->peer),
	};
}
/* 6.6: the text that the device key signs. */
static struct slice
proof_text(struct v4_call *v)
{
	struct buf text = BUF_INIT(v->call->arena);

	buf_printf(&text, "licet-device-v1\n%s\n", v->spec->name);
	buf_slice_add(&text, v->file ? v->file->date : v->auth.date);
	buf_char(&text, '\n');
	buf_slice_add(&text, v->req.product);
	buf_char(&text, '\n');
	buf_slice_add(&text, v->req.hardware_id);
	return buf_ok(&text) ? buf_slice(&text) : SLICE_NULL;
}

static enum err
check_proof(struct v4_call *v)
{
	struct slice proof, text;
	enum err err;

	if (!v->req.device_key.p)
		return E_OK;
	err = base64url_decode(v->call->arena, v->device_proof, &proof);
	if (err)
		return err == E_NO_MEMORY ? err : E_DEVICE_PROOF_INVALID;
	text = proof_text(v);
	if (!text.p)
		return E_NO_MEMORY;
	return sign_verify(v->req.device_key, text, proof) ? E_OK
	                                                   : E_DEVICE_PROOF_INVALID;
}

enum err
v4_decode(struct v4_call *v)
{
	struct source source;
	int groups;
	enum err err;

	set_defaults(v);
	err = source_open(v, &source);
	if (err)
		return err;
	err = check_presence(&source, v->spec->take, &groups);
	if (err)
		return err;
	err = check_types(v, &source);
	if (err)
		return err;
	return groups > 1 ? E_VALIDATION : check_proof(v);
}
