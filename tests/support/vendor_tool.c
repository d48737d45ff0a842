/*
 * The vendor's side as a program, for tests of what runs on the device: what it reads
 * comes in on standard input, what it makes goes out on standard output.
 *
 *	vendor root | box                   PEM of the root, certificate of the box key
 *	vendor answer SERIAL [LEASE-DAYS]   requests in, activations out
 *	vendor receipt                      proof in, receipt out
 *	vendor revoke SEQUENCE [SERIAL]     a revocation list
 *
 * LICET_VENDOR_SEED: another number is another vendor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "offline/carrier.h"
#include "tests/support/vendor.h"

#define INPUT_MAX (1u << 20)
#define DAY INT64_C(86400)

static struct vendor vendor;

static struct carrier_list
read_objects(void)
{
	struct carrier_list list;
	struct carrier_fault fault;
	struct slice text;

	if (file_read(vendor.arena, "-", INPUT_MAX, &text) != E_OK ||
	    carrier_read(vendor.arena, text, 100, &list, &fault) != E_OK)
		exit(1);
	return list;
}

static void
put(enum object_kind kind, struct slice object)
{
	fputs(vendor_armor(&vendor, kind, object), stdout);
}

static int
answer(uint64_t serial, int64_t days)
{
	struct carrier_list list = read_objects();

	vendor.serial = serial - 1;
	vendor.sequence = (int64_t)serial - 1;
	for (size_t i = 0; i < list.n; i++) {
		const char *text =
		    vendor_armor(&vendor, list.item[i].kind, list.item[i].bytes);
		struct claims_request r = vendor_request(&vendor, text);
		struct claims_activation a = vendor_terms(&vendor, &r);

		if (days != 0)
			a.lease_until = vendor.now + days * DAY;
		vendor.license.product = r.product;
		put(OBJECT_ACTIVATION, vendor_activation(&vendor, &a));
	}
	return 0;
}

static int
receipt(void)
{
	struct carrier_list list = read_objects();
	const char *text = vendor_armor(&vendor, OBJECT_DEACTIVATION, list.item[0].bytes);

	put(OBJECT_RECEIPT, vendor_receipt(&vendor, text, NULL));
	return 0;
}

static int
revoke(int64_t sequence, uint64_t serial)
{
	struct claims_revocations list = { .vendor = 1,
		.issued_at = vendor.now,
		.next_update = vendor.now + 30 * DAY,
		.sequence = sequence,
		.serials = &serial,
		.n_serials = serial != 0 };

	put(OBJECT_REVOCATIONS, vendor_revocations(&vendor, &list));
	return 0;
}

static int64_t
number(const char *text)
{
	return text ? strtoll(text, NULL, 10) : 0;
}

static int
run(const char *what, const char *first, const char *second)
{
	if (strcmp(what, "root") == 0)
		return fputs(vendor_root_pem(&vendor), stdout) < 0;
	if (strcmp(what, "box") == 0) {
		put(OBJECT_KEY_CERTIFICATE, vendor.box_certificate);
		return 0;
	}
	if (strcmp(what, "answer") == 0 && first)
		return answer((uint64_t)number(first), number(second));
	if (strcmp(what, "receipt") == 0)
		return receipt();
	if (strcmp(what, "revoke") == 0 && first)
		return revoke(number(first), (uint64_t)number(second));
	return 2;
}

int
main(int argc, char **argv)
{
	const char *seed = getenv("LICET_VENDOR_SEED");
	int rc;

	if (argc < 2)
		return 2;
	vendor_open(&vendor, (unsigned char)(seed ? number(seed) : 1),
	    clock_now() / CLOCK_SECOND);
	rc = run(argv[1], argv[2], argc > 2 ? argv[3] : NULL);
	vendor_close(&vendor);
	return rc;
}
