/* What every test of the actions includes, in the order that cmocka wants. */
#ifndef LICET_TESTS_ACTION_PRELUDE_H
#define LICET_TESTS_ACTION_PRELUDE_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/fixture.h"

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
#define assert_err(got, want)                                                            \
	assert_string_equal(err_info(got)->name, err_info(want)->name)

#endif
