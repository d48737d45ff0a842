#include "tests/support/manage_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "server/model/audit.h"
#include "server/store/record.h"

void
shop_make(struct manage_world *w, const char *call, const char *body)
{
	if (ask(w, call, body, NULL) != 201)
		fail_msg("%s: %d %.*s", call, w->status, SLICE_ARG(w->body));
}

void
shop_open(struct manage_world *w)
{
	manage_set_burst(w, 100000);
	shop_make(w, "POST products/",
	    "{\"product_name\":\"Editor\",\"short_code\":\"editor\"}");
	shop_make(w, "POST products/",
	    "{\"product_name\":\"Render\",\"short_code\":\"render\"}");
	shop_make(w, "POST products/",
	    "{\"product_name\":\"Portal\",\"short_code\":\"portal\","
	    "\"authorization_method\":\"user\"}");
	shop_make(w, "POST products/",
	    "{\"product_name\":\"Studio\",\"short_code\":\"studio\","
	    "\"is_bundle\":true,\"members\":[\"editor\",\"render\"]}");
	shop_make(w, "POST product-features/",
	    "{\"product\":\"editor\",\"code\":\"pro\",\"name\":\"Pro\"}");
	shop_make(w, "POST product-features/",
	    "{\"product\":\"editor\",\"code\":\"pages\",\"name\":\"Pages\","
	    "\"feature_type\":\"consumption\",\"max_consumption\":10}");
	shop_make(w, "POST customers/",
	    "{\"email\":\"lab@client.example\",\"company_name\":\"Client Lab\"}");
}

int64_t
shop_issue(struct manage_world *w, const char *product, const char *members)
{
	char *body = arena_printf(w->arena,
	    "{\"is_bundle\":%s,\"items\":[{\"product_code\":\"%s\","
	    "\"licenses\":[{%s}]}]}",
	    strcmp(product, "studio") == 0 ? "true" : "false", product, members);

	shop_make(w, "POST orders/create_order/", body);
	return pick_int(w, "licenses.0.id");
}

static struct fixture
store_of(struct manage_world *w)
{
	return (struct fixture){ .arena = w->arena,
		.store = w->store,
		.now = MANAGE_NOW,
		.actor = { .type = ACTOR_CLIENT,
		    .id = SLICE("1"),
		    .name = SLICE("app"),
		    .credential = SLICE("1"),
		    .address = SLICE("192.0.2.1"),
		    .request_id = SLICE("client"),
		    .account_id = FIELD_NONE } };
}

struct license
shop_license(struct manage_world *w, int64_t license_id)
{
	struct fixture f = store_of(w);

	return fixture_license(&f, license_id);
}

const char *
shop_key(struct manage_world *w, int64_t license_id)
{
	return arena_str(w->arena, shop_license(w, license_id).license_key);
}

struct fixture
shop_client(struct manage_world *w, const char *product, int64_t license_id)
{
	struct fixture f = store_of(w);

	fixture_ask_key(&f, product, shop_key(w, license_id));
	f.req.bundle = strcmp(product, "studio") == 0;
	return f;
}

enum err
shop_activate(struct manage_world *w, const char *product, int64_t license_id,
    const char *hardware_id)
{
	struct fixture f = shop_client(w, product, license_id);

	return fixture_activate(&f, hardware_id);
}

int64_t
shop_row(struct manage_world *w, int64_t license_id, const char *hardware_id)
{
	struct fixture f = store_of(w);

	return fixture_row(&f, license_id, hardware_id).o.id;
}

void
shop_token(struct manage_world *w, const char *permissions)
{
	w->token = NULL;
	shop_make(w, "POST tokens/",
	    arena_printf(w->arena,
		"{\"name\":\"t\",\"account\":\"owner@acme.example\","
		"\"permissions\":%s}",
		permissions));
	w->token = pick_text(w, "token");
}

struct hunt {
	struct arena *arena;
	struct slice text;
	bool found;
};

static enum err
hunt(struct txn *txn, void *arg)
{
	struct hunt *h = arg;
	struct record_scan scan;
	struct audit_detail detail;
	enum err e;

	h->found = false;
	e = record_scan(txn, T_AUDIT_DETAIL, -1, SLICE_NULL, SLICE_NULL, false, &scan);
	while (!e) {
		e = record_next(&scan, &detail);
		if (!e && slice_search(detail.fields, h->text) >= 0)
			h->found = true;
	}
	return e == E_NOT_FOUND ? E_OK : e;
}

void
assert_not_in_audit(struct manage_world *w, const char *text)
{
	struct hunt h = { .text = slice_str(text) };

	assert_int_equal(store_read_now(w->store, w->arena, hunt, &h), E_OK);
	assert_false(h.found);
}
