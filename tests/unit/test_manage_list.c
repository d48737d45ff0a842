#include "tests/support/manage_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/model/customer.h"
#include "server/store/record.h"

#define CUSTOMERS 230

static void
make_customers(struct manage_world *w)
{
	ask(w, "POST customer-accounts/", "{\"name\":\"A\",\"code\":\"acc\"}", NULL);
	for (int i = 1; i <= CUSTOMERS; i++) {
		clock_set(MANAGE_NOW + i * CLOCK_MINUTE);
		ask(w, "POST customers/",
		    arena_printf(w->arena,
			"{\"email\":\"User%d@b.example\",\"company_name\":\"Lab %d\","
			"\"reference\":\"r-%d\",\"customer_account\":%s}",
			i, i % 10, i % 5, i % 2 ? "\"acc\"" : "null"),
		    NULL);
		assert_int_equal(w->status, 201);
	}
}

/* All ids over all pages by `next`; the number of pages. */
static int
walk(struct manage_world *w, const char *call, char seen[static CUSTOMERS + 1])
{
	int pages = 0;

	memset(seen, 0, CUSTOMERS + 1);
	for (;;) {
		const struct json *results;

		assert_int_equal(ask(w, call, NULL, NULL), 200);
		results = pick(w, "results");
		for (size_t i = 0; i < results->n; i++) {
			int64_t id = json_get(&results->items[i], "id")->integer;

			assert_in_range(id, 1, CUSTOMERS);
			assert_int_equal(seen[id]++, 0);
		}
		pages++;
		if (pick_null(w, "next"))
			return pages;
		call = pick_text(w, "next");
		assert_non_null(strstr(call, "/api/v1/"));
		call = arena_printf(w->arena, "GET %s", strstr(call, "/api/v1/") + 8);
	}
}

static int
count(struct manage_world *w, const char *query)
{
	if (askf(w, "GET customers/?%s", query) != 200)
		fail_msg("%s: %.*s", query, SLICE_ARG(w->body));
	return (int)pick_int(w, "count");
}

static void
test_pages(void **state)
{
	struct manage_world *w = *state;
	char seen[CUSTOMERS + 1];

	make_customers(w);
	assert_int_equal(askf(w, "GET customers/"), 200);
	assert_int_equal(pick_int(w, "count"), CUSTOMERS);
	assert_int_equal(pick(w, "results")->n, 20);
	assert_true(pick_null(w, "previous"));
	assert_text(w, "next", "/api/v1/customers/?limit=20&offset=20");
	assert_int_equal(walk(w, "GET customers/", seen), 12);
	assert_null(memchr(seen + 1, 0, CUSTOMERS));
	assert_int_equal(walk(w, "GET customers/?limit=500&order_by=-id", seen), 3);
	assert_null(memchr(seen + 1, 0, CUSTOMERS));
	assert_int_equal(walk(w, "GET customers/?limit=100&order_by=reference", seen), 3);
	assert_null(memchr(seen + 1, 0, CUSTOMERS));
	assert_int_equal(
	    walk(w, "GET customers/?limit=50&company_name__icontains=LAB", seen), 5);
	assert_null(memchr(seen + 1, 0, CUSTOMERS));
	askf(w, "GET customers/?limit=10&offset=220");
	assert_true(pick_null(w, "next"));
	assert_text(w, "previous", "/api/v1/customers/?limit=10&offset=210");
	assert_int_equal(pick_int(w, "results.0.id"), 221);
	askf(w, "GET customers/?offset=1000");
	assert_int_equal(pick(w, "results")->n, 0);
}

static void
test_links(void **state)
{
	struct manage_world *w = *state;

	make_customers(w);
	ask(w, "POST tokens/", "{\"name\":\"t\"}", NULL);
	w->token = pick_text(w, "token");
	askf(w, "GET customers/?company_name__in=Lab%%201,Lab+2&limit=3&offset=2");
	assert_text(w, "next",
	    "http://127.0.0.1:8081/api/v1/customers/?limit=3&offset=5"
	    "&company_name__in=Lab%201%2CLab%202");
	assert_text(w, "previous",
	    "http://127.0.0.1:8081/api/v1/customers/?limit=3&offset=0"
	    "&company_name__in=Lab%201%2CLab%202");
	assert_int_equal(pick_int(w, "count"), 46);
}

static void
test_order(void **state)
{
	struct manage_world *w = *state;

	make_customers(w);
	askf(w, "GET customers/?order_by=-id&limit=2");
	assert_int_equal(pick_int(w, "results.0.id"), CUSTOMERS);
	assert_int_equal(pick_int(w, "results.1.id"), CUSTOMERS - 1);
	askf(w, "GET customers/?order_by=-id&limit=2&offset=228");
	assert_int_equal(pick_int(w, "results.1.id"), 1);
	askf(w, "GET customers/?order_by=-created_at&limit=1");
	assert_int_equal(pick_int(w, "results.0.id"), CUSTOMERS);
	askf(w, "GET customers/?order_by=email&limit=3");
	assert_text(w, "results.0.email", "User100@b.example");
	assert_text(w, "results.1.email", "User101@b.example");
	askf(w, "GET customers/?order_by=-reference&limit=1");
	assert_text(w, "results.0.reference", "r-4");
	assert_int_equal(pick_int(w, "results.0.id"), 229);
	askf(w, "GET customers/?order_by=phone");
	assert_refused(w, 400, "validation_error", "order_by");
	askf(w, "GET customers/?order_by=nothing");
	assert_refused(w, 400, "validation_error", "order_by");
}

static void
test_filters(void **state)
{
	struct manage_world *w = *state;

	make_customers(w);
	assert_int_equal(count(w, "email=USER7@b.example"), 1);
	assert_int_equal(count(w, "email=user7@b.exampl"), 0);
	assert_int_equal(count(w, "email__in=user1@b.example,USER2@b.example,x"), 2);
	assert_int_equal(count(w, "email__in=user1@b.example,user1@b.example"), 1);
	assert_int_equal(count(w, "email__icontains=user23"), 2);
	assert_int_equal(count(w, "reference=r-1"), 46);
	assert_int_equal(count(w, "reference=R-1"), 0);
	assert_int_equal(count(w, "reference=r-"), 0);
	assert_int_equal(count(w, "reference=r-1&company_name=Lab+1"), 23);
	assert_int_equal(count(w, "company_name=Lab+1"), 23);
	assert_int_equal(count(w, "customer_account__code=acc"), 115);
	assert_int_equal(count(w, "customer_account=1"), 115);
	assert_int_equal(count(w, "customer_account_id=1&reference=r-0"), 23);
	assert_int_equal(count(w, "customer_account__code=none"), 0);
	assert_int_equal(count(w, "customer_account__isnull=true"), 115);
	assert_int_equal(count(w, "customer_account__isnull=0"), 115);
	assert_int_equal(count(w, "id=5"), 1);
	assert_int_equal(count(w, "id__in=5,6,900"), 2);
	assert_int_equal(count(w, "id__gt=220&id__lte=225"), 5);
	assert_int_equal(count(w, "id__gte=220&id__lt=225"), 5);
	assert_int_equal(count(w, "created_at__gte=2025-07-04T11:56:13.412Z"), 171);
	assert_int_equal(count(w, "created_at__lt=2025-07-04"), 0);
	assert_int_equal(count(w, "phone="), CUSTOMERS);
	ask(w, "POST customers/", "{}", NULL);
	assert_int_equal(count(w, "email="), 1);
	assert_int_equal(count(w, "email__in=user1@b.example,"), 2);
	assert_int_equal(count(w, "reference="), 1);
}

static void
test_refused(void **state)
{
	struct manage_world *w = *state;

	askf(w, "GET customers/?colour=red&colour__in=1");
	assert_refused(w, 400, "unknown_filter", "colour");
	assert_non_null(strstr(pick_text(w, "errors.0.message"), "reference"));
	assert_int_equal(pick(w, "errors")->n, 2);
	askf(w, "GET customers/?phone__gt=1");
	assert_refused(w, 400, "unknown_filter", "phone__gt");
	askf(w, "GET customers/?id__icontains=1");
	assert_refused(w, 400, "unknown_filter", "id__icontains");
	askf(w, "GET customers/?id=x");
	assert_refused(w, 400, "validation_error", "id");
	askf(w, "GET customers/?created_at__gt=yesterday");
	assert_refused(w, 400, "validation_error", "created_at");
	askf(w, "GET customers/?phone__isnull=perhaps");
	assert_refused(w, 400, "validation_error", "phone");
	askf(w, "GET products/?authorization_method=odd");
	assert_refused(w, 400, "validation_error", "authorization_method");
	askf(w, "GET customers/?limit=0");
	assert_refused(w, 400, "validation_error", "limit");
	askf(w, "GET customers/?limit=x");
	assert_refused(w, 400, "validation_error", "limit");
	askf(w, "GET customers/?offset=-1");
	assert_refused(w, 400, "validation_error", "offset");
	assert_int_equal(askf(w, "GET customers/?offset=100000"), 200);
	askf(w, "GET customers/?offset=100001");
	assert_refused(w, 400, "validation_error", "offset");
	assert_non_null(strstr(pick_text(w, "errors.0.message"), "export/"));
	askf(w, "GET customers/?password=x");
	assert_refused(w, 400, "unknown_filter", "password");
}

static enum err
fill(struct txn *txn, void *arg)
{
	int64_t n = *(const int64_t *)arg;
	enum err e = E_OK;

	for (int64_t i = 0; i < n && !e; i++) {
		struct arena_mark mark = arena_mark(txn->arena);
		struct customer c;

		field_clear(&customer_table, &c);
		e = record_add(txn, T_CUSTOMER, &c);
		arena_reset(txn->arena, mark);
	}
	return e;
}

static void
add_plain(struct manage_world *w, int64_t n)
{
	assert_int_equal(store_write_now(w->store, w->arena, fill, &n), E_OK);
}

static void
test_too_broad(void **state)
{
	struct manage_world *w = *state;

	add_plain(w, 100000);
	assert_int_equal(count(w, "phone=1"), 0);
	add_plain(w, 1);
	askf(w, "GET customers/?phone=1");
	assert_refused(w, 400, "query_too_broad", NULL);
	assert_int_equal(count(w, "email=a@b.example"), 0);
	assert_int_equal(count(w, "offset=99999"), 100001);
	assert_int_equal(pick_int(w, "results.0.id"), 100000);
	assert_int_equal(count(w, "offset=99999&order_by=-id"), 100001);
	assert_int_equal(pick_int(w, "results.0.id"), 2);
	assert_int_equal(count(w, "id__gt=99000&phone="), 1001);
	assert_int_equal(count(w, "id__gt=0&id__lte=100000"), 100000);
	assert_int_equal(pick_int(w, "results.19.id"), 20);
	assert_int_equal(count(w, "id__gte=0&order_by=-id&limit=1"), 100001);
	assert_int_equal(pick_int(w, "results.0.id"), 100001);
	assert_int_equal(count(w, "id__lt=11&id__gte=4&phone=&id__gt=5&order_by=-id"), 5);
	assert_int_equal(pick_int(w, "results.0.id"), 10);
	assert_int_equal(count(w, "id__gt=9223372036854775807"), 0);
	assert_int_equal(count(w, "id__gt=5&id__lt=5"), 0);
	askf(w, "GET customers/?id__gt=0&phone=1");
	assert_refused(w, 400, "query_too_broad", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, manage_setup, manage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pages),
		TEST(test_links),
		TEST(test_order),
		TEST(test_filters),
		TEST(test_refused),
		TEST(test_too_broad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
