#include "tests/support/manage_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/model/device.h"
#include "server/model/license.h"
#include "server/store/record.h"

#define ROUNDS 500

static int
setup(void **state)
{
	int rc = manage_setup(state);

	if (!rc)
		shop_open(*state);
	return rc;
}

static const struct json *
step(struct manage_world *w, int n)
{
	const struct json *steps = pick(w, "steps");

	for (size_t i = 0; i < steps->n; i++)
		if (json_get(&steps->items[i], "n")->integer == n)
			return &steps->items[i];
	fail_msg("no step %d in %.*s", n, SLICE_ARG(w->body));
	return NULL;
}

static void
assert_step(struct manage_world *w, int n, bool ok, const char *text)
{
	const struct json *s = step(w, n);

	assert_int_equal(json_get(s, "ok")->boolean, ok);
	if (!slice_is(json_get(s, "text")->text, text))
		fail_msg("%.*s", SLICE_ARG(json_get(s, "text")->text));
}

static void
test_seats(void **state)
{
	struct manage_world *w = *state;
	int64_t id = shop_issue(w, "editor", "");

	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_OK);
	askf(w, "GET licenses/1/explain/?hardware_id=hw-2&at=2025-08-14T12:00:00Z"
		"&action=activate");
	assert_int_equal(w->status, 200);
	assert_text(w, "verdict", "refused");
	assert_text(w, "code", "license_activated_max_times");
	assert_int_equal(pick_int(w, "decided_by"), 14);
	assert_text(w, "product", "editor");
	assert_text(w, "at", "2025-08-14T12:00:00.000Z");
	assert_int_equal(pick_int(w, "facts.seats_used"), 1);
	assert_text(w, "facts.device_state", "none");
	assert_step(w, 6, true, "License is enabled");
	assert_step(
	    w, 14, false, "1 of 1 activations in use: hw-1, last seen 41 days ago");
	assert_text(w, "fixes.0.text", "Release hw-1");
	assert_text(w, "fixes.0.call", "POST /api/v1/devices/1/release/");
	assert_text(w, "fixes.0.command", "licet device release 1 --reason TEXT");
	assert_text(w, "fixes.1.text", "Raise the limit to 2");
	assert_text(w, "fixes.1.command", "licet license edit 1 --seats 2");
	assert_int_equal(pick(w, "members")->n, 0);
	assert_null(json_get(pick(w, "fixes.0"), "allowed"));
	shop_token(w, "[\"licenses.read\"]");
	askf(w, "GET licenses/1/explain/?hardware_id=hw-2");
	assert_false(pick_bool(w, "fixes.0.allowed"));
	askf(w, "GET licenses/1/explain/?hardware_id=hw-1&action=check");
	assert_text(w, "verdict", "allowed");
	assert_true(pick_null(w, "code"));
}

/* All obstacles show, and the first one decides. */
static void
test_all_steps(void **state)
{
	struct manage_world *w = *state;

	shop_issue(w, "editor",
	    "\"license_enabled\":false,\"start_date\":\"2030-01-01\","
	    "\"max_activations\":0,\"prevent_vm\":true");
	askf(w, "GET licenses/1/explain/?hardware_id=hw-1&is_vm=true");
	assert_text(w, "code", "license_not_enabled");
	assert_int_equal(pick_int(w, "decided_by"), 6);
	assert_step(w, 8, false, "License starts on 2030-01-01");
	assert_step(w, 10, false, "License does not allow virtual machines");
	assert_step(w, 14, false, "0 of 0 activations in use");
	assert_true(pick(w, "fixes")->n >= 4);
	assert_text(w, "fixes.0.command", "licet license enable 1");
	askf(w, "GET licenses/1/explain/?action=fly");
	assert_refused(w, 400, "validation_error", "action");
	askf(w, "GET licenses/1/explain/?colour=red");
	assert_refused(w, 400, "unknown_filter", "colour");
	askf(w, "GET licenses/9/explain/");
	assert_refused(w, 404, "not_found", NULL);
}

static void
test_barred(void **state)
{
	struct manage_world *w = *state;

	shop_issue(w, "editor", "");
	ask(w, "POST blacklist/",
	    "{\"hardware_id\":\"pc-1\",\"scope\":\"vendor\",\"reason\":\"bad\"}", NULL);
	askf(w, "GET licenses/1/explain/?hardware_id=pc-1");
	assert_text(w, "code", "blacklisted");
	assert_text(w, "fixes.0.permission", "blacklist.vendor");
	assert_text(w, "fixes.0.call", "DELETE /api/v1/blacklist/1/");
	assert_text(w, "fixes.0.command", "licet device unblacklist pc-1 --reason TEXT");
	askf(w, "GET licenses/1/explain/?hardware_id=pc-2");
	assert_text(w, "verdict", "allowed");
	assert_int_equal(pick(w, "fixes")->n, 0);
}

static void
test_bundle(void **state)
{
	struct manage_world *w = *state;
	int64_t own =
	    shop_issue(w, "studio", "\"members\":{\"render\":{\"prevent_vm\":true}}");

	askf(w, "GET licenses/%lld/explain/?hardware_id=h&is_vm=1", (long long)own);
	assert_text(w, "code", "vm_not_allowed");
	assert_int_equal(pick_int(w, "decided_by"), 10);
	assert_int_equal(pick_int(w, "license"), own);
	assert_int_equal(pick(w, "members")->n, 2);
	assert_text(w, "members.0.verdict", "allowed");
	assert_text(w, "members.1.verdict", "refused");
	assert_text(w, "members.1.product", "render");
	assert_text(w, "fixes.0.call", "PATCH /api/v1/licenses/3/");
}

static void
test_user(void **state)
{
	struct manage_world *w = *state;

	shop_issue(w, "portal",
	    "\"users\":[{\"email\":\"a@x.example\","
	    "\"max_activations\":0}]");
	shop_make(w, "POST license-users/", "{\"email\":\"b@x.example\"}");
	askf(w, "GET licenses/1/explain/?hardware_id=h&user=a@x.example");
	assert_text(w, "code", "license_user_activated_max_times");
	assert_int_equal(pick_int(w, "decided_by"), 15);
	assert_text(w, "fixes.0.command", "licet license assign 1 a@x.example --seats 1");
	askf(w, "GET licenses/1/explain/?hardware_id=h&user=b@x.example");
	assert_text(w, "code", "license_not_found");
	askf(w, "GET licenses/1/explain/?hardware_id=h&user=c@x.example");
	assert_refused(w, 400, "validation_error", "user");
}

static void
test_check_license(void **state)
{
	struct manage_world *w = *state;
	unsigned char before[32], after[32];
	char *call;

	shop_issue(w, "editor",
	    "\"key\":\"K-1\",\"is_floating_cloud\":true,\"floating_users\":1");
	call = arena_printf(w->arena,
	    "GET licenses/check_license/?product=editor&license_key=k-1"
	    "&hardware_id=hw-1");
	ask(w, call, NULL, NULL);
	assert_refused(w, 409, "license_not_active", NULL);
	assert_int_equal(shop_activate(w, "editor", 1, "hw-1"), E_OK);
	manage_digest(w, before);
	assert_int_equal(ask(w, call, NULL, NULL), 200);
	assert_int_equal(pick_int(w, "id"), 1);
	assert_text(w, "license_key", "K-1");
	manage_digest(w, after);
	assert_memory_equal(before, after, 32);
	askf(w, "GET licenses/check_license/?product=editor&license_key=k-2"
		"&hardware_id=hw-1");
	assert_refused(w, 409, "license_not_found", NULL);
	askf(w, "GET licenses/check_license/?product=editor");
	assert_refused(w, 400, "missing_parameters", "license_key");
}

/* --- random states ---------------------------------------------------------------------
 */

static uint32_t seed;

static uint32_t
draw(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static struct fixture
store_of(struct manage_world *w)
{
	return (
	    struct fixture){ .arena = w->arena, .store = w->store, .now = MANAGE_NOW };
}

static void
shake_license(struct manage_world *w, int64_t id)
{
	struct fixture f = store_of(w);
	struct license l = fixture_license(&f, id);

	l.license_enabled = draw(12) != 0;
	l.start_date = draw(12) ? FIELD_NONE : MANAGE_NOW + CLOCK_DAY;
	l.validity_period = draw(8) ? FIELD_NONE : MANAGE_NOW - CLOCK_DAY;
	l.terms.is_trial = true;
	l.terms.prevent_vm = draw(6) == 0;
	l.terms.reject_reactivation = draw(6) == 0;
	l.terms.max_transfers = (int64_t)draw(3) - 1;
	l.terms.max_activations = l.seats_used + draw(2);
	l.terms.allow_unlimited_activations = draw(10) == 0;
	l.terms.clone_action = draw(2) ? CLONE_WARN : CLONE_REFUSE;
	l.terms.is_floating_cloud = draw(4) == 0;
	l.terms.floating_users = draw(2);
	l.terms.license_type = draw(2) ? LT_PERPETUAL : LT_CONSUMPTION;
	l.terms.max_consumptions = l.total_consumptions + draw(2);
	fixture_put(&f, T_LICENSE, &l);
}

static void
shake_row(struct manage_world *w, int64_t id, const char *hardware_id)
{
	struct fixture f = store_of(w);
	struct activation a = fixture_row(&f, id, hardware_id);

	if (!a.o.id || a.state != AS_ACTIVE)
		return;
	a.cloned = draw(8) == 0;
	a.offline = draw(4) == 0;
	a.lease_until = draw(2) ? FIELD_NONE : MANAGE_NOW - 1;
	a.revoked_at = draw(8) ? FIELD_NONE : MANAGE_NOW;
	a.device_key = draw(4) ? SLICE_NULL : SLICE("0123456789abcdef0123456789abcdef");
	fixture_put(&f, T_ACTIVATION, &a);
}

static void
shake_blacklist(struct manage_world *w, const char *hardware_id)
{
	char *body = arena_printf(w->arena,
	    "{\"hardware_id\":\"%s\",\"scope\":\"vendor\",\"reason\":\"random\"}",
	    hardware_id);

	if (draw(25) == 0)
		ask(w, "POST blacklist/", body, NULL);
	else if (draw(3) == 0 && askf(w, "GET blacklist/?limit=1") == 200 &&
		 pick_int(w, "count"))
		askf(w, "DELETE blacklist/%lld/?reason=random",
		    (long long)pick_int(w, "results.0.id"));
}

static enum err
act(struct fixture *f, const char *action, const char *hardware_id)
{
	if (strcmp(action, "activate") == 0)
		return fixture_activate(f, hardware_id);
	if (strcmp(action, "check") == 0)
		return fixture_check(f, hardware_id);
	if (strcmp(action, "deactivate") == 0)
		return fixture_deactivate(f, hardware_id);
	return fixture_consume(f, hardware_id, 1);
}

/* Outcomes met, so that the rounds are known to reach many rules. */
static bool met[E_MAX];

static size_t
met_count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(met); i++)
		n += met[i];
	return n;
}

static void
compare(struct manage_world *w, int64_t id, const char *action, const char *hardware_id)
{
	struct fixture f = shop_client(w, id <= 2 ? "editor" : "studio", id);
	bool is_vm = draw(2);
	enum err e;

	if (strcmp(action, "consume") == 0)
		f.req.bundle = false;
	f.req.has_is_vm = true;
	f.req.facts.is_vm = is_vm;
	askf(w, "GET licenses/%lld/explain/?hardware_id=%s&action=%s&is_vm=%d",
	    (long long)id, hardware_id, action, is_vm);
	assert_int_equal(w->status, 200);
	e = act(&f, action, hardware_id);
	met[e] = true;
	if (e ? !slice_is(pick(w, "code")->text, err_code(e)) : !pick_null(w, "code"))
		fail_msg("%s of %lld on %s: %s, but %.*s", action, (long long)id,
		    hardware_id, err_code(e), SLICE_ARG(w->body));
}

static void
test_equal(void **state)
{
	static const char *const actions[] = { "activate", "activate", "check",
		"deactivate", "consume" };
	static const char *const hardware[] = { "hw-1", "hw-2", "hw-3" };
	static const int64_t ids[] = { 1, 2, 3 };
	struct manage_world *w = *state;

	seed = 4711;
	shop_issue(w, "editor", "");
	shop_issue(w, "editor", "");
	shop_issue(w, "studio", "");
	for (int i = 0; i < ROUNDS; i++) {
		const char *hw = hardware[draw(3)];
		int64_t id = ids[draw(3)];

		if (draw(2)) {
			shake_license(w, id);
			shake_row(w, id, hw);
		}
		if (id == 3 && draw(3) == 0) {
			shake_license(w, 4 + draw(2));
			shake_row(w, 4 + draw(2), hw);
		}
		shake_blacklist(w, hw);
		compare(w, id, actions[draw(5)], hw);
	}
	assert_true(met_count() >= 12);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, manage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_seats),
		TEST(test_all_steps),
		TEST(test_barred),
		TEST(test_bundle),
		TEST(test_user),
		TEST(test_check_license),
		TEST(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
