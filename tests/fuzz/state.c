/*
 * The state of liblicet: the bytes get the code that they need, so that the map behind it
 * is reached. What is understood is written in one form, which reads as the same.
 */
#include "tests/fuzz/target.h"

#include <sodium.h>

#include "offline/client_state.h"

static const unsigned char key[STATE_KEY] = { 7 };

static struct slice
with_code(struct arena *arena, struct slice map)
{
	struct buf b = BUF_INIT(arena);
	unsigned char mac[STATE_MAC];

	crypto_generichash(
	    mac, sizeof(mac), (const unsigned char *)map.p, map.n, key, sizeof(key));
	buf_slice_add(&b, map);
	buf_add(&b, mac, sizeof(mac));
	FUZZ_CHECK(buf_ok(&b));
	return buf_slice(&b);
}

static struct slice
put(struct arena *arena, const struct client_state *s)
{
	struct buf b = BUF_INIT(arena);

	state_put(&b, s, key);
	FUZZ_CHECK(buf_ok(&b));
	return buf_slice(&b);
}

static void
check(struct arena *arena, struct slice bytes)
{
	static struct client_state s, again;
	struct slice written;
	enum err err = state_get(bytes, key, &s);

	FUZZ_CHECK(err == E_OK || err == E_DAMAGED);
	if (err)
		return;
	FUZZ_CHECK(s.n_accepted <= STATE_ACCEPTED_MAX);
	FUZZ_CHECK(s.n_tombstones <= STATE_TOMBSTONES_MAX);
	for (size_t i = 0; i < s.n_tombstones; i++)
		FUZZ_CHECK(s.tombstone[i].payload.n <= bytes.n);
	written = put(arena, &s);
	FUZZ_CHECK(state_get(written, key, &again) == E_OK);
	FUZZ_CHECK(slice_equal(written, put(arena, &again)));
	state_accept(&s, 1, 2);
	FUZZ_CHECK(state_accepted(&s, 1) == 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size);
	uint64_t generation;

	FUZZ_CHECK(sodium_init() >= 0);
	check(arena, in);
	check(arena, with_code(arena, in));
	(void)!state_witness_get(in, key, &generation);
	arena_free(arena);
	return 0;
}
