/* What answered checks leave behind, written in batches. */
#include "tests/action/prelude.h"

#include "server/action/touch.h"
#include "server/model/audit.h"

static int64_t
sell(struct fixture *f)
{
	struct license license =
	    fixture_draft(fixture_product(f, "p1", AM_LICENSE_KEY), FIXTURE_KEY);

	license.terms.allow_unlimited_activations = true;
	fixture_issue(f, &license);
	fixture_ask_key(f, "p1", FIXTURE_KEY);
	return license.o.id;
}

static void
test_merged(void **state)
{
	struct fixture *f = *state;
	struct touch *t = touch_new();
	struct facts facts = { .app_ver = SLICE("1"), .is_vm = true };
	int64_t id = sell(f), written;
	struct activation row;
	struct device device;

	assert_non_null(t);
	assert_err(fixture_activate(f, "hw-1"), E_OK);
	row = fixture_row(f, id, "hw-1");
	touch_add(t, id, row.device_id, f->now + 5, &facts, true, SLICE("192.0.2.7"));
	facts = (struct facts){ .os_ver = SLICE("12") };
	touch_add(t, id, row.device_id, f->now + 9, &facts, false, SLICE_NULL);
	touch_add(t, id, 999, f->now, &facts, false, SLICE_NULL);
	assert_err(touch_flush(t, f->store, &written), E_OK);
	assert_int_equal(written, 2);
	row = fixture_row(f, id, "hw-1");
	assert_int_equal(row.check_count, 2);
	assert_int_equal(row.last_seen_at, f->now + 9);
	assert_true(slice_is(row.facts.app_ver, "1"));
	assert_true(slice_is(row.facts.os_ver, "12"));
	assert_true(row.facts.is_vm);
	assert_true(slice_is(row.peer_address, "192.0.2.7"));
	fixture_get(f, T_DEVICE, row.device_id, &device);
	assert_int_equal(device.last_seen_at, f->now + 9);
	assert_err(touch_flush(t, f->store, &written), E_OK);
	assert_int_equal(written, 0);
	assert_int_equal(fixture_row(f, id, "hw-1").check_count, 2);
	touch_free(t);
}

static void
test_key_to_the_hour(void **state)
{
	struct fixture *f = *state;
	struct touch *t = touch_new();
	int64_t hour = f->now - f->now % CLOCK_HOUR, written;
	struct api_key key;

	field_clear(&api_key_table, &key);
	key.name = key.api_key = SLICE("app");
	fixture_add(f, T_API_KEY, &key);
	touch_key(t, key.o.id, f->now);
	touch_key(t, key.o.id + 1, f->now);
	assert_err(touch_flush(t, f->store, &written), E_OK);
	fixture_get(f, T_API_KEY, key.o.id, &key);
	assert_int_equal(key.last_used_at, hour);
	touch_key(t, key.o.id, f->now + CLOCK_HOUR);
	assert_err(touch_flush(t, f->store, &written), E_OK);
	fixture_get(f, T_API_KEY, key.o.id, &key);
	assert_int_equal(key.last_used_at, hour + CLOCK_HOUR);
	touch_free(t);
}

static void
test_many_in_batches(void **state)
{
	struct fixture *f = *state;
	struct touch *t = touch_new();
	struct facts none = { 0 };
	int64_t id = sell(f), written;

	for (int i = 0; i < 250; i++) {
		assert_err(fixture_activate(f, arena_printf(f->arena, "hw-%d", i)), E_OK);
		touch_add(t, id, f->res.view[0].activation.device_id, f->now, &none,
		    false, SLICE_NULL);
	}
	assert_err(touch_flush(t, f->store, &written), E_OK);
	assert_int_equal(written, 250);
	assert_int_equal(fixture_row(f, id, "hw-0").check_count, 1);
	assert_int_equal(fixture_row(f, id, "hw-249").check_count, 1);
	touch_free(t);
}

static int64_t
count(struct fixture *f, const char *metric, const char *label, int64_t hour)
{
	struct stat stat = {
		.metric = slice_str(metric), .label = slice_str(label), .hour = hour
	};

	return fixture_has(f, T_STAT, &stat) ? stat.count : 0;
}

static void
test_counts(void **state)
{
	struct fixture *f = *state;
	struct touch *t = touch_new();
	int64_t hour, written;

	assert_true(clock_parse_iso(SLICE("2025-07-04T10:00:00Z"), &hour));
	touch_count(t, "checks", NULL, f->now);
	touch_count(t, "checks", NULL, f->now);
	touch_count(t, "checks", NULL, f->now + CLOCK_HOUR);
	touch_count(t, "refusals", "license_expired", f->now);
	assert_err(touch_flush(t, f->store, &written), E_OK);
	assert_int_equal(count(f, "checks", "", hour), 2);
	assert_int_equal(count(f, "checks", "", hour + CLOCK_HOUR), 1);
	assert_int_equal(count(f, "refusals", "license_expired", hour), 1);
	touch_count(t, "checks", NULL, f->now);
	assert_err(touch_flush(t, f->store, &written), E_OK);
	assert_int_equal(count(f, "checks", "", hour), 3);
	touch_free(t);
}

/* A flush that fails keeps what it had, and the next one writes it once. */
static void
test_failed_flush(void **state)
{
	struct fixture *f = *state, *after;
	void *state_after;
	struct touch *t = touch_new();
	int64_t hour, written;

	assert_true(clock_parse_iso(SLICE("2025-07-04T10:00:00Z"), &hour));
	touch_count(t, "checks", NULL, f->now);
	assert_err(store_start(f->store), E_OK);
	store_stop(f->store);
	assert_err(touch_flush(t, f->store, &written), E_UNAVAILABLE);
	touch_count(t, "checks", NULL, f->now);
	assert_err(touch_flush(t, f->store, &written), E_UNAVAILABLE);
	assert_int_equal(count(f, "checks", "", hour), 0);
	assert_int_equal(fixture_setup(&state_after), 0);
	after = state_after;
	assert_err(touch_flush(t, after->store, &written), E_OK);
	assert_int_equal(count(after, "checks", "", hour), 2);
	fixture_teardown(&state_after);
	touch_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_merged),
		TEST(test_key_to_the_hour),
		TEST(test_many_in_batches),
		TEST(test_counts),
		TEST(test_failed_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
