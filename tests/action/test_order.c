/*
 * license-api-v4.md 14, item 3: for every adjacent pair of steps 3-15 a request that
 * breaks both gets the earlier code; and the same for checks (7.2).
 */
#include "tests/action/prelude.h"

/* One way to break each step, on a user-based license `id` of product "p1". */
enum breach {
	F_PRODUCT,
	F_BUNDLE,
	F_CREDENTIAL,
	F_ENABLED,
	F_BLACKLIST,
	F_START,
	F_EXPIRY,
	F_VM,
	F_EXISTING,
	F_TRANSFER,
	F_MAX,
	F_USER
};

static const enum err codes[] = { E_ARCHIVED_PRODUCT, E_UNKNOWN_PRODUCT,
	E_LICENSE_NOT_FOUND, E_LICENSE_NOT_ENABLED, E_BLACKLISTED, E_LICENSE_START_DATE,
	E_LICENSE_EXPIRED, E_VM_NOT_ALLOWED, E_LICENSE_DEVICE_EXISTS,
	E_LICENSE_TRANSFERRED_MAX_TIMES, E_LICENSE_ACTIVATED_MAX_TIMES,
	E_LICENSE_USER_ACTIVATED_MAX_TIMES };

struct shop {
	struct fixture *f;
	int64_t product, license, user;
};

static struct shop
shop_open(struct fixture *f)
{
	struct shop s = { .f = f };
	struct license license;

	s.product = fixture_product(f, "p1", AM_USER);
	license = fixture_draft(s.product, NULL);
	license.terms.license_type = LT_TIME_LIMITED;
	license.terms.max_activations = 2;
	s.license = fixture_issue(f, &license);
	s.user = fixture_user(f, "ana@example.com");
	fixture_assign(f, s.license, s.user, -1);
	fixture_ask_user(f, "p1", "ana@example.com");
	return s;
}

static void
break_license(struct shop *s, enum breach fault)
{
	struct fixture *f = s->f;
	struct license license = fixture_license(f, s->license);

	switch (fault) {
	case F_ENABLED:
		license.license_enabled = false;
		break;
	case F_START:
		license.start_date = f->now + CLOCK_DAY;
		break;
	case F_EXPIRY:
		license.validity_period = f->now;
		break;
	case F_VM:
		license.terms.prevent_vm = true;
		f->req.has_is_vm = f->req.facts.is_vm = true;
		break;
	case F_EXISTING:
		license.terms.reject_reactivation = true;
		break;
	case F_TRANSFER:
		license.terms.max_transfers = -1;
		license.vacant = license.terms.max_activations;
		break;
	case F_MAX:
		license.terms.max_activations = license.seats_used;
		break;
	default:
		fail();
	}
	fixture_put(f, T_LICENSE, &license);
}

static void
break_step(struct shop *s, enum breach fault)
{
	struct fixture *f = s->f;
	struct product product;
	struct assignment assignment;

	switch (fault) {
	case F_PRODUCT:
		fixture_get(f, T_PRODUCT, s->product, &product);
		product.archived_at = f->now;
		fixture_put(f, T_PRODUCT, &product);
		break;
	case F_BUNDLE:
		f->req.bundle_code = SLICE("nothing");
		break;
	case F_CREDENTIAL:
		f->req.password_ok = false;
		break;
	case F_BLACKLIST:
		fixture_block(f, "hw-1", BS_LICENSE, s->license);
		break;
	case F_USER:
		assignment = fixture_assignment(f, s->license, s->user);
		assignment.allow_unlimited_activations = false;
		assignment.max_activations = 0;
		fixture_put(f, T_ASSIGNMENT, &assignment);
		break;
	default:
		break_license(s, fault);
		break;
	}
}

/* Step 12 wants an active row. With it, 13-15 do not come up any more. */
static void
check_pair(struct fixture *f, enum breach early, enum breach late)
{
	struct shop s = shop_open(f);

	if (early == F_EXISTING || late == F_EXISTING)
		assert_err(fixture_activate(f, "hw-1"), E_OK);
	break_step(&s, late);
	assert_err(fixture_activate(f, "hw-1"), early == F_EXISTING ? E_OK : codes[late]);
	break_step(&s, early);
	assert_err(fixture_activate(f, "hw-1"), codes[early]);
}

#define PAIR(early, late)                                                                \
	static void test_##early##_before_##late(void **state)                           \
	{                                                                                \
		check_pair(*state, early, late);                                         \
	}
PAIR(F_PRODUCT, F_BUNDLE)
PAIR(F_BUNDLE, F_CREDENTIAL)
PAIR(F_CREDENTIAL, F_ENABLED)
PAIR(F_ENABLED, F_BLACKLIST)
PAIR(F_BLACKLIST, F_START)
PAIR(F_START, F_EXPIRY)
PAIR(F_EXPIRY, F_VM)
PAIR(F_VM, F_EXISTING)
PAIR(F_EXISTING, F_TRANSFER)
PAIR(F_TRANSFER, F_USER)
PAIR(F_MAX, F_USER)

/* Steps 13 and 14 exclude each other: a full license is never asked for a transfer. */
static void
test_full_license_is_no_transfer(void **state)
{
	struct shop s = shop_open(*state);

	break_step(&s, F_TRANSFER);
	break_step(&s, F_MAX);
	assert_err(fixture_activate(s.f, "hw-1"), E_LICENSE_ACTIVATED_MAX_TIMES);
}

static void
test_product_list_before_product(void **state)
{
	struct shop s = shop_open(*state);
	static const int64_t other[] = { 999 };

	break_step(&s, F_PRODUCT);
	s.f->req.allowed_products = other;
	s.f->req.n_allowed = 1;
	assert_err(fixture_activate(s.f, "hw-1"), E_API_KEY_PRODUCT_NOT_ALLOWED);
	s.f->req.product = SLICE("nothing");
	assert_err(fixture_activate(s.f, "hw-1"), E_API_KEY_PRODUCT_NOT_ALLOWED);
}

static void
test_start_date_in_answer(void **state)
{
	struct shop s = shop_open(*state);

	break_step(&s, F_START);
	assert_err(fixture_activate(s.f, "hw-1"), E_LICENSE_START_DATE);
	assert_int_equal(s.f->ctx.start_date, s.f->now + CLOCK_DAY);
}

/* 7.2: product (archived allowed), bundle, credential, enabled, blacklist, D. */
static void
test_later_calls(void **state)
{
	struct shop s = shop_open(*state);
	struct fixture *f = s.f;

	assert_err(fixture_check(f, "hw-1"), E_LICENSE_NOT_ACTIVE);
	assert_err(fixture_deactivate(f, "hw-1"), E_LICENSE_NOT_ACTIVE);
	assert_err(fixture_activate(f, "hw-2"), E_OK);
	assert_err(fixture_check(f, "hw-1"), E_DEVICE_NOT_FOUND);
	assert_err(fixture_deactivate(f, "hw-1"), E_DEVICE_NOT_FOUND);
	break_step(&s, F_BLACKLIST);
	assert_err(fixture_check(f, "hw-1"), E_BLACKLISTED);
	assert_err(fixture_deactivate(f, "hw-1"), E_BLACKLISTED);
	break_step(&s, F_ENABLED);
	assert_err(fixture_check(f, "hw-1"), E_LICENSE_NOT_ENABLED);
	assert_err(fixture_deactivate(f, "hw-1"), E_LICENSE_NOT_ENABLED);
	f->req.username = SLICE("nobody@example.com");
	assert_err(fixture_check(f, "hw-1"), E_LICENSE_NOT_FOUND);
	assert_err(fixture_deactivate(f, "hw-1"), E_LICENSE_NOT_FOUND);
	break_step(&s, F_BUNDLE);
	assert_err(fixture_check(f, "hw-1"), E_UNKNOWN_PRODUCT);
	break_step(&s, F_PRODUCT);
	assert_err(fixture_check(f, "hw-1"), E_UNKNOWN_PRODUCT);
	f->req.bundle_code = SLICE_NULL;
	assert_err(fixture_check(f, "hw-1"), E_LICENSE_NOT_FOUND);
}

/* Expiry, start date and the password do not matter once a device is active. */
static void
test_active_device_goes_on(void **state)
{
	struct shop s = shop_open(*state);
	struct fixture *f = s.f;

	assert_err(fixture_activate(f, "hw-1"), E_OK);
	break_step(&s, F_START);
	break_step(&s, F_EXPIRY);
	break_step(&s, F_CREDENTIAL);
	break_step(&s, F_PRODUCT);
	assert_err(fixture_check(f, "hw-1"), E_OK);
	assert_err(fixture_deactivate(f, "hw-1"), E_OK);
}

#define PAIR_TEST(early, late) TEST(test_##early##_before_##late)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR_TEST(F_PRODUCT, F_BUNDLE),
		PAIR_TEST(F_BUNDLE, F_CREDENTIAL),
		PAIR_TEST(F_CREDENTIAL, F_ENABLED),
		PAIR_TEST(F_ENABLED, F_BLACKLIST),
		PAIR_TEST(F_BLACKLIST, F_START),
		PAIR_TEST(F_START, F_EXPIRY),
		PAIR_TEST(F_EXPIRY, F_VM),
		PAIR_TEST(F_VM, F_EXISTING),
		PAIR_TEST(F_EXISTING, F_TRANSFER),
		PAIR_TEST(F_TRANSFER, F_USER),
		PAIR_TEST(F_MAX, F_USER),
		TEST(test_full_license_is_no_transfer),
		TEST(test_product_list_before_product),
		TEST(test_start_date_in_answer),
		TEST(test_later_calls),
		TEST(test_active_device_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
