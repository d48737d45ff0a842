/*
 * Request files of the offline calls as any stranger sends them: the first byte picks the
 * type of the body and the call. What is read in Base64 is what is read as JSON, and the
 * bytes that a file of the second form signs are its member "request".
 */
#include "tests/fuzz/target.h"

#include "base/clock.h"
#include "server/api/v4_decode.h"
#include "server/api/v4_offline.h"

#define V4_FILES (V4_FILE | V4_BASE | V4_VARIABLES | V4_DEVICE_KEY)

static const struct v4_spec specs[] = {
	{ .name = "activate_offline",
	    .take = V4_FILES | V4_BUNDLE_CODE | V4_ID_A,
	    .single = true },
	{ .name = "deactivate_bundle_offline",
	    .take = V4_FILES | V4_ID_B | V4_FINAL,
	    .bundle = true },
};

static const char *const types[] = { "text/plain", "multipart/form-data; boundary=b",
	"application/octet-stream" };

static void
check_span(struct arena *arena, const struct v4_file *file)
{
	struct buf a = BUF_INIT(arena), b = BUF_INIT(arena);
	struct json *again;

	FUZZ_CHECK(json_parse(arena, file->span, &again) == E_OK);
	FUZZ_CHECK(file->span.p[0] == '{' && file->span.p[file->span.n - 1] == '}');
	json_print(&a, again);
	json_print(&b, file->fields);
	FUZZ_CHECK(slice_equal(buf_slice(&a), buf_slice(&b)));
}

static void
check_file(struct arena *arena, const struct v4_spec *spec, struct v4_file *file)
{
	struct request request = { .arena = arena, .peer = "192.0.2.7" };
	struct call call = { .request = &request, .arena = arena };
	struct v4_call v4 = { .call = &call, .spec = spec, .file = file };
	struct slice again;
	int64_t t;
	enum err err;

	FUZZ_CHECK(file->fields->type == JSON_OBJECT && file->signature.n > 0);
	FUZZ_CHECK(file->date.n > 0 && file->credential.n > 0);
	FUZZ_CHECK(v4_file_sign_text(arena, file, file->date, &again) == E_OK);
	if (file->span.p)
		check_span(arena, file);
	else
		FUZZ_CHECK(slice_equal(file->signed_text, again));
	if (v4_file_date(file->date, &t))
		FUZZ_CHECK(t <= CLOCK_MAX);
	err = v4_decode(&v4);
	FUZZ_CHECK(err == E_OK || err_info(err)->http == 400);
}

/* The text in Base64 is the same file. */
static void
check_coded(struct arena *arena, struct request *request, struct slice json)
{
	struct buf coded = BUF_INIT(arena);
	struct slice again;

	buf_base64(&coded, json.p, json.n);
	request->headers[0].value = SLICE("text/plain");
	request->body = buf_slice(&coded);
	FUZZ_CHECK(v4_file_text(arena, request, &again) == E_OK);
	FUZZ_CHECK(slice_equal(json, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size), json;
	unsigned pick = fuzz_pick(&in);
	struct header type = { SLICE("Content-Type"),
		slice_str(types[pick / 2 % ARRAY_LEN(types)]) };
	struct request request = {
		.arena = arena, .headers = &type, .n_headers = 1, .body = in
	};
	struct v4_file file = { .v = NULL };

	if (v4_file_text(arena, &request, &json) == E_OK) {
		if (v4_file_parse(arena, json, &file) == E_OK)
			check_file(arena, &specs[pick % ARRAY_LEN(specs)], &file);
		if (json.n > 0)
			check_coded(arena, &request, json);
	}
	arena_free(arena);
	return 0;
}
