/*
 * Texts with a form of their own: key formats and the license keys made from them,
 * base64, hex, UTF-8, identifiers, and what is shown on a terminal or in a spreadsheet.
 */
#include "tests/fuzz/target.h"

#include <string.h>

#include "base/id.h"
#include "cli/value.h"
#include "server/model/types.h"

static void
check_mask(struct arena *arena, struct slice key)
{
	char *mask;

	if (slice_find(key, '\0') >= 0)
		return;
	mask = id_key_mask(arena, key);
	FUZZ_CHECK(mask != NULL && strlen(mask) == key.n);
	for (size_t i = 0; i < key.n; i++)
		FUZZ_CHECK(mask[i] == '*' || mask[i] == key.p[i]);
}

static void
check_format(struct arena *arena, struct slice format)
{
	struct slice key;
	char *made;

	if (!id_key_format_valid(format))
		return;
	made = id_license_key(arena, format);
	FUZZ_CHECK(made != NULL);
	key = slice_str(made);
	FUZZ_CHECK(key.n == format.n && license_key_valid(key));
	for (size_t i = 0; i < key.n; i++)
		FUZZ_CHECK(
		    format.p[i] == '*' ? key.p[i] != '*' : key.p[i] == format.p[i]);
	check_mask(arena, key);
}

/* One text for each value: what decodes encodes to the same. */
static void
check_codecs(struct arena *arena, struct slice text)
{
	struct buf b64 = BUF_INIT(arena), url = BUF_INIT(arena), hex = BUF_INIT(arena);
	struct slice bytes;

	if (base64_decode(arena, text, &bytes) == E_OK) {
		buf_base64(&b64, bytes.p, bytes.n);
		FUZZ_CHECK(slice_equal(buf_slice(&b64), text));
	}
	if (base64url_decode(arena, text, &bytes) == E_OK) {
		buf_base64url(&url, bytes.p, bytes.n);
		FUZZ_CHECK(slice_equal(buf_slice(&url), text));
	}
	if (hex_decode(arena, text, &bytes) == E_OK) {
		buf_hex(&hex, bytes.p, bytes.n);
		FUZZ_CHECK(slice_equal_fold(buf_slice(&hex), text));
	}
}

static void
check_shown(struct arena *arena, struct slice text)
{
	struct json value = { .type = JSON_TEXT, .text = text };
	struct buf safe = BUF_INIT(arena), cell = BUF_INIT(arena);
	struct json *again;
	struct buf json = BUF_INIT(arena);

	value_safe(&safe, text);
	FUZZ_CHECK(buf_ok(&safe) && slice_is_plain(buf_slice(&safe)));
	value_csv(&cell, &value);
	FUZZ_CHECK(buf_ok(&cell));
	if (cell.n > 0)
		FUZZ_CHECK(!strchr("=+-@\t\r", cell.p[0]) || cell.p[0] == '\0');
	value_width(text);
	if (!slice_is_utf8(text) || slice_find(text, '\0') >= 0)
		return;
	json_text(&json, text);
	FUZZ_CHECK(json_parse(arena, buf_slice(&json), &again) == E_OK);
	FUZZ_CHECK(again->type == JSON_TEXT && slice_equal(again->text, text));
}

static void
check_idents(struct slice text)
{
	if (code_valid(text, 3, 64))
		FUZZ_CHECK(text.n >= 3 && text.n <= 64 && slice_is_plain(text));
	if (email_valid(text))
		FUZZ_CHECK(slice_is_plain(text) && slice_find(text, ' ') < 0);
	if (hardware_id_valid(text))
		FUZZ_CHECK(text.n > 0 && slice_is_plain(text));
	if (license_key_valid(text))
		FUZZ_CHECK(text.n > 0 && slice_is_plain(text) && slice_is_utf8(text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice text = fuzz_slice(data, size);

	check_format(arena, text);
	check_mask(arena, text);
	check_codecs(arena, text);
	check_shown(arena, text);
	check_idents(text);
	arena_free(arena);
	return 0;
}
