/* A machine without a network and its vendor, for the tests of liblicet. */
#ifndef LICET_TESTS_UNIT_LICET_RIG_H
#define LICET_TESTS_UNIT_LICET_RIG_H

#include "offline/licet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "tests/support/vendor.h"

#define T0 INT64_C(1772366400) /* 2026-03-01 12:00 UTC */
#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)

static struct vendor vendor;
static char dir[64];

static int
set_up(void **state)
{
	(void)state;
	clock_set(T0 * CLOCK_SECOND);
	vendor_open(&vendor, 1, T0);
	/* Much is synced: in memory, where there is such a place. */
	snprintf(dir, sizeof(dir), "%s/licet-device-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	return mkdtemp(dir) == NULL;
}

static int
tear_down(void **state)
{
	int rc = system(arena_printf(vendor.arena, "rm -rf '%s'", dir));

	(void)state;
	arena_fail_after(SIZE_MAX);
	vendor_close(&vendor);
	return rc;
}

static maybe_unused char *
at(const char *name)
{
	return arena_printf(vendor.arena, "%s/%s", dir, name);
}

static maybe_unused struct slice
read_file(const char *name)
{
	struct slice out;

	assert_int_equal(file_read(vendor.arena, at(name), 1 << 20, &out), E_OK);
	return out;
}

static maybe_unused void
write_file(const char *name, struct slice bytes)
{
	assert_int_equal(file_write(at(name), bytes, 0600), E_OK);
}

static maybe_unused void
keygen(void)
{
	assert_int_equal(licet_keygen(dir, vendor.root.public_key,
			     vendor.box_certificate.p, vendor.box_certificate.n),
	    LICET_OK);
}

/* now: seconds; 0: the clock, which stands at T0. */
static maybe_unused struct licet *
open_at(int64_t now)
{
	struct licet_options o = { .size = sizeof(o),
		.dir = dir,
		.product = "editor",
		.hardware_id = "pc-2",
		.now = now };
	struct licet *l;

	assert_int_equal(licet_open(&l, &o), LICET_OK);
	return l;
}

static maybe_unused char *
request(struct licet *l, bool refresh)
{
	struct licet_request r = {
		.size = sizeof(r), .license_key = "7Q2MK-00000-7JTP9", .refresh = refresh
	};
	char *text, *copy;

	assert_int_equal(licet_request_make(l, &r, &text), LICET_OK);
	copy = arena_str(vendor.arena, slice_str(text));
	licet_free(text);
	return copy;
}

/* Keys, request, answer, installed. */
static maybe_unused struct slice
activate(struct licet *l)
{
	struct slice a = vendor_answer(&vendor, request(l, false));

	assert_int_equal(licet_install(l, a.p, a.n, NULL), LICET_OK);
	return a;
}

/* The verdict at another time, by a handle of its own. */
static maybe_unused enum licet_err
check_at(int64_t now)
{
	struct licet *l = open_at(now);
	enum licet_err e = licet_check(l, NULL);

	licet_close(l);
	return e;
}

#define ALL(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
