/*
 * Every decoder with its n-th allocation failing: it says so, or finds what it finds with
 * all the memory it wants. Inputs are the seeds of tests/fuzz.
 */
#include "server/api/v4_offline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/usage.h"
#include "cli/command.h"
#include "keys/keyfile_text.h"
#include "offline/cbor.h"
#include "server/api/v4_decode.h"
#include "server/config.h"
#include "server/model/schema.h"

#define SEED_MAX (1 << 16)
#define TRIES_MAX 20000

struct input {
	const struct field_table *table;
	struct slice text;
	const char *path;
};

/* Shows on out what was read. */
typedef enum err
decode_fn(struct arena *, const struct input *, struct buf *out);

static size_t tries, refused;

static enum err
decode_json(struct arena *arena, const struct input *in, struct buf *out)
{
	struct field_set given = { 0 };
	struct faults faults = { .arena = arena };
	void *rec = arena_alloc(arena, in->table->size);
	struct slice *unknown;
	struct json *json;
	enum err err = rec ? json_parse(arena, in->text, &json) : E_NO_MEMORY;
	size_t n;

	if (err)
		return err;
	field_clear(in->table, rec);
	field_json_read(&faults, "", in->table, FIELD_PATCH, json, rec, &given);
	err = field_json_unknown(arena, in->table, NULL, json, &unknown, &n);
	for (size_t i = 0; i < faults.n && !err; i++)
		if (faults.item[i].code == E_NO_MEMORY)
			err = E_NO_MEMORY;
	if (!err && faults.n < faults.total)
		err = E_NO_MEMORY;
	if (!err)
		field_json_members(out, in->table, rec);
	return err;
}

static enum err
decode_record(struct arena *arena, const struct input *in, struct buf *out)
{
	void *rec = arena_alloc(arena, in->table->size);
	struct slice unknown;
	enum err err = rec ? field_wire_read(arena, in->table, in->text, rec, &unknown)
	                   : E_NO_MEMORY;

	if (!err)
		field_wire_write(out, in->table, rec, unknown);
	return err;
}

static enum err
decode_query(struct arena *arena, const struct input *in, struct buf *out)
{
	struct param *params;
	size_t n;
	enum err err = request_params(arena, in->text, &params, &n);

	for (size_t i = 0; !err && i < n; i++) {
		buf_slice_add(out, params[i].name);
		buf_slice_add(out, params[i].value);
	}
	return err;
}

static enum err
decode_auth(struct arena *arena, const struct input *in, struct buf *out)
{
	struct slice date = in->text, value = slice_cut(&date, '\n');
	struct header headers[] = { { SLICE("Authorization"), value },
		{ SLICE("Date"), slice_cut(&date, '\n') } };
	struct request request = { .arena = arena, .headers = headers, .n_headers = 2 };
	struct auth auth;
	int64_t now;
	enum err err;

	if (!clock_parse_http(headers[1].value, &now))
		return E_VALIDATION;
	auth_read(&request, &auth);
	err = auth_begin(&request, now, CLOCK_DAY, &auth);
	if (!err)
		buf_slice_add(out, auth.params.apikey);
	return err;
}

static enum err
decode_v4(struct arena *arena, const struct input *in, struct buf *out)
{
	static const struct v4_spec spec = { .name = "activate_bundle",
		.take = V4_BASE | V4_BUNDLE_CODE | V4_ID_A | V4_VARIABLES | V4_DEVICE_KEY,
		.bundle = true };
	enum method method = slice_starts(in->text, SLICE("{")) ? HTTP_POST : HTTP_GET;
	struct request request = {
		.arena = arena, .method = method, .peer = "192.0.2.7"
	};
	struct endpoint endpoint = { .method = method };
	struct call call = { .request = &request, .arena = arena, .endpoint = &endpoint };
	struct v4_call v4 = { .call = &call, .spec = &spec };
	enum err err;

	*(method == HTTP_GET ? &request.query : &request.body) = in->text;
	err = v4_decode(&v4);
	buf_slice_add(out, v4.req.product);
	buf_slice_add(out, v4.req.hardware_id);
	return err;
}

static enum err
decode_file(struct arena *arena, const struct input *in, struct buf *out)
{
	struct header type = { SLICE("Content-Type"), SLICE("text/plain") };
	struct request request = {
		.arena = arena, .headers = &type, .n_headers = 1, .body = in->text
	};
	struct v4_file file = { .v = NULL };
	struct slice json;
	enum err err = v4_file_text(arena, &request, &json);

	if (!err)
		err = v4_file_parse(arena, json, &file);
	if (!err)
		buf_slice_add(out, file.signed_text);
	return err;
}

static enum err
decode_config(struct arena *arena, const struct input *in, struct buf *out)
{
	struct config_source source = { .data_dir = "/data", .file = in->path };
	struct config_result result;
	enum err err = config_load(arena, &source, &result);

	buf_printf(out, "%zu", err == E_CONFIG ? result.load.n_faults : 0);
	return err;
}

static enum err
decode_keyfile(struct arena *arena, const struct input *in, struct buf *out)
{
	struct keyfile_text text;
	struct slice head;
	enum err err = keyfile_text_parse(arena, in->text, &text, &head);

	if (!err)
		buf_slice_add(out, head);
	return err;
}

static enum err
decode_arguments(struct arena *arena, const struct input *in, struct buf *out)
{
	char *argv[64] = { arena_str(arena, SLICE("licet")) };
	struct buf why = BUF_INIT(arena);
	struct slice rest = in->text;
	struct usage usage;
	int argc = 1;
	enum err err;

	while (rest.n && argc < 63)
		argv[argc++] = arena_str(arena, slice_cut(&rest, '\n'));
	for (int i = 0; i < argc; i++)
		if (!argv[i])
			return E_NO_MEMORY;
	err = usage_parse(&licet_program, arena, argc, argv, &usage, &why);
	if (!err && usage.command)
		buf_str(out, usage.command->name);
	return buf_ok(&why) ? err : E_NO_MEMORY;
}

static enum err
write_cbor(struct arena *arena, const struct input *in, struct buf *out)
{
	(void)arena;
	cbor_put_array(out, 5);
	cbor_put_text(out, SLICE("text"));
	cbor_put_bytes(out, in->text);
	cbor_put_int(out, -70000);
	cbor_put_real(out, 1.1);
	cbor_put_bool(out, true);
	return E_OK;
}

/* --- tries ------------------------------------------------------------------------ */

static enum err
run(decode_fn *fn, const struct input *in, size_t at, struct buf *out)
{
	struct arena *arena;
	enum err err;

	arena_fail_at(at);
	arena = arena_new(0);
	err = arena ? fn(arena, in, out) : E_NO_MEMORY;
	if (!buf_ok(out))
		err = E_NO_MEMORY;
	arena_free(arena);
	return err;
}

static void
starve(decode_fn *fn, const struct input *in)
{
	struct buf all = BUF_INIT(NULL);
	enum err expected = run(fn, in, SIZE_MAX, &all), err;
	bool met = true;

	for (size_t n = 0; met; n++) {
		struct buf out = BUF_INIT(NULL);

		assert_true(n < TRIES_MAX);
		err = run(fn, in, n, &out);
		met = arena_fail_left() == SIZE_MAX;
		arena_fail_after(SIZE_MAX);
		tries++;
		refused += err == E_NO_MEMORY;
		if (err != E_NO_MEMORY || !met) {
			if (err != expected ||
			    !slice_equal(buf_slice(&out), buf_slice(&all)))
				fail_msg("%s, allocation %zu: %s for %s, %.*s for %.*s",
				    in->table ? in->table->name : in->path, n,
				    err_code(err), err_code(expected),
				    SLICE_ARG(buf_slice(&out)),
				    SLICE_ARG(buf_slice(&all)));
		}
		buf_free(&out);
	}
	buf_free(&all);
}

static void
starve_seed(decode_fn *fn, const char *seed, size_t skip)
{
	const char *srcdir = getenv("srcdir");
	struct arena *arena = arena_new(0);
	struct input in = { .table = NULL };

	in.path = arena_printf(arena, "%s/tests/fuzz/%s", srcdir ? srcdir : ".", seed);
	assert_int_equal(file_read(arena, in.path, SEED_MAX, &in.text), E_OK);
	in.text = slice_from(in.text, skip);
	starve(fn, &in);
	arena_free(arena);
}

/* A record of the table without values, as JSON and as bytes of the store. */
static void
starve_table(const struct field_table *table)
{
	struct arena *arena = arena_new(0);
	struct buf json = BUF_INIT(arena), bytes = BUF_INIT(arena);
	void *rec = arena_alloc(arena, table->size);
	struct input in = { .table = table };

	assert_non_null(rec);
	field_clear(table, rec);
	buf_char(&json, '{');
	field_json_members(&json, table, rec);
	buf_char(&json, '}');
	in.text = buf_slice(&json);
	starve(decode_json, &in);
	field_wire_write(&bytes, table, rec, SLICE_NULL);
	in.text = buf_slice(&bytes);
	starve(decode_record, &in);
	arena_free(arena);
}

static void
test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < model_schema.n; i++)
		starve_table(model_schema.table[i]->fields);
}

/* Strings and numbers that grow while they are read. */
static void
test_long_tokens(void **state)
{
	struct input in = { .table = model_schema.table[T_LICENSE]->fields };

	(void)state;
	in.text = SLICE("{\"from_device\":1,\"to_hardware_id\":\"hw-9\",\"reason\":\"a "
			"test of 16 bytes, of 32 bytes, of 64 bytes and of more\","
			"\"much\":12345678901234567.5e-10,\"more\":[{},[],true,null]}");
	starve(decode_json, &in);
}

static void
test_inputs(void **state)
{
	static const struct {
		decode_fn *fn;
		const char *seed;
		size_t skip; /* of the byte that picks a target */
	} inputs[] = {
		{ decode_query, "query.in/escapes", 0 },
		{ decode_auth, "auth.in/good", 0 },
		{ decode_v4, "v4.in/bundle", 1 },
		{ decode_v4, "v4.in/check", 1 },
		{ decode_file, "reqfile.in/lines", 1 },
		{ decode_file, "reqfile.in/flat", 1 },
		{ decode_config, "config.in/sample", 0 },
		{ decode_keyfile, "keyfile.in/whole", 0 },
		{ decode_arguments, "licet.in/issue", 0 },
		{ write_cbor, "auth.in/good", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(inputs); i++)
		starve_seed(inputs[i].fn, inputs[i].seed, inputs[i].skip);
	printf("decoders: %zu tries, %zu refused\n", tries, refused);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_long_tokens),
		cmocka_unit_test(test_inputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
