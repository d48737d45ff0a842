/* Claims that are out of range (license-api-v4.md 1.3), too many, or not of one form. */
#include "tests/unit/offline_rig.h"

/* The payload of the sample, one member changed. hex NULL: without the member. */
static enum err
get_changed(const char *sample, bool private, int64_t key, const char *text)
{
	const struct objects_sample *s = objects_find(sample);
	struct slice payload = objects_payload(&o, s);
	struct slice value = text ? hex(text) : SLICE_NULL;
	void *claims;

	payload = private ? edit_private(payload, key, value) : edit(payload, key, value);
	return get(s->kind, payload, &claims);
}

struct change {
	const char *sample;
	bool private;
	int64_t key;
	const char *value;
	enum err err;
};

static void
try_changes(const struct change *row, size_t n)
{
	for (size_t i = 0; i < n; i++, row++)
		if (get_changed(row->sample, row->private, row->key, row->value) !=
		    row->err)
			fail_msg("%s %d %s", row->sample, (int)row->key, row->value);
}

static void
test_request(void **state)
{
	static const struct change rows[] = {
		{ "request", false, 6, "00", E_OK },
		{ "request", false, 6, "20", E_OBJECT_CLAIM },
		{ "request", false, 6, "1b0000003afff4417f", E_OK },
		{ "request", false, 6, "1b0000003afff44180", E_OBJECT_CLAIM },
		{ "request", false, 7, "4101", E_OBJECT_CLAIM },
		{ "request", true, 1, "00", E_OBJECT_CLAIM },
		{ "request", true, 1, "02", E_OK },
		{ "request", true, 1, "03", E_OBJECT_CLAIM },
		{ "request", true, 2, "6161", E_OBJECT_CLAIM },
		{ "request", true, 2, "626120", E_OBJECT_CLAIM },
		{ "request", true, 2, "62617e", E_OK },
		{ "request", true, 3, "f4", E_OK },
		{ "request", true, 4, "60", E_OBJECT_CLAIM },
		{ "request", true, 4, "6120", E_OBJECT_CLAIM },
		{ "request", true, 4, "6123", E_OBJECT_CLAIM },
		{ "request", true, 4, "617c", E_OBJECT_CLAIM },
		{ "request", true, 4, "62c48d", E_OBJECT_CLAIM },
		{ "request", true, 4, "6121", E_OK },
		{ "request-password", true, 5, "626140", E_OBJECT_CLAIM },
		{ "request-password", true, 5, "63610a40", E_OBJECT_CLAIM },
		{ "request-password", true, 6, "60", E_OBJECT_CLAIM },
		{ "request-password", true, 6, "610a", E_OK },
		{ "request", true, 7, "60", E_OBJECT_CLAIM },
		{ "request", true, 7, "617f", E_OBJECT_CLAIM },
		{ "request", true, 9, "a16000", E_OBJECT_CLAIM },
		{ "request", true, 9, "a1616101", E_OBJECT_CLAIM },
		{ "request", true, 9, "a1016161", E_OBJECT_CLAIM },
		{ "request", true, 9, "a1606161", E_OBJECT_CLAIM },
		{ "request", true, 9, "a1610a6161", E_OBJECT_CLAIM },
		{ "request", true, 9, "a161616161", E_OK },
		{ "request", true, 10, "20", E_OBJECT_CLAIM },
		{ "request", true, 13, "1b8000000000000000", E_OBJECT_CLAIM },
	};

	(void)state;
	try_changes(rows, ARRAY_LEN(rows));
}

static void
test_activation(void **state)
{
	static const struct change rows[] = {
		{ "activation", false, 1, "6131", E_OK },
		{ "activation", false, 1, "623031", E_OBJECT_CLAIM },
		{ "activation", false, 1, "6130", E_OBJECT_CLAIM },
		{ "activation", false, 1, "622d31", E_OBJECT_CLAIM },
		{ "activation", false, 1, "62312b", E_OBJECT_CLAIM },
		{ "activation", false, 1, "7339323233333732303336383534373735383038",
		    E_OBJECT_CLAIM },
		{ "activation", false, 1, "7339323233333732303336383534373735383037",
		    E_OK },
		{ "activation", false, 7, "4700000000000000", E_OBJECT_CLAIM },
		{ "activation", false, 8, "a0", E_OBJECT_CLAIM },
		{ "activation", true, 3, "80", E_OBJECT_CLAIM },
		{ "activation", true, 3, "81a0", E_OBJECT_CLAIM },
		{ "activation", true, 3, "81a30101026265640300", E_OBJECT_CLAIM },
		{ "activation", true, 3, "81a30101026265640305", E_OBJECT_CLAIM },
		{ "activation", true, 3, "81a30101026265640304", E_OK },
		{ "activation", true, 3, "82a30101026265640304a0", E_OBJECT_CLAIM },
		/* features of 3 and 5 members, of no type, without a code */
		{ "activation", true, 3, "81a401010262656403040780", E_OK },
		{ "activation", true, 3, "81a4010102626564030407818462616201f6f6", E_OK },
		{ "activation", true, 3, "81a4010102626564030407818462616201f602", E_OK },
		{ "activation", true, 3, "81a4010102626564030407818362616201f6",
		    E_OBJECT_CLAIM },
		{ "activation", true, 3, "81a4010102626564030407818562616201f6f6f6",
		    E_OBJECT_CLAIM },
		{ "activation", true, 3, "81a40101026265640304078184626162f6f6f6",
		    E_OBJECT_CLAIM },
		{ "activation", true, 3, "81a4010102626564030407818462616203f6f6",
		    E_OBJECT_CLAIM },
		{ "activation", true, 3, "81a40101026265640304078184f601f6f6",
		    E_OBJECT_CLAIM },
	};

	(void)state;
	try_changes(rows, ARRAY_LEN(rows));
}

static void
test_others(void **state)
{
	static const struct change rows[] = {
		{ "revocations", true, 2, "80", E_OK },
		{ "revocations", true, 2, "824800000000000000014800000000000000ff",
		    E_OK },
		{ "revocations", true, 2, "8248000000000000000248000000000000ffff",
		    E_OK },
		{ "revocations", true, 2,
		    "824800000000000000024800000000000000"
		    "01",
		    E_OBJECT_CLAIM },
		{ "revocations", true, 2,
		    "824800000000000000024800000000000000"
		    "02",
		    E_OBJECT_CLAIM },
		{ "revocations", true, 2, "8101", E_OBJECT_CLAIM },
		{ "revocations", true, 4, "8241014101", E_OBJECT_CLAIM },
		{ "revocations", true, 4, "82480000000000000001480000000000000001",
		    E_OBJECT_CLAIM },
		{ "revocations", true, 4, "82480000000000000002480000000000000001",
		    E_OBJECT_CLAIM },
		{ "revocations", true, 4, "82480000000000000001480000000000000002",
		    E_OK },
		{ "certificate-issuing", true, 1, "00", E_OBJECT_CLAIM },
		{ "certificate-issuing", true, 1, "03", E_OBJECT_CLAIM },
		/* a key of the other curve */
		{ "certificate-issuing", true, 1, "02", E_OBJECT_CLAIM },
		{ "certificate-box", true, 1, "01", E_OBJECT_CLAIM },
	};

	(void)state;
	try_changes(rows, ARRAY_LEN(rows));
}

static void
test_credentials(void **state)
{
	(void)state;
	/* both, none, a password alone; a name alone is one */
	assert_int_equal(get_changed("request", true, 5, "63614061"), E_OBJECT_CLAIM);
	assert_int_equal(get_changed("request", true, 6, "6161"), E_OBJECT_CLAIM);
	assert_int_equal(get_changed("request", true, 4, NULL), E_OBJECT_CLAIM);
	assert_int_equal(get_changed("request-password", true, 5, NULL), E_OBJECT_CLAIM);
	assert_int_equal(get_changed("request-password", true, 6, NULL), E_OK);
}

static struct slice
cose_key(const char *pairs)
{
	struct buf b = BUF_INIT(o.arena);

	buf_slice_add(&b, hex("a101"));
	buf_slice_add(&b, hex(pairs));
	return buf_slice(&b);
}

static void
test_device_key(void **state)
{
#define X_HEX                                                                            \
	"215820"                                                                         \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	static const struct {
		const char *pairs;
		enum err err;
	} rows[] = {
		{ "a301012006" X_HEX, E_OK },
		{ "a4010103272006" X_HEX, E_OK },
		{ "a301022006" X_HEX, E_OBJECT_CLAIM },
		{ "a301012004" X_HEX, E_OBJECT_CLAIM },
		{ "a201012006", E_OBJECT_CLAIM },
		{ "a20101" X_HEX, E_OBJECT_CLAIM },
		{ "a22006" X_HEX, E_OBJECT_CLAIM },
		{ "a301012006214100", E_OBJECT_CLAIM },
	};
	static const char *const kinds[] = { "request", "activation",
		"certificate-issuing" };

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			const struct objects_sample *s = objects_find(kinds[k]);
			struct slice payload = objects_payload(&o, s);
			void *claims;

			payload = edit(payload, 8, cose_key(rows[i].pairs));
			assert_int_equal(get(s->kind, payload, &claims), rows[i].err);
		}
}

/* What is sealed to such a key anyone can open. */
static void
test_small_order(void **state)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	struct claims_certificate c = { .not_after = FIELD_NONE, .use = KEY_BOX };
	void *claims;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		memcpy(c.public_key, hex(points[i]).p, KEY_PUBLIC);
		assert_int_equal(
		    get(OBJECT_KEY_CERTIFICATE, put(OBJECT_KEY_CERTIFICATE, &c), &claims),
		    E_OBJECT_CLAIM);
	}
}

static struct slice
text_of(size_t n)
{
	char *p = arena_alloc(o.arena, n + 1);

	memset(p, 'a', n);
	return slice_of(p, n);
}

static enum err
get_request(const struct claims_request *r)
{
	void *claims;

	return get(OBJECT_REQUEST, put(OBJECT_REQUEST, r), &claims);
}

static void
test_lengths(void **state)
{
	const struct claims_request *key = objects_find("request")->claims;
	const struct claims_request *user = objects_find("request-password")->claims;
	struct claims_request r;

	(void)state;
#define LENGTH(of, member, longest)                                                      \
	r = *of;                                                                         \
	r.member = text_of(longest);                                                     \
	assert_int_equal(get_request(&r), E_OK);                                         \
	r.member = text_of((longest) + 1);                                               \
	assert_int_equal(get_request(&r), E_OBJECT_CLAIM)
	LENGTH(key, product, 64);
	LENGTH(key, license_key, 128);
	LENGTH(key, hardware_id, 256);
	LENGTH(user, username, 254);
	LENGTH(user, password, 256);
	LENGTH(user, variables.item[0].value, 4096);
	user->variables.item[0].value = SLICE("Mur");
}

static struct claims_pairs
many_pairs(size_t n)
{
	struct claims_pairs pairs = { arena_array(o.arena, n, sizeof(*pairs.item)), n };

	for (size_t i = 0; i < n; i++)
		pairs.item[i] =
		    (struct claims_pair){ slice_str(arena_printf(o.arena, "n%zu", i)),
			    SLICE("") };
	return pairs;
}

static void
test_counts(void **state)
{
	struct claims_request r =
	    *(const struct claims_request *)objects_find("request")->claims;
	struct claims_activation a =
	    *(const struct claims_activation *)objects_find("activation-full")->claims;
	struct claims_license *l = arena_array(o.arena, 66, sizeof(*l));
	struct claims_feature *f = arena_array(o.arena, 257, sizeof(*f));
	void *claims;

	(void)state;
#define COUNT(target, member, kind, most)                                                \
	target member = (most);                                                          \
	assert_int_equal(get(kind, put(kind, &target), &claims), E_OK);                  \
	target member = (most) + 1;                                                      \
	assert_int_equal(get(kind, put(kind, &target), &claims), E_OBJECT_CLAIM)
	r.facts = many_pairs(65);
	COUNT(r, .facts.n, OBJECT_REQUEST, 64);
	r.facts.n = 0;
	r.variables = many_pairs(129);
	COUNT(r, .variables.n, OBJECT_REQUEST, 128);
	for (int i = 0; i < 66; i++)
		l[i] = a.licenses[0];
	a.licenses = l;
	COUNT(a, .n_licenses, OBJECT_ACTIVATION, 65);
	a.n_licenses = 1;
	for (int i = 0; i < 257; i++)
		f[i] = l->features[0];
	l->features = f;
	COUNT(a, .licenses->n_features, OBJECT_ACTIVATION, 256);
	l->n_features = 0;
	l->custom_fields = many_pairs(65);
	COUNT(a, .licenses->custom_fields.n, OBJECT_ACTIVATION, 64);
}

/* license-api-v4.md 1.3: over-long facts are cut, between characters. */
static void
test_facts_are_cut(void **state)
{
	struct claims_request r =
	    *(const struct claims_request *)objects_find("request")->claims;
	struct claims_pair fact = { SLICE("hostname"), text_of(300) };
	void *claims;

	(void)state;
	memcpy((char *)fact.value.p + 254, "\xc4\x8d", 2);
	r.facts = (struct claims_pairs){ &fact, 1 };
	assert_int_equal(get(OBJECT_REQUEST, put(OBJECT_REQUEST, &r), &claims), E_OK);
	assert_int_equal(((struct claims_request *)claims)->facts.item[0].value.n, 254);
	fact.name = text_of(65);
	assert_int_equal(get_request(&r), E_OBJECT_CLAIM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_request, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_activation, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_credentials, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_device_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_small_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lengths, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_facts_are_cut, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
