#include "tests/support/manage_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const char *
make_token(struct manage_world *w)
{
	assert_int_equal(ask(w, "POST tokens/", "{\"name\":\"t\"}", NULL), 201);
	return pick_text(w, "token");
}

/* Tokens no one knows, of one address or of one name; -1: no number in their name. */
static void
fail_with(struct manage_world *w, const char *address, int number)
{
	w->address = address;
	w->token = number < 0 ? "lmk_zzzzzzzz.wrong"
	                      : arena_printf(w->arena, "lmk_%08d.wrong", number);
	askf(w, "GET vendor/");
}

static void
assert_waits(struct manage_world *w, int seconds)
{
	assert_refused(w, 429, "too_many_requests", NULL);
	assert_string_equal(
	    answer_header(w, "Retry-After"), arena_printf(w->arena, "%d", seconds));
	assert_null(answer_header(w, "WWW-Authenticate"));
}

static void
test_wait_of_address(void **state)
{
	struct manage_world *w = *state;
	const char *token = make_token(w);

	for (int i = 0; i < 5; i++) {
		fail_with(w, "198.51.100.1", i);
		assert_refused(w, 401, "unauthenticated", NULL);
	}
	fail_with(w, "198.51.100.1", 5);
	assert_waits(w, 2);
	w->token = "not a token";
	askf(w, "GET vendor/");
	assert_waits(w, 2);
	fail_with(w, "198.51.100.2", 5);
	assert_refused(w, 401, "unauthenticated", NULL);
	w->address = "198.51.100.1";
	w->token = token;
	assert_int_equal(askf(w, "GET vendor/"), 200);
	fail_with(w, "198.51.100.1", 6);
	assert_waits(w, 2);
	for (int i = 0; i < 6; i++)
		fail_with(w, arena_printf(w->arena, "2001:db8::%d", i), 10 + i);
	assert_waits(w, 2);
	fail_with(w, "2001:db8:0:1::1", 20);
	assert_refused(w, 401, "unauthenticated", NULL);
}

/* One that exists and is wrong is answered as one that does not. */
static void
test_wait_of_name(void **state)
{
	struct manage_world *w = *state;
	const char *good = make_token(w);
	char wrong[80];
	const char *names[] = { wrong, "lmk_zzzzzzzz.wrong" };

	snprintf(wrong, sizeof(wrong), "%.12s.wrong", good);
	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		for (int i = 0; i < 6; i++) {
			if (i == 5)
				assert_refused(w, 401, "unauthenticated", NULL);
			w->token = names[k];
			w->address = arena_printf(w->arena, "203.0.113.%d", i);
			askf(w, "GET vendor/");
		}
		assert_waits(w, 2);
	}
	w->token = good;
	assert_int_equal(askf(w, "GET vendor/"), 200);
	w->token = wrong;
	w->address = "203.0.113.99";
	askf(w, "GET vendor/");
	assert_refused(w, 401, "unauthenticated", NULL);
	fail_with(w, "203.0.113.98", -1);
	assert_waits(w, 2);
}

/* What fails together counts as if it came one by one: the wait is that after five. */
static void
test_wait_of_many_at_once(void **state)
{
	struct manage_world *w = *state;

	w->token = "lmk_abcdefgh.wrong";
	for (int i = 0; i < 50; i++)
		ask_begin(w, "GET vendor/", NULL, NULL);
	ask(w, "GET vendor/", NULL, NULL);
	askf(w, "GET vendor/");
	assert_waits(w, 2);
}

static void
test_no_wait_on_the_socket(void **state)
{
	struct manage_world *w = *state;

	w->uid_shift = 1;
	for (int i = 0; i < 20; i++)
		assert_int_equal(askf(w, "GET vendor/"), 401);
	for (int i = 0; i < 20; i++)
		assert_int_equal(
		    ask(w, "GET vendor/", NULL, "Authorization: Api-Key x"), 401);
	w->uid_shift = 0;
	assert_int_equal(askf(w, "GET vendor/"), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, manage_setup, manage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wait_of_address),
		TEST(test_wait_of_name),
		TEST(test_wait_of_many_at_once),
		TEST(test_no_wait_on_the_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
