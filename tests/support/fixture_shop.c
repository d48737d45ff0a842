#include "tests/support/fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int64_t
product_add(struct fixture *f, struct product *product, const char *code)
{
	struct policy policy;

	product->short_code = product->product_name = slice_str(code);
	fixture_add(f, T_PRODUCT, product);
	policy_default(&policy);
	policy.product_id = product->o.id;
	policy.code = slice_str(arena_printf(f->arena, "%s-default", code));
	fixture_add(f, T_POLICY, &policy);
	product->default_policy_id = policy.o.id;
	fixture_put(f, T_PRODUCT, product);
	return product->o.id;
}

int64_t
fixture_product(struct fixture *f, const char *code, enum auth_method method)
{
	struct product product;

	product_default(&product);
	product.authorization_method = (int)method;
	return product_add(f, &product, code);
}

int64_t
fixture_bundle(
    struct fixture *f, const char *code, enum auth_method method, const int64_t *members)
{
	struct product product;

	product_default(&product);
	product.authorization_method = (int)method;
	product.is_bundle = true;
	product.members.p = (void *)(uintptr_t)members;
	while (members[product.members.n])
		product.members.n++;
	return product_add(f, &product, code);
}

struct license
fixture_draft(int64_t product_id, const char *key)
{
	struct license license;

	license_default(&license);
	license.product_id = product_id;
	license.license_key = slice_str(key);
	return license;
}

int64_t
fixture_issue(struct fixture *f, struct license *license)
{
	struct order order;

	if (!license->order_id) {
		field_clear(&order_table, &order);
		order.store_id =
		    slice_str(arena_printf(f->arena, "order-%d", (int)++f->n_orders));
		order.metadata = SLICE("{}");
		order.license_count = 1;
		fixture_add(f, T_ORDER, &order);
		license->order_id = order.o.id;
	}
	license->period_start = f->now;
	license->o.created_at = f->now;
	license->o.revision = 1;
	fixture_add(f, T_LICENSE, license);
	return license->o.id;
}

int64_t
fixture_set(struct fixture *f, int64_t bundle_id, const char *key)
{
	struct license own = fixture_draft(bundle_id, key), member;
	struct product bundle;
	const int64_t *id;

	fixture_get(f, T_PRODUCT, bundle_id, &bundle);
	fixture_issue(f, &own);
	id = bundle.members.p;
	/* Made in reverse, so that order of ids and order of members differ. */
	for (size_t i = bundle.members.n; i-- > 0;) {
		member = fixture_draft(id[i], key);
		member.order_id = own.order_id;
		member.bundle_license_id = own.o.id;
		fixture_issue(f, &member);
	}
	return own.o.id;
}

struct member_call {
	int64_t own_id, product_id;
	struct license found;
};

static enum err
member_find(struct txn *txn, void *arg)
{
	struct member_call *c = arg;
	struct record_scan scan;
	enum err err = record_scan(txn, T_LICENSE, IX_LICENSE_SET,
	    record_key_id(txn, c->own_id), SLICE_NULL, false, &scan);

	while (!err) {
		err = record_next(&scan, &c->found);
		if (!err && c->found.product_id == c->product_id)
			return E_OK;
	}
	return err;
}

int64_t
fixture_member(struct fixture *f, int64_t own_id, int64_t product_id)
{
	struct member_call c = { .own_id = own_id, .product_id = product_id };

	assert_int_equal(store_read_now(f->store, f->arena, member_find, &c), E_OK);
	return c.found.o.id;
}

int64_t
fixture_customer(struct fixture *f, const char *email)
{
	struct customer customer;

	field_clear(&customer_table, &customer);
	customer.email = slice_str(email);
	customer.metadata = SLICE("{}");
	fixture_add(f, T_CUSTOMER, &customer);
	return customer.o.id;
}

void
fixture_sell(struct fixture *f, int64_t license_id, int64_t customer_id)
{
	struct license license = fixture_license(f, license_id);
	struct order order;

	fixture_get(f, T_ORDER, license.order_id, &order);
	order.customer_id = customer_id;
	fixture_put(f, T_ORDER, &order);
}

int64_t
fixture_user(struct fixture *f, const char *email)
{
	struct license_user user;

	field_clear(&license_user_table, &user);
	user.email = slice_str(email);
	user.is_active = true;
	user.password_hash = SLICE(FIXTURE_HASH);
	fixture_add(f, T_LICENSE_USER, &user);
	return user.o.id;
}

void
fixture_assign(struct fixture *f, int64_t license_id, int64_t user_id, int64_t max)
{
	struct assignment assignment = { .license_id = license_id,
		.user_id = user_id,
		.max_activations = max < 0 ? 0 : max,
		.allow_unlimited_activations = max < 0 };
	struct license license = fixture_license(f, license_id);

	fixture_put(f, T_ASSIGNMENT, &assignment);
	license.n_users++;
	fixture_put(f, T_LICENSE, &license);
}

int64_t
fixture_feature(
    struct fixture *f, int64_t license_id, const char *code, enum feature_type type)
{
	struct license license = fixture_license(f, license_id);
	struct license_feature feature;

	field_clear(&license_feature_table, &feature);
	feature_terms_default(&feature.terms);
	feature.license_id = license_id;
	feature.code = feature.name = slice_str(code);
	feature.feature_type = (int)type;
	feature.period_start = f->now;
	feature.o.revision = 1;
	fixture_add(f, T_LICENSE_FEATURE, &feature);
	license.n_features++;
	fixture_put(f, T_LICENSE, &license);
	return feature.o.id;
}

void
fixture_block(struct fixture *f, const char *hardware_id, enum blacklist_scope scope,
    int64_t scope_id)
{
	struct blacklist_entry entry;

	field_clear(&blacklist_table, &entry);
	entry.hardware_id = slice_str(hardware_id);
	entry.scope = (int)scope;
	entry.scope_id = scope_id;
	fixture_add(f, T_BLACKLIST, &entry);
}
