/* offline-activation.md 2: the container, and every refusal by its own error. */
#include "tests/unit/offline_rig.h"

/* The parts of a container, each as it is on the wire. */
struct parts {
	uint64_t tag;
	struct slice protected_header, unprotected, payload, signature;
};

#define KID_HEX "0102030405060708"
#define TYP_HEX                                                                          \
	"781d"                                                                           \
	"6170706c69636174696f6e2f6c696365742d726563656970742b637774"
#define HEADER                                                                           \
	"a3012704"                                                                       \
	"48" KID_HEX "10" TYP_HEX

static struct parts
right(void)
{
	static const char signature[64];

	return (struct parts){ 18, hex(HEADER), hex("a0"), hex("a0"),
		slice_of(signature, sizeof(signature)) };
}

static enum err
parse(struct parts p)
{
	struct buf b = BUF_INIT(o.arena);
	struct cose cose;

	cbor_put_tag(&b, p.tag);
	cbor_put_array(&b, 4);
	cbor_put_bytes(&b, p.protected_header);
	buf_slice_add(&b, p.unprotected);
	cbor_put_bytes(&b, p.payload);
	cbor_put_bytes(&b, p.signature);
	return cose_parse(buf_slice(&b), &cose);
}

static enum err
parse_header(const char *text)
{
	struct parts p = right();

	p.protected_header = hex(text);
	return parse(p);
}

static void
test_protected(void **state)
{
	(void)state;
	assert_int_equal(parse(right()), E_OK);
	/* alg */
	assert_int_equal(
	    parse_header("a301260448" KID_HEX "10" TYP_HEX), E_OBJECT_HEADER);
	assert_int_equal(parse_header("a20448" KID_HEX "10" TYP_HEX), E_OBJECT_HEADER);
	/* kid of 7 bytes, none */
	assert_int_equal(parse_header("a301270447"
				      "01020304050607"
				      "10" TYP_HEX),
	    E_OBJECT_HEADER);
	assert_int_equal(parse_header("a2012710" TYP_HEX), E_OBJECT_HEADER);
	/* typ none, a number, of nobody, without its prefix, empty */
	assert_int_equal(parse_header("a201270448" KID_HEX), E_OBJECT_HEADER);
	assert_int_equal(parse_header("a301270448" KID_HEX "1001"), E_OBJECT_HEADER);
	assert_int_equal(parse_header("a301270448" KID_HEX "106161"), E_OBJECT_TYPE);
	assert_int_equal(parse_header("a301270448" KID_HEX "10"
				      "716c696365742d726563656970742b637774"),
	    E_OBJECT_TYPE);
	assert_int_equal(parse_header("a301270448" KID_HEX "1060"), E_OBJECT_TYPE);
	/* unknown members before, between and behind */
	assert_int_equal(
	    parse_header("a4000001270448" KID_HEX "10" TYP_HEX), E_OBJECT_HEADER);
	assert_int_equal(
	    parse_header("a4012702800448" KID_HEX "10" TYP_HEX), E_OBJECT_HEADER);
	assert_int_equal(
	    parse_header("a401270448" KID_HEX "10" TYP_HEX "1100"), E_OBJECT_HEADER);
	/* no map, and not deterministic */
	assert_int_equal(parse_header("80"), E_OBJECT_HEADER);
	assert_int_equal(parse_header(""), E_OBJECT_TRUNCATED);
	assert_int_equal(parse_header(HEADER "00"), E_OBJECT_TRAILING);
	assert_int_equal(
	    parse_header("a304480102030405060708012710" TYP_HEX), E_OBJECT_UNSORTED);
	assert_int_equal(parse_header("bf01ff"), E_OBJECT_INDEFINITE);
}

static void
test_outside(void **state)
{
	struct parts p = right();
	struct cose cose;

	(void)state;
	p.tag = 98;
	assert_int_equal(parse(p), E_OBJECT_HEADER);
	p = right();
	p.signature.n = 63;
	assert_int_equal(parse(p), E_OBJECT_HEADER);
	p = right();
	p.unprotected = hex("f6");
	assert_int_equal(parse(p), E_OBJECT_HEADER);
	p.unprotected = hex("a10441"
			    "00");
	assert_int_equal(parse(p), E_OBJECT_HEADER);
	p.unprotected = hex("a13a0001000000");
	assert_int_equal(parse(p), E_OBJECT_HEADER);
	p.unprotected = hex("a20441003a0001000041a0");
	assert_int_equal(parse(p), E_OBJECT_HEADER);
	p.unprotected = hex("a13a0001000041a0");
	assert_int_equal(parse(p), E_OK);
	p.unprotected = hex("a13a000100004100");
	assert_int_equal(parse(p), E_OK);
	p.unprotected = hex("a13a0001000040");
	assert_int_equal(parse(p), E_OBJECT_TRUNCATED);
	assert_int_equal(cose_parse(hex("a0"), &cose), E_OBJECT_HEADER);
	assert_int_equal(cose_parse(hex("d283404040"), &cose), E_OBJECT_HEADER);
	assert_int_equal(cose_parse(hex("d285404040a040"), &cose), E_OBJECT_HEADER);
	assert_int_equal(cose_parse(hex("d28440a0f640"), &cose), E_OBJECT_HEADER);
	assert_int_equal(cose_parse(hex("8440a04040"), &cose), E_OBJECT_HEADER);
	assert_int_equal(cose_parse(SLICE(""), &cose), E_OBJECT_TRUNCATED);
}

static void
test_payload(void **state)
{
	static const struct {
		const char *payload;
		enum err err;
	} rows[] = {
		{ "", E_OBJECT_TRUNCATED },
		{ "a1", E_OBJECT_TRUNCATED },
		{ "818181818181818180", E_OBJECT_TOO_DEEP },
		{ "9fff", E_OBJECT_INDEFINITE },
		{ "1801", E_OBJECT_NOT_SHORTEST },
		{ "a202000100", E_OBJECT_UNSORTED },
		{ "a201000100", E_OBJECT_DUPLICATE_KEY },
		{ "a101f93c00", E_OBJECT_FLOAT },
		{ "a10161ff", E_OBJECT_TEXT },
		{ "a0a0", E_OBJECT_TRAILING },
		{ "a101f7", E_OBJECT_VALUE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct parts p = right();

		p.payload = hex(rows[i].payload);
		assert_int_equal(parse(p), rows[i].err);
	}
}

static void
test_size(void **state)
{
	struct parts p = right();
	struct buf b = BUF_INIT(o.arena);
	struct cose_signer signer = { o.root.secret, o.root.kid, SLICE_NULL };
	char *bytes = arena_alloc(o.arena, OBJECT_BYTES_MAX);

	(void)state;
	cbor_put_bytes(&b, slice_of(bytes, OBJECT_BYTES_MAX - 10));
	p.payload = buf_slice(&b);
	assert_int_equal(parse(p), E_OBJECT_TOO_LARGE);
	b = BUF_INIT(o.arena);
	cose_sign(&b, OBJECT_RECEIPT, &signer, p.payload);
	assert_false(buf_ok(&b));
}

static void
test_sign_and_parse(void **state)
{
	(void)state;
	for (const struct objects_sample *s = objects_samples; s->name; s++) {
		struct slice bytes = objects_sign(&o, s);
		enum object_kind kind;
		struct cose cose;

		assert_int_equal(object_kind_of(bytes, &kind), E_OK);
		assert_int_equal(kind, s->kind);
		for (int k = 0; k < OBJECT_MAX; k++)
			assert_int_equal(cose_parse_as((enum object_kind)k, bytes, &cose),
			    k == (int)s->kind ? E_OK : E_OBJECT_TYPE);
		assert_true(slice_equal(cose.payload, objects_payload(&o, s)));
	}
}

/* Whatever byte is another one, the object is not taken. */
static void
test_every_byte(void **state)
{
	const struct objects_sample *sample = objects_find("request-password");
	struct slice bytes = objects_sign(&o, sample);
	unsigned char *p = (unsigned char *)arena_str(o.arena, bytes);
	struct cose cose;

	(void)state;
	for (size_t i = 0; i < bytes.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			p[i] ^= (unsigned char)(1 << bit);
			if (cose_parse_as(sample->kind, slice_of(p, bytes.n), &cose) ==
			    E_OK)
				assert_int_equal(cose_verify(&cose, o.device.public_key),
				    E_OBJECT_SIGNATURE);
			p[i] ^= (unsigned char)(1 << bit);
		}
	for (size_t n = 0; n < bytes.n; n++)
		assert_int_equal(cose_parse(slice_of(p, n), &cose), E_OBJECT_TRUNCATED);
	assert_int_equal(cose_parse(slice_of(p, bytes.n + 1), &cose), E_OBJECT_TRAILING);
	assert_int_equal(cose_parse(bytes, &cose), E_OK);
	assert_int_equal(cose_verify(&cose, o.device.public_key), E_OK);
}

/* Every signature is right under these, were they taken for keys. */
static void
test_small_order(void **state)
{
	static const char *const keys[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const unsigned char *key = (const unsigned char *)hex(keys[i]).p;
		struct parts p = right();
		struct buf header = BUF_INIT(o.arena), b = BUF_INIT(o.arena);
		unsigned char signature[64] = { 1 }, kid[KEY_KID];
		struct cose cose;

		key_id(key, kid);
		buf_slice_add(&header, hex("a301270448"));
		buf_add(&header, kid, KEY_KID);
		buf_slice_add(&header, hex("10" TYP_HEX));
		cbor_put_tag(&b, 18);
		cbor_put_array(&b, 4);
		cbor_put_bytes(&b, buf_slice(&header));
		buf_slice_add(&b, p.unprotected);
		cbor_put_bytes(&b, p.payload);
		cbor_put_bytes(&b, slice_of(signature, 64));
		assert_int_equal(cose_parse(buf_slice(&b), &cose), E_OK);
		assert_int_equal(cose_verify(&cose, key), E_OBJECT_SIGNATURE);
	}
}

static void
test_no_memory(void **state)
{
	struct cose_signer signer = { o.root.secret, o.root.kid, SLICE_NULL };
	struct slice bytes = objects_sign(&o, objects_find("receipt"));
	struct cose cose;
	size_t n = 0;

	(void)state;
	assert_int_equal(cose_parse(bytes, &cose), E_OK);
	arena_fail_at(0);
	assert_int_equal(cose_verify(&cose, o.issuing.public_key), E_NO_MEMORY);
	for (bool done = false; !done; n++) {
		struct buf b = BUF_INIT(NULL);

		arena_fail_at(n);
		cose_sign(&b, OBJECT_RECEIPT, &signer, cose.payload);
		done = arena_fail_left() != SIZE_MAX;
		assert_int_equal(buf_ok(&b), done);
		buf_free(&b);
	}
	arena_fail_after(SIZE_MAX);
	assert_true(n > 3);
}

static void
test_object_table(void **state)
{
	(void)state;
	for (int k = 0; k < OBJECT_MAX; k++) {
		const struct object_info *info = object_info((enum object_kind)k);

		assert_int_equal(object_by_label(slice_str(info->label)), k);
		if (info->letter)
			assert_int_equal(object_by_letter(info->letter), k);
		assert_int_equal(object_by_typ(slice_str(info->typ)),
		    k == OBJECT_SEALED_REQUEST ? OBJECT_MAX : k);
	}
	assert_string_equal(
	    object_info(OBJECT_ACTIVATION)->typ, "application/licet-activation+cwt");
	assert_int_equal(object_by_letter('\0'), OBJECT_MAX);
	assert_int_equal(object_by_letter('X'), OBJECT_MAX);
	assert_int_equal(object_by_label(SLICE("request")), OBJECT_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_protected, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_outside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_payload, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_size, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sign_and_parse, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_every_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_small_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_object_table, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("cose", tests, NULL, NULL);
}
