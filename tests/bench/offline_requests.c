/*
 * offline_requests BOX_KEY PRODUCT N: sealed requests as machines without a network make
 * them, each of another machine. BOX_KEY: the server's, in hex. Standard input: lines
 * that are license keys or end with one, taken in turn. Standard output: a request a
 * line, in base64.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "offline/seal_request.h"
#include "tests/support/machine.h"

#define KEYS_MAX 100000
#define MEMORY ((size_t)1 << 20)

static char *key[KEYS_MAX];
static size_t n_keys;

static void
read_keys(void)
{
	char line[256];

	while (n_keys < KEYS_MAX && fgets(line, sizeof(line), stdin)) {
		char *from = strrchr(line, '=');

		line[strcspn(line, "\n")] = '\0';
		key[n_keys++] = strdup(from ? from + 1 : line);
	}
}

static struct slice
make(struct arena *a, const unsigned char *box, const char *product, size_t i)
{
	char hardware_id[32];
	struct buf sealed = BUF_INIT(a);
	struct claims_request ask;
	struct machine machine;

	snprintf(hardware_id, sizeof(hardware_id), "offline-%zu", i);
	machine_open(&machine, hardware_id, (unsigned char)i);
	ask = machine_ask(
	    &machine, product, key[i % n_keys], clock_now() / CLOCK_SECOND, 0);
	randombytes_buf(ask.id, sizeof(ask.id));
	request_seal(&sealed, box, machine_sign_request(&machine, a, &ask));
	machine_close(&machine);
	return buf_ok(&sealed) ? buf_slice(&sealed) : SLICE_NULL;
}

static bool
print(struct slice request)
{
	char text[2048];

	if (!request.p || sodium_base64_encoded_len(
			      request.n, sodium_base64_VARIANT_ORIGINAL) > sizeof(text))
		return false;
	sodium_bin2base64(text, sizeof(text), (const unsigned char *)request.p, request.n,
	    sodium_base64_VARIANT_ORIGINAL);
	return puts(text) >= 0;
}

int
main(int argc, char **argv)
{
	unsigned char box[KEY_PUBLIC];
	struct arena *a = arena_new(MEMORY);
	struct arena_mark mark;
	size_t n = 0;

	if (argc != 4 || sodium_init() < 0 || !a ||
	    sodium_hex2bin(box, sizeof(box), argv[1], strlen(argv[1]), NULL, &n, NULL) ||
	    n != sizeof(box)) {
		fputs("usage: offline_requests BOX_KEY PRODUCT N <keys\n", stderr);
		return 2;
	}
	read_keys();
	mark = arena_mark(a);
	for (size_t i = 0; n_keys && i < strtoul(argv[3], NULL, 10); i++) {
		if (!print(make(a, box, argv[2], i)))
			return 1;
		arena_reset(a, mark);
	}
	arena_free(a);
	return n_keys ? 0 : 1;
}
