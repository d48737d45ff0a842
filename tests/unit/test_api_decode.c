#include "server/api/v4_decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/api_example.h"

#define DEVICE_KEY "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"
#define DEVICE_PROOF                                                                     \
	"IVnnNxl7ZtDJFLQDNUXcb0KX9MGiCRuvQfKWp7OZgFv-CrQ29OBzW11VujNswcH4by-"            \
	"nWZIc9hlSF8IWcM9hCA"

static const struct v4_spec activate = {
	.name = "activate_bundle",
	.take = V4_BASE | V4_BUNDLE_CODE | V4_ID_A | V4_VARIABLES | V4_DEVICE_KEY,
	.bundle = true,
};
static const struct v4_spec check = {
	.name = "check_license",
	.take = V4_BASE | V4_BUNDLE_CODE | V4_ID_B | V4_CHECK,
	.single = true,
};
static const struct v4_spec consume = {
	.name = "add_consumption",
	.take = V4_BASE | V4_ID_B | V4_CONSUME,
};
static const struct v4_spec change = {
	.name = "change_password",
	.take = V4_NEW_PASSWORD,
};

static struct arena *arena;
static struct request request;
static struct endpoint endpoint;
static struct call call;
static struct v4_call v4;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static enum err
decode(const struct v4_spec *spec, enum method method, struct slice text)
{
	request = (struct request){ .arena = arena, .method = method };
	snprintf(request.peer, sizeof(request.peer), "192.0.2.7");
	if (method == HTTP_GET)
		request.query = text;
	else
		request.body = text;
	endpoint = (struct endpoint){ .method = method };
	call =
	    (struct call){ .request = &request, .arena = arena, .endpoint = &endpoint };
	v4 = (struct v4_call){ .call = &call, .spec = spec };
	v4.auth.date = SLICE(EXAMPLE_DATE);
	return v4_decode(&v4);
}

static enum err
body(const struct v4_spec *spec, const char *text)
{
	return decode(spec, HTTP_POST, slice_str(text));
}

/* A good body of activate_bundle with more members. */
static enum err
with(const char *members)
{
	return body(&activate,
	    arena_printf(arena,
		"{\"hardware_id\":\"hw-1\",\"product\":\"suite\",\"license_key\":"
		"\"K-1\"%s%s}",
		members[0] ? "," : "", members));
}

static enum err
query(const struct v4_spec *spec, const char *text)
{
	return decode(spec, HTTP_GET, slice_str(text));
}

static enum err
query_with(const char *pairs)
{
	return query(
	    &check, arena_printf(arena,
			"hardware_id=hw-1&product=suite&license_key=K-1%s", pairs));
}

static void
bodies(void **state)
{
	(void)state;
	assert_int_equal(body(&activate, ""), E_MISSING_CONTENT);
	assert_int_equal(body(&activate, " \n"), E_MISSING_CONTENT);
	assert_int_equal(body(&activate, "{"), E_INVALID_JSON);
	assert_int_equal(body(&activate, "[]"), E_INVALID_JSON);
	assert_int_equal(body(&activate, "{\"a\":1,\"a\":2}"), E_INVALID_JSON);
	assert_int_equal(body(&activate, "{\"a\":\"\\u0000\"}"), E_VALIDATION);
	assert_int_equal(body(&activate, "{}"), E_MISSING_PARAMETERS);
	assert_int_equal(with(""), E_OK);
	assert_int_equal(with("\"unknown\":{\"x\":[1]}"), E_OK);
}

static void
presence_comes_before_types(void **state)
{
	(void)state;
	assert_int_equal(
	    body(&activate, "{\"hardware_id\":1,\"product\":2}"), E_MISSING_PARAMETERS);
	assert_int_equal(
	    body(&activate,
		"{\"hardware_id\":1,\"product\":null,\"license_key\":\"K-1\"}"),
	    E_MISSING_PARAMETERS);
	assert_int_equal(
	    body(&activate, "{\"hardware_id\":\"\",\"product\":7,\"license_key\":1}"),
	    E_MISSING_PARAMETERS);
	assert_int_equal(
	    body(&activate, "{\"hardware_id\":\"h\",\"product\":7,\"license_key\":1}"),
	    E_VALIDATION);
	assert_int_equal(query(&check, "hardware_id=&product=suite&license_key=K"),
	    E_MISSING_PARAMETERS);
}

static void
strings_take_no_numbers(void **state)
{
	(void)state;
	assert_int_equal(
	    body(&activate, "{\"hardware_id\":\"1750063067043.943\",\"product\":"
			    "\"suite\",\"license_key\":\" K-1 \"}"),
	    E_OK);
	assert_true(slice_is(v4.req.hardware_id, "1750063067043.943"));
	assert_true(slice_is(v4.req.license_key, "K-1"));
	assert_true(v4.req.bundle && !v4.req.single);
	assert_true(slice_is(v4.req.peer_address, "192.0.2.7"));
	assert_int_equal(with("\"os_ver\":12"), E_VALIDATION);
	assert_int_equal(with("\"os_ver\":null"), E_OK);
	assert_null(v4.req.facts.os_ver.p);
}

static void
integers(void **state)
{
	(void)state;
	assert_int_equal(with(""), E_OK);
	assert_int_equal(v4.req.license_id, FIELD_NONE);
	assert_int_equal(with("\"license_id\":12"), E_OK);
	assert_int_equal(v4.req.license_id, 12);
	assert_int_equal(with("\"license_id\":\"9007199254740991\""), E_OK);
	assert_int_equal(v4.req.license_id, INT64_C(9007199254740991));
	assert_int_equal(with("\"license_id\":0"), E_VALIDATION);
	assert_int_equal(with("\"license_id\":9007199254740992"), E_VALIDATION);
	assert_int_equal(with("\"license_id\":1.5"), E_VALIDATION);
	assert_int_equal(with("\"license_id\":\"1e3\""), E_VALIDATION);
	assert_int_equal(with("\"license_id\":true"), E_VALIDATION);
	assert_int_equal(query_with("&license_id=12"), E_OK);
	assert_int_equal(v4.req.license_id, 12);
	assert_int_equal(query_with("&license_id=12x"), E_VALIDATION);
}

static void
booleans(void **state)
{
	static const char *const yes[] = { "true", "1", "\"true\"", "\"1\"" };
	static const char *const no[] = { "false", "0", "\"false\"", "\"0\"" };
	static const char *const bad[] = { "2", "\"yes\"", "[]", "1.0e1" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(with(arena_printf(arena, "\"is_vm\":%s", yes[i])), E_OK);
		assert_true(v4.req.has_is_vm && v4.req.facts.is_vm);
		assert_int_equal(with(arena_printf(arena, "\"is_vm\":%s", no[i])), E_OK);
		assert_true(v4.req.has_is_vm && !v4.req.facts.is_vm);
		assert_int_equal(
		    with(arena_printf(arena, "\"is_vm\":%s", bad[i])), E_VALIDATION);
	}
	assert_int_equal(with(""), E_OK);
	assert_false(v4.req.has_is_vm);
	assert_int_equal(query_with("&include_expired_features=1"), E_OK);
	assert_true(v4.req.include_expired_features);
	assert_int_equal(query_with("&include_expired_features=True"), E_VALIDATION);
}

static void
queries(void **state)
{
	(void)state;
	assert_int_equal(
	    query_with("&os_ver=Debian+12%20x&env=linux64&nonce=a%2Bb"), E_OK);
	assert_true(slice_is(v4.req.facts.os_ver, "Debian 12 x"));
	assert_true(slice_is(v4.req.env, "linux64"));
	assert_true(v4.req.single && !v4.req.bundle);
	assert_int_equal(query_with("&product=suite"), E_VALIDATION);
	assert_int_equal(query_with("&nonce=1&nonce=2"), E_VALIDATION);
	assert_int_equal(query_with("&os_ver=%ff"), E_VALIDATION);
	assert_int_equal(query_with("&os_ver=%zz"), E_VALIDATION);
}

static char *
repeat(char c, size_t n)
{
	char *text = arena_alloc(arena, n + 1);

	memset(text, c, n);
	return text;
}

static void
limits(void **state)
{
	(void)state;
	assert_int_equal(query(&check, arena_printf(arena,
					   "hardware_id=%s&product=suite&license_key=K",
					   repeat('h', 256))),
	    E_OK);
	assert_int_equal(query(&check, arena_printf(arena,
					   "hardware_id=%s&product=suite&license_key=K",
					   repeat('h', 257))),
	    E_VALIDATION);
	assert_int_equal(query_with("&bundle_code=a"), E_VALIDATION);
	assert_int_equal(query_with("&bundle_code=a%20b"), E_VALIDATION);
	assert_int_equal(query_with("&bundle_code=a~.-_Z9"), E_OK);
	assert_int_equal(
	    query(&check, "hardware_id=a%0Ab&product=suite&license_key=K"), E_VALIDATION);
	assert_int_equal(
	    query(&check, "hardware_id=a&product=suite&license_key=K%23"), E_VALIDATION);
	assert_int_equal(
	    query(&check, "hardware_id=a&product=s&license_key=K"), E_VALIDATION);
}

static void
long_facts_are_cut_between_characters(void **state)
{
	(void)state;
	assert_int_equal(
	    with(arena_printf(arena, "\"hostname\":\"%sčx\"", repeat('a', 254))), E_OK);
	assert_int_equal(v4.req.facts.hostname.n, 254);
	assert_int_equal(
	    with(arena_printf(arena, "\"hostname\":\"%sčx\"", repeat('a', 253))), E_OK);
	assert_int_equal(v4.req.facts.hostname.n, 255);
}

static void
credentials_of_activations(void **state)
{
	static const struct {
		const char *members;
		enum err err;
	} rows[] = {
		{ "\"license_key\":\"K\"", E_OK },
		{ "\"username\":\"u@x.eu\",\"password\":\"p\"", E_OK },
		{ "\"username\":\"u@x.eu|ACME\",\"password\":\"p\"", E_OK },
		{ "\"id_token\":\"t\",\"customer_account_code\":\"A\"", E_OK },
		{ "\"code\":\"c\",\"customer_account_code\":\"A\"", E_OK },
		{ "\"nothing\":1", E_MISSING_PARAMETERS },
		{ "\"username\":\"u@x.eu\"", E_MISSING_PARAMETERS },
		{ "\"password\":\"p\"", E_MISSING_PARAMETERS },
		{ "\"id_token\":\"t\"", E_MISSING_PARAMETERS },
		{ "\"customer_account_code\":\"A\"", E_MISSING_PARAMETERS },
		{ "\"license_key\":\"K\",\"username\":\"u@x.eu\",\"password\":\"p\"",
		    E_VALIDATION },
		{ "\"license_key\":\"K\",\"password\":\"p\"", E_VALIDATION },
		{ "\"license_key\":\"K\",\"customer_account_code\":\"A\"", E_VALIDATION },
		{ "\"id_token\":\"t\",\"code\":\"c\",\"customer_account_code\":\"A\"",
		    E_VALIDATION },
		{ "\"username\":\"u@x.eu|a b|c\",\"password\":\"p\"", E_OK },
		{ "\"username\":\"u@x.eu|a\\tb\",\"password\":\"p\"", E_VALIDATION },
		{ "\"username\":\"u@\",\"password\":\"p\"", E_VALIDATION },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
		    body(&activate, arena_printf(arena,
					"{\"hardware_id\":\"h\",\"product\":\"ab\",%s}",
					rows[i].members)),
		    rows[i].err);
}

static void
later_calls_ignore_the_password(void **state)
{
	(void)state;
	assert_int_equal(
	    query(&check, "hardware_id=h&product=ab&username=u@x.eu&password=p"), E_OK);
	assert_null(v4.req.password.p);
	assert_int_equal(query(&check, "hardware_id=h&product=ab&username=u@x.eu"), E_OK);
	assert_int_equal(
	    query(&check, "hardware_id=h&product=ab&license_key=K&password=p"), E_OK);
	assert_int_equal(
	    query(&check, "hardware_id=h&product=ab&password=p"), E_MISSING_PARAMETERS);
}

static void
variables_become_text(void **state)
{
	static const char *const bad[] = { "[]", "\"x\"", "{\"a\":[]}", "{\"a\":{}}",
		"{\"\":1}", "{\"a\\n\":1}" };

	(void)state;
	assert_int_equal(
	    with("\"variables\":{\"s\":\"\",\"n\":1e21,\"r\":0.10,\"b\":true,"
		 "\"z\":null}"),
	    E_OK);
	assert_true(v4.req.has_variables);
	assert_int_equal(v4.req.n_variables, 4);
	assert_true(slice_is(v4.req.variables[0].name, "s"));
	assert_non_null(v4.req.variables[0].value.p);
	assert_int_equal(v4.req.variables[0].value.n, 0);
	assert_true(slice_is(v4.req.variables[1].value, "1e+21"));
	assert_true(slice_is(v4.req.variables[2].value, "0.1"));
	assert_true(slice_is(v4.req.variables[3].value, "true"));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(
		    with(arena_printf(arena, "\"variables\":%s", bad[i])), E_VALIDATION);
	assert_int_equal(with("\"variables\":{}"), E_OK);
	assert_true(v4.req.has_variables && v4.req.n_variables == 0);
	assert_int_equal(with(""), E_OK);
	assert_false(v4.req.has_variables);
}

static void
device_proofs(void **state)
{
	(void)state;
	assert_int_equal(with("\"device_key\":\"" DEVICE_KEY
			      "\",\"device_proof\":\"" DEVICE_PROOF "\""),
	    E_OK);
	assert_int_equal(v4.req.device_key.n, 32);
	assert_int_equal(
	    with("\"device_key\":\"" DEVICE_KEY "\""), E_DEVICE_PROOF_INVALID);
	assert_int_equal(
	    with("\"device_key\":\"" DEVICE_KEY "\",\"device_proof\":\"AAAA\""),
	    E_DEVICE_PROOF_INVALID);
	assert_int_equal(with("\"device_key\":\"" DEVICE_KEY "\",\"device_proof\":\"?\""),
	    E_DEVICE_PROOF_INVALID);
	assert_int_equal(
	    with("\"device_key\":\"AAAA\",\"device_proof\":\"AAAA\""), E_VALIDATION);
	assert_int_equal(
	    body(&activate,
		"{\"hardware_id\":\"hw-2\",\"product\":\"suite\",\"license_key\":"
		"\"K\",\"device_key\":\"" DEVICE_KEY "\",\"device_proof\":\"" DEVICE_PROOF
		"\"}"),
	    E_DEVICE_PROOF_INVALID);
}

static enum err
consume_with(const char *members)
{
	return body(&consume,
	    arena_printf(arena,
		"{\"hardware_id\":\"h\",\"product\":\"ab\",\"license_key\":\"K\"%s}",
		members));
}

static void
consumption(void **state)
{
	(void)state;
	assert_int_equal(consume_with(""), E_OK);
	assert_int_equal(v4.req.consumptions, 1);
	assert_false(v4.req.has_overages);
	assert_int_equal(v4.req.max_overages, FIELD_NONE);
	assert_int_equal(consume_with(",\"consumptions\":-1000000000000,"
				      "\"allow_overages\":1,\"max_overages\":0,"
				      "\"event\":[\"consumption_add\"]"),
	    E_OK);
	assert_int_equal(v4.req.consumptions, -MAX_CONSUMPTION_STEP);
	assert_true(v4.req.has_overages && v4.req.overages);
	assert_int_equal(v4.req.max_overages, 0);
	assert_int_equal(consume_with(",\"consumptions\":1000000000001"), E_VALIDATION);
	assert_int_equal(consume_with(",\"max_overages\":-1"), E_VALIDATION);
	assert_int_equal(consume_with(",\"ignore_events\":2"), E_VALIDATION);
	assert_int_equal(consume_with(",\"event\":\"consumption_add\""), E_VALIDATION);
	assert_int_equal(consume_with(",\"event\":[]"), E_VALIDATION);
	assert_int_equal(consume_with(",\"event\":[\"other\"]"), E_VALIDATION);
}

static void
new_passwords(void **state)
{
	(void)state;
	assert_int_equal(body(&change, "{\"username\":\"u@x.eu\",\"password\":\"p\"}"),
	    E_MISSING_PARAMETERS);
	assert_int_equal(body(&change, "{\"username\":\"u@x.eu\",\"password\":\"p\","
				       "\"new_password\":\"short\"}"),
	    E_VALIDATION);
	assert_int_equal(body(&change, "{\"username\":\"u@x.eu\",\"password\":\"p\","
				       "\"new_password\":\"long enough\"}"),
	    E_OK);
	assert_true(slice_is(v4.new_password, "long enough"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bodies),
		TEST(presence_comes_before_types),
		TEST(strings_take_no_numbers),
		TEST(integers),
		TEST(booleans),
		TEST(queries),
		TEST(limits),
		TEST(long_facts_are_cut_between_characters),
		TEST(credentials_of_activations),
		TEST(later_calls_ignore_the_password),
		TEST(variables_become_text),
		TEST(device_proofs),
		TEST(consumption),
		TEST(new_passwords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
