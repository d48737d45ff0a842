#include "server/api/v4_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "server/api/hmac.h"
#include "tests/unit/api_example.h"

static struct arena *arena;
static struct license_view views[3];
static struct license_feature pdf;
static const struct client_req request = { .bundle = true,
	.product = { "suite", 5 },
	.hardware_id = { "hw-1", 4 },
	.license_key = { "AAAA-BBBB-CCCC-DDDD", 19 } };

static void
fill_customer(struct customer *c)
{
	c->email = SLICE("ops@example.com");
	c->company_name = SLICE("Example d.o.o.");
	c->first_name = SLICE("Ana");
	c->last_name = SLICE("Čabraja");
	c->city = SLICE("Čakovec");
	c->postcode = SLICE("40000");
	c->country = SLICE("HR");
}

static void
fill_view(struct license_view *v, int64_t n, const char *name, const char *code)
{
	*v = (struct license_view){ .company_id = 11, .has_customer = true };
	license_default(&v->license);
	product_default(&v->product);
	policy_default(&v->default_policy);
	v->license.o.id = 1200 + n;
	v->license.license_template_id = 30 + n;
	v->license.license_key = request.license_key;
	v->license.times_activated = 1;
	v->license.terms.max_activations = 2;
	v->product.o.id = 20 + n;
	v->product.product_name = slice_str(name);
	v->product.short_code = slice_str(code);
	v->activation.o.id = 5500 + n;
	v->activation.floating_until = FIELD_NONE;
	v->activation.borrowed_until = FIELD_NONE;
	v->order_store_id = SLICE("so-77");
	fill_customer(&v->customer);
}

static void
fill_edit(struct license_view *v)
{
	v->license.terms.license_type = LT_TIME_LIMITED;
	v->license.terms.max_activations = 1;
	v->license.validity_period = EXAMPLE_NOW + 365 * CLOCK_DAY;
	pdf = (struct license_feature){ .o.id = 3301, .expiry_date = FIELD_NONE };
	pdf.code = SLICE("pdf");
	pdf.name = SLICE("PDF export");
	v->features = &pdf;
	v->n_features = 1;
	v->has_file = true;
	v->file = (struct installation_file){ .o.id = 4401, .environment = ENV_LINUX64 };
	v->file.version = SLICE("2.5.0");
	v->file.full_link = SLICE("https://dl.example.com/edit-2.5.0.tar.gz");
	v->file.hash_md5 = SLICE("9e107d9d372bb6826bd81d3542a419d6");
	v->file.release_date = INT64_C(1748736000000000);
	v->file.size = 18874368;
}

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	fill_view(&views[0], 1, "Suite", "suite");
	fill_view(&views[1], 2, "Edit", "edit");
	fill_view(&views[2], 3, "View", "view");
	views[0].license.terms.license_type = LT_PERPETUAL;
	fill_edit(&views[1]);
	views[2].license.terms.license_type = LT_CONSUMPTION;
	views[2].license.terms.max_consumptions = 500;
	views[2].license.terms.reset_consumption = true;
	views[2].license.terms.consumption_period = PERIOD_MONTHLY;
	return arena ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static char *
print_activations(void)
{
	struct buf out = BUF_INIT(arena);
	struct json_writer w;

	jw_init(&w, &out);
	jw_array(&w);
	for (size_t i = 0; i < 3; i++)
		v4_print_activation(&w, &request, EXAMPLE_NOW, &views[i]);
	jw_end(&w);
	return arena_str(arena, buf_slice(&out));
}

static char *
print_check(const struct client_req *req, const struct license_view *v, int64_t now)
{
	struct buf out = BUF_INIT(arena);
	struct json_writer w;

	jw_init(&w, &out);
	v4_print_check(&w, req, now, v);
	return arena_str(arena, buf_slice(&out));
}

static char *
print_activation(const struct client_req *req, const struct license_view *v)
{
	struct buf out = BUF_INIT(arena);
	struct json_writer w;

	jw_init(&w, &out);
	v4_print_activation(&w, req, EXAMPLE_NOW, v);
	return arena_str(arena, buf_slice(&out));
}

static void
example_matches_byte_for_byte(void **state)
{
	(void)state;
	assert_string_equal(print_activations(), example_body);
}

static void
example_with_token_has_the_specified_digest(void **state)
{
	static const char member[] = ",\"activation_token\":\"TOKEN-PLACEHOLDER\"";
	const char *body = print_activations();
	const char *end = strstr(body, "},{\"id\":1202");
	struct buf whole = BUF_INIT(arena);
	struct buf hex = BUF_INIT(arena);
	unsigned char hash[SHA256_LEN];

	(void)state;
	assert_non_null(end);
	buf_add(&whole, body, (size_t)(end - body));
	buf_str(&whole, member);
	buf_str(&whole, end);
	assert_int_equal(whole.n, 4788);
	assert_int_equal(sha256(buf_slice(&whole), hash), E_OK);
	buf_hex(&hex, hash, sizeof(hash));
	assert_string_equal(arena_str(arena, buf_slice(&hex)),
	    "89f8d0b8bf94b2a8a5f5e694ccb5dc028efc87ffa6acd1c6eb6fedde7447fea1");
}

static void
check_form_of_a_plain_license(void **state)
{
	(void)state;
	assert_string_equal(print_check(&request, &views[0], EXAMPLE_NOW),
	    "{\"id\":1201,\"allow_grace_period\":false,\"allow_overages\":false,"
	    "\"allow_unlimited_activations\":false,\"allow_offline_activation\":true,"
	    "\"can_borrow\":false,\"enable_maintenance_period\":false,"
	    "\"floating_timeout\":120,\"grace_period\":null,\"is_air_gapped\":false,"
	    "\"is_floating_cloud\":false,\"is_floating\":false,"
	    "\"is_hardware_key_auth\":false,\"is_trial\":false,\"license_active\":true,"
	    "\"license_enabled\":true,\"license_key\":\"AAAA-BBBB-CCCC-DDDD\","
	    "\"license_template_id\":31,\"license_type\":\"perpetual\","
	    "\"maintenance_period\":null,\"max_activations\":2,\"max_borrow_time\":0,"
	    "\"max_license_users\":1,\"max_overages\":0,\"max_transfers\":0,"
	    "\"order_store_id\":\"so-77\",\"prevent_vm\":false,\"start_date\":null,"
	    "\"times_activated\":1,\"transfer_count\":0,\"validity_period\":null,"
	    "\"metadata\":{},\"custom_fields\":[],\"product_features\":[],"
	    "\"customer\":{\"email\":\"ops@example.com\",\"company_name\":"
	    "\"Example d.o.o.\",\"reference\":\"\",\"phone\":\"\",\"first_name\":\"Ana\","
	    "\"last_name\":\"Čabraja\",\"city\":\"Čakovec\",\"postcode\":\"40000\","
	    "\"state\":\"\",\"country\":\"HR\",\"address\":\"\","
	    "\"customer_account\":null,\"metadata\":{}},\"company\":{\"id\":11},"
	    "\"product_details\":{\"product_id\":21,\"product_name\":\"Suite\","
	    "\"short_code\":\"suite\",\"authorization_method\":\"license_key\","
	    "\"metadata\":{}},\"is_expired\":false,\"device_id\":5501,"
	    "\"is_borrowed\":false,\"borrowed_until\":null,\"version\":\"\","
	    "\"installation_file\":\"\",\"release_date\":null,\"hash_md5\":\"\","
	    "\"requires_version\":null,\"environment\":\"\",\"eula_link\":\"\","
	    "\"release_notes_link\":\"\",\"size\":null,\"channel\":\"\"}");
}

static void
check_form_flattens_the_newest_file(void **state)
{
	const char *text = print_check(&request, &views[1], EXAMPLE_NOW);

	(void)state;
	assert_non_null(strstr(text,
	    "\"borrowed_until\":null,\"version\":\"2.5.0\",\"installation_file\":"
	    "\"https://dl.example.com/edit-2.5.0.tar.gz\","
	    "\"release_date\":\"2025-06-01T00:00:00.000Z\","
	    "\"hash_md5\":\"9e107d9d372bb6826bd81d3542a419d6\","
	    "\"requires_version\":null,\"environment\":\"linux64\",\"eula_link\":\"\","
	    "\"release_notes_link\":\"\",\"size\":18874368,\"channel\":null}"));
}

static void
expired_features_show_only_when_asked_for(void **state)
{
	struct client_req req = request;
	int64_t later = EXAMPLE_NOW + CLOCK_HOUR;

	(void)state;
	pdf.expiry_date = EXAMPLE_NOW;
	assert_non_null(
	    strstr(print_check(&req, &views[1], later), "\"product_features\":[],"));
	assert_non_null(
	    strstr(print_activation(&req, &views[1]), "\"product_features\":[],"));
	req.include_expired_features = true;
	assert_non_null(strstr(print_check(&req, &views[1], later),
	    "\"expiry_date\":\"2025-07-04T10:56:13.412Z\",\"metadata\":{},"
	    "\"is_floating\":false,\"is_floating_cloud\":false,\"is_expired\":true}]"));
}

static void
metadata_string_is_the_text_of_the_metadata(void **state)
{
	struct client_req req = request;

	(void)state;
	views[0].license.metadata = SLICE("{\"1\":\"a\\\"\",\"z\":0.5}");
	req.include_metadata_string = true;
	assert_non_null(strstr(print_check(&req, &views[0], EXAMPLE_NOW),
	    "\"metadata\":{\"1\":\"a\\\"\",\"z\":0.5},"
	    "\"metadata_string\":\"{\\\"1\\\":\\\"a\\\\\\\"\\\",\\\"z\\\":0.5}\","));
}

static void
feature_with_counter_and_floating_seats(void **state)
{
	(void)state;
	pdf.feature_type = FT_CONSUMPTION;
	pdf.total_consumptions = 7;
	feature_terms_default(&pdf.terms);
	pdf.terms.max_consumption = 10;
	pdf.terms.is_floating_cloud = true;
	pdf.terms.floating_users = 3;
	assert_non_null(strstr(print_activation(&request, &views[1]),
	    "\"feature_type\":\"consumption\",\"expiry_date\":null,\"metadata\":{},"
	    "\"max_consumption\":10,\"allow_unlimited_consumptions\":false,"
	    "\"total_consumptions\":7,\"allow_overages\":false,\"max_overages\":0,"
	    "\"reset_consumption\":false,\"consumption_period\":null,"
	    "\"allow_negative_consumptions\":false,\"is_floating\":false,"
	    "\"is_floating_cloud\":true,\"floating_users\":3,\"floating_timeout\":120,"
	    "\"floating_in_use_devices\":0,\"is_expired\":false}"));
}

static void
user_based_license_shows_user_and_no_key(void **state)
{
	struct client_req req = request;
	struct license_view *v = &views[0];
	const char *text;

	(void)state;
	v->product.authorization_method = AM_USER;
	v->has_user = true;
	v->user = (struct license_user){ .o.id = 9, .is_active = true };
	v->user.email = SLICE("u@example.com");
	v->assignment.total_activations = 1;
	v->assignment.allow_unlimited_activations = true;
	req.username = SLICE("U@example.com|ACME");
	text = print_activation(&req, v);
	assert_null(strstr(text, "license_key\":\"AAAA"));
	assert_non_null(strstr(text,
	    "\"max_license_users\":1,\"user\":{\"id\":9,\"email\":\"u@example.com\","
	    "\"first_name\":\"\",\"last_name\":\"\",\"phone_number\":\"\","
	    "\"is_initial_password\":false,\"max_activations\":0,"
	    "\"allow_unlimited_activations\":true,\"total_activations\":1},"
	    "\"request\":\"activation\",\"username\":\"U@example.com|ACME\","
	    "\"hardware_id\":\"hw-1\","));
}

static void
floating_trial_and_variables(void **state)
{
	struct client_req req = request;
	struct license_view *v = &views[1];
	struct variable var = { .activation_id = 5502, .created_at = EXAMPLE_NOW };
	const char *text;

	(void)state;
	v->license.terms.is_floating_cloud = true;
	v->license.terms.floating_users = 4;
	v->license.terms.is_trial = true;
	v->license.terms.trial_days = 30;
	v->floating_in_use = 2;
	v->activation.floating_until = EXAMPLE_NOW + 1;
	var.variable = SLICE("site");
	var.value = SLICE("Zagreb");
	v->variables = &var;
	v->n_variables = 1;
	req.has_variables = true;
	text = print_activation(&req, v);
	assert_non_null(strstr(text, "\"floating_timeout\":120,\"floating_users\":4,"));
	assert_non_null(strstr(text, "\"trial_days\":30,\"validity_period\":"));
	assert_non_null(strstr(text, "\"floating_in_use\":true,\"installation_file\":{"));
	assert_non_null(
	    strstr(text, ",\"variables\":[{\"variable\":\"site\",\"value\":\"Zagreb\","
			 "\"device_id\":5502,\"created_at\":1751626573412}]}"));
	assert_non_null(strstr(print_check(&request, v, EXAMPLE_NOW),
	    "\"floating_users\":4,\"floating_in_use_devices\":2,\"grace_period\":null"));
}

static void
custom_fields_and_account(void **state)
{
	static struct custom_view custom[2];
	struct license_view *v = &views[0];

	(void)state;
	custom[0] = (struct custom_view){ .archived = true };
	custom[0].name = SLICE("old");
	custom[1] = (struct custom_view){ .data_type = CT_DATE_TIME };
	custom[1].name = SLICE("since");
	custom[1].value = SLICE("2025");
	v->custom = custom;
	v->n_custom = 2;
	v->has_account = true;
	v->account.o.id = 3;
	v->account.name = SLICE("Acme");
	v->account.code = SLICE("ACME");
	assert_non_null(strstr(print_activation(&request, v),
	    "\"custom_fields\":[{\"name\":null,\"data_type\":null,\"value\":null},"
	    "{\"name\":\"since\",\"data_type\":\"date/time\",\"value\":\"2025\"}],"));
	assert_non_null(strstr(print_activation(&request, v),
	    "\"customer_account\":{\"id\":3,\"name\":\"Acme\",\"code\":\"ACME\"}"));
}

static void
order_without_customer_is_all_empty(void **state)
{
	(void)state;
	views[0].has_customer = false;
	assert_non_null(strstr(print_activation(&request, &views[0]),
	    "\"customer\":{\"email\":\"\",\"company_name\":\"\",\"reference\":\"\","
	    "\"phone\":\"\",\"first_name\":\"\",\"last_name\":\"\",\"city\":\"\","
	    "\"postcode\":\"\",\"state\":\"\",\"country\":\"\",\"address\":\"\","
	    "\"customer_account\":null,\"metadata\":{}}"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(example_matches_byte_for_byte),
		TEST(example_with_token_has_the_specified_digest),
		TEST(check_form_of_a_plain_license),
		TEST(check_form_flattens_the_newest_file),
		TEST(expired_features_show_only_when_asked_for),
		TEST(metadata_string_is_the_text_of_the_metadata),
		TEST(feature_with_counter_and_floating_seats),
		TEST(user_based_license_shows_user_and_no_key),
		TEST(floating_trial_and_variables),
		TEST(custom_fields_and_account),
		TEST(order_without_customer_is_all_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
