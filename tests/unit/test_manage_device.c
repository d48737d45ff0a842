#include "tests/support/manage_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/model/device.h"
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

static struct fixture
store_of(struct manage_world *w)
{
	return (
	    struct fixture){ .arena = w->arena, .store = w->store, .now = MANAGE_NOW };
}

static void
go_offline(struct manage_world *w, int64_t license_id, const char *hardware_id,
    int64_t lease_until)
{
	struct fixture f = store_of(w);
	struct activation a = fixture_row(&f, license_id, hardware_id);

	a.offline = true;
	a.serial = 7;
	a.lease_until = lease_until;
	fixture_put(&f, T_ACTIVATION, &a);
}

static void
check_counts(struct manage_world *w, int64_t id, int64_t used, int64_t vacant)
{
	struct fixture f = store_of(w);

	assert_int_equal(shop_license(w, id).seats_used, used);
	assert_int_equal(shop_license(w, id).vacant, vacant);
	assert_int_equal(fixture_recount(&f, id), 0);
}

static void
test_release(void **state)
{
	struct manage_world *w = *state;
	int64_t id = shop_issue(w, "editor", "\"max_activations\":2");

	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_OK);
	askf(w, "GET devices/?license=1&hardware_id=hw-1");
	assert_int_equal(pick_int(w, "results.0.id"), 1);
	assert_text(w, "results.0.product", "editor");
	assert_text(w, "results.0.state", "active");
	assert_true(pick_null(w, "results.0.frees_at"));
	ask(w, "POST devices/1/release/", NULL, NULL);
	assert_refused(w, 400, "reason_required", NULL);
	assert_int_equal(
	    ask_both(w, "POST devices/1/release/", "{\"reason\":\"disk died\"}"), 200);
	assert_text(w, "state", "inactive");
	assert_string_equal(last_audit(w), "device.released");
	check_counts(w, id, 0, 1);
	ask(w, "POST devices/1/release/", "{\"reason\":\"again\"}", NULL);
	assert_refused(w, 409, "wrong_state", NULL);
	ask(w, "POST devices/1/reset/", NULL, NULL);
	assert_refused(w, 409, "wrong_state", NULL);
	askf(w, "GET licenses/1/history/?action=device.released");
	assert_int_equal(pick_int(w, "count"), 1);
	assert_text(w, "results.0.reason", "disk died");
	assert_int_equal(ask_both(w, "DELETE devices/1/", NULL), 204);
	check_counts(w, id, 0, 0);
	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_OK);
	ask(w, "POST devices/2/reset/", NULL, NULL);
	assert_text(w, "message", "Device reset.");
	askf(w, "DELETE devices/9/");
	assert_refused(w, 404, "not_found", NULL);
}

static void
test_force(void **state)
{
	struct manage_world *w = *state;
	int64_t id = shop_issue(w, "editor", "");

	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_OK);
	go_offline(w, id, "hw-1", MANAGE_NOW + CLOCK_DAY);
	askf(w, "GET devices/1/");
	assert_text(w, "frees_at", "2025-07-05T10:56:13.412Z");
	ask(w, "POST devices/1/release/", "{\"reason\":\"lost\"}", NULL);
	assert_refused(w, 409, "offline_lease_live", "lease_until");
	ask(w, "POST devices/1/revoke/", "{\"reason\":\"stolen\"}", NULL);
	assert_int_equal(w->status, 200);
	assert_text(w, "state", "active");
	assert_false(pick_null(w, "revoked_at"));
	assert_string_equal(last_audit(w), "device.revoked");
	check_counts(w, id, 1, 0);
	shop_token(w, "[\"devices.release\"]");
	ask(w, "POST devices/1/release/", "{\"reason\":\"lost\",\"force\":true}", NULL);
	assert_refused(w, 403, "forbidden", "force");
	assert_text(w, "message", "The credential lacks the permission devices.force");
	ask(w, "POST devices/99/revoke/", "{\"reason\":\"stolen\"}", NULL);
	assert_refused(w, 403, "forbidden", NULL);
	assert_text(w, "message", "The credential lacks the permission offline.revoke");
	w->token = NULL;
	ask(w, "POST devices/1/release/", "{\"reason\":\"lost\",\"force\":true}", NULL);
	assert_int_equal(w->status, 200);
	check_counts(w, id, 0, 1);
}

static void
test_revoke_online(void **state)
{
	struct manage_world *w = *state;
	int64_t id = shop_issue(w, "editor", "");

	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_OK);
	assert_int_equal(ask(w, "POST devices/1/revoke/",
			     "{\"reason\":\"stolen\",\"blacklist\":\"license\"}", NULL),
	    200);
	assert_text(w, "state", "inactive");
	assert_true(pick_bool(w, "blacklisted"));
	check_counts(w, id, 0, 1);
	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_BLACKLISTED);
	ask(w, "POST devices/1/blacklist/", NULL, NULL);
	assert_refused(w, 409, "duplicate", NULL);
	assert_text(w, "message", err_info(E_DUPLICATE)->message);
	assert_int_equal(ask(w, "POST devices/1/unblacklist/", NULL, NULL), 200);
	assert_string_equal(last_audit(w), "device.unblacklisted");
	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_OK);
	ask(w, "POST devices/1/unblacklist/", NULL, NULL);
	assert_refused(w, 409, "wrong_state", NULL);
	assert_text(w, "message", err_info(E_WRONG_STATE)->message);
	ask(w, "POST devices/1/blacklist/", NULL, NULL);
	assert_text(w, "message", "Device blacklisted.");
	check_counts(w, id, 1, 0);
	askf(w, "GET licenses/1/history/?action=device.blacklisted&object_type=device");
	assert_int_equal(pick_int(w, "count"), 2);
}

static void
test_set(void **state)
{
	struct manage_world *w = *state;
	int64_t own = shop_issue(w, "studio", "");

	assert_int_equal(shop_activate(w, "studio", own, "hw-1"), E_OK);
	askf(w, "POST devices/%lld/reset/", (long long)shop_row(w, own + 1, "hw-1"));
	assert_int_equal(w->status, 200);
	check_counts(w, own, 1, 0);
	check_counts(w, own + 1, 0, 1);
	check_counts(w, own + 2, 1, 0);
	askf(w, "POST devices/%lld/reset/", (long long)shop_row(w, own, "hw-1"));
	assert_int_equal(w->status, 200);
	check_counts(w, own, 0, 1);
	check_counts(w, own + 2, 0, 1);
}

static void
test_blacklist(void **state)
{
	struct manage_world *w = *state;
	int64_t id = shop_issue(w, "editor", "\"max_activations\":2");

	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_OK);
	ask(w, "POST blacklist/", "{\"hardware_id\":\"hw-1\",\"scope\":\"vendor\"}",
	    NULL);
	assert_refused(w, 400, "reason_required", NULL);
	assert_int_equal(
	    ask(w, "POST blacklist/?strict=true",
		"{\"hardware_id\":\"hw-1\",\"scope\":\"vendor\",\"release\":true,"
		"\"reason\":\"chargeback\"}",
		NULL),
	    201);
	assert_text(w, "created_by", pick_text(w, "created_by"));
	assert_text(w, "reason", "chargeback");
	check_counts(w, id, 0, 1);
	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_BLACKLISTED);
	ask(w, "POST blacklist/",
	    "{\"hardware_id\":\"hw-1\",\"scope\":\"vendor\",\"reason\":\"again\"}", NULL);
	assert_refused(w, 409, "duplicate", NULL);
	ask(w, "POST blacklist/",
	    "{\"hardware_id\":\"hw-1\",\"scope\":\"license\",\"scope_id\":9,"
	    "\"reason\":\"again\"}",
	    NULL);
	assert_refused(w, 400, "validation_error", "scope_id");
	ask(w, "POST blacklist/",
	    "{\"hardware_id\":\"hw-1\",\"scope\":\"customer\",\"scope_id\":"
	    "\"none@client.example\",\"reason\":\"again\"}",
	    NULL);
	assert_refused(w, 400, "validation_error", "scope_id");
	ask(w, "POST blacklist/?dry_run=true",
	    "{\"hardware_id\":\"hw-1\",\"scope\":\"customer\",\"scope_id\":"
	    "\"LAB@client.example\",\"reason\":\"again\"}",
	    NULL);
	assert_int_equal(w->status, 200);
	assert_int_equal(pick_int(w, "result.scope_id"), 1);
	askf(w, "GET blacklist/?hardware_id=hw-1");
	assert_int_equal(pick_int(w, "count"), 1);
	askf(w, "DELETE blacklist/1/");
	assert_refused(w, 400, "reason_required", NULL);
	assert_int_equal(askf(w, "DELETE blacklist/1/?reason=settled"), 204);
	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_OK);
	shop_token(w, "[\"blacklist.write\"]");
	ask(w, "POST blacklist/",
	    "{\"hardware_id\":\"hw-2\",\"scope\":\"vendor\",\"reason\":\"test\"}", NULL);
	assert_refused(w, 403, "forbidden", NULL);
	ask(w, "POST blacklist/",
	    "{\"hardware_id\":\"hw-2\",\"scope\":\"license\",\"scope_id\":1,"
	    "\"reason\":\"test\"}",
	    NULL);
	assert_int_equal(w->status, 201);
}

static int
transfer(struct manage_world *w, int64_t license, int64_t from, const char *to,
    const char *more)
{
	return ask(w,
	    arena_printf(w->arena, "POST licenses/%lld/transfer/", (long long)license),
	    arena_printf(w->arena,
		"{\"from_device\":%lld,\"to_hardware_id\":\"%s\",\"reason\":\"new "
		"computer\"%s}",
		(long long)from, to, more),
	    NULL);
}

static void
test_transfer(void **state)
{
	struct manage_world *w = *state;
	struct fixture f = store_of(w);
	int64_t id = shop_issue(w, "editor", "\"max_transfers\":1");

	assert_int_equal(shop_activate(w, "editor", id, "hw-1"), E_OK);
	assert_int_equal(transfer(w, id, 1, "hw-2", ""), 200);
	assert_int_equal(pick_int(w, "transfer_count"), 1);
	assert_int_equal(fixture_row(&f, id, "hw-2").state, AS_RESERVED);
	check_counts(w, id, 1, 0);
	assert_string_equal(last_audit(w), "license.transferred");
	assert_int_equal(
	    shop_activate(w, "editor", id, "hw-1"), E_LICENSE_ACTIVATED_MAX_TIMES);
	assert_int_equal(shop_activate(w, "editor", id, "hw-2"), E_OK);
	assert_int_equal(shop_license(w, id).transfer_count, 1);
	transfer(w, id, 2, "hw-3", "");
	assert_refused(w, 409, "license_transferred_max_times", NULL);
	check_counts(w, id, 1, 0);
	assert_int_equal(transfer(w, id, 2, "hw-3", ",\"ignore_limit\":true"), 200);
	assert_int_equal(shop_license(w, id).transfer_count, 2);
	transfer(w, id, 1, "hw-4", "");
	assert_refused(w, 409, "wrong_state", NULL);
	transfer(w, id, 99, "hw-4", "");
	assert_refused(w, 400, "validation_error", "from_device");
	assert_int_equal(
	    ask(w, "POST blacklist/",
		"{\"hardware_id\":\"hw-9\",\"scope\":\"vendor\",\"reason\":\"bad\"}",
		NULL),
	    201);
	transfer(w, id, shop_row(w, id, "hw-3"), "hw-9", ",\"ignore_limit\":true");
	assert_refused(w, 409, "blacklisted", NULL);
	check_counts(w, id, 1, 0);
}

static void
test_transfer_set(void **state)
{
	struct manage_world *w = *state;
	int64_t own = shop_issue(w, "studio", "");

	assert_int_equal(shop_activate(w, "studio", own, "hw-1"), E_OK);
	go_offline(w, own + 1, "hw-1", FIELD_NONE);
	transfer(w, own, shop_row(w, own, "hw-1"), "hw-2", "");
	assert_refused(w, 409, "offline_lease_live", NULL);
	check_counts(w, own, 1, 0);
	assert_int_equal(shop_activate(w, "studio", own, "hw-1"), E_OK);
	assert_int_equal(transfer(w, own, shop_row(w, own, "hw-1"), "hw-2", ""), 200);
	for (int i = 0; i < 3; i++) {
		check_counts(w, own + i, 1, 0);
		assert_int_equal(shop_license(w, own + i).transfer_count, 1);
	}
	assert_int_equal(shop_activate(w, "studio", own, "hw-2"), E_OK);
}

static void
test_filters(void **state)
{
	static const struct {
		const char *query;
		int64_t n;
	} rows[] = {
		{ "", 3 },
		{ "license=1", 2 },
		{ "id=2", 1 },
		{ "hardware_id=hw-1", 2 },
		{ "product=render", 1 },
		{ "customer=lab@client.example", 0 },
		{ "state=active", 3 },
		{ "active=true&offline=false", 3 },
		{ "blacklisted=true", 2 },
		{ "user_email=a@x.example", 0 },
		{ "last_seen_at__gt=2025-01-01", 3 },
		{ "order_by=-id&limit=1", 3 },
		{ "order_by=-last_seen_at", 3 },
		{ "order_by=hardware_id", 3 },
		{ "hardware_id__icontains=HW-", 3 },
		{ "hardware_id__in=hw-1,hw-2", 3 },
	};
	struct manage_world *w = *state;

	shop_issue(w, "editor", "\"max_activations\":2");
	shop_issue(w, "render", "");
	assert_int_equal(shop_activate(w, "editor", 1, "hw-1"), E_OK);
	assert_int_equal(shop_activate(w, "editor", 1, "hw-2"), E_OK);
	assert_int_equal(shop_activate(w, "render", 2, "hw-1"), E_OK);
	ask(w, "POST blacklist/",
	    "{\"hardware_id\":\"hw-1\",\"scope\":\"vendor\",\"reason\":\"bad\"}", NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(askf(w, "GET devices/?%s", rows[i].query), 200);
		if (pick_int(w, "count") != rows[i].n)
			fail_msg(
			    "%s: %lld", rows[i].query, (long long)pick_int(w, "count"));
	}
	askf(w, "GET licenses/1/devices/?limit=1");
	assert_int_equal(pick_int(w, "count"), 2);
	assert_int_equal(pick(w, "results")->n, 1);
}

/* A dry run of every call that changes something leaves the store as it is. */
static void
test_dry_runs(void **state)
{
	static const struct {
		const char *call, *body;
	} rows[] = {
		{ "PATCH licenses/1/", "{\"note\":\"x\"}" },
		{ "PATCH licenses/bulk_update/", "[{\"id\":1,\"note\":\"x\"}]" },
		{ "POST licenses/1/disable/", "{}" },
		{ "POST licenses/disable_bulk/", "{\"ids\":[1]}" },
		{ "POST licenses/1/reset/", NULL },
		{ "POST licenses/1/update_features/",
		    "{\"features\":[{\"code\":\"pro\"}]}" },
		{ "POST licenses/1/transfer/",
		    "{\"from_device\":1,\"to_hardware_id\":\"hw-9\",\"reason\":"
		    "\"new one\"}" },
		{ "POST licenses/1/replace_key/", "{\"reason\":\"leaked\"}" },
		{ "POST licenses/1/reveal_key/", NULL },
		{ "DELETE licenses/2/", NULL },
		{ "POST licenses/3/assign_user/", "{\"email\":\"b@x.example\"}" },
		{ "POST licenses/3/unassign_user/", "{\"email\":\"a@x.example\"}" },
		{ "POST licenses/", "{\"product\":\"studio\"}" },
		{ "POST orders/create_order/",
		    "{\"items\":[{\"product_code\":\"portal\",\"licenses\":[{\"users\":"
		    "[{\"email\":\"new@x.example\"}]}]}]}" },
		{ "DELETE orders/4/", NULL },
		{ "POST devices/1/reset/", NULL },
		{ "POST devices/1/release/", "{\"reason\":\"test\"}" },
		{ "POST devices/1/revoke/",
		    "{\"reason\":\"test\",\"blacklist\":\"vendor\"}" },
		{ "POST devices/1/blacklist/", NULL },
		{ "DELETE devices/2/", NULL },
		{ "POST blacklist/",
		    "{\"hardware_id\":\"hw-1\",\"scope\":\"vendor\",\"release\":true,"
		    "\"reason\":\"test\"}" },
	};
	struct manage_world *w = *state;
	unsigned char before[32], after[32];

	shop_issue(w, "editor", "\"max_activations\":2");
	shop_issue(w, "editor", "");
	shop_issue(w, "portal",
	    "\"max_license_users\":2,\"users\":[{\"email\":\"a@x.example\"}]");
	shop_make(w, "POST license-users/", "{\"email\":\"b@x.example\"}");
	shop_make(w, "POST orders/create_order/",
	    "{\"is_test\":true,\"items\":[{\"product_code\":\"render\"}]}");
	assert_int_equal(shop_activate(w, "editor", 1, "hw-1"), E_OK);
	assert_int_equal(shop_activate(w, "editor", 1, "hw-2"), E_OK);
	ask(w, "POST devices/2/reset/", NULL, NULL);
	manage_digest(w, before);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ask(w, arena_printf(w->arena, "%s?dry_run=true", rows[i].call),
		    rows[i].body, NULL);
		if (w->status != 200 || !pick_bool(w, "dry_run"))
			fail_msg("%s: %.*s", rows[i].call, SLICE_ARG(w->body));
		assert_true(pick(w, "changes")->n > 0 ||
			    strcmp(rows[i].call, "POST licenses/1/reveal_key/") == 0);
		manage_digest(w, after);
		assert_memory_equal(before, after, 32);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, manage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_release),
		TEST(test_force),
		TEST(test_revoke_online),
		TEST(test_set),
		TEST(test_blacklist),
		TEST(test_transfer),
		TEST(test_transfer_set),
		TEST(test_filters),
		TEST(test_dry_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
