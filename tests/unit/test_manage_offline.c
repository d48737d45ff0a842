/* Objects handed in by staff: many of them are opened on the pool, a few at once. */
#include "tests/support/manage_keys.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <semaphore.h>

#include "base/pool.h"
#include "tests/support/machine.h"

#define FEW 4
#define QUEUE 8 /* of the world's pool, which has one thread */

static struct manage_keys keys;

static int
set_up(void **state)
{
	if (manage_setup(state) != 0)
		return -1;
	manage_keys_open(&keys, *state, true);
	return 0;
}

/* What keeps the pool busy until it is let go. */
struct hold {
	struct pool_job job[1 + QUEUE];
	size_t n;
	struct mailbox *back;
	sem_t begun, go;
};

static struct hold hold;

static void
wait_here(struct pool_job *job)
{
	(void)job;
	sem_post(&hold.begun);
	while (sem_wait(&hold.go) != 0)
		;
}

static void
ignore(struct mail *mail)
{
	(void)mail;
}

static void
hold_add(struct manage_world *w)
{
	struct pool_job *job = &hold.job[hold.n++];

	*job = (struct pool_job){
		.mail = { .fn = ignore }, .back = hold.back, .run = wait_here
	};
	assert_int_equal(pool_submit(w->pool, job), E_OK);
}

static void
hold_begin(struct manage_world *w)
{
	hold.n = 0;
	hold.back = mailbox_new();
	sem_init(&hold.begun, 0, 0);
	sem_init(&hold.go, 0, 0);
	hold_add(w);
	while (sem_wait(&hold.begun) != 0)
		;
}

static void
hold_end(void)
{
	for (size_t i = 0; i < hold.n; i++)
		sem_post(&hold.go);
	for (size_t done = 0; done < hold.n;)
		done += mailbox_wait(hold.back, -1);
	if (hold.n) {
		sem_destroy(&hold.begun);
		sem_destroy(&hold.go);
		mailbox_free(hold.back);
	}
	hold.n = 0;
}

/* A test that failed has not let go. */
static int
tear_down(void **state)
{
	hold_end();
	manage_keys_close(&keys);
	return manage_teardown(state);
}

/* Requests for a product of nobody, the second one broken. */
static const char *
body_of(struct manage_world *w, int n)
{
	struct buf out = BUF_INIT(w->arena);
	struct machine m;

	machine_open(&m, "hw-1", 1);
	for (int i = 0; i < n; i++) {
		struct claims_request r = machine_ask(&m, "nothing", "AAAA-BBBB",
		    MANAGE_NOW / CLOCK_SECOND, (unsigned char)(i + 1));
		struct slice object = machine_sign_request(&m, w->arena, &r);

		if (i == 1)
			((char *)(uintptr_t)object.p)[object.n - 1] ^= 1;
		buf_str(&out, machine_armor(w->arena, OBJECT_REQUEST, object));
	}
	machine_close(&m);
	buf_char(&out, '\0');
	assert_true(buf_ok(&out));
	return out.p;
}

static void
begin(struct manage_world *w, int n)
{
	w->status = 0;
	ask_begin(w, "POST offline/answer/", body_of(w, n), "Content-Type: text/plain");
}

static void
assert_answered(struct manage_world *w, int n)
{
	assert_int_equal(w->status, 200);
	assert_int_equal(pick(w, "results")->n, n);
	assert_text(w, "results.0.code", "unknown_product");
	assert_text(w, "results.1.code", "object_signature");
	assert_text(
	    w, arena_printf(w->arena, "results.%d.code", n - 1), "unknown_product");
}

static void
test_a_few_are_opened_at_once(void **state)
{
	struct manage_world *w = *state;

	hold_begin(w);
	begin(w, FEW);
	ask_end(w);
	assert_answered(w, FEW);
	hold_end();
}

static void
test_many_hold_nobody_up(void **state)
{
	struct manage_world *w = *state;

	hold_begin(w);
	begin(w, FEW + 1);
	ask_begin(w, "GET vendor/", NULL, NULL);
	assert_int_equal(w->status, 200); /* reads are done at once */
	assert_text(w, "name", "Acme");
	w->status = 0;
	hold_end();
	ask_end(w);
	assert_answered(w, FEW + 1);
	begin(w, 250);
	ask_end(w);
	assert_answered(w, 250);
}

static void
test_a_full_pool(void **state)
{
	struct manage_world *w = *state;

	hold_begin(w);
	for (int i = 0; i < QUEUE; i++)
		hold_add(w);
	begin(w, FEW + 1);
	assert_refused(w, 503, "service_unavailable", NULL);
	assert_non_null(answer_header(w, "Retry-After"));
	begin(w, FEW);
	ask_end(w);
	assert_answered(w, FEW);
	hold_end();
	begin(w, FEW + 1);
	ask_end(w);
	assert_answered(w, FEW + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_few_are_opened_at_once),
		TEST(test_many_hold_nobody_up),
		TEST(test_a_full_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
