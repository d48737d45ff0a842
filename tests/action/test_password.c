/* change_password, and product_details. */
#include "tests/action/prelude.h"

static void
set_vendor(struct fixture *f, bool change)
{
	struct vendor vendor;

	fixture_get(f, T_VENDOR, VENDOR_ID, &vendor);
	vendor.password_change = change;
	fixture_put(f, T_VENDOR, &vendor);
}

static enum err
change(struct fixture *f)
{
	f->req.new_password_hash = SLICE("$argon2id$of-the-new");
	return fixture_call(f, true, action_password_change, NULL);
}

static void
test_change(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_user(f, "ana@example.com");
	struct license_user user;

	fixture_get(f, T_LICENSE_USER, id, &user);
	user.is_initial_password = true;
	user.initial_password = SLICE("sealed");
	fixture_put(f, T_LICENSE_USER, &user);
	fixture_ask_user(f, "", "ANA@example.com");
	assert_err(change(f), E_OK);
	fixture_get(f, T_LICENSE_USER, id, &user);
	assert_true(slice_is(user.password_hash, "$argon2id$of-the-new"));
	assert_false(user.is_initial_password);
	assert_null(user.initial_password.p);
	assert_int_equal(fixture_count(f, T_AUDIT), 1);
	assert_err(change(f), E_LICENSE_NOT_FOUND);
}

static void
test_refused(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_user(f, "ana@example.com");
	struct customer_account account;
	struct license_user user;

	fixture_ask_user(f, "", "eva@example.com");
	assert_err(change(f), E_LICENSE_NOT_FOUND);
	fixture_ask_user(f, "", "ana@example.com");
	set_vendor(f, false);
	assert_err(change(f), E_CHANGE_PASSWORD_NOT_ALLOWED);
	f->req.password_ok = false;
	assert_err(change(f), E_LICENSE_NOT_FOUND);
	f->req.password_ok = true;
	set_vendor(f, true);
	field_clear(&customer_account_table, &account);
	account.code = account.name = SLICE("acme");
	account.sso = SLICE("{\"issuer\":\"https://id.example.com\"}");
	fixture_add(f, T_CUSTOMER_ACCOUNT, &account);
	fixture_get(f, T_LICENSE_USER, id, &user);
	user.customer_account_id = account.o.id;
	fixture_put(f, T_LICENSE_USER, &user);
	assert_err(change(f), E_CHANGE_PASSWORD_NOT_ALLOWED);
}

static struct password_res
find(struct fixture *f, const char *username)
{
	struct password_res res;

	f->req.username = slice_str(username);
	assert_err(fixture_call(f, false, action_password_find, &res), E_OK);
	return res;
}

static void
test_find(void **state)
{
	struct fixture *f = *state;
	int64_t id = fixture_user(f, "ana@example.com");
	struct license_user user;

	assert_true(slice_is(find(f, "Ana@example.com").hash, FIXTURE_HASH));
	assert_int_equal(find(f, "Ana@example.com").user_id, id);
	assert_null(find(f, "eva@example.com").hash.p);
	assert_null(find(f, "").hash.p);
	assert_null(find(f, "ana@example.com|NONE").hash.p);
	fixture_get(f, T_LICENSE_USER, id, &user);
	user.is_active = false;
	fixture_put(f, T_LICENSE_USER, &user);
	assert_null(find(f, "ana@example.com").hash.p);
}

static void
test_product_details(void **state)
{
	struct fixture *f = *state;
	struct product_res res;
	struct custom_field field;
	struct installation_file file;
	struct product product;
	int64_t id = fixture_product(f, "p1", AM_USER);

	field_clear(&custom_field_table, &field);
	field.product_id = id;
	field.name = SLICE("color");
	fixture_add(f, T_CUSTOM_FIELD, &field);
	field.o.id = 0;
	field.is_archived = true;
	fixture_add(f, T_CUSTOM_FIELD, &field);
	field_clear(&installation_file_table, &file);
	file.product_id = id;
	file.version = SLICE("1");
	file.enabled = true;
	fixture_add(f, T_INSTALLATION_FILE, &file);
	fixture_ask_key(f, "p1", NULL);
	assert_err(fixture_call(f, false, action_product_details, &res), E_OK);
	assert_true(slice_is(res.default_policy.code, "p1-default"));
	assert_false(res.has_file);
	assert_int_equal(res.n_custom, 0);
	f->req.include_latest_version = f->req.include_custom_fields = true;
	assert_err(fixture_call(f, false, action_product_details, &res), E_OK);
	assert_true(res.has_file);
	assert_int_equal(res.n_custom, 1);
	fixture_get(f, T_PRODUCT, id, &product);
	product.archived_at = f->now;
	fixture_put(f, T_PRODUCT, &product);
	assert_err(
	    fixture_call(f, false, action_product_details, &res), E_ARCHIVED_PRODUCT);
	f->req.product = SLICE("p2");
	assert_err(
	    fixture_call(f, false, action_product_details, &res), E_UNKNOWN_PRODUCT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_change),
		TEST(test_refused),
		TEST(test_find),
		TEST(test_product_details),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
