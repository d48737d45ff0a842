#include "base/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"

struct sample {
	char *text;
	char *file;
	struct conf_list list;
	int64_t number;
	bool yes;
	int64_t wait;
	int64_t size;
	struct conf_rate rate;
	int choice;
	char *hidden;
};

#define AT(member) offsetof(struct sample, member)

static const struct conf_option options[] = {
	{ .key = "a.text", .type = CONF_TEXT, .offset = AT(text), .fallback = "plain" },
	{ .key = "a.file", .type = CONF_FILE, .offset = AT(file) },
	{ .key = "a.list", .type = CONF_LIST, .offset = AT(list), .fallback = "x" },
	{ .key = "a.number",
	    .type = CONF_INT,
	    .offset = AT(number),
	    .fallback = "256",
	    .min = 1,
	    .max = 4096 },
	{ .key = "a.yes_no", .type = CONF_BOOL, .offset = AT(yes), .fallback = "yes" },
	{ .key = "b.wait",
	    .type = CONF_DURATION,
	    .offset = AT(wait),
	    .fallback = "30s",
	    .min = CLOCK_SECOND,
	    .max = CLOCK_DAY },
	{ .key = "b.size", .type = CONF_SIZE, .offset = AT(size), .fallback = "64G" },
	{ .key = "b.rate",
	    .type = CONF_RATE,
	    .offset = AT(rate),
	    .fallback = "50/s burst 100" },
	{ .key = "b.choice",
	    .type = CONF_CHOICE,
	    .offset = AT(choice),
	    .fallback = "info",
	    .choices = "error|warn|info|debug" },
	{ .key = "b.hidden", .type = CONF_TEXT, .offset = AT(hidden), .secret = true },
};

static struct arena *arena;
static char dir[64];
static char *path;

static int
set_up(void **state)
{
	(void)state;
	strncpy(dir, "/tmp/licet-conf-XXXXXX", sizeof(dir) - 1);
	arena = arena_new(0);
	if (arena == NULL || mkdtemp(dir) == NULL)
		return 1;
	path = file_path(arena, dir, "licetd.conf");
	return path == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path);
	arena_free(arena);
	return rmdir(dir);
}

static enum err
load(struct conf_load *c, struct sample *s, const char *text)
{
	memset(s, 0xa5, sizeof(*s));
	c->arena = arena;
	c->option = options;
	c->n = ARRAY_LEN(options);
	c->dir = "/var/lib/x";
	c->prefix = "LICET_";
	c->file = NULL;
	if (text != NULL) {
		c->file = path;
		assert_int_equal(file_write(path, slice_str(text), 0600), E_OK);
	}
	return conf_load(c, s);
}

static bool
has_fault(const struct conf_load *c, const char *origin, const char *key)
{
	for (size_t i = 0; i < c->n_faults; i++) {
		if (strcmp(c->fault[i].origin, origin) == 0 &&
		    strcmp(c->fault[i].key, key) == 0)
			return true;
	}
	return false;
}

static char *
line(int n)
{
	return arena_printf(arena, "%s:%d", path, n);
}

static void
test_defaults(void **state)
{
	struct conf_load c = { 0 };
	struct sample s;

	(void)state;
	assert_int_equal(load(&c, &s, NULL), E_OK);
	assert_string_equal(s.text, "plain");
	assert_string_equal(s.file, "");
	assert_int_equal(s.list.n, 1);
	assert_string_equal(s.list.item[0], "x");
	assert_int_equal(s.number, 256);
	assert_true(s.yes);
	assert_int_equal(s.wait, 30 * CLOCK_SECOND);
	assert_int_equal(s.size, INT64_C(64) << 30);
	assert_true(s.rate.n == 50 && s.rate.per == CLOCK_SECOND && s.rate.burst == 100);
	assert_int_equal(s.choice, 2);
	assert_string_equal(s.hidden, "");
	for (size_t i = 0; i < c.n; i++)
		assert_int_equal(c.origin[i], CONF_DEFAULT);
}

static void
test_every_type_from_a_file(void **state)
{
	struct conf_load c = { 0 };
	struct sample s;

	(void)state;
	assert_int_equal(load(&c, &s,
			     "\xef\xbb\xbf; a comment\n# another\r\n\n[a]\r\n"
			     "text =  two words ; kept # too\r\n  file = keys/pass\n"
			     "list = 127.0.0.1:80, [::1]:8080 ,c\nnumber = 7\nyes_no=no\n"
			     "[b]\nwait = 2m\nsize = 8M\nrate = 10/15m\nchoice = debug\n"
			     "hidden = s3cret"),
	    E_OK);
	assert_string_equal(s.text, "two words ; kept # too");
	assert_string_equal(s.file, "/var/lib/x/keys/pass");
	assert_int_equal(s.list.n, 3);
	assert_string_equal(s.list.item[0], "127.0.0.1:80");
	assert_string_equal(s.list.item[1], "[::1]:8080");
	assert_string_equal(s.list.item[2], "c");
	assert_int_equal(s.number, 7);
	assert_false(s.yes);
	assert_int_equal(s.wait, 2 * CLOCK_MINUTE);
	assert_int_equal(s.size, 8 << 20);
	assert_true(s.rate.n == 10 && s.rate.per == 15 * CLOCK_MINUTE);
	assert_int_equal(s.rate.burst, 10);
	assert_int_equal(s.choice, 3);
	assert_string_equal(s.hidden, "s3cret");
	assert_int_equal(c.origin[3], CONF_FROM_FILE);
}

static void
test_precedence(void **state)
{
	char *env[] = { "HOME=/x", "LICET_A_NUMBER=3", "LICET_B_WAIT=3s", "LICET_DATA=/d",
		"LICET_A_YES_NO=no", NULL };
	static const char *const set[] = { "b.wait=4s", "a.file=/abs", NULL };
	static const char *const ignore[] = { "LICET_DATA", NULL };
	struct conf_load c = { .environ = env, .set = set, .ignore = ignore };
	struct sample s;

	(void)state;
	assert_int_equal(load(&c, &s, "[a]\nnumber=2\ntext=f\n[b]\nwait=2s\n"), E_OK);
	assert_string_equal(s.text, "f");
	assert_int_equal(s.number, 3);
	assert_int_equal(s.wait, 4 * CLOCK_SECOND);
	assert_false(s.yes);
	assert_string_equal(s.file, "/abs");
	assert_int_equal(c.origin[0], CONF_FROM_FILE);
	assert_int_equal(c.origin[1], CONF_FROM_LINE);
	assert_int_equal(c.origin[2], CONF_DEFAULT);
	assert_int_equal(c.origin[3], CONF_FROM_ENV);
	assert_int_equal(c.origin[5], CONF_FROM_LINE);
}

static void
test_every_fault_is_named(void **state)
{
	char *env[] = { "LICET_B_RATE=many", "LICET_NOTHING=1", NULL };
	static const char *const set[] = { "b.hidden=x", "a.none=1", "a.number",
		"b.size=4T", "b.wait=5s", "b.wait=6s", NULL };
	struct conf_load c = { .environ = env, .set = set };
	struct sample s;

	(void)state;
	assert_int_equal(
	    load(&c, &s,
		"top = 1\n[a]\nnumber = 0\nnumber = 2\nwhat = 1\n"
		"this is no pair\n[b\nyes = 1\n[a]\nyes_no = true\n\n"
		"list = a,,b\ntext = \x01\n[b]\nwait = 25h\nchoice = loud\n"),
	    E_CONFIG);
	assert_true(has_fault(&c, line(1), "top"));
	assert_true(has_fault(&c, line(3), "a.number"));
	assert_true(has_fault(&c, line(4), "a.number"));
	assert_true(has_fault(&c, line(5), "a.what"));
	assert_true(has_fault(&c, line(6), "-"));
	assert_true(has_fault(&c, line(7), "-"));
	assert_true(has_fault(&c, line(10), "a.yes_no"));
	assert_true(has_fault(&c, line(12), "a.list"));
	assert_true(has_fault(&c, line(13), "a.text"));
	assert_true(has_fault(&c, line(15), "b.wait"));
	assert_true(has_fault(&c, line(16), "b.choice"));
	assert_true(has_fault(&c, "LICET_B_RATE", "b.rate"));
	assert_true(has_fault(&c, "LICET_NOTHING", "-"));
	assert_true(has_fault(&c, "--set", "b.hidden"));
	assert_true(has_fault(&c, "--set", "a.none"));
	assert_true(has_fault(&c, "--set", "a.number"));
	assert_true(has_fault(&c, "--set", "b.size"));
	assert_true(has_fault(&c, "--set", "b.wait"));
	for (size_t i = 0; i < c.n_faults; i++)
		assert_true(c.fault[i].message != NULL && c.fault[i].message[0] != '\0');
}

static void
test_messages(void **state)
{
	struct conf_load c = { 0 };
	struct sample s;

	(void)state;
	assert_int_equal(
	    load(&c, &s, "[a]\nnumber=x\nnumber=1\n[b]\nwait=25h\nchoice=loud\n"),
	    E_CONFIG);
	assert_int_equal(c.n_faults, 4);
	assert_string_equal(c.fault[0].message, "must be an integer");
	assert_string_equal(c.fault[1].message, "is given twice");
	assert_string_equal(c.fault[2].message, "must be from 1s to 1d");
	assert_string_equal(c.fault[3].message, "must be one of error|warn|info|debug");
}

/* A file whose second line has n bytes. */
static char *
long_line(size_t n)
{
	char *value = arena_alloc(arena, n - 6);

	memset(value, 'v', n - 7);
	return arena_printf(arena, "[a]\ntext = %s\n[b]\nwait=9s\n", value);
}

static void
test_long_lines(void **state)
{
	static const size_t good[] = { 190, 198, 199, 200, 201, 250, 1000, 4095, 4096 };
	struct conf_load c = { 0 };
	struct sample s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		c = (struct conf_load){ 0 };
		assert_int_equal(load(&c, &s, long_line(good[i])), E_OK);
		assert_int_equal(strlen(s.text), good[i] - 7);
		assert_int_equal(s.wait, 9 * CLOCK_SECOND);
	}
	for (size_t n = 4097; n < 10000; n += 1500) {
		c = (struct conf_load){ 0 };
		assert_int_equal(load(&c, &s, long_line(n)), E_CONFIG);
		assert_int_equal(c.n_faults, 1);
		assert_true(has_fault(&c, line(2), "-"));
		assert_int_equal(s.wait, 9 * CLOCK_SECOND);
	}
}

static void
test_file_troubles(void **state)
{
	struct conf_load c = { 0 };
	struct sample s;
	char *big = arena_alloc(arena, (1 << 20) + 2);

	(void)state;
	assert_int_equal(load(&c, &s, NULL), E_OK);
	c.file = "/nonexistent/licetd.conf";
	assert_int_equal(conf_load(&c, &s), E_NOT_FOUND);
	memset(big, '\n', (1 << 20) + 1);
	c = (struct conf_load){ 0 };
	assert_int_equal(load(&c, &s, big), E_CONFIG);
	assert_true(has_fault(&c, path, "-"));
	assert_int_equal(file_write(path, slice_of("[a]\ntext=a\0b\n", 13), 0600), E_OK);
	c.file = path;
	assert_int_equal(conf_load(&c, &s), E_CONFIG);
	assert_true(has_fault(&c, line(2), "-"));
}

static void
test_show(void **state)
{
	static const char *const want[] = { "plain", "", "x", "256", "yes", "30s", "64G",
		"50/s burst 100", "info", "" };
	static const char *const set[] = { "a.list=b , c", "b.wait=1500ms", "b.size=1000",
		"b.rate=0", "b.choice=error", "a.yes_no=no", NULL };
	struct conf_load c = { 0 };
	struct sample s;

	(void)state;
	assert_int_equal(load(&c, &s, NULL), E_OK);
	for (size_t i = 0; i < c.n; i++)
		assert_string_equal(conf_show(arena, &options[i], &s), want[i]);
	c.set = set;
	assert_int_equal(load(&c, &s, NULL), E_OK);
	assert_string_equal(conf_show(arena, &options[2], &s), "b, c");
	assert_string_equal(conf_show(arena, &options[4], &s), "no");
	assert_string_equal(conf_show(arena, &options[5], &s), "1500ms");
	assert_string_equal(conf_show(arena, &options[6], &s), "1000");
	assert_string_equal(conf_show(arena, &options[7], &s), "0");
	assert_string_equal(conf_show(arena, &options[8], &s), "error");
}

static void
test_value_grammar(void **state)
{
	static const char *const durations[] = { "", "1", "s", "1 s", "-1s", "1w", "1M",
		"1.5s", "9223372036854775807d", "99999999999999999999s" };
	static const char *const rates[] = { "", "5", "5/", "/s", "0/s", "5/x", "5/0s",
		"5/s burst", "5/s burst 0", "5/s burst x", "5/s 7", "5 /s", "-5/s" };
	static const char *const sizes[] = { "", "K", "1T", "1k", "-1", "1KB",
		"9223372036854775807K" };
	struct conf_rate rate;
	int64_t v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(durations); i++)
		assert_false(conf_parse_duration(slice_str(durations[i]), &v));
	for (size_t i = 0; i < ARRAY_LEN(rates); i++)
		assert_false(conf_parse_rate(slice_str(rates[i]), &rate));
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		assert_false(conf_parse_size(slice_str(sizes[i]), &v));
	assert_true(conf_parse_duration(SLICE("500ms"), &v) && v == 500000);
	assert_true(conf_parse_duration(SLICE("24h"), &v) && v == CLOCK_DAY);
	assert_true(conf_parse_duration(SLICE("30d"), &v) && v == 30 * CLOCK_DAY);
	assert_true(conf_parse_duration(SLICE("0"), &v) && v == 0);
	assert_true(conf_parse_size(SLICE("64K"), &v) && v == 65536);
	assert_true(conf_parse_rate(SLICE("20/m"), &rate) && rate.per == CLOCK_MINUTE);
	assert_true(conf_parse_rate(SLICE("9/h"), &rate) && rate.per == CLOCK_HOUR);
	assert_true(conf_parse_rate(SLICE("9/s  burst  8"), &rate) && rate.burst == 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_type_from_a_file),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_every_fault_is_named),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_file_troubles),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_value_grammar),
	};

	return cmocka_run_group_tests_name("conf", tests, set_up, tear_down);
}
