#include "tests/support/manage_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/action/touch.h"
#include "server/model/audit.h"
#include "server/model/license.h"
#include "server/store/record.h"

static int
setup(void **state)
{
	int rc = manage_setup(state);

	if (!rc)
		shop_open(*state);
	return rc;
}

static void
test_audit(void **state)
{
	struct manage_world *w = *state;
	int64_t n = manage_count(w, T_AUDIT);

	shop_issue(w, "editor", "");
	ask(w, "PATCH licenses/1/", "{\"note\":\"x\",\"reason\":\"because\"}", NULL);
	askf(w, "GET audit/?action=license.created");
	assert_int_equal(pick_int(w, "count"), 1);
	assert_text(w, "results.0.object.type", "license");
	assert_text(w, "results.0.object.id", "1");
	assert_text(w, "results.0.actor.type", "local");
	askf(w, "GET audit/?object_type=license&object_id=1&order_by=-seq");
	assert_int_equal(pick_int(w, "count"), 2);
	assert_text(w, "results.0.reason", "because");
	assert_text(w, "results.0.detail.fields.note.1", "x");
	askf(w, "GET audit/?time__gt=2026-01-01");
	assert_int_equal(pick_int(w, "count"), 0);
	askf(w, "GET audit/?actor=local:0&action__in=license.updated,license.created");
	assert_int_equal(pick_int(w, "count"), 2);
	askf(w, "GET audit/%lld/", (long long)n + 1);
	assert_text(w, "action", "order.created");
	askf(w, "GET audit/9999/");
	assert_refused(w, 404, "not_found", NULL);
	askf(w, "GET audit/?colour=red");
	assert_refused(w, 400, "unknown_filter", NULL);
	askf(w, "GET licenses/1/history/");
	assert_int_equal(pick_int(w, "count"), 2);
}

#define LONG_LOG 100100

/* One entry a second. */
static enum err
fill(struct txn *txn, void *arg)
{
	int64_t seq = *(int64_t *)arg;
	enum err e = E_OK;

	while (seq++ < LONG_LOG && !e) {
		struct arena_mark mark = arena_mark(txn->arena);
		struct audit a;

		field_clear(&audit_table, &a);
		a.seq = seq;
		a.time = MANAGE_NOW + seq * CLOCK_SECOND;
		a.action = seq % 2 ? SLICE("license.odd") : SLICE("license.even");
		a.object_type = SLICE("license");
		a.license_id = 1;
		e = record_insert(txn, T_AUDIT, &a);
		arena_reset(txn->arena, mark);
	}
	return e;
}

static void
expect(struct manage_world *w, const char *query, int64_t n, int64_t first)
{
	if (askf(w, "GET audit/?%s", query) != 200 || pick_int(w, "count") != n ||
	    pick_int(w, "results.0.seq") != first)
		fail_msg("%s: %.*s", query, SLICE_ARG(slice_head(w->body, 400)));
}

static void
test_long_log(void **state)
{
	struct manage_world *w = *state;
	int64_t n = manage_count(w, T_AUDIT);

	assert_int_equal(store_write_now(w->store, w->arena, fill, &n), E_OK);
	expect(w, "", LONG_LOG, 1);
	expect(w, "order_by=-seq&limit=3", LONG_LOG, LONG_LOG);
	assert_int_equal(pick_int(w, "results.2.seq"), LONG_LOG - 2);
	expect(w, "order_by=-id&limit=1&offset=5", LONG_LOG, LONG_LOG - 5);
	expect(w, "order_by=-time&limit=1", LONG_LOG, LONG_LOG);
	expect(w, "order_by=time&limit=1&offset=100000", LONG_LOG, 100001);
	expect(w, "seq__gt=50&limit=1", LONG_LOG - 50, 51);
	expect(w, "seq__lte=100080&order_by=-seq&limit=1", 100080, 100080);
	expect(w, "license=1&order_by=-seq&limit=1", LONG_LOG - n, LONG_LOG);
	expect(w, "time__gt=2025-07-04T11:00:00Z&order_by=-time&limit=1", LONG_LOG - 226,
	    LONG_LOG);
	expect(
	    w, "time__gte=2025-07-04T11:00:00Z&time__lt=2025-07-04T11:00:10Z", 10, 227);
	expect(w, "time__gte=2025-07-05&action=license.odd", 26537, 47027);
	expect(w, "seq__gte=100000&action=license.even&order_by=-seq", 51, 100100);
	expect(w, "seq__gte=100000&time__gt=2025-07-04", 101, 100000);
	askf(w, "GET audit/?action=license.odd");
	assert_refused(w, 400, "query_too_broad", NULL);
	askf(w, "GET audit/?time__gt=2030-01-01");
	assert_int_equal(pick_int(w, "count"), 0);
	askf(w, "GET audit/?seq__gt=7&seq__lt=7");
	assert_int_equal(pick_int(w, "count"), 0);
	askf(w, "GET audit/?seq__gt=9223372036854775807");
	assert_int_equal(pick_int(w, "count"), 0);
}

/* Found through the indexes, also when the object is gone. */
static void
test_audit_object(void **state)
{
	struct manage_world *w = *state;

	shop_issue(w, "editor", "");
	shop_issue(w, "render", "");
	assert_int_equal(shop_activate(w, "render", 2, "hw-1"), E_OK);
	ask(w, "POST devices/1/reset/", NULL, NULL);
	askf(w, "GET audit/?object_type=device&object_id=1");
	assert_int_equal(pick_int(w, "count"), 1);
	askf(w, "DELETE devices/1/");
	askf(w, "GET audit/?object_type=device&object_id=1");
	assert_int_equal(pick_int(w, "count"), 2);
	askf(w, "GET audit/?object_type=product&object_id=2");
	assert_int_equal(pick_int(w, "count"), 1);
	assert_text(w, "results.0.action", "product.created");
	askf(w, "GET audit/?object_type=license&object_id=2");
	assert_int_equal(pick_int(w, "count"), 2);
	askf(w, "GET audit/?object_id=77");
	assert_int_equal(pick_int(w, "count"), 0);
}

static void
test_verify(void **state)
{
	struct manage_world *w = *state;
	struct fixture f = { .arena = w->arena, .store = w->store };
	struct audit entry = { .seq = 3 };
	int64_t last = manage_count(w, T_AUDIT);

	askf(w, "GET audit/verify/");
	assert_true(pick_bool(w, "ok"));
	assert_int_equal(pick_int(w, "first"), 1);
	assert_int_equal(pick_int(w, "last"), last);
	assert_int_equal(strlen(pick_text(w, "head")), 64);
	askf(w, "GET audit/verify/?from=4");
	assert_true(pick_bool(w, "ok"));
	fixture_find(&f, T_AUDIT, &entry);
	entry.reason = SLICE("another one");
	fixture_put(&f, T_AUDIT, &entry);
	askf(w, "GET audit/verify/");
	assert_false(pick_bool(w, "ok"));
	assert_int_equal(pick_int(w, "broken_at"), 3);
	assert_text(w, "problem", "the entry was altered");
	askf(w, "GET audit/verify/?from=4");
	assert_true(pick_bool(w, "ok"));
	askf(w, "GET audit/verify/?from=0");
	assert_refused(w, 400, "validation_error", "from");
}

static void
test_check(void **state)
{
	struct manage_world *w = *state;
	struct fixture f = { .arena = w->arena, .store = w->store };
	struct license license;

	for (int i = 0; i < 3; i++)
		shop_issue(w, "editor", "");
	assert_int_equal(shop_activate(w, "editor", 2, "hw-1"), E_OK);
	askf(w, "GET check/");
	assert_true(pick_bool(w, "ok"));
	assert_int_equal(pick_int(w, "checked"), 3);
	assert_int_equal(pick_int(w, "rows"), 1);
	assert_int_equal(pick(w, "problems")->n, 0);
	license = shop_license(w, 2);
	license.seats_used = 0;
	fixture_put(&f, T_LICENSE, &license);
	askf(w, "GET check/");
	assert_int_equal(w->status, 200);
	assert_false(pick_bool(w, "ok"));
	assert_int_equal(pick(w, "problems")->n, 1);
	assert_text(w, "problems.0.object", "license[2].seats_used");
	assert_int_equal(pick_int(w, "problems.0.expected"), 1);
	assert_int_equal(pick_int(w, "problems.0.found"), 0);
}

static void
test_stats(void **state)
{
	struct manage_world *w = *state;
	int64_t written;

	shop_issue(w, "editor", "\"max_activations\":3");
	shop_issue(w, "editor",
	    "\"license_type\":\"time-limited\",\"validity_period\":\"2025-07-10\"");
	shop_issue(w, "render", "\"license_enabled\":false");
	assert_int_equal(shop_activate(w, "editor", 1, "hw-1"), E_OK);
	askf(w, "GET stats/?colour=red");
	assert_refused(w, 400, "unknown_filter", "colour");
	askf(w, "GET stats/");
	assert_int_equal(pick_int(w, "licenses.total"), 3);
	assert_int_equal(pick_int(w, "licenses.by_status.active"), 1);
	assert_int_equal(pick_int(w, "licenses.by_status.disabled"), 1);
	assert_int_equal(pick_int(w, "licenses.by_type.time-limited"), 1);
	assert_int_equal(pick_int(w, "seats.used"), 1);
	assert_int_equal(pick_int(w, "seats.free"), 4);
	assert_int_equal(pick_int(w, "devices.seen_1d"), 1);
	askf(w, "GET stats/expiring/?days=30");
	assert_int_equal(pick_int(w, "count"), 1);
	assert_int_equal(pick_int(w, "results.0.id"), 2);
	askf(w, "GET stats/expiring/?days=2");
	assert_int_equal(pick_int(w, "count"), 0);
	for (int i = 0; i < 3; i++)
		touch_count(w->touch, "refusals", "blacklisted", MANAGE_NOW - CLOCK_DAY);
	touch_count(w->touch, "refusals", "license_expired", MANAGE_NOW);
	assert_int_equal(touch_flush(w->touch, w->store, &written), E_OK);
	askf(w, "GET stats/series/?metric=refusals&by=day");
	assert_int_equal(pick(w, "results")->n, 2);
	assert_int_equal(pick_int(w, "results.0.count"), 3);
	assert_text(w, "results.0.at", "2025-07-03T00:00:00.000Z");
	assert_text(w, "results.1.label", "license_expired");
	askf(w, "GET stats/series/?metric=refusals&from=2025-07-04");
	assert_int_equal(pick(w, "results")->n, 1);
	askf(w, "GET stats/top/?metric=refusals&limit=1");
	assert_text(w, "results.0.label", "blacklisted");
	askf(w, "GET stats/series/?metric=colours");
	assert_refused(w, 400, "validation_error", "metric");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, manage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_audit),
		TEST(test_long_log),
		TEST(test_audit_object),
		TEST(test_verify),
		TEST(test_check),
		TEST(test_stats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
