/* What a change of keys does, and what a start puts right: every use and state by every
 * wish. */
#include "keys/rotation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	ROOT,
	ISSUING,
	BOX,
	RETIRED,
	REVOKED,
	WAITS,
	WAITS_BOX,
	OLD_BOX,
	SHUT_BOX,
	LOST,
	N
};

#define NONE ROTATION_NO_ROW
#define ROW(use, state, here, letter)                                                    \
	{                                                                                \
		(use), (state), { (letter) }, (here)                                     \
	}

static const struct rotation_row all[N] = {
	[ROOT] = ROW(KEY_ROOT, KEY_ACTIVE, true, ROOT),
	[ISSUING] = ROW(KEY_ISSUING, KEY_ACTIVE, true, ISSUING),
	[BOX] = ROW(KEY_BOX, KEY_ACTIVE, true, BOX),
	[RETIRED] = ROW(KEY_ISSUING, KEY_RETIRED, false, RETIRED),
	[REVOKED] = ROW(KEY_ISSUING, KEY_REVOKED, false, REVOKED),
	[WAITS] = ROW(KEY_ISSUING, KEY_PENDING, true, WAITS),
	[WAITS_BOX] = ROW(KEY_BOX, KEY_PENDING, true, WAITS_BOX),
	[OLD_BOX] = ROW(KEY_BOX, KEY_RETIRED, true, OLD_BOX),
	[SHUT_BOX] = ROW(KEY_BOX, KEY_RETIRED, false, SHUT_BOX),
	[LOST] = ROW(KEY_BOX, KEY_PENDING, false, LOST),
};

/* Without those that wait. */
static const struct rotation_row few[] = {
	ROW(KEY_ISSUING, KEY_ACTIVE, true, 1),
	ROW(KEY_BOX, KEY_ACTIVE, true, 2),
};

static const struct {
	enum key_use use;
	bool root_here, waits;
	enum err err;
	struct rotation_step step;
} rotations[] = {
	{ KEY_ISSUING, true, true, E_OK,
	    { ROTATION_MAKE_ACTIVE, NONE, ISSUING, ISSUING } },
	{ KEY_BOX, true, true, E_OK, { ROTATION_MAKE_ACTIVE, NONE, BOX, NONE } },
	{ KEY_ISSUING, false, true, E_WRONG_STATE, { 0 } },
	{ KEY_BOX, false, true, E_WRONG_STATE, { 0 } },
	{ KEY_ISSUING, false, false, E_OK, { ROTATION_MAKE_PENDING, NONE, NONE, NONE } },
	{ KEY_BOX, false, false, E_OK, { ROTATION_MAKE_PENDING, NONE, NONE, NONE } },
	{ KEY_ROOT, true, true, E_VALIDATION, { 0 } },
	{ KEY_STORE, true, true, E_VALIDATION, { 0 } },
};

static const struct {
	enum rotation_wish wish;
	unsigned row;
	enum err err;
	struct rotation_step step;
} changes[] = {
	{ ROTATION_CERTIFY, ROOT, E_WRONG_STATE, { 0 } },
	{ ROTATION_CERTIFY, ISSUING, E_OK, { ROTATION_RENEW, ISSUING, NONE, NONE } },
	{ ROTATION_CERTIFY, BOX, E_OK, { ROTATION_RENEW, BOX, NONE, NONE } },
	{ ROTATION_CERTIFY, RETIRED, E_OK, { ROTATION_RENEW, RETIRED, NONE, NONE } },
	{ ROTATION_CERTIFY, REVOKED, E_WRONG_STATE, { 0 } },
	{ ROTATION_CERTIFY, WAITS, E_OK, { ROTATION_ACTIVATE, WAITS, ISSUING, ISSUING } },
	{ ROTATION_CERTIFY, WAITS_BOX, E_OK,
	    { ROTATION_ACTIVATE, WAITS_BOX, BOX, NONE } },
	{ ROTATION_CERTIFY, LOST, E_WRONG_STATE, { 0 } },
	{ ROTATION_CERTIFY, N, E_NOT_FOUND, { 0 } },

	{ ROTATION_RETIRE, ROOT, E_WRONG_STATE, { 0 } },
	{ ROTATION_RETIRE, ISSUING, E_WRONG_STATE, { 0 } },
	{ ROTATION_RETIRE, BOX, E_WRONG_STATE, { 0 } },
	{ ROTATION_RETIRE, RETIRED, E_WRONG_STATE, { 0 } },
	{ ROTATION_RETIRE, REVOKED, E_WRONG_STATE, { 0 } },
	{ ROTATION_RETIRE, WAITS, E_OK, { ROTATION_DROP, WAITS, NONE, WAITS } },
	{ ROTATION_RETIRE, LOST, E_OK, { ROTATION_DROP, LOST, NONE, LOST } },
	{ ROTATION_RETIRE, OLD_BOX, E_OK, { ROTATION_FORGET, OLD_BOX, NONE, OLD_BOX } },
	{ ROTATION_RETIRE, SHUT_BOX, E_WRONG_STATE, { 0 } },
	{ ROTATION_RETIRE, N, E_NOT_FOUND, { 0 } },

	{ ROTATION_REVOKE, ROOT, E_WRONG_STATE, { 0 } },
	{ ROTATION_REVOKE, ISSUING, E_WRONG_STATE, { 0 } },
	{ ROTATION_REVOKE, BOX, E_WRONG_STATE, { 0 } },
	{ ROTATION_REVOKE, RETIRED, E_OK, { ROTATION_BAN, RETIRED, NONE, NONE } },
	{ ROTATION_REVOKE, OLD_BOX, E_OK, { ROTATION_BAN, OLD_BOX, NONE, OLD_BOX } },
	{ ROTATION_REVOKE, SHUT_BOX, E_OK, { ROTATION_BAN, SHUT_BOX, NONE, NONE } },
	{ ROTATION_REVOKE, REVOKED, E_WRONG_STATE, { 0 } },
	{ ROTATION_REVOKE, WAITS, E_WRONG_STATE, { 0 } },
	{ ROTATION_REVOKE, N, E_NOT_FOUND, { 0 } },
};

static void
expect(enum err found, enum err wanted, const struct rotation_step *step,
    const struct rotation_step *want)
{
	assert_int_equal(found, wanted);
	if (wanted != E_OK)
		return;
	assert_int_equal(step->what, want->what);
	assert_int_equal(step->row, want->row);
	assert_int_equal(step->former, want->former);
	assert_int_equal(step->gone, want->gone);
}

static void
test_rotations(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rotations); i++) {
		struct rotation_ask ask = { .wish = ROTATION_ROTATE,
			.use = rotations[i].use,
			.root_here = rotations[i].root_here };
		bool waits = rotations[i].waits;
		struct rotation_step step;
		enum err e = rotation_next(
		    waits ? all : few, waits ? N : ARRAY_LEN(few), &ask, &step);

		expect(e, rotations[i].err, &step, &rotations[i].step);
		if (e == E_WRONG_STATE)
			assert_non_null(rotation_why(all, N, &ask));
	}
}

static void
test_changes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		struct rotation_ask ask = { .wish = changes[i].wish,
			.kid = { (unsigned char)changes[i].row } };
		struct rotation_step step;
		enum err e = rotation_next(all, N, &ask, &step);

		expect(e, changes[i].err, &step, &changes[i].step);
		if (e == E_WRONG_STATE)
			assert_non_null(rotation_why(all, N, &ask));
	}
}

static const struct {
	unsigned row; /* N: none */
	enum rotation_repair with_file, without;
} repairs[] = {
	{ N, REPAIR_REMOVE, REPAIR_NOTHING },
	{ ROOT, REPAIR_NOTHING, REPAIR_AWAY },
	{ ISSUING, REPAIR_NOTHING, REPAIR_REFUSE },
	{ BOX, REPAIR_NOTHING, REPAIR_REFUSE },
	{ RETIRED, REPAIR_REMOVE, REPAIR_NOTHING },
	{ REVOKED, REPAIR_REMOVE, REPAIR_NOTHING },
	{ WAITS, REPAIR_NOTHING, REPAIR_AWAY },
	{ OLD_BOX, REPAIR_NOTHING, REPAIR_AWAY },
	{ SHUT_BOX, REPAIR_REMOVE, REPAIR_NOTHING },
};

static void
test_repairs(void **state)
{
	struct rotation_row root = all[ROOT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(repairs); i++) {
		const struct rotation_row *row =
		    repairs[i].row < N ? &all[repairs[i].row] : NULL;

		assert_int_equal(rotation_repair(row, true), repairs[i].with_file);
		assert_int_equal(rotation_repair(row, false), repairs[i].without);
	}
	root.on_server = false;
	assert_int_equal(rotation_repair(&root, true), REPAIR_HERE);
	assert_int_equal(rotation_repair(&root, false), REPAIR_NOTHING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rotations),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_repairs),
	};

	return cmocka_run_group_tests_name("rotation", tests, NULL, NULL);
}
