#include "tests/support/manage_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keys/password.h"
#include "server/model/customer.h"
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
test_plain(void **state)
{
	struct manage_world *w = *state;

	assert_int_equal(
	    ask_both(w, "POST orders/create_order/",
		"{\"id\":\"so-1\",\"customer\":\"LAB@client.example\",\"note\":\"n\","
		"\"metadata\":{\"a\":1},\"items\":[{\"product_code\":\"editor\","
		"\"licenses\":[{\"key\":\"MY-KEY\",\"max_activations\":3,"
		"\"note\":\"first\"},{}]}]}"),
	    201);
	assert_string_equal(answer_header(w, "Location"), "/api/v1/orders/1/");
	assert_text(w, "store_id", "so-1");
	assert_text(w, "customer", "lab@client.example");
	assert_int_equal(pick_int(w, "license_count"), 2);
	assert_text(w, "licenses.0.license_key", "MY-KEY");
	assert_int_equal(pick_int(w, "licenses.0.max_activations"), 3);
	assert_text(w, "licenses.0.status", "inactive");
	assert_text(w, "licenses.0.product.short_code", "editor");
	assert_text(w, "licenses.0.customer.company_name", "Client Lab");
	assert_text(w, "licenses.0.order.store_id", "so-1");
	assert_int_equal(strlen(pick_text(w, "licenses.1.license_key")), 29);
	assert_string_equal(last_audit(w), "license.created");
	assert_not_in_audit(w, "MY-KEY");
	shop_make(w, "POST orders/create_order/",
	    "{\"items\":[{\"product_code\":\"render\"}],\"created\":\"2020-01-02\","
	    "\"prevent_vm\":true}");
	assert_text(w, "store_id", "L-2");
	assert_true(pick_null(w, "customer"));
	assert_text(w, "created_at", "2020-01-02T00:00:00.000Z");
	assert_true(pick_bool(w, "licenses.0.prevent_vm"));
}

static void
refuse(struct manage_world *w, const char *items, int status, const char *code,
    const char *field)
{
	int64_t orders = manage_count(w, T_ORDER), licenses = manage_count(w, T_LICENSE);
	char *body = arena_printf(w->arena, "{\"items\":%s}", items);

	ask(w, "POST orders/create_order/?strict=true", body, NULL);
	assert_refused(w, status, code, field);
	assert_int_equal(manage_count(w, T_ORDER), orders);
	assert_int_equal(manage_count(w, T_LICENSE), licenses);
}

static void
test_faults(void **state)
{
	struct manage_world *w = *state;

	shop_issue(w, "editor", "\"key\":\"TAKEN\"");
	refuse(w, "[{\"product_code\":\"editor\",\"licenses\":[{},{\"key\":\"taken\"}]}]",
	    409, "duplicate", "items[0].licenses[1].key");
	refuse(w,
	    "[{\"product_code\":\"editor\",\"licenses\":[{\"key\":\"X1\"},"
	    "{\"key\":\"x1\"}]}]",
	    409, "duplicate", "items[0].licenses[1].key");
	refuse(w, "[{\"product_code\":\"editor\",\"licenses\":[{\"key\":\"a b\"}]}]", 400,
	    "validation_error", "items[0].licenses[0].key");
	refuse(w, "[{\"product_code\":\"none\"}]", 409, "unknown_product",
	    "items[0].product_code");
	refuse(w, "[{\"product_code\":\"studio\"}]", 409, "product_is_bundle",
	    "items[0].product_code");
	refuse(w,
	    "[{\"product_code\":\"editor\",\"licenses\":[{\"policy_code\":\"none\"}]}]",
	    409, "license_policy_not_found", "items[0].licenses[0].policy_code");
	refuse(w,
	    "[{\"product_code\":\"editor\",\"licenses\":[{\"max_activations\":-1,"
	    "\"valid_duration\":\"1w\",\"colour\":1}]}]",
	    400, "validation_error", NULL);
	assert_int_equal(pick(w, "errors")->n, 3);
	refuse(w, "[{\"product_code\":\"editor\",\"licenses\":[{\"users\":[]}]}]", 409,
	    "invalid_product_auth_method", "items[0].licenses[0].users");
	refuse(w,
	    "[{\"product_code\":\"editor\",\"licenses\":[{\"is_floating_cloud\":true}]}]",
	    400, "validation_error", "items[0].licenses[0].floating_users");
	refuse(w, "[]", 400, "validation_error", "items");
	refuse(w, "[5]", 400, "validation_error", "items[0]");
	refuse(w, "[{\"product_code\":\"editor\",\"licenses\":[{},5]}]", 400,
	    "validation_error", "items[0].licenses[1]");
	refuse(w, "[{\"product_code\":\"portal\",\"licenses\":[{\"users\":[5]}]}]", 400,
	    "validation_error", "items[0].licenses[0].users[0]");
	ask(w, "POST products/2/archive/", NULL, NULL);
	refuse(w, "[{\"product_code\":\"render\"}]", 409, "archived_product",
	    "items[0].product_code");
	ask(w, "POST orders/create_order/", "{}", NULL);
	assert_refused(w, 400, "missing_parameters", "items");
}

static void
test_append(void **state)
{
	struct manage_world *w = *state;
	const char *items = "\"items\":[{\"product_code\":\"editor\"}]}";

	shop_make(w, "POST orders/create_order/",
	    arena_printf(w->arena, "{\"id\":\"so-1\",\"customer\":1,%s", items));
	ask(w, "POST orders/create_order/",
	    arena_printf(w->arena, "{\"id\":\"so-1\",%s", items), NULL);
	assert_refused(w, 409, "duplicate", "id");
	shop_make(w, "POST orders/create_order/",
	    arena_printf(w->arena, "{\"id\":\"so-1\",\"append\":true,%s", items));
	assert_int_equal(pick_int(w, "id"), 1);
	assert_int_equal(pick_int(w, "license_count"), 2);
	assert_int_equal(pick(w, "licenses")->n, 2);
	ask(w, "POST orders/create_order/",
	    arena_printf(w->arena,
		"{\"id\":\"so-1\",\"append\":true,\"customer\":{\"email\":"
		"\"new@client.example\"},%s",
		items),
	    NULL);
	assert_refused(w, 409, "wrong_state", "customer");
	shop_make(w, "POST customers/", "{\"email\":\"two@client.example\"}");
	ask(w, "POST orders/create_order/",
	    arena_printf(w->arena,
		"{\"id\":\"so-1\",\"append\":true,\"customer\":"
		"\"two@client.example\",%s",
		items),
	    NULL);
	assert_refused(w, 409, "wrong_state", "customer");
	shop_make(w, "POST orders/create_order/",
	    arena_printf(w->arena, "{\"id\":\"so-2\",%s", items));
	ask(w, "POST orders/create_order/",
	    arena_printf(w->arena,
		"{\"id\":\"so-2\",\"append\":true,\"customer\":{\"email\":"
		"\"new@client.example\"},%s",
		items),
	    NULL);
	assert_refused(w, 409, "wrong_state", "customer");
}

static void
test_customer(void **state)
{
	struct manage_world *w = *state;

	shop_make(w, "POST customer-accounts/", "{\"name\":\"Labs\",\"code\":\"labs\"}");
	shop_make(w, "POST orders/create_order/",
	    "{\"customer\":{\"email\":\"new@client.example\",\"city\":\"Graz\"},"
	    "\"customer_account_id\":\"labs\",\"add_to_customer_account\":true,"
	    "\"items\":[{\"product_code\":\"editor\"}]}");
	assert_text(w, "licenses.0.customer.email", "new@client.example");
	askf(w, "GET customers/2/");
	assert_text(w, "city", "Graz");
	assert_text(w, "customer_account", "labs");
	shop_make(w, "POST orders/create_order/",
	    "{\"customer\":{\"email\":\"NEW@client.example\",\"city\":\"Linz\"},"
	    "\"items\":[{\"product_code\":\"editor\"}]}");
	assert_int_equal(manage_count(w, T_CUSTOMER), 2);
	askf(w, "GET customers/2/");
	assert_text(w, "city", "Graz");
	ask(w, "POST orders/create_order/",
	    "{\"customer\":\"who@client.example\",\"items\":[{\"product_code\":"
	    "\"editor\"}]}",
	    NULL);
	assert_refused(w, 400, "validation_error", "customer");
}

static void
test_bundle(void **state)
{
	struct manage_world *w = *state;
	int64_t own;

	shop_make(w, "POST policies/",
	    "{\"code\":\"editor-5\",\"product\":\"editor\",\"max_activations\":5,"
	    "\"product_features\":[{\"code\":\"pro\"}]}");
	shop_make(w, "POST policies/",
	    "{\"code\":\"studio-2\",\"product\":\"studio\",\"max_activations\":2,"
	    "\"member_policies\":{\"editor\":\"editor-5\"}}");
	own = shop_issue(w, "studio",
	    "\"policy_code\":\"studio-2\",\"members\":{\"render\":"
	    "{\"max_activations\":9}}");
	assert_int_equal(pick(w, "licenses")->n, 1);
	assert_int_equal(pick_int(w, "licenses.0.members.0"), own + 1);
	assert_int_equal(pick_int(w, "licenses.0.members.1"), own + 2);
	assert_int_equal(shop_license(w, own).terms.max_activations, 2);
	assert_int_equal(shop_license(w, own + 1).terms.max_activations, 5);
	assert_int_equal(shop_license(w, own + 1).n_features, 1);
	assert_int_equal(shop_license(w, own + 2).terms.max_activations, 9);
	assert_int_equal(shop_license(w, own + 2).bundle_license_id, own);
	assert_string_equal(shop_key(w, own), shop_key(w, own + 2));
	own = shop_issue(w, "studio", "\"policy_code\":\"studio-2\"");
	assert_int_equal(shop_license(w, own + 2).terms.max_activations, 2);
	ask(w, "POST orders/create_order/",
	    "{\"is_bundle\":true,\"items\":[{\"product_code\":\"editor\"}]}", NULL);
	assert_refused(w, 409, "product_not_bundle", "items[0].product_code");
	ask(w, "POST orders/create_order/",
	    "{\"is_bundle\":true,\"items\":[{\"product_code\":\"studio\","
	    "\"licenses\":[{\"members\":{\"portal\":{},\"render\":"
	    "{\"max_activations\":-5}}}]}]}",
	    NULL);
	assert_refused(w, 400, "validation_error", NULL);
	assert_int_equal(pick(w, "errors")->n, 2);
	assert_text(
	    w, "errors.1.field", "items[0].licenses[0].members.render.max_activations");
}

static void
test_users(void **state)
{
	static const char body[] =
	    "{\"items\":[{\"product_code\":\"portal\",\"licenses\":[{\"users\":["
	    "{\"email\":\"a@x.example\",\"max_activations\":2},"
	    "{\"email\":\"b@x.example\",\"password\":\"chosen one\"}],"
	    "\"max_license_users\":2}]}]}";
	struct manage_world *w = *state;
	struct license_user user;
	struct fixture f = { .arena = w->arena, .store = w->store };
	const char *initial;

	ask(w, "POST orders/create_order/", body, "Idempotency-Key: k1\n");
	assert_int_equal(w->status, 201);
	assert_true(pick_null(w, "licenses.0.license_key"));
	assert_text(w, "licenses.0.users.0.email", "a@x.example");
	assert_int_equal(pick_int(w, "licenses.0.users.0.max_activations"), 2);
	assert_false(pick_bool(w, "licenses.0.users.0.allow_unlimited_activations"));
	assert_true(pick_bool(w, "licenses.0.users.1.allow_unlimited_activations"));
	assert_true(pick_null(w, "licenses.0.users.1.initial_password"));
	initial = pick_text(w, "licenses.0.users.0.initial_password");
	fixture_get(&f, T_LICENSE_USER, 1, &user);
	assert_true(user.is_initial_password);
	assert_true(password_verify(user.password_hash, slice_str(initial)));
	fixture_get(&f, T_LICENSE_USER, 2, &user);
	assert_true(password_verify(user.password_hash, SLICE("chosen one")));
	assert_int_equal(user.n_licenses, 1);
	ask(w, "POST orders/create_order/", body, "Idempotency-Key: k1\n");
	assert_int_equal(w->status, 201);
	assert_true(pick_null(w, "licenses.0.users.0.initial_password"));
	askf(w, "GET orders/1/");
	assert_true(pick_null(w, "licenses.0.users.0.initial_password"));
	assert_int_equal(manage_count(w, T_LICENSE), 1);
	ask(w, "POST orders/create_order/",
	    "{\"items\":[{\"product_code\":\"portal\",\"licenses\":[{\"users\":["
	    "{\"email\":\"a@x.example\"},{\"email\":\"c@x.example\"}]}]}]}",
	    NULL);
	assert_refused(w, 409, "below_usage", "items[0].licenses[0].users");
	assert_int_equal(manage_count(w, T_LICENSE_USER), 2);
}

static char *
many_rows(struct manage_world *w, int n)
{
	struct buf b = BUF_INIT(w->arena);

	buf_str(&b, "{\"items\":[{\"product_code\":\"editor\",\"licenses\":[");
	for (int i = 0; i < n; i++)
		buf_str(&b, i ? ",{}" : "{}");
	buf_str(&b, "]}]}");
	return arena_str(w->arena, buf_slice(&b));
}

static void
test_limit(void **state)
{
	struct manage_world *w = *state;

	ask(w, "POST orders/create_order/", many_rows(w, 1001), NULL);
	assert_refused(w, 400, "validation_error", "items[0].licenses");
	shop_make(w, "POST orders/create_order/", many_rows(w, 1000));
	assert_int_equal(pick(w, "licenses")->n, 1000);
	assert_int_equal(manage_count(w, T_LICENSE), 1000);
}

static void
test_order(void **state)
{
	struct manage_world *w = *state;
	int64_t id;

	askf(w, "GET orders/generate_license/?product=editor&quantity=3");
	assert_int_equal(w->json->n, 3);
	askf(w, "GET orders/generate_license/?product=editor&quantity=1001");
	assert_refused(w, 400, "validation_error", "quantity");
	assert_int_equal(manage_count(w, T_LICENSE), 0);
	id = shop_issue(w, "editor", "");
	askf(w, "DELETE orders/1/");
	assert_refused(w, 409, "in_use", NULL);
	shop_make(w, "POST orders/create_order/",
	    "{\"is_test\":true,\"items\":[{\"product_code\":\"editor\"}]}");
	assert_int_equal(shop_activate(w, "editor", id + 1, "hw-1"), E_OK);
	askf(w, "DELETE orders/2/");
	assert_refused(w, 409, "in_use", NULL);
	askf(w, "POST devices/%lld/reset/", (long long)shop_row(w, id + 1, "hw-1"));
	assert_int_equal(w->status, 200);
	assert_int_equal(askf(w, "DELETE orders/2/"), 204);
	assert_int_equal(manage_count(w, T_LICENSE), 1);
	assert_int_equal(manage_count(w, T_ACTIVATION), 0);
	assert_int_equal(
	    ask_both(w, "PATCH orders/1/", "{\"customer\":1,\"note\":\"x\"}"), 200);
	assert_text(w, "customer", "lab@client.example");
	ask(w, "PATCH orders/1/", "{\"store_id\":\"other\"}", NULL);
	assert_refused(w, 409, "immutable_field", "store_id");
	askf(w, "GET orders/?customer_email=lab@client.example&store_id=L-1");
	assert_int_equal(pick_int(w, "count"), 1);
}

static void
test_single(void **state)
{
	struct manage_world *w = *state;

	ask(w, "POST licenses/?strict=true",
	    "{\"product\":\"editor\",\"customer\":1,\"license_key\":\"K-1\","
	    "\"enabled\":false,\"note\":\"n\",\"validity_period\":\"2030-01-01\"}",
	    NULL);
	assert_int_equal(w->status, 201);
	assert_string_equal(answer_header(w, "Location"), "/api/v1/licenses/1/");
	assert_text(w, "license_key", "K-1");
	assert_text(w, "status", "disabled");
	assert_text(w, "customer.email", "lab@client.example");
	assert_text(w, "validity_period", "2030-01-01T00:00:00.000Z");
	shop_make(w, "POST licenses/", "{\"product\":\"studio\"}");
	assert_int_equal(pick(w, "members")->n, 2);
	ask(w, "POST licenses/", "{\"product\":\"editor\",\"license_key\":\"k-1\"}",
	    NULL);
	assert_refused(w, 409, "duplicate", "license_key");
	ask(w, "POST licenses/", "{}", NULL);
	assert_refused(w, 400, "missing_parameters", "product");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, manage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain),
		TEST(test_faults),
		TEST(test_append),
		TEST(test_customer),
		TEST(test_bundle),
		TEST(test_users),
		TEST(test_limit),
		TEST(test_order),
		TEST(test_single),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
