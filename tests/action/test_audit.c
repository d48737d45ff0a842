/* The audit chain and the differences of change_record. */
#include "tests/action/prelude.h"

#include "server/action/audit_text.h"
#include "server/action/change.h"
#include "server/model/audit.h"

struct chain {
	struct fixture *f;
	int64_t license;
};

/* Activation, give-back, activation: entries 1 to 3 with details. */
static struct chain
chain_make(struct fixture *f)
{
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);
	struct chain c = { f, fixture_issue(f, &license) };

	fixture_ask_key(f, "p1", FIXTURE_KEY);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_err(fixture_deactivate(f, "hw-1"), E_OK);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	return c;
}

static enum err
walk_txn(struct txn *txn, void *arg)
{
	return audit_verify_walk(txn, arg);
}

static enum err
verify(struct fixture *f, struct audit_walk *w, int64_t max)
{
	enum err err;

	*w = (struct audit_walk){ .from = 1, .max = max };
	do {
		err = store_read_now(f->store, f->arena, walk_txn, w);
		w->from = w->next;
	} while (!err && w->next);
	return err;
}

static struct audit
entry(struct fixture *f, int64_t seq)
{
	struct audit audit = { .seq = seq };

	fixture_find(f, T_AUDIT, &audit);
	return audit;
}

static void
expect_broken(struct fixture *f, int64_t at)
{
	struct audit_walk w;

	assert_err(verify(f, &w, 100), E_VERIFY);
	assert_int_equal(w.broken_at, at);
	assert_non_null(w.problem);
}

static void
test_entries(void **state)
{
	struct chain c = chain_make(*state);
	struct audit one = entry(c.f, 1), two = entry(c.f, 2);
	struct audit_detail detail = { .seq = 1 };

	assert_true(slice_is(one.action, "license.activated"));
	assert_true(slice_is(two.action, "license.deactivated"));
	assert_true(slice_is(one.object_type, "license"));
	assert_true(slice_is(one.object_id, "1"));
	assert_int_equal(one.license_id, c.license);
	assert_int_equal(one.time, c.f->now);
	assert_int_equal(one.actor_type, ACTOR_CLIENT);
	assert_true(slice_is(one.actor_id, "7"));
	assert_true(slice_is(one.credential, "7"));
	assert_true(slice_is(one.request_id, "request-1"));
	assert_true(slice_equal(two.prev, one.hash));
	fixture_find(c.f, T_AUDIT_DETAIL, &detail);
	assert_true(slice_is(detail.fields, "{\"hardware_id\":[null,\"hw-1\"],\"device_"
					    "id\":[null,1],\"seats_used\":[0,1]}"));
}

static enum err
known_entry(struct action_ctx *ctx, const void *req, void *res)
{
	(void)req;
	(void)res;
	return audit_append(
	    ctx, "test.done", "thing", SLICE("12"), FIELD_NONE, SLICE_NULL);
}

/* Reckoned apart from the program: see 7.1 for the bytes. */
static void
test_known_hash(void **state)
{
	struct fixture *f = *state;
	static const unsigned char want[] = { 0xa6, 0x1b, 0x60, 0x71, 0x55, 0x94, 0x7d,
		0xe2, 0x98, 0x4f, 0xed, 0x0d, 0x52, 0xb3, 0x8e, 0xe4, 0x4f, 0x4e, 0xf5,
		0x48, 0xf9, 0xb5, 0x88, 0x1f, 0xa1, 0x4f, 0x98, 0x3c, 0x1a, 0x5a, 0x9d,
		0xe4 };
	struct audit one;

	assert_err(fixture_call(f, true, known_entry, NULL), E_OK);
	one = entry(f, 1);
	assert_int_equal(one.detail_hash.n, 0);
	assert_memory_equal(one.hash.p, want, sizeof(want));
}

/* Keys are sorted by their encoded bytes, shorter ones first. */
static void
test_known_detail_hash(void **state)
{
	struct fixture *f = *state;
	static const unsigned char want[] = { 0x36, 0x93, 0x6a, 0xe4, 0x8b, 0xb8, 0x31,
		0xf7, 0xf3, 0xbf, 0x17, 0x5e, 0xa1, 0xb3, 0x28, 0x34, 0xc8, 0xf9, 0x63,
		0x72, 0x63, 0xd9, 0xe6, 0x7c, 0xba, 0x7c, 0xda, 0x5d, 0x1b, 0xb4, 0x80,
		0xa0 };
	struct audit_detail detail = { .salt = SLICE("0123456789abcdef"),
		.fields = SLICE("{\"b\":[null,1.5],\"aa\":[true,{\"z\":-1,\"y\":\"č\"}],"
				"\"a\":[[],\"\"]}") };
	unsigned char hash[AUDIT_HASH_LEN];

	assert_err(audit_detail_hash(f->arena, &detail, hash), E_OK);
	assert_memory_equal(hash, want, sizeof(want));
}

static void
test_verifies(void **state)
{
	struct fixture *f = *state;
	struct audit_walk w;

	assert_err(verify(f, &w, 10), E_OK);
	assert_int_equal(w.last, 0);
	chain_make(f);
	for (int64_t max = 1; max <= 4; max++) {
		assert_err(verify(f, &w, max), E_OK);
		assert_int_equal(w.last, 3);
		assert_int_equal(w.erased, 0);
	}
	w = (struct audit_walk){ .from = 3, .max = 10 };
	assert_err(store_read_now(f->store, f->arena, walk_txn, &w), E_OK);
	assert_int_equal(w.last, 3);
}

static void
test_altered_entry(void **state)
{
	struct chain c = chain_make(*state);
	struct audit audit = entry(c.f, 2);

	audit.request_id = SLICE("request-2");
	fixture_put(c.f, T_AUDIT, &audit);
	expect_broken(c.f, 2);
	audit.request_id = SLICE("request-1");
	audit.time++;
	fixture_put(c.f, T_AUDIT, &audit);
	expect_broken(c.f, 2);
	audit.time--;
	fixture_put(c.f, T_AUDIT, &audit);
	audit.hash = entry(c.f, 1).hash;
	fixture_put(c.f, T_AUDIT, &audit);
	expect_broken(c.f, 2);
}

static void
test_altered_detail(void **state)
{
	struct chain c = chain_make(*state);
	struct audit_detail detail = { .seq = 3 };

	fixture_find(c.f, T_AUDIT_DETAIL, &detail);
	detail.fields = SLICE("{\"hardware_id\":[null,\"hw-2\"]}");
	fixture_put(c.f, T_AUDIT_DETAIL, &detail);
	expect_broken(c.f, 3);
	detail.fields = SLICE("{");
	fixture_put(c.f, T_AUDIT_DETAIL, &detail);
	expect_broken(c.f, 3);
}

static enum err
delete_record(struct txn *txn, void *arg)
{
	struct audit audit = { .seq = *(int64_t *)arg };

	return record_del(txn, T_AUDIT, &audit);
}

static enum err
delete_detail(struct txn *txn, void *arg)
{
	struct audit_detail detail = { .seq = *(int64_t *)arg };

	return record_del(txn, T_AUDIT_DETAIL, &detail);
}

static void
test_missing_entry(void **state)
{
	struct chain c = chain_make(*state);
	struct fixture *f = c.f;
	int64_t seq = 2;

	assert_err(store_write_now(f->store, f->arena, delete_record, &seq), E_OK);
	expect_broken(f, 2);
}

static void
test_cut_end(void **state)
{
	struct chain c = chain_make(*state);
	struct fixture *f = c.f;
	int64_t seq = 3;

	assert_err(store_write_now(f->store, f->arena, delete_record, &seq), E_OK);
	expect_broken(f, 3);
}

static void
test_erased_detail(void **state)
{
	struct chain c = chain_make(*state);
	struct fixture *f = c.f;
	struct audit_walk w;
	int64_t seq = 1;

	assert_err(store_write_now(f->store, f->arena, delete_detail, &seq), E_OK);
	assert_err(verify(f, &w, 100), E_OK);
	assert_int_equal(w.erased, 1);
}

/* --- change_record ---------------------------------------------------------------- */

struct edit_call {
	enum table table;
	const void *before;
	void *after;
	const char *action;
};

static enum err
edit(struct action_ctx *ctx, const void *req, void *res)
{
	const struct edit_call *c = req;

	(void)res;
	return change_record(ctx, c->table, c->before, c->after, c->action, FIELD_NONE);
}

static enum err
change(struct fixture *f, struct edit_call c)
{
	struct action_run run = { .store = f->store,
		.actor = &f->actor,
		.arena = f->arena,
		.now = f->now,
		.write = true,
		.fn = edit,
		.req = &c };
	enum err err = action_run_now(&run);

	f->ctx = run.ctx;
	return err;
}

static void
test_create_update_delete(void **state)
{
	struct fixture *f = *state;
	struct customer one, two;

	field_clear(&customer_table, &one);
	one.email = SLICE("a@example.com");
	assert_err(
	    change(f, (struct edit_call){ T_CUSTOMER, NULL, &one, "customer.created" }),
	    E_OK);
	assert_int_equal(one.o.id, 1);
	assert_int_equal(one.o.revision, 1);
	assert_int_equal(one.o.created_at, f->now);
	assert_int_equal(f->ctx.changes->kind, CHANGE_CREATE);
	assert_true(
	    slice_is(f->ctx.changes->fields, "{\"email\":[null,\"a@example.com\"]}"));

	f->now += CLOCK_SECOND;
	two = one;
	two.city = SLICE("Zagreb");
	assert_err(
	    change(f, (struct edit_call){ T_CUSTOMER, &one, &two, "customer.updated" }),
	    E_OK);
	assert_int_equal(two.o.revision, 2);
	assert_int_equal(two.o.updated_at, f->now);
	assert_true(slice_is(f->ctx.changes->fields, "{\"city\":[\"\",\"Zagreb\"]}"));
	assert_int_equal(fixture_count(f, T_AUDIT), 2);

	assert_err(change(f, (struct edit_call){ T_CUSTOMER, &two, &two, "x" }), E_OK);
	assert_null(f->ctx.changes);
	assert_int_equal(fixture_count(f, T_AUDIT), 2);

	assert_err(
	    change(f, (struct edit_call){ T_CUSTOMER, &two, NULL, "customer.deleted" }),
	    E_OK);
	assert_int_equal(f->ctx.changes->kind, CHANGE_DELETE);
	assert_true(slice_is(f->ctx.changes->fields,
	    "{\"email\":[\"a@example.com\",null],\"city\":[\"Zagreb\",null]}"));
	assert_int_equal(fixture_count(f, T_CUSTOMER), 0);
}

static void
test_no_secrets(void **state)
{
	struct fixture *f = *state;
	struct license_user before, after;
	struct license license;
	struct api_key key;

	fixture_get(f, T_LICENSE_USER, fixture_user(f, "ana@example.com"), &before);
	after = before;
	after.password_hash = SLICE("$argon2id$new");
	assert_err(change(f, (struct edit_call){ T_LICENSE_USER, &before, &after,
				 "license_user.password_set" }),
	    E_OK);
	assert_true(slice_is(f->ctx.changes->fields, "{}"));
	assert_int_equal(entry(f, 1).detail_hash.n, 0);

	license = fixture_draft(1, FIXTURE_KEY);
	assert_err(
	    change(f, (struct edit_call){ T_LICENSE, NULL, &license, "license.created" }),
	    E_OK);
	assert_int_equal(slice_search(f->ctx.changes->fields, SLICE("AAAA")), -1);

	field_clear(&api_key_table, &key);
	key.name = SLICE("app");
	key.api_key = SLICE("abcdefghijklmnopqrstuvwx");
	key.shared_key = SLICE("sealed bytes");
	assert_err(
	    change(f, (struct edit_call){ T_API_KEY, NULL, &key, "api_key.created" }),
	    E_OK);
	assert_int_equal(slice_search(f->ctx.changes->fields, SLICE("abcdefgh")), -1);
	assert_int_equal(slice_search(f->ctx.changes->fields, SLICE("sealed")), -1);
}

static void
test_revision(void **state)
{
	struct object object = { .revision = 3 };
	struct action_ctx ctx = { .has_revision = false };

	(void)state;
	assert_err(change_check_revision(&ctx, &object), E_OK);
	ctx.has_revision = true;
	ctx.revision = 3;
	assert_err(change_check_revision(&ctx, &object), E_OK);
	ctx.revision = 2;
	assert_err(change_check_revision(&ctx, &object), E_STALE_OBJECT);
}

static void
test_duplicate(void **state)
{
	struct fixture *f = *state;
	struct license_user user;

	fixture_get(f, T_LICENSE_USER, fixture_user(f, "ana@example.com"), &user);
	user.o.id = 0;
	user.email = SLICE("ANA@example.com");
	assert_err(change(f, (struct edit_call){ T_LICENSE_USER, NULL, &user, "x" }),
	    E_DUPLICATE);
	assert_int_equal(fixture_count(f, T_AUDIT), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_entries),
		TEST(test_known_hash),
		TEST(test_known_detail_hash),
		TEST(test_verifies),
		TEST(test_altered_entry),
		TEST(test_altered_detail),
		TEST(test_missing_entry),
		TEST(test_cut_end),
		TEST(test_erased_detail),
		TEST(test_create_update_delete),
		TEST(test_no_secrets),
		TEST(test_revision),
		TEST(test_duplicate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
