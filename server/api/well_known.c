#include "server/api/v4.h"

#include <config.h>
#include "keys/publish.h"
#include "server/api/reply.h"

static void
print_endpoint(struct json_writer *w, const struct endpoint *e, const char *base_url)
{
	const struct v4_spec *spec = e->spec;
	char url[512];

	snprintf(url, sizeof(url), "%s/%s/", base_url, spec->name);
	jw_object(w);
	jw_key(w, "method");
	jw_str(w, request_method_name(e->method));
	jw_key(w, "url");
	jw_str(w, url);
	jw_end(w);
}

static void
print_endpoints(struct json_writer *w, const char *base_url)
{
	jw_key(w, "endpoints");
	jw_array(w);
	for (size_t i = 0; i < v4_endpoints.n; i++)
		print_endpoint(w, &v4_endpoints.item[i], base_url);
	jw_end(w);
}

static void
member_raw(struct json_writer *w, const char *key, const char *json)
{
	jw_key(w, key);
	jw_raw(w, slice_str(json));
}

static void
encode_well_known(struct v4_call *v, struct buf *body)
{
	const struct api_settings *s = v->call->settings;
	struct buf keys = BUF_INIT(v->call->arena);
	struct json_writer w;

	publish_jwk_list(&keys, call_ring(v->call));
	body->failed |= !buf_ok(&keys);
	jw_init(&w, body);
	jw_object(&w);
	jw_ktext(&w, "api_base_url", slice_str(s->base_url));
	jw_ktext(&w, "environment", slice_str(s->environment));
	member_raw(&w, "supported_api_versions", "[\"v4\"]");
	member_raw(&w, "default_api_version", "\"v4\"");
	jw_ktext(&w, "version", SLICE(PACKAGE_VERSION));
	jw_kinstant(&w, "timestamp", v->call->now);
	jw_key(&w, "keys");
	jw_raw(&w, buf_slice(&keys));
	print_endpoints(&w, s->base_url);
	jw_end(&w);
}

const struct v4_spec v4_well_known = {
	.name = ".well-known",
	.open = true,
	.encode = encode_well_known,
};

void
jwks_front(struct call *call)
{
	reply_json(&call->reply, 200);
	publish_jwks(&call->reply.body, call_ring(call));
	call_finish(call);
}
