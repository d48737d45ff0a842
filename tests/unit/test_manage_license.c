#include "tests/support/manage_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/model/customer.h"
#include "server/model/device.h"
#include "server/model/license.h"
#include "server/store/record.h"

static int
setup(void **state)
{
	int rc = manage_setup(state);

	if (!rc)
		shop_open(*state);
	return rc;
}

static void
test_patch(void **state)
{
	struct manage_world *w = *state;
	int64_t id = shop_issue(w, "editor", "\"max_activations\":3");

	assert_int_equal(ask_both(w, "PATCH licenses/1/",
			     "{\"max_activations\":2,\"validity_period\":"
			     "\"2031-05-06\",\"enabled\":false,\"note\":\"x\"}"),
	    200);
	assert_int_equal(pick_int(w, "max_activations"), 2);
	assert_false(pick_bool(w, "license_enabled"));
	assert_string_equal(answer_header(w, "ETag"), "\"2\"");
	assert_string_equal(last_audit(w), "license.updated");
	ask(w, "PATCH licenses/1/", "{\"note\":\"y\"}", "If-Match: \"1\"\n");
	assert_refused(w, 412, "stale_object", NULL);
	ask(w, "PATCH licenses/1/",
	    "{\"product\":\"render\",\"license_key\":\"K\",\"license_type\":"
	    "\"subscription\"}",
	    NULL);
	assert_refused(w, 409, "immutable_field", NULL);
	assert_int_equal(pick(w, "errors")->n, 3);
	ask(w, "PATCH licenses/1/",
	    "{\"enabled\":null,\"validity_period\":\"2030-13-01\",\"product\":1}", NULL);
	assert_refused(w, 400, "validation_error", NULL);
	assert_int_equal(pick(w, "errors")->n, 3);
	ask(w, "PATCH licenses/1/", "{\"enabled\":true}", NULL);
	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_OK);
	assert_int_equal(shop_activate(w, "editor", id, "hw-2"), E_OK);
	ask(w, "PATCH licenses/1/", "{\"max_activations\":1}", NULL);
	assert_refused(w, 409, "below_usage", "max_activations");
	ask(w, "PATCH licenses/1/", "{\"is_floating_cloud\":true}", NULL);
	assert_refused(w, 400, "validation_error", "floating_users");
	ask(w, "PATCH licenses/9/", "{}", NULL);
	assert_refused(w, 404, "not_found", NULL);
}

static void
test_bulk(void **state)
{
	struct manage_world *w = *state;

	shop_issue(w, "editor", "");
	shop_issue(w, "editor", "");
	assert_int_equal(ask_both(w, "PATCH licenses/bulk_update/",
			     "[{\"id\":1,\"note\":\"a\"},{\"id\":2,\"note\":\"b\"}]"),
	    200);
	assert_text(w, "results.1.note", "b");
	ask(w, "PATCH licenses/bulk_update/",
	    "[{\"id\":1,\"note\":\"c\"},{\"id\":9},{\"id\":1},{\"id\":2,"
	    "\"max_activations\":-2}]",
	    NULL);
	assert_refused(w, 400, "validation_error", "[1].id");
	assert_int_equal(pick(w, "errors")->n, 3);
	assert_true(slice_is(shop_license(w, 1).note, "a"));
	ask(w, "POST licenses/disable_bulk/", "{\"ids\":[1,2]}", NULL);
	assert_int_equal(w->status, 200);
	assert_false(shop_license(w, 2).license_enabled);
	ask(w, "POST licenses/disable_bulk/", "{\"ids\":[1,7]}", NULL);
	assert_refused(w, 400, "validation_error", "ids[1]");
}

static void
test_enable_set(void **state)
{
	struct manage_world *w = *state;
	int64_t own = shop_issue(w, "studio", "");

	assert_int_equal(askf(w, "POST licenses/%lld/disable/", (long long)own), 200);
	assert_false(shop_license(w, own).license_enabled);
	assert_true(shop_license(w, own + 1).license_enabled);
	assert_int_equal(
	    askf(w, "POST licenses/%lld/disable/?set=true", (long long)own + 2), 200);
	for (int i = 0; i < 3; i++)
		assert_false(shop_license(w, own + i).license_enabled);
	ask(w, "POST licenses/1/enable/", "{\"set\":true}", NULL);
	for (int i = 0; i < 3; i++)
		assert_true(shop_license(w, own + i).license_enabled);
}

static void
test_keys(void **state)
{
	struct manage_world *w = *state;
	int64_t own = shop_issue(w, "studio", "");
	const char *old = shop_key(w, own), *new;
	char *key;

	assert_int_equal(shop_activate(w, "studio", own, "hw-1"), E_OK);
	ask(w, "POST licenses/1/replace_key/", "{}", NULL);
	assert_refused(w, 400, "reason_required", NULL);
	ask(w, "POST licenses/1/replace_key/", "{\"reason\":\"leaked\"}", NULL);
	assert_int_equal(w->status, 200);
	new = pick_text(w, "license_key");
	assert_string_not_equal(old, new);
	assert_string_equal(shop_key(w, own + 2), new);
	assert_int_equal(shop_license(w, own).seats_used, 1);
	assert_string_equal(last_audit(w), "license.key_replaced");
	assert_not_in_audit(w, new);
	assert_not_in_audit(w, old);
	askf(w, "GET licenses/?license_key=%s", old);
	assert_int_equal(pick_int(w, "count"), 0);
	askf(w, "GET licenses/?license_key=%s", new);
	assert_int_equal(pick_int(w, "count"), 3);
	shop_token(w, "[\"licenses.read\",\"licenses.write\",\"licenses.reveal\","
		      "\"orders.write\"]");
	askf(w, "GET licenses/1/");
	assert_non_null(strstr(pick_text(w, "license_key"), "*****"));
	ask(w, "POST licenses/1/reveal_key/", NULL, NULL);
	assert_text(w, "license_key", new);
	assert_string_equal(last_audit(w), "license.key_revealed");
	ask(w, "POST licenses/1/replace_key/", "{\"reason\":\"again\"}",
	    "Idempotency-Key: a\n");
	assert_string_equal(pick_text(w, "license_key"), shop_key(w, own));
	ask(w, "POST licenses/1/replace_key/", "{\"reason\":\"again\"}",
	    "Idempotency-Key: a\n");
	assert_true(pick_null(w, "license_key"));
	ask(w, "POST licenses/", "{\"product\":\"editor\"}", NULL);
	key = arena_printf(w->arena, "%s", pick_text(w, "license_key"));
	assert_null(strstr(key, "*"));
}

static void
test_features(void **state)
{
	struct manage_world *w = *state;
	int64_t entries;

	shop_issue(w, "editor", "\"product_features\":[{\"code\":\"pages\"}]");
	assert_int_equal(
	    pick_int(w, "licenses.0.product_features.0.max_consumption"), 10);
	ask(w, "POST licenses/1/update_features/",
	    "{\"features\":[{\"code\":\"pages\",\"max_consumption\":20},"
	    "{\"code\":\"pro\",\"expiry_date\":\"2030-01-01\"}]}",
	    NULL);
	assert_int_equal(w->status, 200);
	assert_int_equal(pick(w, "product_features")->n, 2);
	assert_int_equal(pick_int(w, "product_features.0.max_consumption"), 20);
	assert_int_equal(shop_license(w, 1).n_features, 2);
	assert_string_equal(last_audit(w), "license.updated");
	ask(w, "POST licenses/1/update_features/",
	    "{\"features\":[{\"code\":\"pro\",\"remove\":true},{\"code\":\"none\"}]}",
	    NULL);
	assert_refused(w, 409, "invalid_license_feature_code", "features[1].code");
	assert_int_equal(shop_license(w, 1).n_features, 2);
	ask(w, "POST licenses/1/update_features/",
	    "{\"features\":[{\"code\":\"pages\",\"max_consumption\":21},"
	    "{\"code\":\"pages\",\"max_consumption\":22}]}",
	    NULL);
	assert_refused(w, 409, "duplicate", "features[1].code");
	entries = manage_count(w, T_AUDIT);
	ask(w, "POST licenses/1/update_features/",
	    "{\"features\":[{\"code\":\"pages\",\"max_consumption\":20}]}", NULL);
	assert_int_equal(w->status, 200);
	assert_string_equal(answer_header(w, "ETag"), "\"2\"");
	assert_int_equal(manage_count(w, T_AUDIT), entries);
	ask(w, "POST licenses/1/update_features/",
	    "{\"features\":[{\"code\":\"pro\",\"remove\":true}]}", NULL);
	assert_int_equal(w->status, 200);
	assert_int_equal(shop_license(w, 1).n_features, 1);
}

static void
test_users(void **state)
{
	struct manage_world *w = *state;
	struct fixture f = { .arena = w->arena, .store = w->store };
	const char *revision;
	int64_t entries;

	shop_issue(w, "portal", "");
	shop_make(w, "POST license-users/", "{\"email\":\"a@x.example\"}");
	shop_make(w, "POST license-users/", "{\"email\":\"b@x.example\"}");
	ask(w, "POST licenses/1/assign_user/", "{\"email\":\"A@x.example\"}", NULL);
	assert_int_equal(w->status, 200);
	assert_text(w, "users.0.email", "a@x.example");
	assert_string_equal(last_audit(w), "license.license_user.assigned");
	ask(w, "POST licenses/1/assign_user/", "{\"email\":\"b@x.example\"}", NULL);
	assert_refused(w, 409, "below_usage", NULL);
	ask(w, "PATCH licenses/1/", "{\"max_license_users\":2}", NULL);
	ask(w, "POST licenses/1/assign_users/",
	    "{\"users\":[{\"email\":\"b@x.example\",\"max_activations\":2}]}", NULL);
	assert_int_equal(w->status, 200);
	assert_int_equal(pick(w, "users")->n, 2);
	ask(w, "POST licenses/1/set_users_activations/",
	    "{\"users\":[{\"email\":\"a@x.example\",\"max_activations\":7}]}", NULL);
	assert_int_equal(fixture_assignment(&f, 1, 1).max_activations, 7);
	ask(w, "POST licenses/1/set_users_activations/?dry_run=true",
	    "{\"users\":[{\"email\":\"a@x.example\",\"max_activations\":9}]}", NULL);
	assert_int_equal(pick(w, "changes")->n, 1);
	assert_text(w, "changes.0.type", "license");
	assert_int_equal(pick_int(w, "changes.0.fields.max_activations.0"), 7);
	assert_int_equal(pick_int(w, "changes.0.fields.max_activations.1"), 9);
	askf(w, "GET licenses/1/");
	revision = answer_header(w, "ETag");
	entries = manage_count(w, T_AUDIT);
	ask(w, "POST licenses/1/set_users_activations/",
	    "{\"users\":[{\"email\":\"a@x.example\",\"max_activations\":7}]}", NULL);
	assert_string_equal(answer_header(w, "ETag"), revision);
	assert_int_equal(manage_count(w, T_AUDIT), entries);
	ask(w, "POST licenses/1/assign_user/",
	    "{\"email\":\"a@x.example\",\"max_activations\":6}", NULL);
	assert_string_not_equal(answer_header(w, "ETag"), revision);
	assert_string_equal(last_audit(w), "license.license_user.assigned");
	ask(w, "POST licenses/1/unassign_user/", "{\"email\":\"a@x.example\"}", NULL);
	assert_int_equal(w->status, 200);
	assert_int_equal(pick(w, "users")->n, 1);
	assert_int_equal(shop_license(w, 1).n_users, 1);
	assert_string_equal(last_audit(w), "license.license_user.unassigned");
	ask(w, "POST licenses/1/assign_user/", "{\"email\":\"none@x.example\"}", NULL);
	assert_refused(w, 400, "validation_error", "email");
	ask(w, "POST licenses/1/assign_user/", "{\"email\":\"x\"}", NULL);
	assert_refused(w, 400, "validation_error", "email");
	ask(w, "POST licenses/1/assign_users/", "{\"users\":[{\"email\":\"x\"}]}", NULL);
	assert_refused(w, 400, "validation_error", "users[0].email");
	shop_issue(w, "editor", "");
	ask(w, "POST licenses/2/assign_user/", "{\"email\":\"a@x.example\"}", NULL);
	assert_refused(w, 409, "invalid_product_auth_method", NULL);
}

static void
test_filters(void **state)
{
	static const struct {
		const char *query;
		int64_t n;
	} rows[] = {
		{ "product=editor", 3 },
		{ "product_id=1", 3 },
		{ "product_short_code=studio", 1 },
		{ "product__in=editor,studio", 4 },
		{ "order__store_id=L-1", 1 },
		{ "customer=1", 1 },
		{ "customer_email=lab@client.example", 1 },
		{ "license_key=k-1", 1 },
		{ "license_key__in=K-1,K-2", 2 },
		{ "devices__hardware_id=hw-1", 1 },
		{ "active=true", 1 },
		{ "status=active", 1 },
		{ "status=inactive", 4 },
		{ "enabled=true", 5 },
		{ "bundle_license_id=3", 2 },
		{ "bundle_license_id__isnull=true", 3 },
		{ "license_type=perpetual&product=editor&active=false", 2 },
		{ "validity_period__gt=2029-01-01", 1 },
		{ "order_by=-id", 5 },
		{ "order_by=-created_at", 5 },
		{ "customer_email=LAB@client.example", 1 },
		{ "customer_email__icontains=LAB@", 1 },
		{ "customer_email__isnull=true", 4 },
		{ "order_by=customer_email", 5 },
		{ "order_by=validity_period", 5 },
		{ "validity_period__gte=2029-01-01&order_by=-validity_period", 1 },
		{ "created_at__lt=2025-01-01", 0 },
		{ "license_users__email=x@y.example", 0 },
	};
	struct manage_world *w = *state;

	shop_issue(w, "editor", "\"key\":\"K-1\"");
	shop_make(w, "POST orders/create_order/",
	    "{\"customer\":1,\"items\":[{\"product_code\":\"editor\",\"licenses\":["
	    "{\"key\":\"K-2\",\"validity_period\":\"2030-01-01\"}]}]}");
	shop_issue(w, "studio", "");
	assert_int_equal(shop_activate(w, "editor", 1, "hw-1"), E_OK);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(askf(w, "GET licenses/?%s", rows[i].query), 200);
		if (pick_int(w, "count") != rows[i].n)
			fail_msg(
			    "%s: %lld", rows[i].query, (long long)pick_int(w, "count"));
	}
	askf(w, "GET licenses/?license_key__icontains=K");
	assert_refused(w, 400, "unknown_filter", NULL);
	askf(w, "GET licenses/?colour=red");
	assert_refused(w, 400, "unknown_filter", NULL);
}

static void
test_delete(void **state)
{
	struct manage_world *w = *state;
	int64_t own = shop_issue(w, "studio", "");

	shop_issue(w, "studio", "");
	assert_int_equal(shop_activate(w, "studio", own, "hw-1"), E_OK);
	askf(w, "DELETE licenses/2/");
	assert_refused(w, 409, "in_use", NULL);
	assert_int_equal(ask_both(w, "DELETE licenses/5/", NULL), 204);
	assert_int_equal(manage_count(w, T_LICENSE), 3);
	askf(w, "GET orders/2/");
	assert_int_equal(pick_int(w, "license_count"), 0);
}

static void
test_reset(void **state)
{
	struct manage_world *w = *state;
	struct fixture f = { .arena = w->arena, .store = w->store, .now = MANAGE_NOW };
	struct activation a;
	int64_t id = shop_issue(w, "editor", "\"max_activations\":2");

	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_OK);
	assert_int_equal(shop_activate(w, "editor", id, "hw-2"), E_OK);
	ask(w, "POST licenses/1/reset/", NULL, NULL);
	assert_int_equal(w->status, 200);
	assert_text(w, "message", "License and all devices reset.");
	assert_int_equal(pick_int(w, "seats_used"), 0);
	assert_string_equal(last_audit(w), "license.reset");
	assert_int_equal(fixture_recount(&f, id), 0);
	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_OK);
	a = fixture_row(&f, id, "hw-1");
	a.offline = true;
	fixture_put(&f, T_ACTIVATION, &a);
	ask(w, "POST licenses/1/reset/", NULL, NULL);
	assert_refused(w, 409, "offline_lease_live", NULL);
	ask(w, "POST licenses/1/reset/", "{\"force\":true}", NULL);
	assert_refused(w, 400, "reason_required", "reason");
	assert_text(w, "message", err_info(E_REASON_REQUIRED)->message);
	ask(w, "POST licenses/1/reset/", "{\"force\":true,\"reason\":\"lost\"}", NULL);
	assert_int_equal(w->status, 200);
	assert_int_equal(shop_license(w, id).seats_used, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, manage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_patch),
		TEST(test_bulk),
		TEST(test_enable_set),
		TEST(test_keys),
		TEST(test_features),
		TEST(test_users),
		TEST(test_filters),
		TEST(test_delete),
		TEST(test_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
