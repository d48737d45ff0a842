#include "cli/key_sign.h"

#include <sodium.h>

#include "keys/wire_prefix.h"

struct slice
key_line(struct slice file, const char *name)
{
	while (file.p) {
		struct slice value = slice_cut(&file, '\n');
		struct slice key = slice_cut(&value, '=');

		if (value.p && slice_is(slice_trim(key), name))
			return slice_trim(value);
	}
	return SLICE_NULL;
}

static void
update(crypto_auth_hmacsha256_state *state, struct slice s)
{
	crypto_auth_hmacsha256_update(state, (const unsigned char *)s.p, s.n);
}

void
key_sign(
    struct buf *out, struct slice api_key, struct slice shared_key, struct slice date)
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];

	crypto_auth_hmacsha256_init(
	    &state, (const unsigned char *)shared_key.p, shared_key.n);
	update(&state, slice_of(wire_prefix, sizeof(wire_prefix)));
	update(&state, SLICE("\ndate: "));
	update(&state, date);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_memzero(&state, sizeof(state));
	buf_printf(out,
	    "Date: %.*s\nAuthorization: algorithm=\"hmac-sha256\",headers=\"date\","
	    "signature=\"",
	    SLICE_ARG(date));
	buf_base64(out, mac, sizeof(mac));
	buf_printf(out, "\",apikey=\"%.*s\"\n", SLICE_ARG(api_key));
}
