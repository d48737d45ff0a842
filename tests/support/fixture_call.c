#include "tests/support/fixture.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "server/action/seat.h"

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
		.issuer = &f->issuer,
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
