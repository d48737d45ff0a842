/* Objects as texts of QR codes: alone, in parts, as links to the portal. */
#include "tests/unit/carrier_rig.h"

#include "offline/armor.h"
#include "offline/symbols.h"

#define SAME_MARK 30323 /* the first seed that has it */

static void
test_texts(void **state)
{
	struct slice bytes = object(OBJECT_ACTIVATION, 480, 1), *texts;

	(void)state;
	texts = texts_of(OBJECT_ACTIVATION, bytes, 480, 1);
	assert_int_equal(texts[0].n, 7 + 720);
	assert_true(slice_starts(texts[0], SLICE("LCT1:A:RRQ")));
	/* Two of the same size, not a full one and a rest. */
	texts = texts_of(OBJECT_ACTIVATION, bytes, 450, 2);
	assert_int_equal(texts[0].n, strlen("LCT1:A:1/2:ABCD:") + 360);
	assert_int_equal(texts[1].n, texts[0].n);
	assert_true(slice_starts(texts[0], SLICE("LCT1:A:1/2:")));
	assert_true(slice_starts(texts[1], SLICE("LCT1:A:2/2:")));
	assert_memory_equal(texts[0].p + 11, texts[1].p + 11, 5);
	assert_true(
	    slice_only(slice_head(slice_from(texts[0], 11), 4), "0123456789ABCDEF"));
}

/* BLAKE2b-256 of these 150 bytes, by Python's hashlib, begins so. */
static void
test_part_mark(void **state)
{
	char bytes[150];
	struct slice *texts;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	texts = texts_of(OBJECT_REQUEST, slice_of(bytes, sizeof(bytes)), 100, 2);
	assert_true(slice_starts(texts[0], SLICE("LCT1:R:1/2:9AB0:")));
}

static void
test_texts_refused(void **state)
{
	struct slice bytes = object(OBJECT_REQUEST, 6401, 1), *texts;
	size_t n;

	(void)state;
	texts_of(OBJECT_REQUEST, slice_head(bytes, 6400), 100, 64);
	assert_int_equal(carrier_qr_texts(arena, OBJECT_REQUEST, bytes, 100, &texts, &n),
	    E_PAYLOAD_TOO_LARGE);
	assert_int_equal(
	    carrier_qr_texts(arena, OBJECT_REQUEST, bytes, 99, &texts, &n), E_VALIDATION);
	assert_int_equal(
	    carrier_qr_texts(arena, OBJECT_CHECKPOINT, bytes, 450, &texts, &n),
	    E_VALIDATION);
	assert_int_equal(
	    carrier_qr_texts(arena, OBJECT_REQUEST, SLICE(""), 450, &texts, &n),
	    E_VALIDATION);
}

/* Every size that some number of parts has, odd part sizes too. */
static void
test_parts_of_every_size(void **state)
{
	struct slice all = object(OBJECT_REVOCATIONS, 6700, 3);
	static const size_t sizes[] = { 100, 101, 133, 450 };
	struct arena_mark mark = arena_mark(arena);

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(sizes); k++)
		for (size_t size = 200; size <= 64 * sizes[k] && size <= all.n;
		     size += 37) {
			struct slice bytes =
			    object(OBJECT_REVOCATIONS, size, (uint32_t)size);
			struct slice *texts;
			size_t n;

			in = BUF_INIT(arena);
			assert_int_equal(carrier_qr_texts(arena, OBJECT_REVOCATIONS,
					     bytes, sizes[k], &texts, &n),
			    E_OK);
			assert_true(n == (bytes.n + sizes[k] - 1) / sizes[k]);
			for (size_t i = n; i-- > 0;)
				put_line(texts[i]);
			expect_one(OBJECT_REVOCATIONS, bytes);
			arena_reset(arena, mark);
		}
}

static void
test_parts_of_several_objects(void **state)
{
	struct slice a = object(OBJECT_REQUEST, 900, 1),
		     b = object(OBJECT_REQUEST, 900, 2);
	struct slice c = object(OBJECT_SEALED_REQUEST, 300, 3);
	struct slice *ta = texts_of(OBJECT_REQUEST, a, 300, 3);
	struct slice *tb = texts_of(OBJECT_REQUEST, b, 450, 2);
	struct slice *tc = texts_of(OBJECT_SEALED_REQUEST, c, 450, 1);

	(void)state;
	put_line(tb[1]);
	put_line(SLICE("scanned with a phone"));
	put_line(ta[2]);
	put_line(tc[0]);
	put_line(ta[0]);
	put_line(ta[2]);
	put_line(tb[0]);
	put_line(tc[0]);
	put_line(tb[1]);
	put_line(ta[1]);
	assert_int_equal(read_input(3), E_OK);
	assert_int_equal(list.n, 3);
	assert_true(slice_equal(list.item[0].bytes, b));
	assert_true(slice_equal(list.item[1].bytes, a));
	assert_true(slice_equal(list.item[2].bytes, c));
	assert_int_equal(list.item[0].fault.line, 1);
	assert_int_equal(list.item[1].fault.line, 3);
	assert_int_equal(list.item[2].fault.line, 4);
	assert_int_equal(read_input(2), E_PAYLOAD_TOO_LARGE);
}

static void
test_missing_parts(void **state)
{
	struct slice bytes = object(OBJECT_ACTIVATION, 1550, 1);
	struct slice *texts = texts_of(OBJECT_ACTIVATION, bytes, 450, 4);

	(void)state;
	put_line(texts[0]);
	put_line(texts[2]);
	put_line(texts[3]);
	expect_refused(E_QR_PARTS_MISSING, 1, "part 2 of 4 is missing");
	put_line(SLICE(""));
	put_line(texts[3]);
	put_line(texts[3]);
	expect_refused(E_QR_PARTS_MISSING, 2, "parts 1, 2, 3 of 4 are missing");
	/* Beside a whole one it is an item with its error. */
	put_line(texts[1]);
	armor_put(&in, OBJECT_ACTIVATION, bytes);
	assert_int_equal(read_input(2), E_OK);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.item[0].err, E_QR_PARTS_MISSING);
	assert_string_equal(list.item[0].fault.what, "parts 1, 3, 4 of 4 are missing");
	assert_null(list.item[0].bytes.p);
	assert_int_equal(list.item[0].kind, OBJECT_ACTIVATION);
	assert_int_equal(list.item[1].err, E_OK);
	assert_int_equal(fault.line, 0);
}

/* A copy of the text with one symbol other than it was. */
static struct slice
changed(struct slice text, size_t at, char to)
{
	char *copy = arena_str(arena, text);

	assert_non_null(copy);
	assert_int_not_equal(copy[at], to);
	copy[at] = to;
	return slice_of(copy, text.n);
}

static void
test_mixed_parts(void **state)
{
	static const char differ[] = "parts with one mark differ in content or number";
	static const char no_whole[] =
	    "the parts do not make the whole that they were cut from";
	struct slice bytes = object(OBJECT_ACTIVATION, 800, 1);
	struct slice *texts = texts_of(OBJECT_ACTIVATION, bytes, 450, 2);
	size_t head = strlen("LCT1:A:2/2:ABCD:");

	(void)state;
	/* One part with two contents. */
	put_line(texts[1]);
	put_line(changed(texts[1], head + 5, texts[1].p[head + 5] == '0' ? '1' : '0'));
	put_line(texts[0]);
	expect_refused(E_QR_PARTS_MIXED, 1, differ);
	/* Two counts. */
	put_line(texts[1]);
	put_line(changed(texts[1], 9, '3'));
	put_line(texts[0]);
	expect_refused(E_QR_PARTS_MIXED, 1, differ);
	/* All parts there, one of them changed, then right. */
	put_line(texts[0]);
	put_line(changed(texts[1], head + 3, texts[1].p[head + 3] == '0' ? '1' : '0'));
	put_line(texts[1]);
	expect_refused(E_QR_PARTS_MIXED, 1, differ);
	/* One changed part alone. */
	put_line(texts[0]);
	put_line(changed(texts[1], head + 3, texts[1].p[head + 3] == '0' ? '1' : '0'));
	expect_refused(E_QR_PARTS_MIXED, 1, no_whole);
	/* The mark of another object. */
	put_line(changed(texts[0], 11, texts[0].p[11] == '0' ? '1' : '0'));
	put_line(changed(texts[1], 11, texts[1].p[11] == '0' ? '1' : '0'));
	expect_refused(E_QR_PARTS_MIXED, 1, no_whole);
}

/* Texts of two parts of another object with the same mark as those of seed 1. */
static struct slice
same_mark(const struct slice *texts, struct slice **others)
{
	for (uint32_t seed = SAME_MARK; seed < 1000000; seed++) {
		struct arena_mark mark = arena_mark(arena);
		struct slice bytes = object(OBJECT_ACTIVATION, 300, seed);

		*others = texts_of(OBJECT_ACTIVATION, bytes, 150, 2);
		if (memcmp((*others)[0].p + 11, texts[0].p + 11, 4) == 0)
			return bytes;
		arena_reset(arena, mark);
	}
	fail();
	return SLICE_NULL;
}

/* A mark has 16 bits, so among two hundred machines two may well have the same. */
static void
test_two_objects_with_one_mark(void **state)
{
	struct slice a = object(OBJECT_ACTIVATION, 300, 1), b, *ta, *tb;

	(void)state;
	ta = texts_of(OBJECT_ACTIVATION, a, 150, 2);
	b = same_mark(ta, &tb);
	/* One after the other they are told apart. */
	put_line(ta[0]);
	put_line(ta[1]);
	put_line(ta[0]);
	put_line(tb[1]);
	put_line(tb[0]);
	assert_int_equal(read_input(2), E_OK);
	assert_int_equal(list.n, 2);
	assert_true(slice_equal(list.item[0].bytes, a));
	assert_true(slice_equal(list.item[1].bytes, b));
	assert_int_equal(list.item[1].fault.line, 4);
	assert_int_equal(read_input(1), E_PAYLOAD_TOO_LARGE);
	buf_clear(&in);
	put_line(ta[0]);
	put_line(tb[0]);
	put_line(ta[1]);
	put_line(tb[1]);
	expect_refused(
	    E_QR_PARTS_MIXED, 1, "parts with one mark differ in content or number");
}

/* Texts of two parts, the second with a blank in front of its symbols. */
static struct slice
blank_in_front(struct slice **texts)
{
	for (uint32_t seed = 0; seed < 1000; seed++) {
		struct slice bytes = object(OBJECT_SEALED_REQUEST, 400, seed);

		*texts = texts_of(OBJECT_SEALED_REQUEST, bytes, 200, 2);
		if ((*texts)[1].p[strlen("LCT1:S:2/2:ABCD:")] == ' ')
			return bytes;
	}
	fail();
	return SLICE_NULL;
}

/* Blanks among the symbols count, those around the line do not. */
static void
test_blanks_of_a_text(void **state)
{
	struct slice *texts, bytes = blank_in_front(&texts), line;
	size_t blank;

	(void)state;
	put_line(texts[0]);
	put_line(texts[1]);
	expect_one(OBJECT_SEALED_REQUEST, bytes);
	for (int i = 0; i < 2; i++) {
		buf_str(&in, " \t");
		buf_slice_add(&in, texts[i]);
		buf_str(&in, "  \t\r\n");
	}
	expect_one(OBJECT_SEALED_REQUEST, bytes);
	base45_put(&in, bytes);
	buf_str(&in, "  \r\n");
	expect_one(OBJECT_SEALED_REQUEST, bytes);
	/* One lost on the way. */
	blank = strlen("LCT1:S:2/2:ABCD:");
	line = texts[1];
	put_line(texts[0]);
	buf_slice_add(&in, slice_head(line, blank));
	put_line(slice_from(line, blank + 1));
	assert_int_not_equal(read_input(1), E_OK);
}

static void
test_qr_text_refused(void **state)
{
	static const char head[] = "the beginning of the QR text is not one of ours";
	static const char lost[] = "its symbols are damaged";
	static const struct {
		const char *text;
		enum err err;
		const char *what;
	} rows[] = {
		{ "LCT1:", E_CARRIER, head },
		{ "LCT1:R", E_CARRIER, head },
		{ "LCT1:X:RRQ", E_CARRIER, head },
		{ "LCT1:RR:RRQ", E_CARRIER, head },
		{ "LCT1::RRQ", E_CARRIER, head },
		{ "LCT1:R:1/", E_CARRIER, head },
		{ "LCT1:R:1/2", E_CARRIER, head },
		{ "LCT1:R:1/2:ABCD", E_CARRIER, head },
		{ "LCT1:R:1/2:ABC:RRQ", E_CARRIER, head },
		{ "LCT1:R:1:ABCD:RRQ", E_CARRIER, head },
		{ "LCT1:R:0/2:ABCD:RRQ", E_CARRIER, head },
		{ "LCT1:R:3/2:ABCD:RRQ", E_CARRIER, head },
		{ "LCT1:R:1/65:ABCD:RRQ", E_CARRIER, head },
		{ "LCT1:R:1/999999999999:ABCD:RRQ", E_CARRIER, head },
		{ "LCT1:R:1/-2:ABCD:RRQ", E_CARRIER, head },
		{ "LCT1:R:", E_OBJECT_TRUNCATED, NULL },
		{ "LCT1:R:RRQ", E_OBJECT_TRUNCATED, NULL },
		{ "LCT1:R:RRQa", E_CARRIER, lost },
		{ "LCT1:R:RR", E_CARRIER, lost },
		{ "LCT1:R:1/1:ABCD:RR", E_CARRIER,
		    "part 1 of 1: its symbols are damaged" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		put_line(slice_str(rows[i].text));
		expect_refused(rows[i].err, 1, rows[i].what);
	}
}

static void
test_link(void **state)
{
	struct slice sealed = object(OBJECT_SEALED_REQUEST, 300, 1), link;
	struct buf b = BUF_INIT(arena);

	(void)state;
	carrier_portal_link(&b, SLICE("https://lic.acme.example:8443/"), sealed);
	link = buf_slice(&b);
	assert_true(slice_starts(link, SLICE("HTTPS://LIC.ACME.EXAMPLE:8443/O/GDP")));
	put_line(link);
	expect_one(OBJECT_SEALED_REQUEST, sealed);
	buf_slice_add(&in, arena_fold(arena, link));
	expect_one(OBJECT_SEALED_REQUEST, sealed);
	buf_str(&in, "\r\nQR-Code:");
	buf_slice_add(&in, link);
	buf_str(&in, " \r\n");
	put_line(link);
	expect_one(OBJECT_SEALED_REQUEST, sealed);
	buf_str(&in, "http://127.0.0.1:8080/o/");
	base32_put(&in, sealed);
	expect_one(OBJECT_SEALED_REQUEST, sealed);
	put_line(slice_head(link, 96));
	expect_refused(E_OBJECT_TRUNCATED, 1, NULL);
	put_line(SLICE("HTTPS://A/O/U"));
	expect_refused(E_CARRIER, 1, "the link is cut off or mistyped");
	put_line(SLICE("HTTPS://A/O"));
	put_line(SLICE("HTTPS:///O/GDP"));
	put_line(SLICE("HTTPS://A/B/O/GDP"));
	put_line(SLICE("FTP://A/O/GDP"));
	expect_refused(E_CARRIER, 0, NULL);
	/* A link carries nothing but sealed requests. */
	buf_str(&in, "https://a/o/");
	base32_put(&in, object(OBJECT_REQUEST, 300, 1));
	expect_refused(E_OBJECT_TYPE, 1, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_texts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_part_mark, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_texts_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_parts_of_every_size, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_parts_of_several_objects, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_missing_parts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mixed_parts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_two_objects_with_one_mark, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_blanks_of_a_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_qr_text_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_link, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
