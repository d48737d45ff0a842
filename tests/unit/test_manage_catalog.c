#include "tests/support/manage_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int64_t
make(struct manage_world *w, const char *call, const char *body)
{
	if (ask(w, call, body, NULL) != 201)
		fail_msg("%s: %d %.*s", call, w->status, SLICE_ARG(w->body));
	return pick_int(w, "id");
}

static void
test_product(void **state)
{
	struct manage_world *w = *state;
	int64_t id;

	assert_int_equal(ask_both(w, "POST products/",
			     "{\"product_name\":\"Acme Edit\",\"short_code\":\"edit\","
			     "\"metadata\":{\"a\":1}}"),
	    201);
	id = pick_int(w, "id");
	assert_string_equal(answer_header(w, "Location"), "/api/v1/products/1/");
	assert_string_equal(answer_header(w, "ETag"), "\"1\"");
	assert_text(w, "default_policy", "edit-default");
	assert_text(w, "authorization_method", "license_key");
	assert_text(w, "key_format", "*****-*****-*****-*****-*****");
	assert_false(pick_bool(w, "is_archived"));
	assert_int_equal(pick_int(w, "metadata.a"), 1);
	assert_int_equal(pick(w, "members")->n, 0);
	assert_int_equal(askf(w, "GET products/%lld", (long long)id), 200);
	assert_text(w, "product_name", "Acme Edit");
	assert_int_equal(askf(w, "GET policies/?product=edit"), 200);
	assert_int_equal(pick_int(w, "count"), 1);
	assert_text(w, "results.0.code", "edit-default");
	assert_true(pick_bool(w, "results.0.is_default"));
	assert_int_equal(pick_int(w, "results.0.max_activations"), 1);
}

static void
test_product_default_policy(void **state)
{
	struct manage_world *w = *state;

	make(w, "POST products/",
	    "{\"product_name\":\"E\",\"short_code\":\"edit\",\"policy\":{\"code\":\"e1\","
	    "\"license_type\":\"subscription\",\"max_activations\":3}}");
	assert_text(w, "default_policy", "e1");
	assert_int_equal(askf(w, "GET policies/?code=e1"), 200);
	assert_text(w, "results.0.license_type", "subscription");
	assert_int_equal(pick_int(w, "results.0.max_activations"), 3);
	ask(w, "POST products/",
	    "{\"product_name\":\"F\",\"short_code\":\"free\",\"policy\":"
	    "{\"max_activations\":-1}}",
	    NULL);
	assert_refused(w, 400, "validation_error", "policy.max_activations");
	assert_int_equal(askf(w, "GET products/?short_code=free"), 200);
	assert_int_equal(pick_int(w, "count"), 0);
}

static void
test_product_faults(void **state)
{
	struct manage_world *w = *state;

	make(w, "POST products/", "{\"product_name\":\"E\",\"short_code\":\"edit\"}");
	ask(w, "POST products/", "{\"product_name\":\"E\",\"short_code\":\"edit\"}",
	    NULL);
	assert_refused(w, 409, "duplicate", "short_code");
	ask(w, "POST products/", "{}", NULL);
	assert_refused(w, 400, "missing_parameters", "product_name");
	assert_int_equal(pick(w, "errors")->n, 2);
	ask(w, "POST products/",
	    "{\"product_name\":5,\"short_code\":\"a b\",\"key_format\":\"*\","
	    "\"metadata\":[],\"authorization_method\":\"x\"}",
	    NULL);
	assert_int_equal(w->status, 400);
	assert_int_equal(pick(w, "errors")->n, 5);
	ask(w, "PATCH products/1/", "{\"short_code\":\"other\"}", NULL);
	assert_refused(w, 409, "immutable_field", "short_code");
	ask(w, "PATCH products/1/", "{\"authorization_method\":\"user\"}", NULL);
	assert_refused(w, 409, "immutable_field", "authorization_method");
	assert_int_equal(
	    ask(w, "PATCH products/1/",
		"{\"authorization_method\":\"license-key\",\"short_code\":\"edit\"}",
		NULL),
	    200);
	ask(w, "PATCH products/1/", "{\"product_name\":null}", NULL);
	assert_refused(w, 400, "validation_error", "product_name");
	ask(w, "PATCH products/1/?strict=1", "{\"policy\":{}}", NULL);
	assert_refused(w, 400, "validation_error", "policy");
	ask(w, "PATCH products/1/", "{\"default_policy\":\"none\"}", NULL);
	assert_refused(w, 409, "license_policy_not_found", "default_policy");
	assert_int_equal(askf(w, "GET products/99/"), 404);
	assert_refused(w, 404, "not_found", NULL);
	assert_int_equal(askf(w, "GET products/edit/"), 404);
}

static void
test_product_changes(void **state)
{
	struct manage_world *w = *state;

	make(w, "POST products/", "{\"product_name\":\"E\",\"short_code\":\"edit\"}");
	clock_set(MANAGE_NOW + CLOCK_HOUR);
	assert_int_equal(
	    ask_both(w, "PATCH products/1/", "{\"product_name\":\"Edit\"}"), 200);
	assert_string_equal(answer_header(w, "ETag"), "\"2\"");
	assert_text(w, "updated_at", "2025-07-04T11:56:13.412Z");
	assert_text(w, "created_at", "2025-07-04T10:56:13.412Z");
	assert_string_equal(last_audit(w), "product.updated");
	assert_int_equal(ask_both(w, "POST products/1/archive/", NULL), 200);
	assert_true(pick_bool(w, "is_archived"));
	assert_text(w, "archived_at", "2025-07-04T11:56:13.412Z");
	assert_string_equal(last_audit(w), "product.archived");
	assert_int_equal(askf(w, "GET products/?is_archived=true"), 200);
	assert_int_equal(pick_int(w, "count"), 1);
	assert_int_equal(ask_both(w, "POST products/1/unarchive", "{}"), 200);
	assert_true(pick_null(w, "archived_at"));
	assert_int_equal(ask_both(w, "DELETE products/1/", NULL), 204);
	assert_int_equal(w->body.n, 0);
	assert_string_equal(last_audit(w), "product.deleted");
	assert_int_equal(manage_count(w, T_POLICY), 0);
	assert_int_equal(askf(w, "GET products/1/"), 404);
}

static void
make_suite(struct manage_world *w)
{
	make(w, "POST products/", "{\"product_name\":\"E\",\"short_code\":\"edit\"}");
	make(w, "POST products/", "{\"product_name\":\"V\",\"short_code\":\"view\"}");
	make(w, "POST products/",
	    "{\"product_name\":\"S\",\"short_code\":\"suite\",\"is_bundle\":true,"
	    "\"members\":[\"edit\",2]}");
}

static void
test_bundle(void **state)
{
	struct manage_world *w = *state;

	make_suite(w);
	assert_text(w, "members.0", "edit");
	assert_text(w, "members.1", "view");
	assert_int_equal(askf(w, "GET products/3/bundle/"), 200);
	assert_int_equal(pick_int(w, "count"), 2);
	assert_text(w, "results.1.short_code", "view");
	assert_int_equal(askf(w, "GET products/1/in_bundle/"), 200);
	assert_int_equal(pick_int(w, "count"), 1);
	assert_text(w, "results.0.short_code", "suite");
	assert_int_equal(askf(w, "GET products/9/in_bundle/"), 404);
	assert_int_equal(askf(w, "GET products/9/bundle/"), 404);
	assert_int_equal(
	    ask_both(w, "PATCH products/3/", "{\"members\":[\"view\",\"edit\"]}"), 200);
	assert_text(w, "members.0", "view");
	askf(w, "DELETE products/1/");
	assert_refused(w, 409, "in_use", NULL);
	assert_int_equal(askf(w, "DELETE products/3/"), 204);
	assert_int_equal(askf(w, "DELETE products/1/"), 204);
}

static void
test_bundle_faults(void **state)
{
	struct manage_world *w = *state;

	make_suite(w);
	make(w, "POST products/",
	    "{\"product_name\":\"T\",\"short_code\":\"team\","
	    "\"authorization_method\":\"user\"}");
	ask(w, "POST products/",
	    "{\"product_name\":\"B\",\"short_code\":\"bb\",\"is_bundle\":true}", NULL);
	assert_refused(w, 400, "missing_parameters", "members");
	ask(w, "PATCH products/3/", "{\"members\":[]}", NULL);
	assert_refused(w, 400, "validation_error", "members");
	ask(w, "PATCH products/3/", "{\"members\":[\"edit\",\"edit\"]}", NULL);
	assert_refused(w, 400, "validation_error", "members[1]");
	ask(w, "PATCH products/3/", "{\"members\":[\"suite\"]}", NULL);
	assert_refused(w, 409, "product_is_bundle", "members[0]");
	ask(w, "PATCH products/3/", "{\"members\":[\"team\"]}", NULL);
	assert_refused(w, 400, "validation_error", "members[0]");
	ask(w, "PATCH products/3/", "{\"members\":[\"what\"]}", NULL);
	assert_refused(w, 409, "unknown_product", "members[0]");
	ask(w, "PATCH products/1/", "{\"members\":[\"view\"]}", NULL);
	assert_refused(w, 409, "product_not_bundle", "members");
}

static void
test_policy(void **state)
{
	struct manage_world *w = *state;

	make_suite(w);
	make(w, "POST product-features/",
	    "{\"product\":\"edit\",\"code\":\"pdf\",\"feature_type\":\"consumption\","
	    "\"max_consumption\":7,\"metadata\":{\"x\":1}}");
	assert_int_equal(
	    ask_both(w, "POST policies/",
		"{\"product\":\"edit\",\"code\":\"edit-2\",\"license_type\":"
		"\"time-limited\",\"valid_duration\":\"1y\",\"max_activations\":2,"
		"\"product_features\":[{\"code\":\"pdf\",\"allow_overages\":true}]}"),
	    201);
	assert_text(w, "product", "edit");
	assert_int_equal(pick_int(w, "product_id"), 1);
	assert_true(pick_null(w, "bundle"));
	assert_int_equal(pick_int(w, "product_features.0.max_consumption"), 7);
	assert_true(pick_bool(w, "product_features.0.allow_overages"));
	assert_int_equal(pick_int(w, "product_features.0.metadata.x"), 1);
	assert_false(pick_bool(w, "is_default"));
	assert_int_equal(ask_both(w, "PATCH license-templates/4/",
			     "{\"max_activations\":\"5\",\"valid_duration\":null}"),
	    200);
	assert_int_equal(pick_int(w, "max_activations"), 5);
	assert_true(pick_null(w, "valid_duration"));
	assert_int_equal(ask_both(w, "PATCH policies/4/", "{\"is_default\":true}"), 200);
	assert_true(pick_bool(w, "is_default"));
	askf(w, "POST policies/4/archive/");
	assert_refused(w, 409, "in_use", NULL);
	askf(w, "DELETE policies/4/");
	assert_refused(w, 409, "in_use", NULL);
	assert_int_equal(ask_both(w, "POST policies/1/archive/", NULL), 200);
	assert_true(pick_bool(w, "is_archived"));
	assert_string_equal(last_audit(w), "policy.archived");
	ask(w, "PATCH policies/1/", "{\"is_default\":true}", NULL);
	assert_refused(w, 409, "archived", "is_default");
	ask(w, "PATCH policies/4/", "{\"is_default\":false}", NULL);
	assert_refused(w, 400, "validation_error", "is_default");
	assert_int_equal(ask_both(w, "POST policies/1/unarchive/", NULL), 200);
	assert_int_equal(ask_both(w, "DELETE policies/1/", NULL), 204);
	assert_string_equal(last_audit(w), "policy.deleted");
}

static void
test_policy_faults(void **state)
{
	struct manage_world *w = *state;

	make_suite(w);
	ask(w, "POST policies/", "{\"code\":\"x1\"}", NULL);
	assert_refused(w, 400, "missing_parameters", "product");
	ask(w, "POST policies/",
	    "{\"product\":\"edit\",\"code\":\"x1\",\"is_floating_cloud\":true}", NULL);
	assert_refused(w, 400, "validation_error", "floating_users");
	ask(w, "POST policies/",
	    "{\"product\":\"edit\",\"code\":\"x1\",\"valid_duration\":\"1w\"}", NULL);
	assert_refused(w, 400, "validation_error", "valid_duration");
	ask(w, "POST policies/", "{\"product\":\"edit\",\"code\":\"edit-default\"}",
	    NULL);
	assert_refused(w, 409, "duplicate", "code");
	ask(w, "POST policies/",
	    "{\"product\":\"edit\",\"code\":\"x1\",\"product_features\":"
	    "[{\"code\":\"none\"}]}",
	    NULL);
	assert_refused(
	    w, 409, "invalid_license_feature_code", "product_features[0].code");
	ask(w, "POST policies/",
	    "{\"product\":\"edit\",\"code\":\"x1\",\"custom_fields\":{\"no\":\"1\"}}",
	    NULL);
	assert_refused(w, 400, "validation_error", "custom_fields.no");
	ask(w, "POST policies/",
	    "{\"product\":\"edit\",\"code\":\"x1\",\"member_policies\":{\"view\":\"v\"}}",
	    NULL);
	assert_refused(w, 409, "product_not_bundle", "member_policies");
	ask(w, "PATCH policies/1/", "{\"product\":\"view\"}", NULL);
	assert_refused(w, 409, "immutable_field", "product");
	ask(w, "PATCH policies/1/", "{\"license_type\":\"subscription\"}", NULL);
	assert_refused(w, 409, "immutable_field", "license_type");
}

static void
test_member_policies(void **state)
{
	struct manage_world *w = *state;

	make_suite(w);
	make(w, "POST policies/",
	    "{\"product\":\"suite\",\"code\":\"s2\",\"member_policies\":"
	    "{\"edit\":\"edit-default\"}}");
	assert_text(w, "member_policies.edit", "edit-default");
	ask(w, "PATCH policies/4/", "{\"member_policies\":{\"edit\":\"view-default\"}}",
	    NULL);
	assert_refused(w, 409, "license_policy_not_found", "member_policies.edit");
	ask(w, "PATCH policies/4/", "{\"member_policies\":{\"what\":\"view-default\"}}",
	    NULL);
	assert_refused(w, 409, "product_not_in_bundle", "member_policies.what");
	make(w, "POST policies/",
	    "{\"product\":\"edit\",\"bundle\":\"suite\",\"code\":\"in-suite\"}");
	assert_text(w, "bundle", "suite");
	ask(w, "POST policies/",
	    "{\"product\":\"suite\",\"bundle\":\"suite\",\"code\":\"odd\"}", NULL);
	assert_refused(w, 409, "product_not_in_bundle", "bundle");
	askf(w, "DELETE products/3/");
	assert_refused(w, 409, "in_use", NULL);
}

static void
test_feature(void **state)
{
	struct manage_world *w = *state;

	make_suite(w);
	assert_int_equal(ask_both(w, "POST product-features/",
			     "{\"product\":\"edit\",\"code\":\"pdf\",\"name\":\"PDF\"}"),
	    201);
	assert_text(w, "feature_type", "activation");
	assert_int_equal(pick_int(w, "floating_timeout"), 120);
	assert_string_equal(last_audit(w), "feature.created");
	ask(w, "POST product-features/", "{\"product\":\"edit\",\"code\":\"pdf\"}", NULL);
	assert_refused(w, 409, "duplicate", "code");
	make(w, "POST product-features/", "{\"product\":2,\"code\":\"pdf\"}");
	ask(w, "PATCH product-features/1/", "{\"code\":\"abc\"}", NULL);
	assert_refused(w, 409, "immutable_field", "code");
	ask(w, "PATCH product-features/1/", "{\"is_floating_cloud\":true}", NULL);
	assert_refused(w, 400, "validation_error", "floating_users");
	assert_int_equal(
	    ask_both(w, "PATCH product-features/1/", "{\"name\":\"Export\"}"), 200);
	assert_int_equal(askf(w, "GET product-features/?product=edit"), 200);
	assert_int_equal(pick_int(w, "count"), 1);
	assert_text(w, "results.0.name", "Export");
	assert_int_equal(ask_both(w, "POST product-features/1/archive/", NULL), 200);
	assert_true(pick_bool(w, "is_archived"));
	make(w, "POST policies/",
	    "{\"product\":\"edit\",\"code\":\"p2\",\"product_features\":"
	    "[{\"code\":\"pdf\"}]}");
	askf(w, "DELETE product-features/1/");
	assert_refused(w, 409, "in_use", NULL);
	assert_int_equal(ask_both(w, "DELETE product-features/2/", NULL), 204);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, manage_setup, manage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_product),
		TEST(test_product_default_policy),
		TEST(test_product_faults),
		TEST(test_product_changes),
		TEST(test_bundle),
		TEST(test_bundle_faults),
		TEST(test_policy),
		TEST(test_policy_faults),
		TEST(test_member_policies),
		TEST(test_feature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
