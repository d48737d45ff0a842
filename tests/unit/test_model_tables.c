#include "server/model/schema.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "server/model/account.h"
#include "server/model/audit.h"
#include "server/model/customer.h"
#include "server/model/device.h"
#include "server/model/license.h"
#include "server/model/offline.h"
#include "server/model/product.h"

static const struct table_def *
def(enum table t)
{
	return model_schema.table[t];
}

static int
count_indexes(const struct table_def *d)
{
	int n = 0;

	while (n < TABLE_INDEX_MAX && d->index[n].name)
		n++;
	return n;
}

static void
test_tables_are_complete(void **state)
{
	static const int indexes[T_MAX] = { [T_PRODUCT] = 1,
		[T_POLICY] = 2,
		[T_PRODUCT_FEATURE] = 1,
		[T_CUSTOM_FIELD] = 1,
		[T_INSTALLATION_FILE] = 1,
		[T_CUSTOMER_ACCOUNT] = 1,
		[T_CUSTOMER] = 3,
		[T_ORDER] = 3,
		[T_LICENSE_USER] = 1,
		[T_LICENSE] = 6,
		[T_ASSIGNMENT] = 1,
		[T_ACTIVATION] = 5,
		[T_DEVICE] = 2,
		[T_BLACKLIST] = 1,
		[T_API_KEY] = 1,
		[T_ACCOUNT] = 1,
		[T_TOKEN] = 2,
		[T_AUDIT] = 3,
		[T_IDEMPOTENCY] = 1,
		[T_KEY] = 1,
		[T_ISSUED] = 6,
		[T_REVOCATION] = 2,
		[T_OFFLINE_REQUEST] = 1 };

	(void)state;
	assert_int_equal(model_schema.n, T_MAX);
	for (size_t t = 0; t < model_schema.n; t++) {
		const struct table_def *d = def((enum table)t);
		int n = count_indexes(d);

		assert_non_null(d->fields);
		assert_non_null(d->key);
		assert_int_equal(n, indexes[t]);
		assert_true(n < TABLE_INDEX_MAX);
		for (int i = 0; i < n; i++)
			assert_non_null(d->index[i].key);
		assert_true(d->id_offset == SIZE_MAX || d->id_offset < d->fields->size);
	}
}

static void
expect_index(enum table t, int index, const char *name, bool unique, bool clustered)
{
	const struct index_def *d = &def(t)->index[index];

	assert_string_equal(d->name, name);
	assert_int_equal(d->unique, unique);
	assert_int_equal(d->clustered, clustered);
}

static void
test_index_numbers(void **state)
{
	(void)state;
	expect_index(T_PRODUCT, IX_PRODUCT_CODE, "short_code", true, false);
	expect_index(T_POLICY, IX_POLICY_CODE, "code", true, false);
	expect_index(T_POLICY, IX_POLICY_PRODUCT, "product_id", false, false);
	expect_index(T_CUSTOMER, IX_CUSTOMER_EMAIL, "email", true, false);
	expect_index(T_CUSTOMER, IX_CUSTOMER_REFERENCE, "reference", false, false);
	expect_index(
	    T_CUSTOMER, IX_CUSTOMER_ACCOUNT, "customer_account_id", false, false);
	expect_index(T_ORDER, IX_ORDER_STORE_ID, "store_id", true, false);
	expect_index(T_ORDER, IX_ORDER_CUSTOMER, "customer_id", false, false);
	expect_index(T_LICENSE_USER, IX_LICENSE_USER_EMAIL, "email", true, false);
	expect_index(T_LICENSE, IX_LICENSE_KEY, "license_key", true, false);
	expect_index(T_LICENSE, IX_LICENSE_ORDER, "order_id", false, false);
	expect_index(T_LICENSE, IX_LICENSE_PRODUCT, "product_id", false, false);
	expect_index(T_LICENSE, IX_LICENSE_SET, "bundle_license_id", false, false);
	expect_index(T_ORDER, IX_ORDER_CREATED, "created_at", false, false);
	expect_index(T_LICENSE, IX_LICENSE_CREATED, "created_at", false, false);
	expect_index(T_LICENSE, IX_LICENSE_VALIDITY, "validity_period", false, false);
	expect_index(T_AUDIT, IX_AUDIT_TIME, "time", false, false);
	expect_index(T_ACTIVATION, IX_ACTIVATION_ID, "id", true, false);
	expect_index(T_ACTIVATION, IX_ACTIVATION_DEVICE, "device_id", false, false);
	expect_index(T_ACTIVATION, IX_ACTIVATION_VACANT, "vacant_since", false, true);
	expect_index(T_ACTIVATION, IX_ACTIVATION_FLOATING, "floating_until", false, true);
	expect_index(T_ACTIVATION, IX_ACTIVATION_LEASE, "lease_until", false, false);
	expect_index(T_ISSUED, IX_ISSUED_REQUEST, "request", true, false);
	expect_index(T_ISSUED, IX_ISSUED_LICENSE, "license", false, true);
	expect_index(T_ISSUED, IX_ISSUED_HARDWARE, "hardware_id", false, false);
	expect_index(T_ISSUED, IX_ISSUED_LEASE, "lease_until", false, false);
	expect_index(T_ISSUED, IX_ISSUED_AT, "issued_at", false, false);
	expect_index(T_ISSUED, IX_ISSUED_SIGNER, "kid", false, false);
	expect_index(T_REVOCATION, IX_REVOCATION_WEIGHT, "cause", false, false);
	expect_index(T_REVOCATION, IX_REVOCATION_UNTIL, "until", false, false);
	expect_index(
	    T_OFFLINE_REQUEST, IX_OFFLINE_REQUEST_CREATED, "created_at", false, false);
	expect_index(T_DEVICE, IX_DEVICE_HARDWARE_ID, "hardware_id", true, false);
	expect_index(T_DEVICE, IX_DEVICE_UNBOUND, "unbound", true, false);
	expect_index(T_BLACKLIST, IX_BLACKLIST_HARDWARE_ID, "hardware_id", true, false);
	expect_index(T_TOKEN, IX_TOKEN_HASH, "hash", true, false);
	expect_index(T_TOKEN, IX_TOKEN_ACCOUNT, "account_id", false, false);
	expect_index(T_AUDIT, IX_AUDIT_LICENSE, "license_id", false, true);
	expect_index(T_AUDIT, IX_AUDIT_OBJECT, "object", false, false);
}

/* The number of a table and the place of an index share a byte of each clustered key. */
static void
test_cluster_numbers(void **state)
{
	bool taken[32] = { true };

	(void)state;
	for (size_t t = 0; t < model_schema.n; t++) {
		const struct table_def *d = def((enum table)t);
		bool any = d->clustered;

		for (int i = 0; i < count_indexes(d); i++) {
			assert_true(!d->index[i].clustered || i < 7);
			any |= d->index[i].clustered;
		}
		assert_int_equal(d->cluster != 0, any);
		if (!any)
			continue;
		assert_true(d->cluster < ARRAY_LEN(taken));
		assert_false(taken[d->cluster]);
		taken[d->cluster] = true;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_are_complete),
		cmocka_unit_test(test_index_numbers),
		cmocka_unit_test(test_cluster_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
