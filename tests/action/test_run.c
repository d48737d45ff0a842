/* run.h: transactions, dry runs, the encoder inside, the worker thread. */
#include "tests/action/prelude.h"

#include "server/action/change.h"
#include "server/model/audit.h"

static enum err
put_meta(struct txn *txn, struct slice key)
{
	struct meta meta = { .key = key, .number = 1 };

	return record_put(txn, T_META, &meta);
}

/* Writes, then ends as the request says. */
static enum err
write_then(struct action_ctx *ctx, const void *req, void *res)
{
	enum err err = put_meta(ctx->txn, SLICE("fn"));

	(void)res;
	fault_add(&ctx->faults, "field", E_VALIDATION, NULL);
	return err ? err : *(const enum err *)req;
}

static enum err
end_as(struct action_ctx *ctx, const void *req, void *res)
{
	(void)ctx;
	(void)res;
	return *(const enum err *)req;
}

struct inside {
	int calls;
	enum err seen, answer;
};

static enum err
encode(struct action_run *run, struct action_ctx *ctx, enum err err)
{
	struct inside *in = run->arg;
	enum err e = run->write ? put_meta(ctx->txn, SLICE("inside")) : E_OK;

	in->calls++;
	in->seen = err;
	assert_int_equal(ctx->faults.total, run->write ? 1 : 0);
	return e ? e : in->answer;
}

static bool
kept(struct fixture *f, const char *key)
{
	struct meta meta = { .key = slice_str(key) };

	return fixture_has(f, T_META, &meta);
}

static struct action_run
run_of(struct fixture *f, action_fn *fn, const enum err *end, struct inside *in)
{
	return (struct action_run){ .store = f->store,
		.actor = &f->actor,
		.arena = f->arena,
		.now = f->now,
		.write = true,
		.fn = fn,
		.req = end,
		.inside = in ? encode : NULL,
		.arg = in };
}

static void
test_write(void **state)
{
	struct fixture *f = *state;
	enum err end = E_LICENSE_EXPIRED;
	struct action_run run = run_of(f, write_then, &end, NULL);

	assert_err(action_run_now(&run), E_LICENSE_EXPIRED);
	assert_false(kept(f, "fn"));
	assert_int_equal(run.ctx.faults.total, 1);
	end = E_OK;
	assert_err(action_run_now(&run), E_OK);
	assert_true(kept(f, "fn"));
}

static void
test_dry_run(void **state)
{
	struct fixture *f = *state;
	struct inside in = { 0 };
	enum err end = E_OK;
	struct action_run run = run_of(f, write_then, &end, &in);

	run.dry_run = true;
	assert_err(action_run_now(&run), E_OK);
	assert_int_equal(in.calls, 1);
	assert_false(kept(f, "fn"));
	assert_false(kept(f, "inside"));
	end = E_LICENSE_EXPIRED;
	assert_err(action_run_now(&run), E_LICENSE_EXPIRED);
	assert_int_equal(in.calls, 2);
	assert_int_equal(in.seen, E_LICENSE_EXPIRED);
	assert_false(kept(f, "inside"));
}

static void
test_encoder(void **state)
{
	struct fixture *f = *state;
	struct inside in = { .answer = E_UNAVAILABLE };
	enum err end = E_OK;
	struct action_run run = run_of(f, write_then, &end, &in);

	assert_err(action_run_now(&run), E_UNAVAILABLE);
	assert_false(kept(f, "fn"));
	in.answer = E_OK;
	assert_err(action_run_now(&run), E_OK);
	assert_true(kept(f, "fn"));
	assert_true(kept(f, "inside"));
}

/* A refusal drops what the action wrote and keeps what its encoder stores. */
static void
test_encoder_of_refusal(void **state)
{
	struct fixture *f = *state;
	struct inside in = { 0 };
	enum err end = E_LICENSE_EXPIRED;
	struct action_run run = run_of(f, write_then, &end, &in);

	assert_err(action_run_now(&run), E_LICENSE_EXPIRED);
	assert_int_equal(in.calls, 1);
	assert_int_equal(in.seen, E_LICENSE_EXPIRED);
	assert_false(kept(f, "fn"));
	assert_true(kept(f, "inside"));
	in.answer = E_UNAVAILABLE;
	assert_err(action_run_now(&run), E_UNAVAILABLE);
	end = E_NO_MEMORY;
	in.calls = 0;
	assert_err(action_run_now(&run), E_NO_MEMORY);
	assert_int_equal(in.calls, 0);
}

static void
test_read(void **state)
{
	struct fixture *f = *state;
	struct inside in = { 0 };
	enum err end = E_RETRY;
	struct action_run run = run_of(f, end_as, &end, &in);

	run.write = false;
	assert_err(action_run_now(&run), E_RETRY);
	end = E_NOT_FOUND;
	assert_err(action_run_now(&run), E_NOT_FOUND);
	assert_int_equal(in.seen, E_NOT_FOUND);
	end = E_OK;
	assert_err(action_run_now(&run), E_OK);
	assert_int_equal(in.calls, 2);
}

static void
note_done(struct action_run *run)
{
	run->reason = SLICE("done");
}

static void
wait_done(struct action_run *run)
{
	while (!run->reason.p)
		mailbox_wait(run->back, 1000);
	run->reason = SLICE_NULL;
}

static void
test_on_worker(void **state)
{
	struct fixture *f = *state;
	struct inside in = { 0 };
	enum err end = E_LICENSE_EXPIRED;
	struct action_run run = run_of(f, write_then, &end, &in);

	run.back = mailbox_new();
	run.done = note_done;
	assert_err(store_start(f->store), E_OK);
	action_run(&run);
	wait_done(&run);
	assert_err(run.err, E_LICENSE_EXPIRED);
	assert_true(kept(f, "inside"));
	assert_false(kept(f, "fn"));
	end = E_OK;
	run.dry_run = true;
	action_run(&run);
	wait_done(&run);
	assert_err(run.err, E_OK);
	assert_err(run.job.err, E_DROPPED);
	assert_false(kept(f, "fn"));
	run.dry_run = false;
	action_run(&run);
	wait_done(&run);
	assert_err(run.err, E_OK);
	assert_true(kept(f, "fn"));
	run.write = false;
	run.fn = end_as;
	run.inside = NULL;
	end = E_RETRY;
	action_run(&run);
	wait_done(&run);
	assert_err(run.err, E_RETRY);
	store_stop(f->store);
	run.write = true;
	action_run(&run);
	wait_done(&run);
	assert_err(run.err, E_UNAVAILABLE);
	mailbox_free(run.back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_write),
		TEST(test_dry_run),
		TEST(test_encoder),
		TEST(test_encoder_of_refusal),
		TEST(test_read),
		TEST(test_on_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
