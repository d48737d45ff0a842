/*
 * Anything that a file, a page or a scanner hands in. Each object that is found comes
 * back the same from every form it can take.
 */
#include "tests/fuzz/target.h"

#include "offline/armor.h"
#include "offline/carrier.h"
#include "offline/typed.h"

#define OBJECTS_MAX 20

static void
expect(struct arena *arena, const struct buf *b, const struct carrier_object *o)
{
	struct carrier_list list;
	struct carrier_fault fault;

	FUZZ_CHECK(buf_ok(b));
	FUZZ_CHECK(carrier_read(arena, buf_slice(b), 1, &list, &fault) == E_OK);
	FUZZ_CHECK(list.n == 1 && list.item[0].err == E_OK);
	FUZZ_CHECK(list.item[0].kind == o->kind);
	FUZZ_CHECK(slice_equal(list.item[0].bytes, o->bytes));
}

static void
check_parts(struct arena *arena, const struct carrier_object *o, size_t part_bytes)
{
	struct buf b = BUF_INIT(arena);
	struct slice *texts;
	size_t n;
	enum err err = carrier_qr_texts(arena, o->kind, o->bytes, part_bytes, &texts, &n);

	if (o->kind == OBJECT_CHECKPOINT) {
		FUZZ_CHECK(err == E_VALIDATION);
		return;
	}
	FUZZ_CHECK(err == E_OK && n > 0 && n <= CARRIER_PARTS_MAX);
	/* From the last to the first, as no scanner hands them in. */
	while (n-- > 0) {
		buf_slice_add(&b, texts[n]);
		buf_char(&b, '\n');
	}
	expect(arena, &b, o);
}

static void
check_object(struct arena *arena, const struct carrier_object *o)
{
	struct buf b = BUF_INIT(arena);

	armor_put(&b, o->kind, o->bytes);
	expect(arena, &b, o);
	buf_clear(&b);
	typed_put(&b, o->bytes);
	expect(arena, &b, o);
	buf_clear(&b);
	buf_base64url(&b, o->bytes.p, o->bytes.n);
	expect(arena, &b, o);
	check_parts(arena, o, 100);
	check_parts(arena, o, 133);
	check_parts(arena, o, OBJECT_BYTES_MAX);
	if (o->kind != OBJECT_SEALED_REQUEST)
		return;
	buf_clear(&b);
	carrier_portal_link(&b, SLICE("https://lic.acme.example"), o->bytes);
	expect(arena, &b, o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct carrier_list list;
	struct carrier_fault fault;
	enum err err =
	    carrier_read(arena, fuzz_slice(data, size), OBJECTS_MAX, &list, &fault);

	FUZZ_CHECK(err != E_NO_MEMORY && list.n <= OBJECTS_MAX);
	FUZZ_CHECK(err || (list.n > 0 && fault.line == 0 && !fault.what));
	for (size_t i = 0; i < list.n && !err; i++) {
		const struct carrier_object *o = &list.item[i];

		FUZZ_CHECK((o->err == E_OK) == (o->bytes.n > 0));
		FUZZ_CHECK(o->err == E_OK || !o->bytes.p);
		FUZZ_CHECK(o->err == E_OK || list.n > 1);
		if (!o->err)
			check_object(arena, o);
	}
	arena_free(arena);
	return 0;
}
