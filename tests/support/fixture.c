#include "tests/support/fixture.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>

#include <cmocka.h>

#include "server/action/change.h"
#include "server/action/seat.h"
#include "server/model/audit.h"
#include "tests/support/store_mem.h"

enum verb { VERB_GET, VERB_PUT, VERB_ADD, VERB_COUNT };

struct record_call {
	enum verb verb;
	enum table table;
	int64_t id;
	void *rec;
};

int
fixture_setup(void **state)
{
	return fixture_setup_on(state, &store_mem_ops);
}

int
fixture_setup_on(void **state, const struct store_ops *ops)
{
	struct arena *arena = arena_new((size_t)1 << 30);
	struct fixture *f = arena ? arena_alloc(arena, sizeof(*f)) : NULL;
	struct store_options options = { .ops = ops,
		.schema = &model_schema,
		.dir = "",
		.batch_max = 64,
		.create = true };
	struct vendor vendor;

	if (!f || store_open(&f->store, &options) != E_OK)
		return -1;
	f->arena = arena;
	f->now = FIXTURE_NOW;
	f->actor = (struct actor){ .type = ACTOR_CLIENT,
		.id = SLICE("7"),
		.name = SLICE("app"),
		.credential = SLICE("7"),
		.address = SLICE("192.0.2.1"),
		.request_id = SLICE("request-1"),
		.account_id = FIELD_NONE };
	*state = f;
	field_clear(&vendor_table, &vendor);
	vendor.name = SLICE("Vendor");
	vendor.password_change = true;
	fixture_add(f, T_VENDOR, &vendor);
	return 0;
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	arena_free(f->arena);
	return 0;
}

static enum err
record_call(struct txn *txn, void *arg)
{
	struct record_call *c = arg;

	switch (c->verb) {
	case VERB_GET:
		return c->id ? record_get_id(txn, c->table, c->id, c->rec)
		             : record_get(txn, c->table, c->rec);
	case VERB_PUT:
		return record_put(txn, c->table, c->rec);
	case VERB_ADD:
		return record_add(txn, c->table, c->rec);
	case VERB_COUNT:
		return record_count(txn, c->table, -1, SLICE_NULL, INT64_MAX, &c->id);
	}
	return E_INTERNAL;
}

static enum err
record_do(struct fixture *f, struct record_call *c)
{
	return c->verb == VERB_PUT || c->verb == VERB_ADD
	           ? store_write_now(f->store, f->arena, record_call, c)
	           : store_read_now(f->store, f->arena, record_call, c);
}

void
fixture_get(struct fixture *f, enum table table, int64_t id, void *rec)
{
	struct record_call c = { VERB_GET, table, id, rec };

	assert_int_equal(record_do(f, &c), E_OK);
}

void
fixture_find(struct fixture *f, enum table table, void *rec)
{
	fixture_get(f, table, 0, rec);
}

bool
fixture_has(struct fixture *f, enum table table, void *rec)
{
	struct record_call c = { VERB_GET, table, 0, rec };
	enum err err = record_do(f, &c);

	assert_true(err == E_OK || err == E_NOT_FOUND);
	return err == E_OK;
}

void
fixture_put(struct fixture *f, enum table table, const void *rec)
{
	struct record_call c = { VERB_PUT, table, 0, (void *)(uintptr_t)rec };

	assert_int_equal(record_do(f, &c), E_OK);
}

void
fixture_add(struct fixture *f, enum table table, void *rec)
{
	struct record_call c = { VERB_ADD, table, 0, rec };

	assert_int_equal(record_do(f, &c), E_OK);
}

int64_t
fixture_count(struct fixture *f, enum table table)
{
	struct record_call c = { VERB_COUNT, table, 0, NULL };

	assert_int_equal(record_do(f, &c), E_OK);
	return c.id;
}

static enum err
space_digest(struct txn *txn, struct space space, crypto_generichash_state *state)
{
	struct range range = { .prefix = SLICE_NULL };
	struct slice key, val;
	struct cursor *cursor;
	enum err err = txn->store->ops->scan(txn, space, &range, &cursor);

	while (err == E_OK) {
		err = txn->store->ops->next(cursor, &key, &val);
		if (err)
			break;
		crypto_generichash_update(state, (const void *)&key.n, sizeof(key.n));
		crypto_generichash_update(state, (const void *)key.p, key.n);
		crypto_generichash_update(state, (const void *)&val.n, sizeof(val.n));
		crypto_generichash_update(state, (const void *)val.p, val.n);
	}
	return err == E_NOT_FOUND ? E_OK : err;
}

static enum err
store_digest(struct txn *txn, void *arg)
{
	crypto_generichash_state state;
	enum err err = E_OK;

	crypto_generichash_init(&state, NULL, 0, 32);
	for (int t = 0; t < T_MAX; t++) {
		const struct index_def *index = model_schema.table[t]->index;

		for (int i = -1; !err && (i < 0 || index[i].name); i++)
			err =
			    space_digest(txn, (struct space){ (enum table)t, i }, &state);
	}
	crypto_generichash_final(&state, arg, 32);
	return err;
}

void
fixture_digest(struct fixture *f, unsigned char out[static 32])
{
	assert_int_equal(store_read_now(f->store, f->arena, store_digest, out), E_OK);
}

/* --- things to sell -------------------------------------------------------------------
 */

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

/* --- calls
 * ------------------------------------------------------------------------------ */

static void
ask(struct fixture *f, const char *product)
{
	f->req = (struct client_req){ .product = slice_str(product),
		.license_id = FIELD_NONE,
		.consumptions = FIELD_NONE,
		.max_overages = FIELD_NONE };
}

void
fixture_ask_key(struct fixture *f, const char *product, const char *key)
{
	ask(f, product);
	f->req.license_key = slice_str(key);
}

void
fixture_ask_user(struct fixture *f, const char *product, const char *username)
{
	ask(f, product);
	f->req.username = slice_str(username);
	f->req.password = SLICE("secret");
	f->req.password_ok = true;
	f->req.password_hash = SLICE(FIXTURE_HASH);
}

enum err
fixture_call(struct fixture *f, bool write, action_fn *fn, void *res)
{
	struct action_run run = { .store = f->store,
		.actor = &f->actor,
		.arena = f->arena,
		.now = f->now,
		.write = write,
		.fn = fn,
		.req = &f->req,
		.res = res };
	enum err err = action_run_now(&run);

	f->ctx = run.ctx;
	return err;
}

enum err
fixture_activate(struct fixture *f, const char *hardware_id)
{
	f->req.hardware_id = slice_str(hardware_id);
	return fixture_call(f, true, action_activate, &f->res);
}

enum err
fixture_check(struct fixture *f, const char *hardware_id)
{
	enum err err;

	f->req.hardware_id = slice_str(hardware_id);
	err = fixture_call(f, false, action_check, &f->res);
	return err == E_RETRY ? fixture_call(f, true, action_check_touch, &f->res) : err;
}

enum err
fixture_deactivate(struct fixture *f, const char *hardware_id)
{
	f->req.hardware_id = slice_str(hardware_id);
	return fixture_call(f, true, action_deactivate, NULL);
}

enum err
fixture_consume(struct fixture *f, const char *hardware_id, int64_t n)
{
	f->req.hardware_id = slice_str(hardware_id);
	f->req.consumptions = n;
	return fixture_call(f, true, action_consume, &f->res);
}

struct license
fixture_license(struct fixture *f, int64_t id)
{
	struct license license;

	fixture_get(f, T_LICENSE, id, &license);
	return license;
}

struct row_call {
	struct slice hardware_id;
	struct activation row;
};

static enum err
row_find(struct txn *txn, void *arg)
{
	struct row_call *c = arg;
	struct device device;
	enum err err = record_find(txn, T_DEVICE, IX_DEVICE_HARDWARE_ID,
	    record_key_text(txn, c->hardware_id), &device);

	if (err)
		return err;
	c->row.device_id = device.o.id;
	return record_get(txn, T_ACTIVATION, &c->row);
}

struct activation
fixture_row(struct fixture *f, int64_t license_id, const char *hardware_id)
{
	struct row_call c = { .hardware_id = slice_str(hardware_id),
		.row = { .license_id = license_id } };
	enum err err = store_read_now(f->store, f->arena, row_find, &c);

	assert_true(err == E_OK || err == E_NOT_FOUND);
	if (err)
		field_clear(&activation_table, &c.row);
	return c.row;
}

struct assignment
fixture_assignment(struct fixture *f, int64_t license_id, int64_t user_id)
{
	struct assignment assignment = { .license_id = license_id, .user_id = user_id };

	fixture_find(f, T_ASSIGNMENT, &assignment);
	return assignment;
}

static enum err
recount_action(struct action_ctx *ctx, const void *req, void *res)
{
	struct license license;
	enum err err =
	    record_get_id(ctx->txn, T_LICENSE, *(const int64_t *)req, &license);

	(void)res;
	return err ? err : seat_recount(ctx, &license, &ctx->faults);
}

size_t
fixture_recount(struct fixture *f, int64_t license_id)
{
	struct action_run run = { .store = f->store,
		.actor = &f->actor,
		.arena = f->arena,
		.now = f->now,
		.fn = recount_action,
		.req = &license_id };

	assert_int_equal(action_run_now(&run), E_OK);
	f->ctx = run.ctx;
	return run.ctx.faults.total;
}
