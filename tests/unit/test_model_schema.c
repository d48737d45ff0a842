#include "server/model/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/wire.h"
#include "server/model/account.h"
#include "server/model/audit.h"
#include "server/model/customer.h"
#include "server/model/device.h"
#include "server/model/license.h"
#include "server/model/offline.h"
#include "server/model/product.h"

static struct arena *arena;

static const struct table_def *
def(enum table t)
{
	return model_schema.table[t];
}

static struct slice
key_by(table_key_fn *fn, const void *rec, bool *has)
{
	struct buf b = BUF_INIT(arena);

	*has = fn(&b, rec);
	assert_int_equal(buf_finish(&b), E_OK);
	return buf_slice(&b);
}

static struct slice
primary(enum table t, const void *rec)
{
	bool has;
	struct slice key = key_by(def(t)->key, rec, &has);

	assert_true(has);
	return key;
}

static struct slice
entry(enum table t, int index, const void *rec)
{
	bool has;
	struct slice key = key_by(def(t)->index[index].key, rec, &has);

	assert_true(has);
	return key;
}

static void
no_entry(enum table t, int index, const void *rec)
{
	struct buf b = BUF_INIT(arena);

	assert_false(def(t)->index[index].key(&b, rec));
}

static void
test_clustered_keys_begin_with_the_license(void **state)
{
	struct license l = { .o.id = 77 };
	struct license_feature f = { .license_id = 77, .code = SLICE("pdf") };
	struct assignment s = { .license_id = 77, .user_id = 3 };
	struct activation a = { .license_id = 77,
		.device_id = 4,
		.vacant_since = 5,
		.floating_until = 6,
		.borrowed_until = FIELD_NONE };
	struct variable v = { .license_id = 77, .variable = SLICE("v") };
	struct audit u = { .license_id = 77, .seq = 1 };
	struct slice id = primary(T_LICENSE, &l);
	const struct slice keys[] = { primary(T_LICENSE_FEATURE, &f),
		primary(T_ASSIGNMENT, &s), primary(T_ACTIVATION, &a),
		primary(T_VARIABLE, &v), entry(T_ACTIVATION, IX_ACTIVATION_VACANT, &a),
		entry(T_ACTIVATION, IX_ACTIVATION_FLOATING, &a),
		entry(T_AUDIT, IX_AUDIT_LICENSE, &u) };
	static const enum table clustered[] = { T_LICENSE, T_LICENSE_FEATURE,
		T_ASSIGNMENT, T_ACTIVATION, T_VARIABLE };
	size_t n = 0;

	(void)state;
	assert_int_equal(id.n, wire_key_length((unsigned char)id.p[0]));
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		assert_true(slice_starts(keys[i], id));
	for (size_t i = 0; i < ARRAY_LEN(clustered); i++)
		assert_true(def(clustered[i])->clustered);
	for (size_t t = 0; t < model_schema.n; t++)
		n += def((enum table)t)->clustered;
	assert_int_equal(n, ARRAY_LEN(clustered));
}

static void
test_order(void **state)
{
	static const int64_t ids[] = { 1, 2, 255, 256, 65536, INT64_C(1) << 40 };
	struct license_feature f = { .license_id = 1, .code = SLICE("ab") };
	struct license_feature g = { .license_id = 1, .code = SLICE("ab-c") };

	(void)state;
	for (size_t i = 1; i < ARRAY_LEN(ids); i++) {
		struct product p = { .o.id = ids[i - 1] }, q = { .o.id = ids[i] };
		struct assignment a = { .user_id = ids[i - 1], .license_id = ids[i] };
		struct assignment b = { .user_id = ids[i], .license_id = 1 };

		assert_true(
		    slice_compare(primary(T_PRODUCT, &p), primary(T_PRODUCT, &q)) < 0);
		assert_true(slice_compare(entry(T_ASSIGNMENT, IX_ASSIGNMENT_USER, &a),
				entry(T_ASSIGNMENT, IX_ASSIGNMENT_USER, &b)) < 0);
	}
	assert_true(slice_compare(primary(T_LICENSE_FEATURE, &f),
			primary(T_LICENSE_FEATURE, &g)) < 0);
}

static void
test_vacant_oldest_first_then_lower_id(void **state)
{
	struct activation a = { .o.id = 9, .license_id = 1, .vacant_since = 100 };
	struct activation b = { .o.id = 2, .license_id = 1, .vacant_since = 101 };
	struct activation c = { .o.id = 10, .license_id = 1, .vacant_since = 100 };

	(void)state;
	assert_true(slice_compare(entry(T_ACTIVATION, IX_ACTIVATION_VACANT, &a),
			entry(T_ACTIVATION, IX_ACTIVATION_VACANT, &b)) < 0);
	assert_true(slice_compare(entry(T_ACTIVATION, IX_ACTIVATION_VACANT, &a),
			entry(T_ACTIVATION, IX_ACTIVATION_VACANT, &c)) < 0);
	a.vacant_since = FIELD_NONE;
	no_entry(T_ACTIVATION, IX_ACTIVATION_VACANT, &a);
}

static void
test_floating_until_the_later_end(void **state)
{
	struct activation a = {
		.license_id = 1, .floating_until = 50, .borrowed_until = FIELD_NONE
	};
	struct activation b = a;

	(void)state;
	assert_int_equal(activation_seat_until(&a), 50);
	b.borrowed_until = 70;
	assert_int_equal(activation_seat_until(&b), 70);
	assert_true(slice_compare(entry(T_ACTIVATION, IX_ACTIVATION_FLOATING, &a),
			entry(T_ACTIVATION, IX_ACTIVATION_FLOATING, &b)) < 0);
	a.floating_until = FIELD_NONE;
	no_entry(T_ACTIVATION, IX_ACTIVATION_FLOATING, &a);
}

static void
test_leases_of_active_offline_rows_only(void **state)
{
	struct activation a = {
		.o = { .id = 3 }, .state = AS_ACTIVE, .offline = true, .lease_until = 50
	};
	struct activation b = a;
	struct revocation given = { .serial = 9, .until = FIELD_NONE };
	struct revocation staff = { .serial = 2, .until = 60, .cause = RC_STAFF };

	(void)state;
	b.lease_until = 40;
	assert_true(slice_compare(entry(T_ACTIVATION, IX_ACTIVATION_LEASE, &b),
			entry(T_ACTIVATION, IX_ACTIVATION_LEASE, &a)) < 0);
	b.lease_until = FIELD_NONE;
	no_entry(T_ACTIVATION, IX_ACTIVATION_LEASE, &b);
	b = a;
	b.offline = false;
	no_entry(T_ACTIVATION, IX_ACTIVATION_LEASE, &b);
	a.state = AS_INACTIVE;
	no_entry(T_ACTIVATION, IX_ACTIVATION_LEASE, &a);
	assert_true(slice_compare(entry(T_REVOCATION, IX_REVOCATION_WEIGHT, &given),
			entry(T_REVOCATION, IX_REVOCATION_WEIGHT, &staff)) < 0);
	no_entry(T_REVOCATION, IX_REVOCATION_UNTIL, &given);
}

static void
test_folding(void **state)
{
	struct license a = { .product_id = 1, .license_key = SLICE("AAAA-Bz[") };
	struct license b = { .product_id = 1, .license_key = SLICE("aaaa-bZ[") };
	struct license c = { .product_id = 2, .license_key = SLICE("aaaa-bz[") };
	struct customer m = { .email = SLICE("Ana@Example.COM") };
	struct customer n = { .email = SLICE("ana@example.com") };
	struct product p = { .short_code = SLICE("Suite") };
	struct product q = { .short_code = SLICE("suite") };

	(void)state;
	assert_true(slice_equal(
	    entry(T_LICENSE, IX_LICENSE_KEY, &a), entry(T_LICENSE, IX_LICENSE_KEY, &b)));
	assert_false(slice_equal(
	    entry(T_LICENSE, IX_LICENSE_KEY, &b), entry(T_LICENSE, IX_LICENSE_KEY, &c)));
	assert_true(slice_equal(entry(T_CUSTOMER, IX_CUSTOMER_EMAIL, &m),
	    entry(T_CUSTOMER, IX_CUSTOMER_EMAIL, &n)));
	assert_false(slice_equal(entry(T_PRODUCT, IX_PRODUCT_CODE, &p),
	    entry(T_PRODUCT, IX_PRODUCT_CODE, &q)));
}

static void
test_no_entries(void **state)
{
	struct license l = { .license_key = SLICE_NULL,
		.bundle_license_id = FIELD_NONE,
		.validity_period = FIELD_NONE };
	struct customer c = { .email = SLICE(""), .customer_account_id = FIELD_NONE };
	struct order o = { .customer_id = FIELD_NONE };
	struct device d = { .hardware_id = SLICE_NULL };
	struct device bound = { .hardware_id = SLICE("hw-1"), .uuid = SLICE("u") };
	struct audit a = { .license_id = FIELD_NONE };
	struct audit b = { .license_id = 1 };

	(void)state;
	no_entry(T_LICENSE, IX_LICENSE_KEY, &l);
	no_entry(T_LICENSE, IX_LICENSE_SET, &l);
	no_entry(T_LICENSE, IX_LICENSE_VALIDITY, &l);
	no_entry(T_CUSTOMER, IX_CUSTOMER_EMAIL, &c);
	no_entry(T_CUSTOMER, IX_CUSTOMER_REFERENCE, &c);
	no_entry(T_CUSTOMER, IX_CUSTOMER_ACCOUNT, &c);
	no_entry(T_ORDER, IX_ORDER_CUSTOMER, &o);
	no_entry(T_DEVICE, IX_DEVICE_HARDWARE_ID, &d);
	no_entry(T_DEVICE, IX_DEVICE_UNBOUND, &bound);
	no_entry(T_AUDIT, IX_AUDIT_LICENSE, &a);
	no_entry(T_AUDIT, IX_AUDIT_OBJECT, &b);
}

static void
test_scopes_of_the_blacklist(void **state)
{
	struct blacklist_entry v = {
		.hardware_id = SLICE("hw-1"), .scope = BS_VENDOR, .scope_id = FIELD_NONE
	};
	struct blacklist_entry c = {
		.hardware_id = SLICE("hw-1"), .scope = BS_CUSTOMER, .scope_id = 5
	};
	struct blacklist_entry l = {
		.hardware_id = SLICE("hw-1"), .scope = BS_LICENSE, .scope_id = 5
	};

	(void)state;
	assert_true(slice_compare(entry(T_BLACKLIST, IX_BLACKLIST_HARDWARE_ID, &v),
			entry(T_BLACKLIST, IX_BLACKLIST_HARDWARE_ID, &c)) < 0);
	assert_false(slice_equal(entry(T_BLACKLIST, IX_BLACKLIST_HARDWARE_ID, &c),
	    entry(T_BLACKLIST, IX_BLACKLIST_HARDWARE_ID, &l)));
}

static void
test_longest_keys(void **state)
{
	static char text[400];
	struct license_user u = { .email = slice_of(text, MAX_EMAIL) };
	struct license l = { .license_key = slice_of(text, MAX_LICENSE_KEY) };
	struct device d = { .hardware_id = slice_of(text, MAX_HARDWARE_ID) };
	struct customer c = { .reference = slice_of(text, MAX_NAME) };
	struct blacklist_entry b = { .hardware_id = slice_of(text, MAX_HARDWARE_ID) };
	struct idempotency i = { .account = slice_of(text, 64),
		.key = slice_of(text, 255) };
	struct installation_file f = { .version = slice_of(text, 64),
		.channel = slice_of(text, MAX_CODE) };

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_true(entry(T_LICENSE_USER, IX_LICENSE_USER_EMAIL, &u).n <= 400);
	assert_true(entry(T_LICENSE, IX_LICENSE_KEY, &l).n <= 400);
	assert_true(entry(T_DEVICE, IX_DEVICE_HARDWARE_ID, &d).n <= 400);
	assert_true(entry(T_CUSTOMER, IX_CUSTOMER_REFERENCE, &c).n <= 400);
	assert_true(entry(T_BLACKLIST, IX_BLACKLIST_HARDWARE_ID, &b).n <= 400);
	assert_true(entry(T_IDEMPOTENCY, IX_IDEMPOTENCY_EXPIRY, &i).n <= 400);
	assert_true(
	    entry(T_INSTALLATION_FILE, IX_INSTALLATION_FILE_PRODUCT, &f).n <= 400);
}

/* What the key of an entry tells is the key of its record. */
static void
tells_primary(enum table t, int index, const void *rec)
{
	index_primary_fn *fn = def(t)->index[index].primary;
	struct slice key = entry(t, index, rec);
	struct buf b = BUF_INIT(arena);

	if (!fn)
		return;
	assert_true(fn(&b, key));
	assert_true(slice_equal(buf_slice(&b), primary(t, rec)));
	assert_false(fn(&b, slice_head(key, 0)));
}

static void
test_only_live_ones_count_for_a_signer(void **state)
{
	struct issued issued = { .o = { .id = 7 }, .kid = SLICE("90aa41c5d27e6b18") };

	(void)state;
	for (int s = IS_LIVE; s <= IS_ENDED; s++) {
		issued.state = s;
		if (s == IS_LIVE)
			entry(T_ISSUED, IX_ISSUED_SIGNER, &issued);
		else
			no_entry(T_ISSUED, IX_ISSUED_SIGNER, &issued);
	}
}

/* Every index gives its table's filled record exactly one entry. */
static void
test_every_index_has_an_entry(void **state)
{
	static _Alignas(16) char rec[4096];

	(void)state;
	for (size_t t = 0; t < model_schema.n; t++) {
		const struct table_def *d = def((enum table)t);

		for (int i = 0; i < TABLE_INDEX_MAX && d->index[i].name; i++) {
			field_clear(d->fields, rec);
			for (size_t k = 0; k < d->fields->n; k++) {
				const struct field *f = &d->fields->fields[k];
				char *at = rec + f->offset;

				if ((f->type == FIELD_TEXT || f->type == FIELD_BYTES) &&
				    !(t == T_DEVICE && i == IX_DEVICE_UNBOUND &&
					f->offset ==
					    offsetof(struct device, hardware_id)))
					*(struct slice *)(void *)at = SLICE("x");
				if ((f->type == FIELD_INT || f->type == FIELD_INSTANT) &&
				    !(t == T_AUDIT && i == IX_AUDIT_OBJECT &&
					f->offset == offsetof(struct audit, license_id)))
					*(int64_t *)(void *)at = 7 + (int64_t)k;
				if (f->type == FIELD_BOOL)
					*(bool *)at = true;
				if (f->type == FIELD_ENUM)
					*(int *)(void *)at =
					    t == T_ISSUED && i == IX_ISSUED_SIGNER
						? IS_LIVE
						: f->names->n - 1;
			}
			tells_primary((enum table)t, i, rec);
		}
	}
}

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clustered_keys_begin_with_the_license),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_vacant_oldest_first_then_lower_id),
		cmocka_unit_test(test_floating_until_the_later_end),
		cmocka_unit_test(test_leases_of_active_offline_rows_only),
		cmocka_unit_test(test_folding),
		cmocka_unit_test(test_no_entries),
		cmocka_unit_test(test_scopes_of_the_blacklist),
		cmocka_unit_test(test_longest_keys),
		cmocka_unit_test(test_only_live_ones_count_for_a_signer),
		cmocka_unit_test(test_every_index_has_an_entry),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
