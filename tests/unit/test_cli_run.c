/* Rows, problems and the choice of a server, without one. */
#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/command.h"
#include "cli/rows.h"
#include "cli/server.h"

static struct arena *arena;
static struct usage usage;
static struct cli cli;

static void
begin(const char *const *word)
{
	char *argv[16] = { (char *)"licet" };
	struct buf why = BUF_INIT(arena);
	int argc = 1;

	buf_free(&cli.out);
	for (; *word; word++)
		argv[argc++] = arena_str(arena, slice_str(*word));
	assert_int_equal(
	    usage_parse(&licet_program, arena, argc, argv, &usage, &why), E_OK);
	cli = (struct cli){ .usage = &usage, .arena = arena, .out = BUF_INIT(NULL) };
}

#define BEGIN(...) begin((const char *const[]){ __VA_ARGS__, NULL })

static const char *
printed(void)
{
	buf_char(&cli.out, '\0');
	assert_true(buf_ok(&cli.out));
	return cli.out.p;
}

static const struct json *
items(void)
{
	struct json *json;

	assert_int_equal(
	    json_parse(arena,
		SLICE("[{\"id\":1,\"c\":{\"e\":\"long@mail\"}},{\"id\":22,\"c\":null}]"),
		&json),
	    E_OK);
	return json->items;
}

static void
a_table(void **state)
{
	struct rows rows;

	(void)state;
	BEGIN("license", "list");
	assert_int_equal(rows_begin(&rows, &cli, "id,c.e,id"), E_OK);
	assert_int_equal(rows_page(&rows, items(), 2), E_OK);
	assert_string_equal(printed(), "ID  C.E        ID\n"
				       "1   long@mail  1\n"
				       "22  -          22\n");
}

static void
csv_and_json(void **state)
{
	struct rows rows;

	(void)state;
	BEGIN("license", "list", "--columns", "c.e, id");
	cli.mode = OUT_CSV;
	assert_int_equal(rows_begin(&rows, &cli, "x"), E_OK);
	assert_int_equal(rows_page(&rows, items(), 2), E_OK);
	assert_string_equal(printed(), "c.e,id\nlong@mail,1\n,22\n");

	BEGIN("license", "list");
	cli.mode = OUT_JSON;
	assert_int_equal(rows_begin(&rows, &cli, "x"), E_OK);
	assert_int_equal(rows_page(&rows, items(), 1), E_OK);
	assert_int_equal(rows_page(&rows, items() + 1, 1), E_OK);
	assert_string_equal(printed(),
	    "[{\"id\":1,\"c\":{\"e\":\"long@mail\"}},\n {\"id\":22,\"c\":null}");
}

static void
one_field(void **state)
{
	struct rows rows;

	(void)state;
	BEGIN("license", "list");
	cli.mode = OUT_FIELD;
	cli.field = "c.e";
	assert_int_equal(rows_begin(&rows, &cli, "x"), E_OK);
	assert_int_equal(rows_page(&rows, items(), 2), E_OK);
	assert_string_equal(printed(), "long@mail\n\n");
	BEGIN("license", "list");
	cli.mode = OUT_FIELD;
	cli.field = "d";
	assert_int_equal(rows_begin(&rows, &cli, "x"), E_OK);
	assert_int_equal(rows_page(&rows, items(), 2), E_VALIDATION);
	assert_string_equal(cli.problem.why, "no member d");
	BEGIN("license", "list");
	assert_int_equal(rows_begin(&rows, &cli, "id,nosuch"), E_OK);
	assert_int_equal(rows_page(&rows, items(), 2), E_VALIDATION);
}

static const char *
problem(bool json)
{
	struct buf out = BUF_INIT(arena);

	problem_text(&out, &cli.problem, json);
	buf_char(&out, '\0');
	assert_true(buf_ok(&out));
	return out.p;
}

static void
problems_of_the_api(void **state)
{
	static const char body[] =
	    "{\"status\":409,\"code\":\"in_use\",\"message\":\"Used\",\"errors\":"
	    "[{\"field\":\"a\",\"code\":\"in_use\",\"message\":\"by\\nb\"}],\"x\":1}";

	(void)state;
	BEGIN("license", "list");
	assert_int_equal(problem_from_api(&cli, 409, slice_str(body)), E_IN_USE);
	assert_string_equal(problem(false), "licet: in_use: Used\n"
					    "  why   a: by\\x0Ab\n"
					    "  next  Archive or disable it instead\n");
	assert_string_equal(problem(true), arena_printf(arena, "%s\n", body));
	assert_int_equal(
	    problem_from_api(&cli, 403, SLICE("{\"code\":\"new\"}")), E_FORBIDDEN);
	assert_int_equal(problem_from_api(&cli, 503, SLICE("<html>")), E_UNAVAILABLE);
	assert_int_equal(problem_from_api(&cli, 302, SLICE("")), E_INTERNAL);
}

static void
problems_of_our_own(void **state)
{
	(void)state;
	BEGIN("license", "list");
	assert_int_equal(problem_set(&cli, E_CONFIRM, NULL), E_CONFIRM);
	assert_string_equal(problem(false),
	    "licet: confirmation_needed: This change wants a confirmation and there is "
	    "no terminal\n  next  Add --yes\n");
	problem_set(&cli, E_USAGE, "not %s", "so");
	assert_string_equal(problem(false), "licet: usage: not so\n");
	assert_string_equal(problem(true),
	    "{\"status\":400,\"code\":\"usage\",\"message\":\"not so\",\"errors\":[]}\n");
}

static void
which_server(void **state)
{
	(void)state;
	unsetenv("LICET_SERVER");
	unsetenv("LICET_SOCKET");
	unsetenv("LICET_CONTEXT");
	unsetenv("LICET_TOKEN_FILE");
	setenv("LICET_DATA", "/data", 1);
	BEGIN("license", "list", "--socket", "/a");
	assert_int_equal(server_find(&cli), E_OK);
	assert_string_equal(cli.server.socket, "/a");
	BEGIN("license", "list");
	assert_int_equal(server_find(&cli), E_OK);
	assert_string_equal(cli.server.socket, "/data/licetd.sock");
	setenv("LICET_SOCKET", "/b", 1);
	BEGIN("license", "list");
	assert_int_equal(server_find(&cli), E_OK);
	assert_string_equal(cli.server.socket, "/b");
	setenv("LICET_SERVER", "https://x", 1);
	BEGIN("license", "list");
	assert_int_equal(server_find(&cli), E_USAGE);
	unsetenv("LICET_SOCKET");
	BEGIN("license", "list");
	assert_int_equal(server_find(&cli), E_UNAUTHENTICATED);
	unsetenv("LICET_SERVER");
}

static void
urls(void **state)
{
	static const char *const good[] = { "https://a.example", "http://127.0.0.1:8081",
		"http://localhost/", "http://[::1]:80" };
	static const char *const bad[] = { "a.example", "http://a.example",
		"http://127.0.0.1.evil.example", "http://localhost.evil", "ftp://x",
		"https://", "https://u@h", "https://h?q", "http://[::1]evil" };

	(void)state;
	BEGIN("license", "list");
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(server_check_url(&cli, good[i]), E_OK);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(server_check_url(&cli, bad[i]), E_USAGE);
	assert_true(context_name_valid("prod-1.b_c"));
	assert_false(context_name_valid("../x"));
	assert_false(context_name_valid(".x"));
	assert_false(context_name_valid(""));
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
	buf_free(&cli.out);
	arena_free(arena);
	return 0;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table),
		cmocka_unit_test(csv_and_json),
		cmocka_unit_test(one_field),
		cmocka_unit_test(problems_of_the_api),
		cmocka_unit_test(problems_of_our_own),
		cmocka_unit_test(which_server),
		cmocka_unit_test(urls),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
