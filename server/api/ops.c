#include "server/api/v4.h"

#include "base/metric.h"
#include "server/api/reply.h"

enum ops_page { PAGE_HEALTH, PAGE_READY, PAGE_METRICS };

static void
answer_status(struct call *call, bool ok, const char *status)
{
	const struct api_options *options = api_options_of(call->api);
	struct json_writer w;

	reply_json(&call->reply, ok ? 200 : err_info(E_UNAVAILABLE)->http);
	if (!ok) {
		call->reply.err = E_UNAVAILABLE;
		reply_retry_after(&call->reply, REPLY_RETRY_AFTER);
	}
	jw_init(&w, &call->reply.body);
	jw_object(&w);
	jw_key(&w, "status");
	jw_str(&w, status);
	jw_kbool(&w, "writable", store_writable(options->store));
	jw_end(&w);
	call_finish(call);
}

static void
answer_ready(struct call *call)
{
	const struct api_options *options = api_options_of(call->api);
	const char *why = NULL;
	bool ready = !options->ready || options->ready(options->arg, &why);

	answer_status(call, ready, ready ? "ready" : why ? why : "not ready");
}

static void
answer_metrics(struct call *call)
{
	if (!call->settings->metrics) {
		call_refuse(call, E_NOT_FOUND);
		return;
	}
	reply_header(
	    &call->reply, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
	reply_header(&call->reply, "Cache-Control", "no-store");
	metric_print(&call->reply.body);
	call_finish(call);
}

void
ops_front(struct call *call)
{
	switch (*(const enum ops_page *)call->endpoint->spec) {
	case PAGE_HEALTH:
		answer_status(call, true, "ok");
		return;
	case PAGE_READY:
		answer_ready(call);
		return;
	case PAGE_METRICS:
		answer_metrics(call);
		return;
	}
}

static const enum ops_page health = PAGE_HEALTH, ready = PAGE_READY,
			   metrics = PAGE_METRICS;

static const struct endpoint public_rows[] = {
	{ HTTP_GET, "/healthz", FAMILY_OPS, 0, ops_front, &health },
	{ HTTP_GET, "/readyz", FAMILY_OPS, 0, ops_front, &ready },
	{ HTTP_GET, "/.well-known/jwks.json", FAMILY_OPS, 0, jwks_front, NULL },
};

static const struct endpoint admin_rows[] = {
	{ HTTP_GET, "/healthz", FAMILY_OPS, 0, ops_front, &health },
	{ HTTP_GET, "/readyz", FAMILY_OPS, 0, ops_front, &ready },
	{ HTTP_GET, "/metrics", FAMILY_OPS, 0, ops_front, &metrics },
};

const struct endpoint_list ops_public_endpoints = { public_rows, ARRAY_LEN(public_rows) };
const struct endpoint_list ops_admin_endpoints = { admin_rows, ARRAY_LEN(admin_rows) };
