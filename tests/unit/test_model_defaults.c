#include "server/model/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "server/model/feature.h"
#include "server/model/license.h"
#include "server/model/product.h"

static struct slice
repeat(char *buf, size_t n, char c)
{
	memset(buf, c, n);
	return slice_of(buf, n);
}

static void
test_terms(void **state)
{
	struct terms t;

	(void)state;
	terms_default(&t);
	assert_int_equal(t.license_type, LT_PERPETUAL);
	assert_false(t.is_trial);
	assert_int_equal(t.trial_days, 0);
	assert_null(t.valid_duration.p);
	assert_null(t.subscription_duration.p);
	assert_null(t.maintenance_duration.p);
	assert_false(t.allow_grace_period);
	assert_true(t.grace_period == FIELD_NONE);
	assert_false(t.enable_maintenance_period);
	assert_int_equal(t.max_activations, 1);
	assert_false(t.allow_unlimited_activations);
	assert_int_equal(t.max_transfers, 0);
	assert_false(t.prevent_vm);
	assert_true(t.allow_offline_activation);
	assert_false(t.reject_reactivation);
	assert_int_equal(t.offline_lease_days, 0);
	assert_int_equal(t.clone_action, CLONE_WARN);
	assert_false(t.is_floating_cloud);
	assert_int_equal(t.floating_users, 0);
	assert_int_equal(t.floating_timeout, 120);
	assert_false(t.can_borrow);
	assert_int_equal(t.max_borrow_time, 0);
	assert_int_equal(t.max_consumptions, 0);
	assert_false(t.allow_overages);
	assert_int_equal(t.max_overages, 0);
	assert_true(t.client_sets_overages);
	assert_false(t.reset_consumption);
	assert_int_equal(t.consumption_period, -1);
	assert_int_equal(t.max_license_users, 1);
}

static void
test_objects(void **state)
{
	struct feature_terms f;
	struct license l;
	struct product p;
	struct policy q;

	(void)state;
	memset(&l, 0xa5, sizeof(l));
	license_default(&l);
	assert_true(l.license_enabled);
	assert_int_equal(l.terms.max_activations, 1);
	assert_true(slice_is(l.metadata, "{}"));
	assert_null(l.license_key.p);
	assert_true(l.validity_period == FIELD_NONE);
	assert_true(l.first_activated_at == FIELD_NONE);
	assert_true(l.bundle_license_id == FIELD_NONE);
	assert_int_equal(l.transfer_count, 0);
	assert_int_equal(l.custom_values.n, 0);

	memset(&p, 0xa5, sizeof(p));
	product_default(&p);
	assert_int_equal(p.authorization_method, AM_LICENSE_KEY);
	assert_true(slice_is(p.key_format, PRODUCT_KEY_FORMAT));
	assert_true(slice_is(p.metadata, "{}"));
	assert_true(p.archived_at == FIELD_NONE);
	assert_false(p.is_bundle);
	assert_int_equal(p.members.n, 0);

	memset(&q, 0xa5, sizeof(q));
	policy_default(&q);
	assert_true(q.user_max_activations == FIELD_NONE);
	assert_int_equal(q.terms.floating_timeout, 120);
	assert_true(slice_is(q.custom_fields, "{}"));
	assert_true(slice_is(q.member_policies, "{}"));
	assert_int_equal(q.features.n, 0);

	feature_terms_default(&f);
	assert_int_equal(f.floating_timeout, 120);
	assert_int_equal(f.consumption_period, -1);
	assert_null(f.valid_duration.p);
	assert_true(slice_is(f.metadata, "{}"));
}

static void
test_codes(void **state)
{
	char buf[80];

	(void)state;
	assert_true(code_valid(SLICE("ab"), 2, 64));
	assert_true(code_valid(SLICE("A.b_c~d-9"), 2, 64));
	assert_true(code_valid(repeat(buf, 64, 'x'), 2, 64));
	assert_false(code_valid(repeat(buf, 65, 'x'), 2, 64));
	assert_false(code_valid(SLICE("a"), 2, 64));
	assert_false(code_valid(SLICE_NULL, 1, 64));
	assert_false(code_valid(SLICE("a b"), 2, 64));
	assert_false(code_valid(SLICE("a/b"), 2, 64));
	assert_false(code_valid(SLICE("\xc4\x8d\x64"), 2, 64));
}

static void
test_emails(void **state)
{
	char buf[300];

	(void)state;
	assert_true(email_valid(SLICE("a@b")));
	assert_true(email_valid(SLICE("Ana.Maria+x@example.com")));
	assert_false(email_valid(SLICE("")));
	assert_false(email_valid(SLICE("ab")));
	assert_false(email_valid(SLICE("@ab")));
	assert_false(email_valid(SLICE("ab@")));
	assert_false(email_valid(SLICE("abc")));
	assert_false(email_valid(SLICE("a@b@c")));
	assert_false(email_valid(SLICE("a @b")));
	assert_false(email_valid(SLICE("a\t@b")));
	assert_false(email_valid(SLICE("a\x7f@b")));
	assert_false(email_valid(SLICE("a\xff@b")));
	repeat(buf, 255, 'x');
	buf[100] = '@';
	assert_true(email_valid(slice_of(buf, 254)));
	assert_false(email_valid(slice_of(buf, 255)));
}

static void
test_keys_and_hardware_ids(void **state)
{
	char buf[300];

	(void)state;
	assert_true(license_key_valid(SLICE("AAAA-bbbb!")));
	assert_true(license_key_valid(repeat(buf, 128, 'K')));
	assert_false(license_key_valid(repeat(buf, 129, 'K')));
	assert_false(license_key_valid(SLICE("")));
	assert_false(license_key_valid(SLICE("A A")));
	assert_false(license_key_valid(SLICE("A#A")));
	assert_false(license_key_valid(SLICE("A|A")));
	assert_false(license_key_valid(SLICE("A\x7f")));
	assert_false(license_key_valid(SLICE("\xc4\x8d")));

	assert_true(hardware_id_valid(SLICE("1750063067043.943")));
	assert_true(hardware_id_valid(SLICE("\xc4\x8d a")));
	assert_true(hardware_id_valid(repeat(buf, 256, 'h')));
	assert_false(hardware_id_valid(repeat(buf, 257, 'h')));
	assert_false(hardware_id_valid(SLICE("")));
	assert_false(hardware_id_valid(SLICE("a\n")));
	assert_false(hardware_id_valid(SLICE("\xff")));
}

static void
test_wire_names(void **state)
{
	(void)state;
	assert_string_equal(names_get(&license_type_names, LT_PERPETUAL), "perpetual");
	assert_string_equal(
	    names_get(&license_type_names, LT_TIME_LIMITED), "time-limited");
	assert_string_equal(
	    names_get(&license_type_names, LT_SUBSCRIPTION), "subscription");
	assert_string_equal(
	    names_get(&license_type_names, LT_CONSUMPTION), "consumption");
	assert_string_equal(names_get(&auth_method_names, AM_LICENSE_KEY), "license_key");
	assert_string_equal(names_get(&auth_method_names, AM_USER), "user");
	assert_string_equal(names_get(&period_names, PERIOD_ANNUALLY), "annually");
	assert_string_equal(names_get(&custom_type_names, CT_DATE_TIME), "date/time");
	assert_string_equal(names_get(&environment_names, ENV_LINUX64), "linux64");
	assert_string_equal(names_get(&clone_action_names, CLONE_REFUSE), "refuse");
	assert_string_equal(names_get(&activation_state_names, AS_RESERVED), "reserved");
	assert_int_equal(names_find(&blacklist_scope_names, SLICE("customer")), 1);
	assert_int_equal(names_find(&role_names, SLICE("owner")), ROLE_OWNER);
	assert_int_equal(names_find(&actor_type_names, SLICE("job")), ACTOR_JOB);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terms),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_emails),
		cmocka_unit_test(test_keys_and_hardware_ids),
		cmocka_unit_test(test_wire_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
