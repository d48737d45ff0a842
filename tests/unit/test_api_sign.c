#include "server/api/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "keys/generate.h"
#include "keys/sign.h"
#include "tests/unit/api_example.h"

#define INPUT                                                                            \
	"licet=(\"@status\" \"content-digest\" \"@method\";req \"@path\";req "           \
	"\"@query\";req \"date\";req);created=1751626573;keyid=\"" EXAMPLE_KEYID         \
	"\";alg=\"ed25519\""

static struct arena *arena;
static struct keyring *ring;
static struct header headers[2];

static void
make_part(struct keyring_part *part, enum key_use use, const char *hex)
{
	struct slice seed;

	assert_int_equal(hex_decode(arena, slice_str(hex), &seed), E_OK);
	assert_int_equal(key_from_secret(use, seed, EXAMPLE_NOW, &part->key), E_OK);
	part->material = secret_copy(seed);
	assert_non_null(part->material);
}

static int
setup(void **state)
{
	static const char other[] =
	    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
	struct keyring_part parts[3] = { 0 };

	(void)state;
	arena = arena_new(0);
	make_part(&parts[0], KEY_ISSUING, EXAMPLE_SEED);
	make_part(&parts[1], KEY_BOX, other);
	make_part(&parts[2], KEY_STORE, other);
	assert_int_equal(keyring_new(parts, 3, &ring), E_OK);
	for (size_t i = 0; i < 3; i++)
		secret_free(parts[i].material);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	keyring_unref(ring);
	arena_free(arena);
	return 0;
}

static struct request
post(const char *query)
{
	headers[0] = (struct header){ SLICE("Date"), SLICE(EXAMPLE_DATE) };
	return (struct request){ .arena = arena,
		.method = HTTP_POST,
		.method_text = SLICE("POST"),
		.path = SLICE("/api/v4/activate_bundle"),
		.query = slice_str(query),
		.headers = headers,
		.n_headers = 1 };
}

static char *
sign_headers(struct reply *reply, const struct request *r)
{
	reply_sign(reply, r, ring, EXAMPLE_NOW);
	return arena_str(arena, buf_slice(&reply->headers));
}

static void
bundle_error(struct reply *reply, enum err err, int64_t license, const char *product)
{
	struct reply_detail detail = { 0, license, slice_str(product), NULL };

	reply_init(reply, arena);
	reply_v4_error(reply, err, &detail);
}

static void
example_12_2(void **state)
{
	struct request r = post("nonce=h0mJ5cP8uVd2KxYt6RfLwg");
	struct reply reply;

	bundle_error(&reply, E_LICENSE_ACTIVATED_MAX_TIMES, 1202, "edit");

	(void)state;
	assert_string_equal(sign_headers(&reply, &r),
	    "Content-Type: application/json; charset=utf-8\r\n"
	    "Cache-Control: no-store\r\n"
	    "Content-Digest: sha-256=:G7L64yxmXkSaJ693+DjwVSHNLYPZfBvEECcNXqBo1f4=:\r\n"
	    "Signature-Input: " INPUT "\r\n"
	    "Signature: licet=:b1KwyPS8aKELpfiAyeMsypR4bBALUKJ9h3yDBYVXavB2f3u8ehpoZfSx"
	    "cQ22btwHGTKW3d3hX5KU2lRvt5tJBQ==:\r\n");
	assert_int_equal(reply.status, 400);
	assert_true(slice_is(buf_slice(&reply.body),
	    "{\"status\":400,\"code\":\"license_activated_max_times\",\"message\":"
	    "\"All activations of this license are in use\",\"license_id\":1202,"
	    "\"product\":\"edit\"}"));
}

static void
example_12_3(void **state)
{
	struct request r = post("nonce=e7WnA1zBqUo4TsGi9MkHyQ");
	struct reply reply;

	bundle_error(&reply, E_LICENSE_DEVICE_EXISTS, 1201, "suite");

	(void)state;
	assert_string_equal(sign_headers(&reply, &r),
	    "Content-Type: application/json; charset=utf-8\r\n"
	    "Cache-Control: no-store\r\n"
	    "Content-Digest: sha-256=:KVvLIo8OJLL80P7SKIXsf3CTV5ENyuABLqNZLcZHnb8=:\r\n"
	    "Signature-Input: " INPUT "\r\n"
	    "Signature: licet=:CQWobOOlFrQylmM0cJm5zGcHSied/Df4QEEpFvH+EjWSQAqOGxMIDII0"
	    "TzWJBUYknXPe53MfH/nTbdsJ11ZcCQ==:\r\n");
	assert_int_equal(reply.status, 409);
}

/* The Date component is there for exactly one Date header; no query is just "?". */
static void
date_component_needs_exactly_one_date(void **state)
{
	static const char base[] =
	    "\"@status\": 200\n"
	    "\"content-digest\": sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:\n"
	    "\"@method\";req: GET\n"
	    "\"@path\";req: /api/v4/.well-known/\n"
	    "\"@query\";req: ?\n"
	    "\"@signature-params\": (\"@status\" \"content-digest\" \"@method\";req "
	    "\"@path\";req \"@query\";req);created=1751626573;keyid=\"" EXAMPLE_KEYID
	    "\";alg=\"ed25519\"";
	struct request r = { .arena = arena, .method_text = SLICE("GET") };

	(void)state;
	r.path = SLICE("/api/v4/.well-known/");
	r.headers = headers;
	headers[0] = headers[1] = (struct header){ SLICE("Date"), SLICE(EXAMPLE_DATE) };
	for (r.n_headers = 0; r.n_headers <= 2; r.n_headers += 2) {
		struct buf line = BUF_INIT(arena);
		struct reply reply;
		unsigned char signature[SIGN_BYTES];

		reply_init(&reply, arena);
		buf_str(&reply.body, "{}");
		sign_text(ring, slice_str(base), signature);
		buf_str(&line, "\r\nSignature: licet=:");
		buf_base64(&line, signature, sizeof(signature));
		buf_str(&line, ":\r\n");
		assert_true(
		    slice_ends(slice_str(sign_headers(&reply, &r)), buf_slice(&line)));
	}
}

static void
faults_of_the_server_say_nothing_of_their_cause(void **state)
{
	static const enum err faults[] = { E_STORE, E_DAMAGED, E_IO, E_NO_STORE };
	static const enum err waits[] = { E_STORE_FULL, E_NO_MEMORY, E_RETRY };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		struct reply reply;

		bundle_error(&reply, faults[i], 1201, "suite");
		assert_int_equal(reply.status, 500);
		assert_int_equal(reply.err, E_INTERNAL);
		assert_null(strstr(arena_str(arena, buf_slice(&reply.body)), "suite"));
	}
	for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
		struct reply reply;

		bundle_error(&reply, waits[i], 0, NULL);
		assert_int_equal(reply.status, 503);
		assert_non_null(strstr(
		    arena_str(arena, buf_slice(&reply.headers)), "Retry-After: 5\r\n"));
	}
}

static void
start_date_stands_in_its_message(void **state)
{
	struct reply_detail detail = { EXAMPLE_NOW, FIELD_NONE, SLICE("edit"), NULL };
	struct reply reply;

	(void)state;
	reply_init(&reply, arena);
	reply_v4_error(&reply, E_LICENSE_START_DATE, &detail);
	assert_true(slice_is(buf_slice(&reply.body),
	    "{\"status\":400,\"code\":\"license_start_date_error\",\"message\":"
	    "\"This license cannot be activated before start date: "
	    "2025-07-04T10:56:13.412Z\",\"license_id\":null,\"product\":\"edit\"}"));
}

static void
management_errors_list_every_fault(void **state)
{
	struct faults faults = { .arena = arena };
	struct reply reply;

	(void)state;
	fault_add(&faults, "key", E_DUPLICATE, NULL);
	fault_add(&faults, "items[0].name", E_VALIDATION, "too \"long\"");
	reply_init(&reply, arena);
	reply_manage_error(&reply, E_LICENSE_EXPIRED, &faults, NULL);
	assert_int_equal(reply.status, 409);
	assert_true(slice_is(buf_slice(&reply.body),
	    "{\"status\":409,\"code\":\"license_expired\",\"message\":"
	    "\"The license has expired\",\"errors\":[{\"field\":\"key\",\"code\":"
	    "\"duplicate\",\"message\":\"The value is taken already\"},{\"field\":"
	    "\"items[0].name\",\"code\":\"validation_error\",\"message\":"
	    "\"too \\\"long\\\"\"}]}"));
	reply_init(&reply, arena);
	reply_manage_error(&reply, E_NOT_FOUND, NULL, NULL);
	assert_true(slice_is(buf_slice(&reply.body),
	    "{\"status\":404,\"code\":\"not_found\",\"message\":\"Nothing is here\","
	    "\"errors\":[]}"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(example_12_2),
		TEST(example_12_3),
		TEST(date_component_needs_exactly_one_date),
		TEST(faults_of_the_server_say_nothing_of_their_cause),
		TEST(start_date_stands_in_its_message),
		TEST(management_errors_list_every_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
