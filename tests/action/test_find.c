/* Steps 2 to 5: product list, product, bundle, credential, candidates (6.10). */
#include "tests/action/prelude.h"

static void
set_archived(struct fixture *f, int64_t id)
{
	struct product product;

	fixture_get(f, T_PRODUCT, id, &product);
	product.archived_at = f->now;
	fixture_put(f, T_PRODUCT, &product);
}

static void
test_product(void **state)
{
	struct fixture *f = *state;
	int64_t product = fixture_product(f, "p1", AM_LICENSE_KEY);
	struct license license = fixture_draft(product, FIXTURE_KEY);

	fixture_issue(f, &license);
	fixture_ask_key(f, "P1", FIXTURE_KEY);
	assert_err(fixture_activate(f, "hw-1"), E_UNKNOWN_PRODUCT);
	fixture_ask_key(f, "p1", "NO-SUCH-KEY");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_FOUND);
	fixture_ask_key(f, "p1", "bad key");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_FOUND);
	fixture_ask_user(f, "p1", "ana@example.com");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_KEY_REQUIRED);
	set_archived(f, product);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	assert_err(fixture_activate(f, "hw-1"), E_ARCHIVED_PRODUCT);
	assert_err(fixture_check(f, "hw-1"), E_LICENSE_NOT_ACTIVE);
}

static void
test_same_key_of_two_products(void **state)
{
	struct fixture *f = *state;
	struct license one = fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), "K"),
		       two = fixture_draft(fixture_product(f, "p2", AM_LICENSE_KEY), "K");

	fixture_issue(f, &one);
	fixture_issue(f, &two);
	fixture_ask_key(f, "p2", "k");
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].license.o.id, two.o.id);
	f->req.license_id = one.o.id;
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_FOUND);
	f->req.license_id = two.o.id;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
}

static void
test_bundle_code(void **state)
{
	struct fixture *f = *state;
	int64_t members[] = { fixture_product(f, "edit", AM_LICENSE_KEY), 0 };
	int64_t suite = fixture_bundle(f, "suite", AM_LICENSE_KEY, members), own;
	struct license loose = fixture_draft(members[0], "LOOSE");

	fixture_product(f, "other", AM_LICENSE_KEY);
	fixture_bundle(f, "empty", AM_LICENSE_KEY, &members[1]);
	own = fixture_set(f, suite, FIXTURE_KEY);
	fixture_issue(f, &loose);
	fixture_ask_key(f, "edit", FIXTURE_KEY);
	f->req.bundle_code = SLICE("nothing");
	assert_err(fixture_activate(f, "hw-1"), E_UNKNOWN_PRODUCT);
	f->req.bundle_code = SLICE("other");
	assert_err(fixture_activate(f, "hw-1"), E_PRODUCT_NOT_BUNDLE);
	f->req.bundle_code = SLICE("empty");
	assert_err(fixture_activate(f, "hw-1"), E_PRODUCT_NOT_IN_BUNDLE);
	f->req.bundle_code = SLICE("suite");
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].license.o.id, fixture_member(f, own, members[0]));
	f->req.license_key = SLICE("LOOSE");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_FOUND);
}

static void
test_product_list_of_key(void **state)
{
	struct fixture *f = *state;
	int64_t members[] = { fixture_product(f, "edit", AM_LICENSE_KEY), 0 };
	int64_t allowed[] = { fixture_bundle(f, "suite", AM_LICENSE_KEY, members) };
	int64_t other = fixture_product(f, "other", AM_LICENSE_KEY);
	struct license license = fixture_draft(other, FIXTURE_KEY);

	fixture_set(f, allowed[0], FIXTURE_KEY);
	fixture_issue(f, &license);
	fixture_ask_key(f, "edit", FIXTURE_KEY);
	f->req.allowed_products = allowed;
	f->req.n_allowed = 1;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	f->req.product = SLICE("suite");
	f->req.bundle = true;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	f->req.bundle = false;
	f->req.product = SLICE("other");
	assert_err(fixture_activate(f, "hw-1"), E_API_KEY_PRODUCT_NOT_ALLOWED);
	allowed[0] = other;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
}

static int64_t
user_license(struct fixture *f, int64_t product, int64_t user, int64_t max)
{
	struct license license = fixture_draft(product, NULL);

	license.terms.max_activations = max;
	fixture_issue(f, &license);
	fixture_assign(f, license.o.id, user, -1);
	return license.o.id;
}

static void
test_password(void **state)
{
	struct fixture *f = *state;
	int64_t product = fixture_product(f, "p1", AM_USER),
		user = fixture_user(f, "ana@example.com");
	struct license_user record;

	fixture_ask_user(f, "p1", "ana@example.com");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_FOUND);
	user_license(f, product, user, 2);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	f->req.password_ok = false;
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_FOUND);
	assert_err(fixture_check(f, "hw-1"), E_OK);
	f->req.password_ok = true;
	f->req.password_hash = SLICE("$argon2id$of-another");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_FOUND);
	fixture_ask_user(f, "p1", "eva@example.com");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_FOUND);
	fixture_get(f, T_LICENSE_USER, user, &record);
	record.is_active = false;
	fixture_put(f, T_LICENSE_USER, &record);
	fixture_ask_user(f, "p1", "ana@example.com");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_FOUND);
	fixture_ask_key(f, "p1", "K");
	assert_err(fixture_activate(f, "hw-1"), E_INVALID_PRODUCT_AUTH_METHOD);
}

/* An SSO pair: refused by its account (6.11), after product and bundle. */
static void
test_sso(void **state)
{
	struct fixture *f = *state;
	struct customer_account account;

	fixture_product(f, "p1", AM_USER);
	fixture_product(f, "keyed", AM_LICENSE_KEY);
	field_clear(&customer_account_table, &account);
	account.code = account.name = SLICE("DSE2");
	fixture_add(f, T_CUSTOMER_ACCOUNT, &account);
	fixture_ask_key(f, "p1", NULL);
	f->req.account_code = SLICE("DSE2");
	assert_err(fixture_activate(f, "hw-1"), E_SSO_NOT_CONFIGURED);
	assert_err(fixture_check(f, "hw-1"), E_SSO_NOT_CONFIGURED);
	assert_err(fixture_deactivate(f, "hw-1"), E_SSO_NOT_CONFIGURED);
	f->req.account_code = SLICE("dse2");
	assert_err(fixture_activate(f, "hw-1"), E_CUSTOMER_ACCOUNT_NOT_FOUND);
	f->req.bundle_code = SLICE("nothing");
	assert_err(fixture_activate(f, "hw-1"), E_UNKNOWN_PRODUCT);
	f->req.bundle_code = SLICE_NULL;
	f->req.product = SLICE("keyed");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_KEY_REQUIRED);
}

static void
test_account_code(void **state)
{
	struct fixture *f = *state;
	int64_t product = fixture_product(f, "p1", AM_USER),
		user = fixture_user(f, "ana@example.com");
	struct customer_account account;
	struct license_user record;

	user_license(f, product, user, 2);
	fixture_ask_user(f, "p1", "ana@example.com|DSE2");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_FOUND);
	field_clear(&customer_account_table, &account);
	account.code = account.name = SLICE("DSE2");
	fixture_add(f, T_CUSTOMER_ACCOUNT, &account);
	fixture_get(f, T_LICENSE_USER, user, &record);
	record.customer_account_id = account.o.id;
	fixture_put(f, T_LICENSE_USER, &record);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	f->req.username = SLICE("ana@example.com|dse2");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_FOUND);
	f->req.username = SLICE("ana@example.com|DSE2|x");
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_FOUND);
	f->req.username = SLICE("ana@example.com|");
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	f->req.username = SLICE("ana@example.com");
	assert_err(fixture_activate(f, "hw-1"), E_OK);
}

/* Rule 6: where the device is active; else the first that passes; else the first. */
static void
test_several_candidates(void **state)
{
	struct fixture *f = *state;
	int64_t product = fixture_product(f, "p1", AM_USER),
		user = fixture_user(f, "ana@example.com"),
		one = user_license(f, product, user, 1),
		two = user_license(f, product, user, 2);
	struct license license;

	fixture_ask_user(f, "p1", "ana@example.com");
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].license.o.id, one);
	assert_err(fixture_activate(f, "hw-2"), E_OK);
	assert_int_equal(f->res.view[0].license.o.id, two);
	assert_err(fixture_activate(f, "hw-3"), E_OK);
	assert_int_equal(f->res.view[0].license.o.id, two);
	assert_err(fixture_activate(f, "hw-2"), E_OK);
	assert_int_equal(f->res.view[0].license.o.id, two);
	assert_int_equal(fixture_license(f, two).times_activated, 2);
	license = fixture_license(f, two);
	license.license_enabled = false;
	fixture_put(f, T_LICENSE, &license);
	assert_err(fixture_activate(f, "hw-2"), E_LICENSE_NOT_ENABLED);
	assert_err(fixture_activate(f, "hw-4"), E_LICENSE_ACTIVATED_MAX_TIMES);
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].license.o.id, one);
	assert_err(fixture_check(f, "hw-2"), E_LICENSE_NOT_ENABLED);
	assert_err(fixture_check(f, "hw-4"), E_DEVICE_NOT_FOUND);
	assert_err(fixture_deactivate(f, "hw-1"), E_OK);
	assert_int_equal(fixture_license(f, one).times_activated, 0);
	f->req.license_id = two;
	assert_err(fixture_activate(f, "hw-1"), E_LICENSE_NOT_ENABLED);
}

/* A call's own memory is enough, however many licenses a user has. */
static void
test_many_candidates(void **state)
{
	struct fixture *f = *state;
	struct arena *whole = f->arena, *small = arena_new(0);
	int64_t product = fixture_product(f, "p1", AM_USER),
		user = fixture_user(f, "ana@example.com"), last = 0;

	for (int i = 0; i < 1000; i++)
		last = user_license(f, product, user, i < 999 ? 0 : 1);
	fixture_ask_user(f, "p1", "ana@example.com");
	f->arena = small;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].license.o.id, last);
	assert_err(fixture_activate(f, "hw-2"), E_LICENSE_ACTIVATED_MAX_TIMES);
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_int_equal(f->res.view[0].license.o.id, last);
	f->arena = whole;
	arena_free(small);
}

static void
test_blacklist_scopes(void **state)
{
	struct fixture *f = *state;
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);
	int64_t buyer = fixture_customer(f, "ops@example.com");

	license.terms.max_activations = 9;
	fixture_issue(f, &license);
	fixture_sell(f, license.o.id, buyer);
	fixture_block(f, "hw-v", BS_VENDOR, FIELD_NONE);
	fixture_block(f, "hw-c", BS_CUSTOMER, buyer);
	fixture_block(f, "hw-l", BS_LICENSE, license.o.id);
	fixture_block(f, "hw-x", BS_CUSTOMER, buyer + 1);
	fixture_block(f, "hw-x", BS_LICENSE, license.o.id + 1);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	assert_err(fixture_activate(f, "hw-v"), E_BLACKLISTED);
	assert_err(fixture_activate(f, "hw-c"), E_BLACKLISTED);
	assert_err(fixture_activate(f, "hw-l"), E_BLACKLISTED);
	assert_err(fixture_activate(f, "hw-x"), E_OK);
	assert_err(fixture_activate(f, "hw"), E_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_product),
		TEST(test_same_key_of_two_products),
		TEST(test_bundle_code),
		TEST(test_product_list_of_key),
		TEST(test_password),
		TEST(test_sso),
		TEST(test_account_code),
		TEST(test_several_candidates),
		TEST(test_many_candidates),
		TEST(test_blacklist_scopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
