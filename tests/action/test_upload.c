/* upload.h: request files are applied once, known again, and forgotten in time. */
#include "tests/action/prelude.h"

#include "server/action/upload.h"

/* What the API layer is for. */
static struct {
	struct upload up;
	enum err print; /* how it ends */
	int printed;
	struct upload_res res;
} api;

static enum err
print(void *arg, struct client_res *res, struct slice *body)
{
	struct fixture *f = arg;
	char *text = arena_printf(f->arena, "answer %d of %zu", ++api.printed, res->n);

	*body = slice_str(text);
	return text ? api.print : E_NO_MEMORY;
}

static int64_t
open_shop(struct fixture *f, enum upload_call call)
{
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);
	int64_t id = fixture_issue(f, &license);

	memset(&api, 0, sizeof(api));
	api.up = (struct upload){ .handle = "handle",
		.digest = "digest",
		.id = "00000000000000000000000000000001",
		.call = call,
		.print = print,
		.arg = f };
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	f->req.hardware_id = SLICE("hw-1");
	f->req.offline = true;
	f->req.upload = &api.up;
	return id;
}

static enum err
activate(struct fixture *f)
{
	return fixture_call(f, true, action_upload_activate, &api.res);
}

static void
test_once(void **state)
{
	struct fixture *f = *state;
	int64_t id = open_shop(f, OC_ACTIVATE);
	unsigned char before[32], after[32];

	assert_err(activate(f), E_OK);
	assert_false(api.res.repeated);
	assert_true(slice_is(api.res.body, "answer 1 of 1"));
	assert_true(fixture_row(f, id, "hw-1").offline);
	assert_int_equal(fixture_count(f, T_ISSUED), 0); /* no key that signs */
	fixture_digest(f, before);
	assert_err(activate(f), E_OK);
	assert_true(api.res.repeated);
	assert_true(slice_is(api.res.body, "answer 1 of 1"));
	assert_int_equal(api.printed, 1);
	fixture_digest(f, after);
	assert_memory_equal(before, after, 32);
}

static void
test_no_answer_no_seat(void **state)
{
	struct fixture *f = *state;
	unsigned char before[32], after[32];

	open_shop(f, OC_ACTIVATE);
	fixture_digest(f, before);
	api.print = E_NO_MEMORY;
	assert_err(activate(f), E_NO_MEMORY);
	fixture_digest(f, after);
	assert_memory_equal(before, after, 32);
	api.print = E_OK;
	assert_err(activate(f), E_OK);
	assert_true(slice_is(api.res.body, "answer 2 of 1"));
}

static void
test_other_requests(void **state)
{
	struct fixture *f = *state;

	open_shop(f, OC_ACTIVATE);
	assert_err(activate(f), E_OK);
	api.up.digest[31] = 1;
	assert_err(activate(f), E_REQUEST_REPLAYED);
	api.up.digest[31] = 0;
	api.up.call = OC_ACTIVATE_BUNDLE;
	assert_err(activate(f), E_REQUEST_REPLAYED);
	api.up.call = OC_DEACTIVATE;
	assert_err(fixture_call(f, true, action_upload_deactivate, &api.res),
	    E_REQUEST_REPLAYED);
	api.up.call = OC_ACTIVATE;
	assert_err(activate(f), E_OK);
	api.up.handle[31] = 1;
	assert_err(activate(f), E_OK);
	assert_false(api.res.repeated);
	assert_int_equal(fixture_count(f, T_OFFLINE_REQUEST), 2);
}

static void
test_what_does_not_stand(void **state)
{
	struct fixture *f = *state;
	int64_t id = open_shop(f, OC_ACTIVATE);
	struct activation row;

	assert_err(activate(f), E_OK);
	f->req.upload = NULL;
	assert_err(fixture_deactivate(f, "hw-1"), E_OK);
	f->req.upload = &api.up;
	assert_err(activate(f), E_REQUEST_REPLAYED);
	f->req.upload = NULL;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	f->req.upload = &api.up;
	assert_err(activate(f), E_REQUEST_REPLAYED);
	api.up.handle[31] = 1;
	assert_err(activate(f), E_OK);
	row = fixture_row(f, id, "hw-1");
	row.revoked_at = f->now;
	fixture_put(f, T_ACTIVATION, &row);
	assert_err(activate(f), E_REQUEST_REPLAYED);
}

static void
test_deactivations_stay(void **state)
{
	struct fixture *f = *state;
	int64_t id = open_shop(f, OC_DEACTIVATE);

	f->req.upload = NULL;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	f->req.upload = &api.up;
	assert_err(fixture_call(f, true, action_upload_deactivate, &api.res), E_OK);
	assert_int_equal(fixture_row(f, id, "hw-1").state, AS_INACTIVE);
	f->req.upload = NULL;
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	f->req.upload = &api.up;
	assert_err(fixture_call(f, true, action_upload_deactivate, &api.res), E_OK);
	assert_true(api.res.repeated);
	assert_true(slice_is(api.res.body, "answer 1 of 0"));
	assert_int_equal(fixture_row(f, id, "hw-1").state, AS_ACTIVE);
}

/* More than one transaction of the trim takes, and each of an instant of its own. */
static void
test_trim(void **state)
{
	struct fixture *f = *state;
	unsigned char handle[32] = { 0 };
	struct offline_request r = { .handle = { (char *)handle, 32 },
		.digest = { (char *)handle, 32 },
		.body = SLICE("x") };

	for (int i = 0; i < 1200; i++) {
		memcpy(handle, &i, sizeof(i));
		r.created_at = f->now + i;
		fixture_put(f, T_OFFLINE_REQUEST, &r);
	}
	assert_err(upload_trim(f->store, f->arena, f->now), E_OK);
	assert_int_equal(fixture_count(f, T_OFFLINE_REQUEST), 1200);
	assert_err(upload_trim(f->store, f->arena, f->now + 1199), E_OK);
	assert_int_equal(fixture_count(f, T_OFFLINE_REQUEST), 1);
	assert_true(fixture_has(f, T_OFFLINE_REQUEST, &r));
	assert_err(upload_trim(f->store, f->arena, f->now + 1200), E_OK);
	assert_int_equal(fixture_count(f, T_OFFLINE_REQUEST), 0);
	assert_err(upload_trim(f->store, f->arena, f->now + 1200), E_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_once),
		TEST(test_no_answer_no_seat),
		TEST(test_other_requests),
		TEST(test_what_does_not_stand),
		TEST(test_deactivations_stay),
		TEST(test_trim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
