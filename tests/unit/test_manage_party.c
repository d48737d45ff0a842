#include "tests/support/manage_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keys/password.h"
#include "server/model/customer.h"
#include "server/model/device.h"
#include "server/model/license.h"
#include "server/store/record.h"
#include "tests/support/fixture.h"

static struct fixture
store_of(struct manage_world *w)
{
	return (struct fixture){ .arena = w->arena, .store = w->store };
}

static void
make(struct manage_world *w, const char *call, const char *body)
{
	if (ask(w, call, body, NULL) != 201)
		fail_msg("%s: %d %.*s", call, w->status, SLICE_ARG(w->body));
}

static void
test_customer(void **state)
{
	struct manage_world *w = *state;

	make(w, "POST customer-accounts/", "{\"name\":\"Labs\",\"code\":\"labs\"}");
	assert_int_equal(
	    ask_both(w, "POST customers/",
		"{\"email\":\" Lab@client.example \",\"company_name\":\"Client Lab\","
		"\"customer_account_id\":\"labs\",\"metadata\":{\"b\":[1]}}"),
	    201);
	assert_text(w, "email", "Lab@client.example");
	assert_text(w, "customer_account", "labs");
	assert_int_equal(pick_int(w, "customer_account_id"), 1);
	assert_string_equal(last_audit(w), "customer.created");
	ask(w, "POST customers/", "{\"email\":\"LAB@client.example\"}", NULL);
	assert_refused(w, 409, "duplicate", "email");
	ask(w, "POST customers/", "{\"email\":\"no mail\"}", NULL);
	assert_refused(w, 400, "validation_error", "email");
	ask(w, "POST customers/", "{\"customer_account\":\"none\"}", NULL);
	assert_refused(w, 400, "validation_error", "customer_account");
	make(w, "POST customers/", "{}");
	make(w, "POST customers/", "{\"email\":\"\"}");
	assert_int_equal(ask_both(w, "PATCH customers/1/",
			     "{\"city\":\"Graz\",\"customer_account\":null}"),
	    200);
	assert_true(pick_null(w, "customer_account_id"));
	assert_text(w, "company_name", "Client Lab");
	assert_int_equal(ask_both(w, "DELETE customers/2/", NULL), 204);
	assert_string_equal(last_audit(w), "customer.deleted");
	askf(w, "DELETE customers/2/");
	assert_refused(w, 404, "not_found", NULL);
}

static int64_t
add_order(struct manage_world *w, const char *store_id, int64_t customer_id)
{
	struct fixture f = store_of(w);
	struct order order;

	field_clear(&order_table, &order);
	order.store_id = slice_str(store_id);
	order.customer_id = customer_id;
	order.metadata = SLICE("{}");
	fixture_add(&f, T_ORDER, &order);
	return order.o.id;
}

static void
add_block(struct manage_world *w, const char *hardware_id, int64_t customer_id)
{
	struct fixture f = store_of(w);
	struct blacklist_entry entry;

	field_clear(&blacklist_table, &entry);
	entry.hardware_id = slice_str(hardware_id);
	entry.scope = BS_CUSTOMER;
	entry.scope_id = customer_id;
	fixture_add(&f, T_BLACKLIST, &entry);
}

static void
test_merge(void **state)
{
	struct manage_world *w = *state;
	struct fixture f = store_of(w);
	struct order order;
	int64_t id;

	make(w, "POST customers/", "{\"email\":\"a@b.example\"}");
	make(w, "POST customers/", "{\"email\":\"into@b.example\"}");
	id = add_order(w, "so-1", 1);
	add_block(w, "hw-1", 1);
	add_block(w, "hw-2", 1);
	add_block(w, "hw-2", 2);
	askf(w, "DELETE customers/1/");
	assert_refused(w, 409, "in_use", NULL);
	ask(w, "POST customers/1/merge/", "{}", NULL);
	assert_refused(w, 400, "missing_parameters", "into");
	ask(w, "POST customers/1/merge/", "{\"into\":1}", NULL);
	assert_refused(w, 400, "validation_error", "into");
	ask(w, "POST customers/1/merge/", "{\"into\":\"x@b.example\"}", NULL);
	assert_refused(w, 400, "validation_error", "into");
	ask(w, "POST customers/9/merge/", "{\"into\":1}", NULL);
	assert_refused(w, 404, "not_found", NULL);
	assert_int_equal(
	    ask_both(w, "POST customers/1/merge/", "{\"into\":\"into@b.example\"}"), 200);
	assert_int_equal(pick_int(w, "id"), 2);
	assert_string_equal(last_audit(w), "customer.deleted");
	fixture_get(&f, T_ORDER, id, &order);
	assert_int_equal(order.customer_id, 2);
	assert_int_equal(manage_count(w, T_BLACKLIST), 2);
	assert_int_equal(manage_count(w, T_CUSTOMER), 1);
}

static void
test_merge_accounts(void **state)
{
	struct manage_world *w = *state;

	make(w, "POST customer-accounts/", "{\"name\":\"A\",\"code\":\"a\"}");
	make(w, "POST customer-accounts/", "{\"name\":\"B\",\"code\":\"b\"}");
	make(w, "POST customers/", "{\"customer_account\":\"a\"}");
	make(w, "POST customers/", "{\"customer_account\":\"b\"}");
	ask(w, "POST customers/1/merge/", "{\"into\":2}", NULL);
	assert_refused(w, 409, "wrong_state", NULL);
}

static void
test_customer_account(void **state)
{
	struct manage_world *w = *state;

	assert_int_equal(
	    ask_both(w, "POST customer-accounts/", "{\"name\":\"Labs\",\"code\":\"l\"}"),
	    201);
	assert_string_equal(last_audit(w), "customer_account.created");
	ask(w, "POST customer-accounts/", "{\"name\":\"Labs\",\"code\":\"l\"}", NULL);
	assert_refused(w, 409, "duplicate", "code");
	ask(w, "POST customer-accounts/", "{\"name\":\"Labs\",\"code\":\"a b\"}", NULL);
	assert_refused(w, 400, "validation_error", "code");
	ask(w, "PATCH customer-accounts/1/", "{\"code\":\"m\"}", NULL);
	assert_refused(w, 409, "immutable_field", "code");
	assert_int_equal(
	    ask_both(w, "PATCH customer-accounts/1/", "{\"name\":\"Lab\"}"), 200);
	make(w, "POST license-users/",
	    "{\"email\":\"u@b.example\",\"customer_account\":\"l\"}");
	askf(w, "DELETE customer-accounts/1/");
	assert_refused(w, 409, "in_use", NULL);
	assert_int_equal(askf(w, "DELETE license-users/1/"), 204);
	make(w, "POST customers/", "{\"customer_account\":\"l\"}");
	askf(w, "DELETE customer-accounts/1/");
	assert_refused(w, 409, "in_use", NULL);
	assert_int_equal(askf(w, "DELETE customers/1/"), 204);
	assert_int_equal(ask_both(w, "DELETE customer-accounts/1/", NULL), 204);
	askf(w, "GET customer-accounts/?code=l");
	assert_int_equal(pick_int(w, "count"), 0);
}

static bool
password_fits(struct manage_world *w, int64_t id, const char *password)
{
	struct fixture f = store_of(w);
	struct license_user user;

	fixture_get(&f, T_LICENSE_USER, id, &user);
	return password_verify(user.password_hash, slice_str(password));
}

static void
assert_initial(struct manage_world *w, int64_t id, const char *password)
{
	struct fixture f = store_of(w);
	struct license_user user;
	struct slice plain;

	fixture_get(&f, T_LICENSE_USER, id, &user);
	assert_int_equal(user.is_initial_password, password != NULL);
	if (!password) {
		assert_null(user.initial_password.p);
		return;
	}
	assert_int_equal(seal_open(w->seal, w->arena, license_user_table.name, id,
			     user.initial_password, &plain),
	    E_OK);
	assert_true(slice_is(plain, password));
}

static void
test_user(void **state)
{
	struct manage_world *w = *state;
	const char *password;

	ask(w, "POST license-users/?dry_run=true", "{\"email\":\"u@b.example\"}", NULL);
	assert_true(pick_null(w, "result.password"));
	make(w, "POST license-users/", "{\"email\":\"U@b.example\"}");
	password = pick_text(w, "password");
	assert_int_equal(strlen(password), 20);
	assert_true(pick_bool(w, "is_initial_password"));
	assert_true(pick_bool(w, "is_active"));
	assert_int_equal(pick(w, "licenses")->n, 0);
	assert_true(password_fits(w, 1, password));
	assert_initial(w, 1, password);
	assert_null(strstr(arena_str(w->arena, w->body), "hash"));
	askf(w, "GET license-users/1/");
	assert_true(pick_null(w, "password"));
	askf(w, "GET license-users/?email=u@B.example");
	assert_int_equal(pick_int(w, "count"), 1);
	assert_true(pick_null(w, "results.0.password"));
	ask(w, "POST license-users/", "{\"email\":\"u@b.example\"}", NULL);
	assert_refused(w, 409, "duplicate", "email");
	ask(w, "POST license-users/", "{\"email\":\"u\"}", NULL);
	assert_refused(w, 400, "validation_error", "email");
	ask(w, "POST license-users/", "{}", NULL);
	assert_refused(w, 400, "missing_parameters", "email");
	ask(w, "POST license-users/",
	    "{\"email\":\"v@b.example\",\"password\":\"short\"}", NULL);
	assert_refused(w, 400, "validation_error", "password");
	assert_int_equal(
	    ask_both(w, "PATCH license-users/1/", "{\"is_active\":false}"), 200);
	assert_false(pick_bool(w, "is_active"));
	ask(w, "PATCH license-users/1/?strict=1", "{\"password\":\"long enough\"}", NULL);
	assert_refused(w, 400, "validation_error", "password");
	make(w, "POST license-users/",
	    "{\"email\":\"v@b.example\",\"password\":\"long enough\"}");
	assert_true(pick_null(w, "password"));
	assert_true(password_fits(w, 2, "long enough"));
	assert_initial(w, 2, NULL);
}

static void
test_set_password(void **state)
{
	struct manage_world *w = *state;
	const char *made;

	make(w, "POST license-users/", "{\"email\":\"u@b.example\"}");
	assert_int_equal(ask(w, "POST license-users/1/set_password/",
			     "{\"password\":\"chosen one\"}", NULL),
	    200);
	assert_true(pick_null(w, "password"));
	assert_string_equal(last_audit(w), "license_user.password_set");
	assert_string_equal(answer_header(w, "ETag"), "\"2\"");
	assert_true(password_fits(w, 1, "chosen one"));
	assert_initial(w, 1, NULL);
	assert_int_equal(ask(w, "POST license-users/set_password/?email=U@b.example",
			     "{\"password\":\"another one\",\"is_initial\":true}", NULL),
	    200);
	assert_initial(w, 1, "another one");
	assert_int_equal(ask(w, "POST license-users/1/set_password/", NULL, NULL), 200);
	made = pick_text(w, "password");
	assert_true(password_fits(w, 1, made));
	assert_initial(w, 1, made);
	ask(w, "POST license-users/1/set_password/", "{\"password\":\"short\"}", NULL);
	assert_refused(w, 400, "validation_error", "password");
	ask(w, "POST license-users/1/set_password/", "{}", "If-Match: \"1\"");
	assert_refused(w, 412, "stale_object", NULL);
	ask(w, "POST license-users/9/set_password/", NULL, NULL);
	assert_refused(w, 404, "not_found", NULL);
	ask(w, "POST license-users/set_password/?email=x@b.example", NULL, NULL);
	assert_refused(w, 404, "not_found", NULL);
	ask(w, "POST license-users/set_password/", NULL, NULL);
	assert_refused(w, 400, "missing_parameters", "email");
}

/* One hashes, eight wait: the others are told to come again. */
static void
test_busy_passwords(void **state)
{
	struct manage_world *w = *state;
	int done = 0, busy = 0;

	for (int i = 0; i < 12; i++) {
		w->status = 0;
		ask_begin(w, "POST license-users/",
		    arena_printf(w->arena, "{\"email\":\"u%d@b.example\"}", i), NULL);
		if (w->status == 0)
			continue;
		assert_refused(w, 503, "service_unavailable", NULL);
		assert_non_null(answer_header(w, "Retry-After"));
		busy++;
	}
	for (int i = busy; i < 12; i++)
		done += ask_end(w) == 201;
	assert_in_range(busy, 1, 4);
	assert_int_equal(done + busy, 12);
	assert_int_equal(manage_count(w, T_LICENSE_USER), done);
}

static void
test_assigned_user(void **state)
{
	struct manage_world *w = *state;
	struct fixture f = store_of(w);
	struct license_user user;
	struct assignment a = { 12, 1, 3, false, 2 };

	make(w, "POST license-users/", "{\"email\":\"u@b.example\"}");
	fixture_get(&f, T_LICENSE_USER, 1, &user);
	user.n_licenses = 1;
	fixture_put(&f, T_LICENSE_USER, &user);
	fixture_put(&f, T_ASSIGNMENT, &a);
	askf(w, "GET license-users/1/");
	assert_int_equal(pick_int(w, "licenses.0.license"), 12);
	assert_int_equal(pick_int(w, "licenses.0.max_activations"), 3);
	assert_int_equal(pick_int(w, "licenses.0.total_activations"), 2);
	assert_false(pick_bool(w, "licenses.0.allow_unlimited_activations"));
	askf(w, "DELETE license-users/1/");
	assert_refused(w, 409, "in_use", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, manage_setup, manage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_customer),
		TEST(test_merge),
		TEST(test_merge_accounts),
		TEST(test_customer_account),
		TEST(test_user),
		TEST(test_set_password),
		TEST(test_busy_passwords),
		TEST(test_assigned_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
