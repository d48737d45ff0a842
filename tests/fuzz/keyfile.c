/*
 * The text of a key file. A text without its last line gets the checksum that it needs,
 * so that the fields behind it are reached. What reads is written in one form.
 */
#include "tests/fuzz/target.h"

#include <string.h>

#include "keys/keyfile_text.h"

static struct slice
with_checksum(struct arena *arena, struct slice text)
{
	struct buf b = BUF_INIT(arena);
	unsigned char hash[32];

	crypto_generichash(
	    hash, sizeof(hash), (const unsigned char *)text.p, text.n, NULL, 0);
	buf_slice_add(&b, text);
	buf_str(&b, "checksum: ");
	buf_hex(&b, hash, sizeof(hash));
	buf_char(&b, '\n');
	FUZZ_CHECK(buf_ok(&b));
	return buf_slice(&b);
}

static struct slice
print(struct arena *arena, const struct keyfile_text *t)
{
	struct buf b = BUF_INIT(arena);

	keyfile_text_head(&b, t);
	keyfile_text_tail(&b, t);
	FUZZ_CHECK(buf_ok(&b));
	return buf_slice(&b);
}

static void
check_text(struct arena *arena, struct slice text)
{
	struct keyfile_text t, again;
	struct slice head, plain;
	enum err err = keyfile_text_parse(arena, text, &t, &head);
	char name[KEY_FILE_NAME], print65[65];

	FUZZ_CHECK(err == E_OK || err == E_KEY);
	if (err)
		return;
	FUZZ_CHECK(head.p == text.p && head.n < text.n);
	FUZZ_CHECK(slice_starts(slice_from(text, head.n), SLICE("payload: ")));
	key_file_name(&t.key, name);
	key_fingerprint(&t.key, print65);
	plain = print(arena, &t);
	FUZZ_CHECK(keyfile_text_parse(arena, plain, &again, &head) == E_OK);
	FUZZ_CHECK(slice_equal(plain, print(arena, &again)));
	FUZZ_CHECK(memcmp(t.payload, again.payload, sizeof(t.payload)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size);

	check_text(arena, in);
	check_text(arena, with_checksum(arena, in));
	arena_free(arena);
	return 0;
}
