/*
 * Parameters of License API v4 calls as any stranger sends them: as the query of a GET
 * when the first byte is even, else as a JSON body. Strings that are taken keep to their
 * limits.
 */
#include "tests/fuzz/target.h"

#include "server/api/v4_decode.h"

#define DATE "Thu, 01 Jan 2026 00:00:00 GMT"

static const struct v4_spec specs[] = {
	{ .name = "activate_license",
	    .take = V4_BASE | V4_ID_A | V4_VARIABLES | V4_DEVICE_KEY },
	{ .name = "activate_bundle",
	    .take = V4_BASE | V4_BUNDLE_CODE | V4_ID_A | V4_VARIABLES | V4_DEVICE_KEY,
	    .bundle = true },
	{ .name = "check_license",
	    .take = V4_BASE | V4_BUNDLE_CODE | V4_ID_B | V4_CHECK,
	    .single = true },
	{ .name = "deactivate_license", .take = V4_BASE | V4_ID_B | V4_FINAL },
	{ .name = "add_consumption", .take = V4_BASE | V4_ID_B | V4_CONSUME },
	{ .name = "product_details", .take = V4_PRODUCT },
	{ .name = "change_password", .take = V4_NEW_PASSWORD },
	{ .name = "device", .take = V4_BASE | V4_ID_B | V4_DEVICE_UUID },
};

static void
check_spec(const struct v4_spec *spec, enum method method, struct slice in)
{
	struct arena *arena = fuzz_arena();
	struct request request = {
		.arena = arena, .method = method, .peer = "192.0.2.7"
	};
	struct endpoint endpoint = { .method = method };
	struct call call = { .request = &request, .arena = arena, .endpoint = &endpoint };
	struct v4_call v4 = { .call = &call, .spec = spec };
	enum err err;

	if (method == HTTP_GET)
		request.query = in;
	else
		request.body = in;
	v4.auth.date = SLICE(DATE);
	err = v4_decode(&v4);
	FUZZ_CHECK(err == E_OK || err_info(err)->http >= 400);
	FUZZ_CHECK(err != E_INTERNAL);
	arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_slice(data, size);
	unsigned pick = fuzz_pick(&in);
	enum method method = pick & 1 ? HTTP_POST : HTTP_GET;

	check_spec(&specs[(pick >> 1) % ARRAY_LEN(specs)], method, in);
	return 0;
}
