#include "server/api/v4_offline.h"

#include "base/clock.h"
#include "server/api/v4_decode.h"
#include "server/api/v4_print.h"
#include "server/policy/offline.h"

/* --- answers -------------------------------------------------------------------------
 */

static enum err
sign_answer(struct v4_file *file, struct client_res *res)
{
	struct arena *a = file->v->call->arena;
	char date[CLOCK_JS_LEN + 1];
	unsigned char mac[SHA256_LEN];
	struct buf signature = BUF_INIT(a);
	struct slice text, shown;
	enum err err;

	clock_js(res->now, date);
	shown = arena_slice(a, slice_str(date));
	err = shown.p ? v4_file_sign_text(a, file, shown, &text) : E_NO_MEMORY;
	if (!err)
		err = hmac_sha256(file->key.shared_key, text, mac);
	if (err)
		return err;
	buf_base64(&signature, mac, sizeof(mac));
	for (size_t i = 0; i < res->n; i++) {
		res->view[i].date = shown;
		res->view[i].offline_signature = buf_slice(&signature);
	}
	return buf_finish(&signature);
}

/* Writer thread; the loop waits. */
static enum err
print_activated(void *arg, struct client_res *res, struct slice *body)
{
	struct v4_file *file = arg;
	struct v4_call *v = file->v;
	struct buf out = BUF_INIT(v->call->arena);
	struct json_writer w;
	enum err err = sign_answer(file, res);

	if (err)
		return err;
	jw_init(&w, &out);
	if (v->spec->bundle) {
		jw_object(&w);
		jw_key(&w, "licenses");
		jw_array(&w);
	}
	for (size_t i = 0; i < res->n; i++) {
		res->view[i].company_id = v->key.company_id;
		v4_print_activation(&w, &v->req, res->now, &res->view[i]);
	}
	if (v->spec->bundle) {
		jw_end(&w);
		jw_end(&w);
	}
	*body = buf_slice(&out);
	return buf_finish(&out);
}

static enum err
print_deactivated(void *arg, struct client_res *res, struct slice *body)
{
	(void)arg;
	(void)res;
	*body = SLICE("\"license_deactivated\"");
	return E_OK;
}

static void
encode(struct v4_call *v, struct buf *body)
{
	const struct upload_res *res = v->res;

	buf_slice_add(body, res->body);
}

/* --- the file ------------------------------------------------------------------------
 */

static enum upload_call
call_of(const struct v4_spec *spec)
{
	if (spec->take & V4_FINAL)
		return spec->bundle ? OC_DEACTIVATE_BUNDLE : OC_DEACTIVATE;
	return spec->bundle ? OC_ACTIVATE_BUNDLE : OC_ACTIVATE;
}

static enum err
set_upload(struct v4_file *file)
{
	struct upload *up = &file->upload;
	struct slice handle = file->request_id.p ? file->request_id : file->signature;
	unsigned char both[2 * UPLOAD_DIGEST], id[SHA256_LEN];
	struct buf hex = BUF_FIXED(up->id);
	enum err err = sha256(handle, up->handle);

	if (!err)
		err = sha256(file->signed_text, up->digest);
	memcpy(both, up->handle, UPLOAD_DIGEST);
	memcpy(both + UPLOAD_DIGEST, up->digest, UPLOAD_DIGEST);
	if (!err)
		err = sha256(slice_of(both, sizeof(both)), id);
	if (err)
		return err;
	buf_hex(&hex, id, OFFLINE_ID);
	up->call = call_of(file->v->spec);
	up->has_token = file->v->call->settings->sign;
	up->print = up->call == OC_ACTIVATE || up->call == OC_ACTIVATE_BUNDLE
	                ? print_activated
	                : print_deactivated;
	up->arg = file;
	return E_OK;
}

/* read: the key inside, and the answer that there may be. */
static enum err
file_find(struct action_ctx *ctx, const void *req, void *res)
{
	struct v4_file *file = res;
	enum err err = auth_find(ctx, &file->inner, &file->key);

	(void)req;
	if (err)
		return err;
	err = upload_find(ctx, &file->upload, &file->known);
	file->replayed = err == E_REQUEST_REPLAYED;
	return file->replayed ? E_OK : err;
}

static enum err
check_signature(struct v4_file *file)
{
	unsigned char mac[SHA256_LEN];
	struct slice sent;
	enum err err = base64_decode(file->v->call->arena, file->signature, &sent);

	if (err == E_NO_MEMORY)
		return err;
	if (err || sent.n != SHA256_LEN)
		return E_SIGNATURE_MISMATCH;
	err = hmac_sha256(file->key.shared_key, file->signed_text, mac);
	if (err)
		return err;
	return hmac_equal(mac, (const unsigned char *)sent.p) ? E_OK
	                                                      : E_SIGNATURE_MISMATCH;
}

/* 10.3 from the credential on, in its order. */
static enum err
check_file(struct v4_file *file)
{
	const struct call *call = file->v->call;
	const struct api_key *key = &file->key.key;
	int64_t date;
	enum err err;

	if (!file->key.found)
		return E_INVALID_API_KEY;
	err = check_signature(file);
	if (err)
		return err;
	if (key->revoked_at != FIELD_NONE)
		return E_REVOKED_API_KEY;
	if (key->read_only)
		return E_READ_ONLY_API_KEY;
	if (!v4_file_date(file->date, &date))
		return E_VALIDATION;
	err = offline_age(date, call->now, call->settings->request_max_age);
	if (err)
		return err;
	return file->replayed ? E_REQUEST_REPLAYED : E_OK;
}

static void
file_found(struct call *call)
{
	struct v4_call *v = call->state;
	struct v4_file *file = v->file;
	enum err err = call->run.err ? call->run.err : check_file(file);

	if (!err && api_options_of(call->api)->touch)
		touch_key(
		    api_options_of(call->api)->touch, file->key.key.o.id, call->now);
	if (!err && file->known.repeated) {
		v->res = &file->known;
		v4_answer(v);
		return;
	}
	file->upload.allowed_products = file->key.key.product_ids.p;
	file->upload.n_allowed = file->key.key.product_ids.n;
	v4_proceed(v, err ? err : v4_decode(v));
}

void
v4_file_start(struct v4_call *v)
{
	struct call *call = v->call;
	struct v4_file *file = arena_alloc(call->arena, sizeof(*file));
	struct slice json;
	enum err err = file ? E_OK : E_NO_MEMORY;

	if (!err)
		err = v4_file_text(call->arena, call->request, &json);
	if (!err)
		err = v4_file_parse(call->arena, json, file);
	if (!err) {
		file->v = v;
		v->file = file;
		err = set_upload(file);
	}
	if (err)
		v4_refuse(v, err);
	else
		call_run(call, false, file_find, file, file, file_found);
}

#define ROW_OF_ACTIVATION                                                                \
	.write = true, .res_size = sizeof(struct upload_res),                            \
	.action = action_upload_activate, .encode = encode
#define ROW_OF_DEACTIVATION                                                              \
	.write = true, .res_size = sizeof(struct upload_res),                            \
	.action = action_upload_deactivate, .encode = encode

const struct v4_spec v4_activate_offline = {
	.name = "activate_offline",
	.take =
	    V4_FILE | V4_BASE | V4_BUNDLE_CODE | V4_ID_A | V4_VARIABLES | V4_DEVICE_KEY,
	.single = true,
	ROW_OF_ACTIVATION,
};

const struct v4_spec v4_activate_bundle_offline = {
	.name = "activate_bundle_offline",
	.take = V4_FILE | V4_BASE | V4_ID_A | V4_VARIABLES | V4_DEVICE_KEY,
	.bundle = true,
	ROW_OF_ACTIVATION,
};

const struct v4_spec v4_deactivate_offline = {
	.name = "deactivate_offline",
	.take = V4_FILE | V4_BASE | V4_BUNDLE_CODE | V4_ID_B | V4_VARIABLES |
	        V4_DEVICE_KEY | V4_FINAL,
	.single = true,
	ROW_OF_DEACTIVATION,
};

const struct v4_spec v4_deactivate_bundle_offline = {
	.name = "deactivate_bundle_offline",
	.take = V4_FILE | V4_BASE | V4_ID_B | V4_VARIABLES | V4_DEVICE_KEY | V4_FINAL,
	.bundle = true,
	ROW_OF_DEACTIVATION,
};
