#include "base/field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "tests/unit/base_thing.h"

static struct faults
read_json(
    const char *text, enum field_mode mode, struct thing *t, struct field_set *given)
{
	struct faults faults = { .arena = arena };
	struct json *j;

	assert_int_equal(json_parse(arena, slice_str(text), &j), E_OK);
	*given = (struct field_set){ { 0 } };
	field_json_read(&faults, "", &things, mode, j, t, given);
	return faults;
}

static void
test_json_read(void **state)
{
	struct field_set given;
	struct thing t;
	struct faults f;

	(void)state;
	field_clear(&things, &t);
	f = read_json("{\"on\":\"1\",\"count\":\"-5\",\"limit\":7,"
		      "\"at\":\"2025-07-04T12:56:13.412+02:00\",\"until\":\"2026-03-01\","
		      "\"full_name\":\"n\",\"note\":\"abcd\\u010d\",\"raw\":\"AP8\","
		      "\"extra\":{\"b\":1.0,\"2\":[1e21]},\"color\":\"blue\","
		      "\"shade\":null,\"parts\":[{\"number\":3,\"color\":\"green\"}],"
		      "\"numbers\":[1,\"2\",-3],\"maybe\":null,\"id\":9,"
		      "\"secret\":\"s\",\"other\":1}",
	    FIELD_CREATE, &t, &given);
	assert_int_equal(f.total, 0);
	assert_int_equal(fault_first(&f), E_OK);
	assert_true(t.on && t.count == -5 && t.limit == 7);
	assert_true(t.at == INT64_C(1751626573412000));
	assert_true(t.until == INT64_C(1772323200000000));
	assert_true(slice_is(t.name, "n"));
	assert_true(slice_is(t.note, "abcd"));
	assert_true(t.raw.n == 2 && memcmp(t.raw.p, "\0\xff", 2) == 0);
	assert_true(slice_is(t.extra, "{\"2\":[1e+21],\"b\":1}"));
	assert_true(t.color == 2 && t.shade == -1);
	assert_int_equal(t.parts.n, 1);
	assert_int_equal(((struct part *)t.parts.p)->number, 3);
	assert_non_null(((struct part *)t.parts.p)->label.p);
	assert_true(t.numbers.n == 3 && ((int64_t *)t.numbers.p)[2] == -3);
	assert_true(!t.maybe.p && t.id == 0 && t.secret.n == 0);
	assert_true(field_given(&things, &given, "shade"));
	assert_false(field_given(&things, &given, "code"));
	assert_false(field_given(&things, &given, "id"));
	assert_false(field_given(&things, &given, "secret"));
}

static void
assert_fault(const char *text, enum err code, const char *field)
{
	struct thing t = full_thing(), before = t;
	struct field_set given;
	struct faults f = read_json(text, FIELD_PATCH, &t, &given);

	if (f.total != 1)
		fail_msg("%s: %zu faults", text, f.total);
	assert_int_equal(fault_first(&f), code);
	assert_string_equal(f.item[0].field, field);
	assert_same(&t, &before);
	assert_true(field_set_empty(&given));
}

static void
test_json_faults(void **state)
{
	(void)state;
	assert_fault("{\"on\":2}", E_VALIDATION, "on");
	assert_fault("{\"on\":null}", E_VALIDATION, "on");
	assert_fault("{\"count\":1001}", E_VALIDATION, "count");
	assert_fault("{\"count\":1.5}", E_VALIDATION, "count");
	assert_fault("{\"limit\":9007199254740992}", E_VALIDATION, "limit");
	assert_fault("{\"limit\":\"-9223372036854775808\"}", E_VALIDATION, "limit");
	assert_fault("{\"limit\":\"\"}", E_VALIDATION, "limit");
	assert_fault("{\"at\":\"yesterday\"}", E_VALIDATION, "at");
	assert_fault("{\"at\":1751626573}", E_VALIDATION, "at");
	assert_fault("{\"full_name\":\"\"}", E_VALIDATION, "full_name");
	assert_fault("{\"full_name\":5}", E_VALIDATION, "full_name");
	assert_fault(
	    "{\"full_name\":\"123456789012345678901\"}", E_VALIDATION, "full_name");
	assert_fault("{\"code\":\"a\\u007f\"}", E_VALIDATION, "code");
	assert_fault("{\"code\":\"c-2\"}", E_IMMUTABLE_FIELD, "code");
	assert_fault("{\"raw\":\"A\"}", E_VALIDATION, "raw");
	assert_fault("{\"raw\":\"AAAAAAA\"}", E_VALIDATION, "raw");
	assert_fault("{\"extra\":[9007199254740992]}", E_VALIDATION, "extra");
	assert_fault("{\"extra\":[[[[[[[[[1]]]]]]]]]}", E_VALIDATION, "extra");
	assert_fault("{\"color\":\"pink\"}", E_VALIDATION, "color");
	assert_fault("{\"color\":1}", E_VALIDATION, "color");
	assert_fault("{\"parts\":{}}", E_VALIDATION, "parts");
	assert_fault("{\"parts\":[1]}", E_VALIDATION, "parts[0]");
	assert_fault(
	    "{\"parts\":[{\"number\":1},{}]}", E_MISSING_PARAMETERS, "parts[1].number");
	assert_fault("{\"parts\":[{\"number\":101}]}", E_VALIDATION, "parts[0].number");
	assert_fault("{\"numbers\":[1,\"x\"]}", E_VALIDATION, "numbers");
	assert_fault("{\"maybe\":[1,2,3,4,5]}", E_VALIDATION, "maybe");
}

static void
test_json_patch(void **state)
{
	struct thing t = full_thing();
	struct field_set given;
	struct faults f = read_json(
	    "{\"code\":\"c-1\",\"note\":null,\"limit\":null}", FIELD_PATCH, &t, &given);

	(void)state;
	assert_int_equal(f.total, 0);
	assert_true(!t.note.p && t.limit == FIELD_NONE && t.count == -5);
	assert_true(field_given(&things, &given, "note"));
	assert_false(field_given(&things, &given, "count"));
}

static void
test_faults_collected(void **state)
{
	struct thing t = full_thing();
	struct field_set given;
	struct faults f = read_json(
	    "{\"count\":5000,\"on\":7,\"color\":\"x\"}", FIELD_CREATE, &t, &given);

	(void)state;
	assert_int_equal(f.total, 4);
	assert_int_equal(fault_first(&f), E_MISSING_PARAMETERS);
	assert_string_equal(f.item[0].field, "full_name");
	assert_string_equal(f.item[3].message, "color must be one of: red, green, blue");
	for (int i = 0; i < 200; i++)
		fault_add(&f, "x", E_DUPLICATE, NULL);
	assert_int_equal(f.n, FAULT_MAX);
	assert_int_equal(f.total, 204);
	assert_null(f.item[50].message);
}

static void
test_json_unknown(void **state)
{
	static const char *const also[] = { "reason", NULL };
	struct slice *names;
	struct json *j;
	size_t n;

	(void)state;
	assert_int_equal(
	    json_parse(arena,
		SLICE("{\"on\":1,\"x\":1,\"reason\":1,\"id\":2,\"secret\":3}"), &j),
	    E_OK);
	assert_int_equal(field_json_unknown(arena, &things, also, j, &names, &n), E_OK);
	assert_int_equal(n, 3);
	assert_true(slice_is(names[0], "x") && slice_is(names[1], "id"));
	assert_true(slice_is(names[2], "secret"));
	assert_int_equal(field_json_unknown(arena, &things, NULL, j, &names, &n), E_OK);
	assert_int_equal(n, 4);
}

static void
test_json_print(void **state)
{
	struct thing t = full_thing();
	struct buf b = BUF_INIT(arena);
	struct json *j;

	(void)state;
	t.parts.n = 1;
	t.numbers.n = 2;
	t.note = SLICE_NULL;
	t.id = 77;
	field_json_members(&b, &things, &t);
	buf_char(&b, '\0');
	assert_string_equal(b.p,
	    "\"id\":77,\"on\":true,\"count\":-5,\"limit\":0,"
	    "\"at\":\"2025-07-04T10:56:13.412Z\",\"until\":\"9999-12-31T23:59:59.999Z\","
	    "\"full_name\":\"\xc4\x8c"
	    "akovec\",\"code\":\"c-1\",\"note\":null,\"raw\":\"AP8\","
	    "\"extra\":{\"a\":[1]},\"color\":\"green\",\"shade\":\"red\","
	    "\"parts\":[{\"number\":1,\"label\":\"one\",\"color\":\"blue\"}],"
	    "\"numbers\":[-7000,-6000],\"maybe\":[]");
	buf_clear(&b);
	field_clear(&things, &t);
	buf_char(&b, '{');
	field_json_members(&b, &things, &t);
	buf_char(&b, '}');
	assert_int_equal(json_parse(arena, buf_slice(&b), &j), E_OK);
	assert_int_equal(json_get(j, "limit")->type, JSON_NULL);
	assert_int_equal(json_get(j, "extra")->type, JSON_OBJECT);
	assert_int_equal(json_get(j, "maybe")->type, JSON_NULL);
	assert_int_equal(json_get(j, "shade")->type, JSON_NULL);
	assert_null(json_get(j, "secret"));
}

static enum err
json_and_back(struct arena *a, const struct thing *t)
{
	struct faults faults = { .arena = a };
	struct field_set given = { { 0 } };
	struct buf b = BUF_INIT(a), wire = BUF_INIT(NULL);
	struct slice unknown;
	struct json *j;
	struct thing u;
	enum err e;

	field_wire_write(&wire, &things, t, SLICE("\x50\x01x"));
	e = buf_finish(&wire);
	if (!e)
		e = field_wire_read(a, &things, buf_slice(&wire), &u, &unknown);
	buf_free(&wire);
	if (e)
		return e;
	buf_char(&b, '{');
	field_json_members(&b, &things, &u);
	buf_char(&b, '}');
	e = buf_finish(&b);
	if (!e)
		e = json_parse(a, buf_slice(&b), &j);
	if (!e)
		field_json_read(&faults, "", &things, FIELD_PATCH, j, &u, &given);
	return e ? e : fault_first(&faults);
}

static void
test_no_memory(void **state)
{
	struct thing t = full_thing();
	size_t n = 0;
	enum err e;

	(void)state;
	t.parts.n = 1;
	do {
		struct arena *a = arena_new(0);

		arena_fail_after(n++);
		e = json_and_back(a, &t);
		arena_fail_after(SIZE_MAX);
		assert_true(e == E_OK || e == E_NO_MEMORY);
		arena_free(a);
	} while (e);
	assert_true(n > 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_read),
		cmocka_unit_test(test_json_faults),
		cmocka_unit_test(test_json_patch),
		cmocka_unit_test(test_faults_collected),
		cmocka_unit_test(test_json_unknown),
		cmocka_unit_test(test_json_print),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
