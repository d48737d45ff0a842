#include "cli/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cli/command.h"
#include "cli/option_field.h"

static struct arena *arena;

static const char *
text_of(const struct json *json)
{
	struct buf out = BUF_INIT(arena);

	json_print(&out, json);
	buf_char(&out, '\0');
	assert_true(buf_ok(&out));
	return out.p;
}

static void
members_are_replaced_by_name(void **state)
{
	struct body b = BODY_INIT(arena);

	(void)state;
	for (int i = 0; i < 40; i++)
		body_set(&b, arena_printf(arena, "m%02d", i % 20), body_int(i));
	assert_int_equal(b.json.n, 20);
	assert_int_equal(json_get(&b.json, "m03")->integer, 23);
	assert_true(body_has(&b, "m19"));
	assert_false(body_has(&b, "m20"));
}

static void
set_takes_json_or_text(void **state)
{
	struct body b = BODY_INIT(arena);

	(void)state;
	assert_true(body_set_pair(&b, "a=1"));
	assert_true(body_set_pair(&b, "b=x=y"));
	assert_true(body_set_pair(&b, "c={\"d\":[true]}"));
	assert_true(body_set_pair(&b, "e="));
	assert_true(body_set_pair(&b, "f=null"));
	assert_true(body_set_pair(&b, "g=\"1\""));
	assert_false(body_set_pair(&b, "h"));
	assert_false(body_set_pair(&b, "=h"));
	assert_string_equal(text_of(&b.json),
	    "{\"a\":1,\"b\":\"x=y\",\"c\":{\"d\":[true]},\"e\":\"\",\"f\":null,"
	    "\"g\":\"1\"}");
}

static void
queries_are_encoded(void **state)
{
	struct buf q = BUF_INIT(arena);

	(void)state;
	query_add(&q, "email", SLICE("a+b@c.de"));
	query_add(&q, "q", SLICE("\xc3\xa4 &=%"));
	query_add_int(&q, "limit", -1);
	buf_char(&q, '\0');
	assert_string_equal(q.p, "email=a%2Bb%40c.de&q=%C3%A4%20%26%3D%25&limit=-1");
}

/* The body that a command line makes. */
static enum err
read_line(const struct option_field *fields, const char *before, struct body *body,
    const char *const *word)
{
	static struct usage u;
	char *argv[24] = { (char *)"licet" };
	struct buf why = BUF_INIT(arena);
	struct cli cli = { .usage = &u, .arena = arena };
	struct json *json = NULL;
	int argc = 1;

	for (; *word; word++)
		argv[argc++] = arena_str(arena, slice_str(*word));
	assert_int_equal(usage_parse(&licet_program, arena, argc, argv, &u, &why), E_OK);
	if (before)
		assert_int_equal(json_parse(arena, slice_str(before), &json), E_OK);
	*body = BODY_INIT(arena);
	return option_fields_read(&cli, fields, json, body);
}

#define READ(fields, before, body, ...)                                                  \
	read_line(fields, before, body, (const char *const[]){ __VA_ARGS__, NULL })

static void
options_of_a_product(void **state)
{
	struct body b;

	(void)state;
	assert_int_equal(
	    READ(fields_product, NULL, &b, "product", "add", "ed", "--trial", "14",
		"--name", "Ed", "--user-based", "--set", "metadata={}"),
	    E_OK);
	assert_string_equal(text_of(&b.json), "{\"product_name\":\"Ed\",\"authorization_"
					      "method\":\"user\",\"trial_days\":14,"
					      "\"allow_trial\":true,\"metadata\":{}}");
	assert_int_equal(READ(fields_bundle, NULL, &b, "bundle", "add", "st", "--member",
			     "a", "--member", "b"),
	    E_OK);
	assert_string_equal(text_of(&b.json), "{\"members\":[\"a\",\"b\"]}");
}

static void
options_of_terms(void **state)
{
	struct body b;

	(void)state;
	assert_int_equal(READ(fields_policy, NULL, &b, "policy", "add", "p", "--type",
			     "subscription", "--duration", "1m", "--seats", "unlimited",
			     "--no-offline", "--feature", "x=7", "--feature", "y"),
	    E_OK);
	assert_string_equal(text_of(&b.json),
	    "{\"license_type\":\"subscription\",\"allow_unlimited_activations\":true,"
	    "\"subscription_duration\":\"1m\",\"allow_offline_activation\":false,"
	    "\"product_features\":[{\"code\":\"x\",\"max_consumption\":7},"
	    "{\"code\":\"y\"}]}");
	assert_int_equal(READ(fields_policy, NULL, &b, "policy", "add", "p", "--duration",
			     "1y", "--member", "a=b", "--grace", "24"),
	    E_OK);
	assert_string_equal(text_of(&b.json),
	    "{\"valid_duration\":\"1y\",\"grace_period\":24,\"allow_grace_period\":true,"
	    "\"member_policies\":{\"a\":\"b\"}}");
}

static void
edits_look_at_what_is_there(void **state)
{
	struct body b;

	(void)state;
	assert_int_equal(
	    READ(fields_terms, "{\"license_type\":\"subscription\"}", &b, "license",
		"edit", "1", "--duration", "2m", "--seats", "3", "--until", "2027-01-01"),
	    E_OK);
	assert_string_equal(text_of(&b.json),
	    "{\"max_activations\":3,\"allow_unlimited_activations\":false,"
	    "\"subscription_duration\":\"2m\",\"validity_period\":\"2027-01-01\"}");
}

static void
wrong_values_are_refused(void **state)
{
	struct body b;

	(void)state;
	assert_int_equal(
	    READ(fields_policy, NULL, &b, "policy", "add", "p", "--seats", "many"),
	    E_VALIDATION);
	assert_int_equal(
	    READ(fields_policy, NULL, &b, "policy", "add", "p", "--grace", "1h"),
	    E_VALIDATION);
	assert_int_equal(
	    READ(fields_policy, NULL, &b, "policy", "add", "p", "--feature", "x=y"),
	    E_VALIDATION);
	assert_int_equal(
	    READ(fields_policy, NULL, &b, "policy", "add", "p", "--member", "x"),
	    E_USAGE);
	assert_int_equal(
	    READ(fields_policy, NULL, &b, "policy", "add", "p", "--set", "x"), E_USAGE);
}

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

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_replaced_by_name),
		cmocka_unit_test(set_takes_json_or_text),
		cmocka_unit_test(queries_are_encoded),
		cmocka_unit_test(options_of_a_product),
		cmocka_unit_test(options_of_terms),
		cmocka_unit_test(edits_look_at_what_is_there),
		cmocka_unit_test(wrong_values_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
