#include "server/api/auth.h"

#include "base/clock.h"
#include "keys/wire_prefix.h"
#include "server/model/product.h"

#define API_KEY_MAX 64

#define API_KEY_CHARS "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static struct slice
skip_space(struct slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = slice_from(s, 1);
	return s;
}

static struct slice
take(struct slice *rest, size_t n)
{
	struct slice taken = slice_head(*rest, n);

	*rest = slice_from(*rest, n);
	return taken;
}

/* Of a value without quotes: base64 and addresses stand there, too. */
static size_t
bare_length(struct slice s)
{
	size_t n = slice_token(s);

	while (n < s.n && s.p[n] != '\0' && strchr("/=:@", s.p[n]))
		n += 1 + slice_token(slice_from(s, n + 1));
	return n;
}

static bool
take_value(struct slice *rest, struct slice *value)
{
	ptrdiff_t end;

	if (rest->n == 0 || rest->p[0] != '"') {
		*value = take(rest, bare_length(*rest));
		return value->n > 0;
	}
	*rest = slice_from(*rest, 1);
	end = slice_find(*rest, '"');
	if (end < 0)
		return false;
	*value = slice_head(*rest, (size_t)end);
	*rest = slice_from(*rest, (size_t)end + 1);
	return true;
}

static struct slice *
param_place(struct auth_params *p, struct slice name)
{
	if (slice_equal_fold(name, SLICE("algorithm")))
		return &p->algorithm;
	if (slice_equal_fold(name, SLICE("headers")))
		return &p->headers;
	if (slice_equal_fold(name, SLICE("signature")))
		return &p->signature;
	if (slice_equal_fold(name, SLICE("apikey")))
		return &p->apikey;
	return NULL;
}

static bool
take_param(struct slice *rest, struct slice *name, struct slice *value)
{
	*name = take(rest, slice_token(*rest));
	*rest = skip_space(*rest);
	if (name->n == 0 || rest->n == 0 || rest->p[0] != '=')
		return false;
	*rest = skip_space(slice_from(*rest, 1));
	if (!take_value(rest, value))
		return false;
	*rest = skip_space(*rest);
	return true;
}

bool
auth_parse(struct slice value, struct auth_params *out)
{
	struct slice rest = slice_trim(value);
	struct slice names[32];
	size_t n = 0;

	*out = (struct auth_params){ .apikey = SLICE_NULL };
	for (;;) {
		struct slice text, *place;

		if (n == ARRAY_LEN(names) || !take_param(&rest, &names[n], &text))
			return false;
		for (size_t i = 0; i < n; i++)
			if (slice_equal_fold(names[i], names[n]))
				return false;
		place = param_place(out, names[n++]);
		if (place)
			*place = text;
		if (rest.n == 0)
			return true;
		if (rest.p[0] != ',')
			return false;
		rest = skip_space(slice_from(rest, 1));
	}
}

static enum err
check_params(struct arena *a, struct auth *auth)
{
	const struct auth_params *p = &auth->params;
	struct slice mac;
	enum err err;

	if (p->algorithm.n == 0 || p->headers.n == 0 || p->signature.n == 0 ||
	    p->apikey.n == 0)
		return E_AUTH_MISSING_PARAMS;
	if (!slice_equal_fold(p->algorithm, SLICE("hmac-sha256")))
		return E_HMAC_REQUIRED;
	if (!slice_is(p->headers, "date"))
		return E_AUTH_INVALID_HEADERS;
	err = base64_decode(a, p->signature, &mac);
	if (err == E_NO_MEMORY)
		return err;
	if (err || mac.n != SHA256_LEN)
		return E_AUTH_INVALID_HEADERS;
	memcpy(auth->mac, mac.p, SHA256_LEN);
	return E_OK;
}

static enum err
check_date(struct slice text, int64_t now, int64_t window)
{
	int64_t date;

	if (!clock_parse_http(text, &date))
		return E_DATE_HEADER_DIFF;
	if (date < now - window || date > now + window)
		return E_DATE_HEADER_DIFF;
	return E_OK;
}

void
auth_read(const struct request *r, struct auth *out)
{
	*out = (struct auth){ .date = request_header(r, "Date"),
		.authorization = request_header(r, "Authorization") };
	out->readable = auth_parse(out->authorization, &out->params);
}

enum err
auth_begin(const struct request *r, int64_t now, int64_t window, struct auth *auth)
{
	enum err err;

	if (auth->date.n == 0 || auth->authorization.n == 0)
		return E_MISSING_HEADERS;
	if (request_header_count(r, "Authorization") != 1 ||
	    request_header_count(r, "Date") != 1)
		return E_AUTH_INVALID_HEADERS;
	if (!auth->readable)
		return E_AUTH_INVALID_HEADERS;
	err = check_params(r->arena, auth);
	if (err)
		return err;
	return check_date(auth->date, now, window);
}

enum err
auth_find(struct action_ctx *ctx, const void *req, void *res)
{
	const struct auth *auth = req;
	struct auth_key *out = res;
	struct slice name = auth->params.apikey;
	struct vendor vendor;
	enum err err;

	*out = (struct auth_key){ .found = false };
	if (name.n > API_KEY_MAX || !slice_only(name, API_KEY_CHARS))
		return E_OK;
	err = record_find(ctx->txn, T_API_KEY, IX_API_KEY_KEY,
	    record_key_text(ctx->txn, name), &out->key);
	if (err)
		return err == E_NOT_FOUND ? E_OK : err;
	err = seal_open(ctx->seal, ctx->arena, api_key_table.name, out->key.o.id,
	    out->key.shared_key, &out->shared_key);
	if (err)
		return err;
	err = record_get_id(ctx->txn, T_VENDOR, VENDOR_ID, &vendor);
	if (err)
		return err == E_NOT_FOUND ? E_INTERNAL : err;
	out->oauth_only = vendor.oauth_only;
	out->company_id = vendor.o.id;
	out->found = true;
	return E_OK;
}

enum err
auth_mac(struct arena *a, struct slice shared_key, struct slice date,
    unsigned char out[static SHA256_LEN])
{
	struct buf text = BUF_INIT(a);

	buf_add(&text, wire_prefix, sizeof(wire_prefix));
	buf_str(&text, "\ndate: ");
	buf_slice_add(&text, date);
	if (!buf_ok(&text))
		return E_NO_MEMORY;
	return hmac_sha256(shared_key, buf_slice(&text), out);
}

enum err
auth_check(
    struct arena *a, const struct auth *auth, const struct auth_key *key, bool changing)
{
	unsigned char mac[SHA256_LEN];
	enum err err;

	if (!key->found)
		return E_INVALID_API_KEY;
	err = auth_mac(a, key->shared_key, auth->date, mac);
	if (err)
		return err;
	if (!hmac_equal(mac, auth->mac))
		return E_SIGNATURE_MISMATCH;
	if (key->key.revoked_at != FIELD_NONE)
		return E_REVOKED_API_KEY;
	if (key->oauth_only)
		return E_API_KEY_AUTH_DISABLED;
	if (key->key.read_only && changing)
		return E_READ_ONLY_API_KEY;
	return E_OK;
}
