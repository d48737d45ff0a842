#include "server/api/manage.h"
#include "server/api/multipart.h"

#define REASON_MIN 3
#define REASON_MAX 500
#define NO_REVISION (-1) /* of no object: an If-Match that cannot hold */

static const struct json empty_object = { .type = JSON_OBJECT };

static bool
flag_param(struct manage_call *mc, const struct param *p, bool *out)
{
	struct json json = { .type = JSON_TEXT, .text = p->value };

	if (json_to_bool(&json, out))
		return true;
	fault_add(&mc->faults, arena_str(mc->call->arena, p->name), E_VALIDATION,
	    "%.*s must be true or false", SLICE_ARG(p->name));
	return false;
}

/* Takes what is the front's own; false: the parameter is the action's. */
static bool
take_param(struct manage_call *mc, const struct param *p)
{
	bool write = mc->route->flags & M_WRITE;

	if (slice_is(p->name, "strict"))
		return flag_param(mc, p, &mc->req.strict) || true;
	if (write && slice_is(p->name, "dry_run"))
		return flag_param(mc, p, &mc->dry_run) || true;
	if (write && slice_is(p->name, "reason")) {
		mc->reason = p->value;
		return true;
	}
	return false;
}

static enum err
decode_query(struct manage_call *mc)
{
	struct arena *arena = mc->call->arena;
	struct manage_param *out;
	struct param *param;
	size_t n;
	enum err e = request_params(arena, mc->call->request->query, &param, &n);

	if (e)
		return e;
	out = arena_array(arena, n, sizeof(*out));
	if (!out)
		return E_NO_MEMORY;
	mc->req.query = out;
	for (size_t i = 0; i < n; i++)
		if (!take_param(mc, &param[i]))
			out[mc->req.n_query++] =
			    (struct manage_param){ param[i].name, param[i].value };
	return E_OK;
}

static bool
is_json(struct slice type)
{
	struct slice media = slice_trim(slice_cut(&type, ';'));

	return media.n == 0 || slice_equal_fold(media, SLICE("application/json"));
}

static enum err
decode_file(struct manage_call *mc)
{
	const struct request *r = mc->call->request;
	struct slice type = request_header(r, "Content-Type"), rest = type;
	struct slice media = slice_trim(slice_cut(&rest, ';'));

	mc->req.file = r->body;
	if (media.n == 0 || slice_equal_fold(media, SLICE("text/plain")) ||
	    slice_equal_fold(media, SLICE("application/octet-stream")))
		return E_OK;
	if (!slice_equal_fold(media, SLICE("multipart/form-data")))
		return E_UNSUPPORTED_MEDIA_TYPE;
	if (multipart_part(rest, r->body, "file", &mc->req.file))
		return E_OK;
	fault_add(&mc->faults, "file", E_VALIDATION, "The form has no part named file");
	return E_VALIDATION;
}

static enum err
decode_body(struct manage_call *mc)
{
	const struct request *r = mc->call->request;
	unsigned flags = mc->route->flags;
	enum json_type want = flags & M_ARRAY ? JSON_ARRAY : JSON_OBJECT;
	struct json *json;
	enum err e;

	mc->req.body = &empty_object;
	if (flags & M_FILE)
		return decode_file(mc);
	if (!(flags & (M_OBJECT | M_MAYBE | M_ARRAY)))
		return E_OK;
	if (!is_json(request_header(r, "Content-Type")))
		return E_UNSUPPORTED_MEDIA_TYPE;
	e = json_parse(mc->call->arena, r->body, &json);
	if (e == E_MISSING_CONTENT)
		return flags & M_MAYBE ? E_OK : E_INVALID_JSON;
	if (e)
		return e;
	mc->req.body = json;
	return json->type == want ? E_OK : E_INVALID_JSON;
}

static size_t
characters(struct slice text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

static enum err
decode_reason(struct manage_call *mc)
{
	const struct json *json = json_get(mc->req.body, "reason");
	bool good = true;
	size_t n;

	if (!(mc->route->flags & M_WRITE))
		return E_OK;
	if (json && json->type != JSON_NULL)
		good = json_to_text(json, &mc->reason);
	mc->reason = slice_trim(mc->reason);
	n = characters(mc->reason);
	if (n == 0)
		mc->reason = SLICE_NULL;
	good = good && (n == 0 || (n >= REASON_MIN && n <= REASON_MAX));
	if (mc->route->flags & M_REASON && (n == 0 || !good)) {
		fault_add(&mc->faults, "reason", E_REASON_REQUIRED, NULL);
		return E_REASON_REQUIRED;
	}
	if (!good)
		fault_add(&mc->faults, "reason", E_VALIDATION,
		    "reason has %d to %d characters", REASON_MIN, REASON_MAX);
	return E_OK;
}

static void
decode_if_match(struct manage_call *mc)
{
	struct slice text = request_header(mc->call->request, "If-Match");

	if (!(mc->route->flags & M_WRITE) || !text.p || slice_is(text, "*"))
		return;
	mc->has_revision = true;
	if (text.n < 3 || text.p[0] != '"' || text.p[text.n - 1] != '"' ||
	    !slice_to_int(slice_of(text.p + 1, text.n - 2), &mc->revision))
		mc->revision = NO_REVISION;
}

enum err
manage_decode(struct manage_call *mc)
{
	enum err e = decode_body(mc);

	if (!e)
		e = decode_query(mc);
	if (!e)
		e = decode_reason(mc);
	if (!e)
		e = fault_first(&mc->faults);
	decode_if_match(mc);
	return e;
}
