/* Requests, proofs and the revocation list beside what the system tests show: keys that
 * change, machines at one moment, lists that do not fit, serials past their lease. */
#include "tests/action/prelude.h"

#include "keys/generate.h"
#include "offline/seal_request.h"
#include "server/action/lease_end.h"
#include "server/action/offline.h"
#include "server/action/revocations.h"
#include "server/action/serial.h"
#include "tests/support/machine.h"

#define SECONDS(f) ((f)->now / CLOCK_SECOND)

static struct keyring_part
make_part(enum key_use use, enum key_state state)
{
	struct keyring_part part = { .material = NULL };

	assert_err(key_generate(use, FIXTURE_NOW, &part.key, &part.material), E_OK);
	part.key.state = state;
	return part;
}

/* A new ring; `old`: a box key that is retired now, or NULL. */
static struct keyring *
make_ring(const struct keyring_part *old)
{
	struct keyring_part part[4] = { make_part(KEY_ISSUING, KEY_ACTIVE),
		make_part(KEY_BOX, KEY_ACTIVE), make_part(KEY_STORE, KEY_ACTIVE) };
	size_t n = 3;
	struct keyring *ring;

	if (old) {
		part[n] = *old;
		part[n++].key.state = KEY_RETIRED;
	}
	assert_err(keyring_new(part, n, &ring), E_OK);
	for (int i = 0; i < 3; i++)
		secret_free(part[i].material);
	return ring;
}

static int
setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state))
		return -1;
	f = *state;
	f->issuer = (struct issuer){ .keyring = make_ring(NULL),
		.lists = list_cache_new(),
		.list_life = 30 * CLOCK_DAY };
	f->actor.type = ACTOR_PORTAL;
	return f->issuer.lists ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	list_cache_free(f->issuer.lists);
	keyring_unref((struct keyring *)(uintptr_t)f->issuer.keyring);
	return fixture_teardown(state);
}

static void
change_ring(struct fixture *f, const struct keyring_part *old)
{
	keyring_unref((struct keyring *)(uintptr_t)f->issuer.keyring);
	f->issuer.keyring = make_ring(old);
}

static int64_t
sell(struct fixture *f, int64_t seats)
{
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);

	license.terms.max_activations = seats;
	return fixture_issue(f, &license);
}

static struct offline_answer
hand_in(struct fixture *f, action_fn *fn, struct offline_ask *ask)
{
	struct offline_batch batch = { ask, 1, SLICE("portal"), SLICE("192.0.2.1") };
	struct offline_answers answers = { 0 };
	struct action_run run = { .store = f->store,
		.actor = &f->actor,
		.issuer = &f->issuer,
		.arena = f->arena,
		.now = f->now,
		.write = true,
		.fn = fn,
		.req = &batch,
		.res = &answers };

	assert_err(action_run_now(&run), E_OK);
	assert_int_equal(answers.n, 1);
	return answers.item[0];
}

static struct offline_ask
open_request(struct fixture *f, enum object_kind kind, struct slice bytes)
{
	struct offline_ask ask = { .err = E_OK };

	assert_err(
	    offline_open_request(f->arena, f->issuer.keyring, kind, bytes, &ask), E_OK);
	return ask;
}

static struct offline_answer
activate(struct fixture *f, const struct machine *m, unsigned char id)
{
	struct claims_request r = machine_ask(m, "p1", FIXTURE_KEY, SECONDS(f), id);
	struct offline_ask ask =
	    open_request(f, OBJECT_REQUEST, machine_sign_request(m, f->arena, &r));

	assert_err(ask.err, E_OK);
	return hand_in(f, action_offline_activate, &ask);
}

static struct offline_answer
give_up(struct fixture *f, const struct machine *m, int64_t serial, unsigned char id)
{
	struct claims_deactivation d = machine_give(m, (uint64_t)serial, SECONDS(f), id);
	struct offline_ask ask = { .err = E_OK };

	assert_err(offline_open_proof(f->arena, OBJECT_DEACTIVATION,
		       machine_sign_proof(m, f->arena, &d), &ask),
	    E_OK);
	return hand_in(f, action_offline_deactivate, &ask);
}

static struct claims_revocations
list(struct fixture *f, struct slice *object)
{
	struct revocation_list list;
	struct claims_revocations claims;
	struct cose cose;

	assert_err(fixture_call(f, false, action_revocations, &list), E_OK);
	assert_err(cose_parse_as(OBJECT_REVOCATIONS, list.object, &cose), E_OK);
	assert_err(claims_get_revocations(f->arena, cose.payload, &claims), E_OK);
	assert_err(
	    cose_verify(&cose, keyring_issuing(f->issuer.keyring)->public_key), E_OK);
	if (object)
		*object = list.object;
	return claims;
}

/* Answers, receipts and kept requests outlive the key that signed them. */
static void
test_other_keys_answer_the_same(void **state)
{
	struct fixture *f = *state;
	struct offline_answer first, again;
	struct slice before, after;
	struct machine m;
	int64_t serial;

	sell(f, 1);
	machine_open(&m, "hw-1", 1);
	first = activate(f, &m, 1);
	assert_err(first.err, E_OK);
	serial = first.serial;
	list(f, &before);
	change_ring(f, NULL);
	list(f, &after);
	assert_false(slice_equal(before, after));
	again = activate(f, &m, 1);
	assert_true(again.repeated);
	assert_true(slice_equal(first.object, again.object));
	first = give_up(f, &m, serial, 2);
	assert_err(first.err, E_OK);
	change_ring(f, NULL);
	again = give_up(f, &m, serial, 2);
	assert_true(again.repeated);
	assert_true(slice_equal(first.object, again.object));
	machine_close(&m);
}

static void
test_retired_box_keys_still_open(void **state)
{
	struct fixture *f = *state;
	struct keyring_part old = make_part(KEY_BOX, KEY_ACTIVE);
	struct claims_request r;
	struct offline_ask ask;
	struct buf sealed = BUF_INIT(f->arena);
	struct machine m;

	sell(f, 1);
	machine_open(&m, "hw-1", 1);
	r = machine_ask(&m, "p1", FIXTURE_KEY, SECONDS(f), 1);
	request_seal(&sealed, old.key.public_key, machine_sign_request(&m, f->arena, &r));
	ask = open_request(f, OBJECT_SEALED_REQUEST, buf_slice(&sealed));
	assert_err(ask.err, E_BOX_KEY_UNKNOWN);
	change_ring(f, &old);
	ask = open_request(f, OBJECT_SEALED_REQUEST, buf_slice(&sealed));
	assert_err(ask.err, E_OK);
	assert_err(hand_in(f, action_offline_activate, &ask).err, E_OK);
	secret_free(old.material);
	machine_close(&m);
}

static void
put_revocation(struct fixture *f, int64_t serial, int64_t until, int cause)
{
	struct revocation r = { serial, f->now, until, cause };

	fixture_put(f, T_REVOCATION, &r);
}

/* What staff revoked stays; of what was given back the newest stay. */
static void
test_a_list_that_does_not_fit(void **state)
{
	struct fixture *f = *state;
	struct claims_revocations claims;
	struct slice object;

	for (int64_t i = 1; i <= 8000; i++)
		put_revocation(f, i, FIELD_NONE, i % 100 == 7 ? RC_STAFF : RC_GIVEN_BACK);
	claims = list(f, &object);
	assert_true(object.n <= OBJECT_BYTES_MAX);
	assert_in_range(claims.n_serials, 6000, 7999);
	assert_int_equal(claims.serials[0], 7);
	assert_int_equal(claims.serials[1], 107);
	assert_int_equal(claims.serials[claims.n_serials - 1], 8000);
}

static void
test_serials_past_their_lease(void **state)
{
	struct fixture *f = *state;
	struct claims_revocations claims;

	put_revocation(f, 1, f->now, RC_STAFF);
	put_revocation(f, 2, f->now + 1, RC_STAFF);
	put_revocation(f, 3, f->now - 2 * CLOCK_DAY, RC_GIVEN_BACK);
	put_revocation(f, 4, FIELD_NONE, RC_GIVEN_BACK);
	claims = list(f, NULL);
	assert_int_equal(claims.n_serials, 2);
	assert_int_equal(claims.serials[0], 2);
	assert_int_equal(claims.serials[1], 4);
	assert_err(lease_trim(f->store, f->arena, f->now), E_OK);
	assert_int_equal(fixture_count(f, T_REVOCATION), 3);
	assert_err(lease_trim(f->store, f->arena, f->now + CLOCK_DAY + 1), E_OK);
	assert_int_equal(fixture_count(f, T_REVOCATION), 1);
}

static void
test_lists_are_made_anew_at_half_their_life(void **state)
{
	struct fixture *f = *state;
	struct slice first, second;
	int64_t start = f->now;

	list(f, &first);
	f->now = start + 15 * CLOCK_DAY - 1;
	list(f, &second);
	assert_true(slice_equal(first, second));
	f->now++;
	list(f, &second);
	assert_false(slice_equal(first, second));
	f->now = start; /* a clock that was set back */
	assert_int_equal(list(f, NULL).issued_at, SECONDS(f));
}

/* Online tokens take numbers, and theirs are revoked as they are given back. */
static void
test_one_count_of_serials(void **state)
{
	struct fixture *f = *state;
	struct claims_revocations claims;
	struct offline_answer answer;
	struct machine m;
	int64_t id = sell(f, 3);

	machine_open(&m, "hw-2", 2);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(fixture_row(f, id, "hw-1").serial, 1);
	answer = activate(f, &m, 1);
	assert_int_equal(answer.serial, 2);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	assert_int_equal(fixture_row(f, id, "hw-1").serial, 3);
	assert_int_equal(fixture_row(f, id, "hw-1").sequence, 2);
	assert_int_equal(fixture_count(f, T_ISSUED), 1);
	assert_err(fixture_deactivate(f, "hw-1"), E_OK);
	claims = list(f, NULL);
	assert_int_equal(claims.n_serials, 1);
	assert_int_equal(claims.serials[0], 3);
	assert_int_equal(claims.sequence, 1);
	machine_close(&m);
}

/* --- many at one moment ------------------------------------------------------------- */

#define CROWD 64
#define SEATS 10

struct crowd {
	struct action_run run[CROWD];
	struct offline_ask ask[CROWD];
	struct offline_batch batch[CROWD];
	struct offline_answers answers[CROWD];
	int done;
};

static void
one_done(struct action_run *run)
{
	++*(int *)run->arg;
}

static void
crowd_run(struct fixture *f, struct crowd *c)
{
	struct mailbox *back = mailbox_new();

	assert_err(store_start(f->store), E_OK);
	for (int i = 0; i < CROWD; i++) {
		c->batch[i] =
		    (struct offline_batch){ &c->ask[i], 1, SLICE("portal"), SLICE("") };
		c->run[i] = (struct action_run){ .store = f->store,
			.actor = &f->actor,
			.issuer = &f->issuer,
			.arena = arena_new(0),
			.back = back,
			.now = f->now,
			.write = true,
			.fn = action_offline_activate,
			.req = &c->batch[i],
			.res = &c->answers[i],
			.done = one_done,
			.arg = &c->done };
	}
	for (int i = 0; i < CROWD; i++)
		action_run(&c->run[i]);
	while (c->done < CROWD)
		mailbox_wait(back, 1000);
	store_stop(f->store);
	mailbox_free(back);
}

static void
crowd_free(struct crowd *c)
{
	for (int i = 0; i < CROWD; i++)
		arena_free(c->run[i].arena);
}

static void
test_the_last_seats(void **state)
{
	struct fixture *f = *state;
	struct crowd *c = arena_alloc(f->arena, sizeof(*c));
	int64_t id = sell(f, SEATS);
	int won = 0;

	assert_non_null(c);
	for (int i = 0; i < CROWD; i++) {
		struct claims_request r;
		struct machine m;

		machine_open(&m, arena_printf(f->arena, "hw-%d", i), (unsigned char)i);
		r = machine_ask(
		    &m, "p1", FIXTURE_KEY, SECONDS(f), (unsigned char)(i + 1));
		c->ask[i] = open_request(
		    f, OBJECT_REQUEST, machine_sign_request(&m, f->arena, &r));
		machine_close(&m);
	}
	crowd_run(f, c);
	for (int i = 0; i < CROWD; i++) {
		enum err err = c->answers[i].item[0].err;

		won += err == E_OK;
		if (err)
			assert_err(err, E_LICENSE_ACTIVATED_MAX_TIMES);
	}
	assert_int_equal(won, SEATS);
	assert_int_equal(fixture_license(f, id).seats_used, SEATS);
	assert_int_equal(fixture_count(f, T_ISSUED), SEATS);
	assert_int_equal(fixture_recount(f, id), 0);
	crowd_free(c);
}

static void
test_one_request_at_one_moment(void **state)
{
	struct fixture *f = *state;
	struct crowd *c = arena_alloc(f->arena, sizeof(*c));
	int64_t id = sell(f, SEATS);
	struct claims_request r;
	struct machine m;
	int repeated = 0;

	assert_non_null(c);
	machine_open(&m, "hw-1", 1);
	r = machine_ask(&m, "p1", FIXTURE_KEY, SECONDS(f), 1);
	for (int i = 0; i < CROWD; i++)
		c->ask[i] = open_request(
		    f, OBJECT_REQUEST, machine_sign_request(&m, f->arena, &r));
	crowd_run(f, c);
	for (int i = 0; i < CROWD; i++) {
		repeated += c->answers[i].item[0].repeated;
		assert_true(slice_equal(
		    c->answers[i].item[0].object, c->answers[0].item[0].object));
	}
	assert_int_equal(repeated, CROWD - 1);
	assert_int_equal(fixture_license(f, id).seats_used, 1);
	machine_close(&m);
	crowd_free(c);
}

/* One that cannot be stored leaves nothing, the others stand. */
static void
test_each_for_itself(void **state)
{
	struct fixture *f = *state;
	struct claims_pair pair[2] = { { SLICE("a"), SLICE("1") },
		{ SLICE("b"), SLICE("2") } };
	struct offline_ask ask[3] = { { .err = E_OK } };
	struct offline_batch batch = { ask, 3, SLICE("portal"), SLICE("") };
	struct offline_answers answers = { 0 };
	struct action_run run = { .store = f->store,
		.actor = &f->actor,
		.issuer = &f->issuer,
		.arena = f->arena,
		.now = f->now,
		.write = true,
		.fn = action_offline_activate,
		.req = &batch,
		.res = &answers };
	int64_t id = sell(f, 5);

	for (int i = 0; i < 3; i++) {
		struct claims_request r;
		struct machine m;

		machine_open(&m, arena_printf(f->arena, "hw-%d", i), (unsigned char)i);
		r = machine_ask(
		    &m, "p1", FIXTURE_KEY, SECONDS(f), (unsigned char)(i + 1));
		r.variables = (struct claims_pairs){ pair, 2 };
		ask[i] = open_request(
		    f, OBJECT_REQUEST, machine_sign_request(&m, f->arena, &r));
		machine_close(&m);
	}
	/* More than an activation may have, which shows when some are stored. */
	ask[1].call.variables = arena_array(f->arena, 200, sizeof(struct pair));
	for (int i = 0; i < 200; i++)
		ask[1].call.variables[i] =
		    (struct pair){ slice_str(arena_printf(f->arena, "v%d", i)),
			    SLICE("x") };
	ask[1].call.n_variables = 200;
	assert_err(action_run_now(&run), E_OK);
	assert_err(answers.item[0].err, E_OK);
	assert_err(answers.item[1].err, E_VALIDATION);
	assert_err(answers.item[2].err, E_OK);
	assert_int_equal(fixture_license(f, id).seats_used, 2);
	assert_int_equal(fixture_row(f, id, "hw-1").o.id, 0);
	assert_int_equal(fixture_count(f, T_VARIABLE), 4);
	assert_int_equal(fixture_recount(f, id), 0);
}

#define OFFLINE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		OFFLINE_TEST(test_other_keys_answer_the_same),
		OFFLINE_TEST(test_retired_box_keys_still_open),
		OFFLINE_TEST(test_a_list_that_does_not_fit),
		OFFLINE_TEST(test_serials_past_their_lease),
		OFFLINE_TEST(test_lists_are_made_anew_at_half_their_life),
		OFFLINE_TEST(test_one_count_of_serials),
		OFFLINE_TEST(test_the_last_seats),
		OFFLINE_TEST(test_one_request_at_one_moment),
		OFFLINE_TEST(test_each_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
