/* Objects in every form that crosses the gap, whole and damaged. */
#include "tests/unit/carrier_rig.h"

#include "offline/armor.h"
#include "offline/symbols.h"
#include "offline/typed.h"

#define MANY 100000

static void
test_each_form_of_each_kind(void **state)
{
	(void)state;
	for (int k = 0; k < OBJECT_MAX; k++) {
		enum object_kind kind = (enum object_kind)k;
		struct slice bytes = object(kind, 400, (uint32_t)k);

		buf_slice_add(&in, bytes);
		expect_one(kind, bytes);
		armor_put(&in, kind, bytes);
		expect_one(kind, bytes);
		typed_put(&in, bytes);
		expect_one(kind, bytes);
		buf_base64(&in, bytes.p, bytes.n);
		expect_one(kind, bytes);
		buf_base64url(&in, bytes.p, bytes.n);
		expect_one(kind, bytes);
		base45_put(&in, bytes);
		expect_one(kind, bytes);
		base32_put(&in, bytes);
		expect_one(kind, bytes);
		if (!object_info(kind)->letter)
			continue;
		put_line(texts_of(kind, bytes, CARRIER_PART_BYTES, 1)[0]);
		expect_one(kind, bytes);
	}
}

static void
test_other_label_than_object(void **state)
{
	struct slice bytes = object(OBJECT_REQUEST, 300, 1);

	(void)state;
	armor_put(&in, OBJECT_ACTIVATION, bytes);
	expect_refused(E_OBJECT_TYPE, 1, NULL);
	put_line(texts_of(OBJECT_ACTIVATION, bytes, 450, 1)[0]);
	expect_refused(E_OBJECT_TYPE, 1, NULL);
	for (size_t i = 0; i < 3; i++)
		put_line(texts_of(OBJECT_ACTIVATION, bytes, 100, 3)[i]);
	expect_refused(E_OBJECT_TYPE, 1, NULL);
}

/* Two hundred machines, one of them with a damaged file. */
static void
test_many_armored(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		buf_printf(&in, "machine %u:\r\n", i);
		if (i == 100)
			buf_str(&in, "-----BEGIN LICET REQUEST-----\r\nhello\r\n");
		else
			armor_put(&in, i % 2 ? OBJECT_SEALED_REQUEST : OBJECT_REQUEST,
			    object(
				i % 2 ? OBJECT_SEALED_REQUEST : OBJECT_REQUEST, 300, i));
	}
	assert_int_equal(read_input(200), E_OK);
	assert_int_equal(list.n, 200);
	for (uint32_t i = 0; i < 200; i++) {
		struct carrier_object *o = &list.item[i];

		assert_int_equal(o->err, i == 100 ? E_ARMOR : E_OK);
		if (i == 100) {
			assert_string_equal(
			    o->fault.what, "its text or its END line is damaged");
			continue;
		}
		assert_int_equal(o->kind, i % 2 ? OBJECT_SEALED_REQUEST : OBJECT_REQUEST);
		assert_true(slice_equal(o->bytes, object(o->kind, 300, i)));
	}
	assert_int_equal(read_input(199), E_PAYLOAD_TOO_LARGE);
}

static void
test_armor_alone_refused(void **state)
{
	(void)state;
	put_line(SLICE("hello"));
	put_line(SLICE("-----BEGIN LICET REQUEST-----"));
	put_line(SLICE("AAAA"));
	expect_refused(E_ARMOR, 2, "its text or its END line is damaged");
	put_line(SLICE("-----BEGIN LICET THING-----"));
	expect_refused(E_ARMOR, 1, "no such label is known");
	put_line(SLICE("-----BEGIN LICET REQUEST-----"));
	put_line(SLICE("0oQ="));
	put_line(SLICE("-----END LICET REQUEST-----"));
	expect_refused(E_OBJECT_TRUNCATED, 1, NULL);
	/* Marks and prefixes in odd places: another form must not pass for the first. */
	buf_str(&in, "\xef\xbb\xbf\xef\xbb\xbf-----BEGIN LICET REQUEST-----\n");
	buf_str(&in, "QR-Code:-----BEGIN LICET REQUEST-----\n");
	expect_refused(E_CARRIER, 0, NULL);
}

static void
test_typed_refused(void **state)
{
	struct slice bytes = object(OBJECT_REQUEST, 300, 1);

	(void)state;
	typed_put(&in, bytes);
	((char *)memchr(in.p + 100, '\n', in.n))[-1] ^= 1;
	expect_refused(E_TYPED_LINE, 3, NULL);
	typed_put(&in, slice_head(bytes, 250)); /* 16 full lines: no line is wrong */
	expect_refused(E_OBJECT_TRUNCATED, 0, NULL);
}

static void
test_white_space(void **state)
{
	struct slice bytes = object(OBJECT_REQUEST, 300, 1), rest;
	struct buf text = BUF_INIT(arena);

	(void)state;
	buf_base64(&text, bytes.p, bytes.n);
	buf_str(&in, "\xef\xbb\xbf\r\n\r\n");
	for (rest = buf_slice(&text); rest.n > 0; rest = slice_from(rest, 76)) {
		buf_str(&in, "\t");
		buf_slice_add(&in, slice_head(rest, 76));
		buf_str(&in, " \r\n");
	}
	expect_one(OBJECT_REQUEST, bytes);
	buf_str(&in, "\xef\xbb\xbf  ");
	put_line(texts_of(OBJECT_REQUEST, bytes, 450, 1)[0]);
	expect_one(OBJECT_REQUEST, bytes);
	buf_str(&in, "\xef\xbb\xbf\n\n");
	typed_put(&in, bytes);
	expect_one(OBJECT_REQUEST, bytes);
}

static void
test_nothing_readable(void **state)
{
	static const char *const rows[] = { "", "\n", " \r\n\t\n", "\xef\xbb\xbf",
		"hello", "AAAA", "{\"a\": 1}", "\x84", "\xff\xff", "lct1:r:rrq",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_str(&in, rows[i]);
		expect_refused(E_CARRIER, 0, NULL);
	}
	buf_add(&in, "\0\0\0", 3);
	expect_refused(E_CARRIER, 0, NULL);
	for (size_t i = 0; i < OBJECT_BYTES_MAX; i++)
		buf_str(&in, "0oRDoQ");
	expect_refused(E_CARRIER, 0, NULL);
	/* It is ours, and broken. */
	buf_add(&in, "\xd2\x84", 2);
	expect_refused(E_OBJECT_TRUNCATED, 0, NULL);
	buf_slice_add(&in, object(OBJECT_REQUEST, 300, 1));
	buf_char(&in, 'x');
	expect_refused(E_OBJECT_TRAILING, 0, NULL);
}

static void
test_too_large(void **state)
{
	struct slice bytes = object(OBJECT_ACTIVATION, OBJECT_BYTES_MAX + 2, 1);

	(void)state;
	assert_true(bytes.n > OBJECT_BYTES_MAX);
	buf_slice_add(&in, bytes);
	expect_refused(E_OBJECT_TOO_LARGE, 0, NULL);
	for (size_t i = 0; i < 64; i++)
		put_line(texts_of(OBJECT_ACTIVATION, bytes, 1200, 55)[i % 55]);
	expect_refused(E_OBJECT_TOO_LARGE, 1, NULL);
	bytes = object(OBJECT_ACTIVATION, OBJECT_BYTES_MAX, 1);
	assert_int_equal(bytes.n, OBJECT_BYTES_MAX);
	armor_put(&in, OBJECT_ACTIVATION, bytes);
	expect_one(OBJECT_ACTIVATION, bytes);
	typed_put(&in, bytes);
	expect_one(OBJECT_ACTIVATION, bytes);
	base32_put(&in, bytes);
	expect_one(OBJECT_ACTIVATION, bytes);
}

/* Much of what looks like ours: refused, within the memory of the arena. The time is
 * that of the test: what grew by the square would take minutes. */
static void
test_hostile(void **state)
{
	static const char *const lines[] = { "-----BEGIN LICET REQUEST-----\n",
		"-----BEGIN LICET REQUEST-----\nAAAA\n", "-----BEGIN LICET X\n",
		"LCT1:R:1/64:ABCD:\n", "LCT1:R:RRQ\n", "LCT1:\n", "HTTPS://A/O/00\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		enum err err;

		for (size_t n = 0; n < MANY; n++)
			buf_str(&in, lines[i]);
		err = read_input(1000);
		assert_true(err == E_PAYLOAD_TOO_LARGE || list.n == 1);
		assert_true(err != E_OK);
		buf_clear(&in);
	}
	/* Each of another group, as many as are allowed. */
	for (unsigned n = 0; n < 65536; n++)
		buf_printf(&in, "LCT1:R:1/2:%04X:\n", n);
	assert_int_equal(read_input(MANY), E_OK);
	assert_int_equal(list.n, 65536);
	assert_int_equal(list.item[65535].err, E_QR_PARTS_MISSING);
	buf_clear(&in);
	/* One beginning, and blank lines without end. */
	for (size_t n = 0; n < MANY; n++)
		buf_str(&in, n ? "\n\n\n\n" : "-----BEGIN LICET REQUEST-----\n");
	expect_refused(E_ARMOR, 1, "its text or its END line is damaged");
}

static void
test_no_memory(void **state)
{
	struct slice a = object(OBJECT_REQUEST, 900, 1);
	struct slice b = object(OBJECT_SEALED_REQUEST, 250, 2), *texts;
	enum err err = E_NO_MEMORY;
	struct arena_mark mark;

	(void)state;
	texts = texts_of(OBJECT_REQUEST, a, 450, 2);
	put_line(texts[0]);
	put_line(texts[1]);
	put_line(slice_head(texts[0], 20));
	put_line(SLICE("LCT1:A:1/2:ABCD:RRQ"));
	put_line(SLICE("LCT1:V:1/1:ABCD:RR"));
	put_line(texts_of(OBJECT_SEALED_REQUEST, b, 450, 1)[0]);
	carrier_portal_link(&in, SLICE("http://a"), b);
	buf_char(&in, '\n');
	armor_put(&in, OBJECT_SEALED_REQUEST, b);
	mark = arena_mark(arena);
	for (size_t i = 0; err; i++) {
		arena_fail_after(i);
		err = read_input(10);
		assert_true(err == E_NO_MEMORY || (err == E_OK && i > 10));
		arena_reset(arena, mark);
	}
	arena_fail_after(SIZE_MAX);
	assert_int_equal(read_input(10), E_OK);
	assert_int_equal(list.n, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_each_form_of_each_kind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_other_label_than_object, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_armored, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_armor_alone_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_typed_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_white_space, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_readable, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("carrier", tests, NULL, NULL);
}
