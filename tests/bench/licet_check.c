/*
 * What licet_check costs over two Ed25519 verifications (goal S11: at most 50 us more):
 * rounds of both by turns, the median of each.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "offline/licet.h"
#include "tests/support/vendor.h"

#define ROUNDS 2000

static struct vendor vendor;

static void
stop(const char *what)
{
	fprintf(stderr, "licet_check: %s\n", what);
	exit(1);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *all)
{
	qsort(all, ROUNDS, sizeof(*all), compare);
	return all[ROUNDS / 2] * 1e6;
}

/* Of texts as long as those of a certificate and an activation. */
static double
two_verifies(void)
{
	static unsigned char pk[32], sk[64], text[300], signature[64];
	static bool made;
	double start;

	if (!made) {
		crypto_sign_keypair(pk, sk);
		crypto_sign_detached(signature, NULL, text, sizeof(text), sk);
		made = true;
	}
	start = seconds();
	for (int i = 0; i < 2; i++)
		if (crypto_sign_verify_detached(signature, text, sizeof(text), pk) != 0)
			stop("verify");
	return seconds() - start;
}

static double
one_check(struct licet *l)
{
	struct licet_status s = { .size = sizeof(s) };
	double start = seconds();

	if (licet_check(l, &s) != LICET_OK)
		stop("check");
	return seconds() - start;
}

static struct licet *
prepare(const char *dir, bool list)
{
	struct licet_options o = {
		.size = sizeof(o), .dir = dir, .product = "editor", .hardware_id = "pc-2"
	};
	struct licet_request r = { .size = sizeof(r), .license_key = "K" };
	struct claims_revocations v = { .vendor = 1,
		.issued_at = vendor.now,
		.next_update = vendor.now,
		.sequence = 1 };
	uint64_t serials[1000];
	struct slice bytes;
	struct licet *l;
	char *text;

	for (size_t i = 0; i < 1000; i++)
		serials[i] = 1000 + i;
	v.serials = serials;
	v.n_serials = 1000;
	if (licet_keygen(dir, vendor.root.public_key, NULL, 0) != LICET_OK ||
	    licet_open(&l, &o) != LICET_OK ||
	    licet_request_make(l, &r, &text) != LICET_OK)
		stop("request");
	bytes = vendor_answer(&vendor, text);
	licet_free(text);
	if (licet_install(l, bytes.p, bytes.n, NULL) != LICET_OK)
		stop("install");
	bytes = vendor_revocations(&vendor, &v);
	if (list && licet_install(l, bytes.p, bytes.n, NULL) != LICET_OK)
		stop("list");
	return l;
}

static void
measure(const char *name, bool list)
{
	static double check[ROUNDS], verify[ROUNDS];
	char dir[] = "/tmp/licet-bench-XXXXXX", command[64];
	struct licet *l = mkdtemp(dir) ? prepare(dir, list) : NULL;
	double a, b;

	for (int i = 0; l && i < ROUNDS; i++) {
		verify[i] = two_verifies();
		check[i] = one_check(l);
	}
	licet_close(l);
	a = median(check);
	b = median(verify);
	printf("%-28s check %6.1f us, two verifies %6.1f us, more %5.1f us\n", name, a, b,
	    a - b);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command) != 0)
		stop(command);
}

int
main(void)
{
	vendor_open(&vendor, 1, clock_now() / CLOCK_SECOND);
	measure("activation", false);
	measure("and a list of 1,000 serials", true);
	vendor_close(&vendor);
	return 0;
}
