/* offline-activation.md 3: what the objects say, and their sizes. */
#include "tests/unit/offline_rig.h"

static void
test_round_trip(void **state)
{
	(void)state;
	for (const struct objects_sample *s = objects_samples; s->name; s++) {
		struct slice payload = objects_payload(&o, s);
		void *claims;

		assert_int_equal(get(s->kind, payload, &claims), E_OK);
		assert_true(slice_equal(put(s->kind, claims), payload));
	}
}

static void
test_values(void **state)
{
	struct claims_request *r;
	struct claims_activation *a;
	struct claims_license *l;
	void *claims;

	(void)state;
	assert_int_equal(
	    get(OBJECT_REQUEST, objects_payload(&o, objects_find("request-password")),
		&claims),
	    E_OK);
	r = claims;
	assert_true(r->issued_at == OBJECTS_NOW && r->action == CLAIMS_ACTIVATE);
	assert_memory_equal(r->device_key, o.device.public_key, KEY_PUBLIC);
	assert_true(r->bundle && r->is_vm && !r->license_key.p);
	assert_true(slice_is(r->username, "ana@example.com"));
	assert_true(slice_is(claims_pair_get(&r->facts, "os_ver"), "Debian 12"));
	assert_null(claims_pair_get(&r->facts, "os").p);
	assert_true(r->license_id == 1202 && r->sequence == FIELD_NONE);
	assert_int_equal(r->variables.n, 4);
	/* as on the wire: the shortest name first */
	assert_true(slice_is(r->variables.item[0].name, "a"));
	assert_int_equal(
	    get(OBJECT_ACTIVATION, objects_payload(&o, objects_find("activation-full")),
		&claims),
	    E_OK);
	a = claims;
	l = a->licenses;
	assert_true(a->vendor == 1 && a->has_device_key && a->has_request);
	assert_true(a->serial == UINT64_C(20250704000002));
	assert_int_equal(a->n_licenses, 1);
	assert_true(l->id == 1204 && l->trial && l->grace_hours == 24);
	assert_int_equal(l->n_features, 3);
	assert_true(l->features[0].until == FIELD_NONE);
	assert_true(l->features[1].max_consumption == 1000 && l->features[1].type == 2);
	assert_true(slice_is(claims_pair_get(&l->custom_fields, "region"), "EU"));
}

/* 3.2: size goals, the certificate included. */
static void
test_sizes(void **state)
{
	struct slice single = objects_sign(&o, objects_find("activation"));
	struct slice bundle = objects_sign(&o, objects_find("activation-bundle"));

	(void)state;
	print_message("single license %zu bytes, bundle of 8 %zu\n", single.n, bundle.n);
	assert_in_range(single.n, 1, 480);
	assert_in_range(bundle.n, 1, 1550);
}

static bool
is_optional(enum object_kind kind, bool private, int64_t key)
{
	static const struct {
		enum object_kind kind;
		bool private;
		int64_t key;
	} rows[] = {
		{ OBJECT_REQUEST, true, 3 },
		{ OBJECT_REQUEST, true, 6 },
		{ OBJECT_REQUEST, true, 10 },
		{ OBJECT_REQUEST, true, 11 },
		{ OBJECT_REQUEST, true, 12 },
		{ OBJECT_REQUEST, true, 13 },
		{ OBJECT_ACTIVATION, false, 4 },
		{ OBJECT_ACTIVATION, false, 8 },
		{ OBJECT_ACTIVATION, true, 1 },
		{ OBJECT_DEACTIVATION, true, 4 },
		{ OBJECT_DEACTIVATION, true, 5 },
		{ OBJECT_RECEIPT, false, 1 },
		{ OBJECT_REVOCATIONS, false, 1 },
		{ OBJECT_KEY_CERTIFICATE, false, 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].kind == kind && rows[i].private == private &&
		    rows[i].key == key)
			return true;
	return false;
}

/* Each member of the map: left out, and of another type. */
static int
try_members(const struct objects_sample *s, bool private)
{
	struct slice payload = objects_payload(&o, s);
	struct slice map = private ? member(payload, PRIVATE) : payload;
	struct cbor_in in = { .rest = map };
	int tried = 0;
	void *claims;

	for (size_t left = cbor_take_map(&in); left > 0; left--) {
		struct slice name = take_item(&in);
		struct slice without = edit_at(map, name, SLICE_NULL);
		struct slice other = edit_at(map, name, hex("f6"));
		int64_t key = cbor_take_int(&(struct cbor_in){ .rest = name });
		bool optional = is_optional(s->kind, private, key);

		cbor_skip(&in);
		if (private) {
			without = edit(payload, PRIVATE, without);
			other = edit(payload, PRIVATE, other);
		}
		assert_int_equal(
		    get(s->kind, without, &claims), optional ? E_OK : E_OBJECT_CLAIM);
		if (optional)
			assert_true(slice_equal(put(s->kind, claims), without));
		assert_int_equal(get(s->kind, other, &claims), E_OBJECT_CLAIM);
		tried++;
	}
	return tried;
}

static void
test_members(void **state)
{
	int tried = 0;

	(void)state;
	for (const struct objects_sample *s = objects_samples; s->name; s++)
		tried += try_members(s, false) + try_members(s, true);
	assert_in_range(tried, 100, 1000);
}

static void
test_unknown_members(void **state)
{
	static const char *const keys[] = { "18c8", "3a00ffffff", "1bffffffffffffffff",
		"4101", "6161", "8101" };

	(void)state;
	for (const struct objects_sample *s = objects_samples; s->name; s++)
		for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
			struct slice payload = objects_payload(&o, s), more;
			struct slice value = hex("a1018102");
			void *claims;

			more = edit_at(member(payload, PRIVATE), hex(keys[i]), value);
			more = edit_at(edit(payload, PRIVATE, more), hex(keys[i]), value);
			assert_int_equal(get(s->kind, more, &claims), E_OK);
			assert_true(slice_equal(put(s->kind, claims), payload));
		}
}

static void
test_pair_order(void **state)
{
	struct claims_pair item[] = { { SLICE("bb"), SLICE("1") },
		{ SLICE("a"), SLICE("2") }, { SLICE("ab"), SLICE("3") } };
	struct claims_request r =
	    *(const struct claims_request *)objects_find("request")->claims;
	struct buf b = BUF_INIT(o.arena);

	(void)state;
	r.facts = (struct claims_pairs){ item, ARRAY_LEN(item) };
	assert_true(slice_equal(member(member(put(OBJECT_REQUEST, &r), PRIVATE), 9),
	    hex("a36161613262616261336262626131")));
	item[2].name = SLICE("bb");
	claims_put_request(&b, &r);
	assert_false(buf_ok(&b));
}

static void
test_no_memory(void **state)
{
	(void)state;
	for (const struct objects_sample *s = objects_samples; s->name; s++) {
		struct slice payload = objects_payload(&o, s);
		enum err err = E_NO_MEMORY;
		void *claims;

		for (size_t n = 0; err != E_OK; n++) {
			arena_fail_at(n);
			err = objects_get(o.arena, s->kind, payload, &claims);
			assert_true(err == E_NO_MEMORY || arena_fail_left() != SIZE_MAX);
			arena_fail_after(SIZE_MAX);
			assert_true(err == E_OK || err == E_NO_MEMORY);
		}
	}
}

static void
test_digest(void **state)
{
	unsigned char digest[CLAIMS_DIGEST];

	(void)state;
	claims_device_digest(SLICE("hw-1"), digest);
	assert_memory_equal(
	    digest, hex("d7c8e34de07d790f123afc6d9601519b").p, CLAIMS_DIGEST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_values, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sizes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_members, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unknown_members, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pair_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_digest, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("claims", tests, NULL, NULL);
}
