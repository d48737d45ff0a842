#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/field.h"
#include "base/json.h"

static char text[65536];
static int real_stderr = -1;
static FILE *capture;

static void
start_capture(void)
{
	fflush(stderr);
	capture = tmpfile();
	real_stderr = dup(STDERR_FILENO);
	dup2(fileno(capture), STDERR_FILENO);
}

static void
stop_capture(void)
{
	size_t n;

	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	rewind(capture);
	n = fread(text, 1, sizeof(text) - 1, capture);
	text[n] = '\0';
	fclose(capture);
}

static int
set_up(void **state)
{
	(void)state;
	clock_set(INT64_C(1751626573412000));
	log_request(NULL);
	return 0;
}

#define HEAD "time=2025-07-04T10:56:13.412Z level=info "

static void
test_logfmt(void **state)
{
	const char *volatile nothing = NULL;

	(void)state;
	log_setup(LOG_INFO, LOG_LOGFMT, NULL);
	start_capture();
	log_info("open", "path=%s n=%lld part=%.*s", "/x", (long long)-5, 2, "abc");
	log_info("odd", "a=%s b=%s c=%s d=%s", "two words", "say \"hi\"\\", "", "k=v");
	log_info("ctl", "a=%s b=%s", "one\ntwo\r\t", "\x1b[31m\x7f\x01");
	log_info("utf", "a=%s b=%s c=%s d=%s", "\xc4\x8c", "\xff\xfe", "\xc2\x9b",
	    "\xe2\x80\xae");
	log_info("num", "u=%u z=%zu x=%04x c=%c f=%.2f mix=%d/%d pct=%d%%", 1u, (size_t)2,
	    0xabu, 'q', 1.5, 3, 4, 5);
	log_info("null", "s=%s %s t=%ld", nothing, "no key", 9L);
	log_debug("hidden", "a=%d", 1);
	stop_capture();
	assert_string_equal(text, HEAD
	    "event=open path=/x n=-5 part=ab\n" HEAD
	    "event=odd a=\"two words\" b=\"say \\\"hi\\\"\\\\\" c=\"\" d=\"k=v\"\n" HEAD
	    "event=ctl a=\"one\\ntwo\\r\\t\" b=\"\\u001b[31m\\u007f\\u0001\"\n" HEAD
	    "event=utf a=\"\xc4\x8c\" b=\"\\xff\\xfe\" c=\"\\u009b\" d=\"\\u202e\"\n" HEAD
	    "event=num u=1 z=2 x=00ab c=q f=1.50 mix=3/4 pct=5%\n" HEAD
	    "event=null s=\"\" t=9\n");
}

static void
test_levels(void **state)
{
	(void)state;
	start_capture();
	log_setup(LOG_WARN, LOG_LOGFMT, "DEV");
	assert_true(log_enabled(LOG_ERROR) && log_enabled(LOG_WARN));
	assert_false(log_enabled(LOG_INFO));
	log_request("r-1");
	log_error("bad", "a=%d", 1);
	log_warn("odd", "a=%d", 1);
	log_info("fine", "a=%d", 1);
	log_request(NULL);
	log_setup(LOG_DEBUG, LOG_LOGFMT, NULL);
	log_debug("deep", "a=%d", 1);
	stop_capture();
	assert_string_equal(text,
	    "time=2025-07-04T10:56:13.412Z level=error mode=DEV request=r-1 event=bad "
	    "a=1\n"
	    "time=2025-07-04T10:56:13.412Z level=warn mode=DEV request=r-1 event=odd "
	    "a=1\n"
	    "time=2025-07-04T10:56:13.412Z level=debug event=deep a=1\n");
}

static void
test_json(void **state)
{
	struct arena *arena = arena_new(0);
	struct json *root = NULL;
	struct slice line;

	(void)state;
	log_setup(LOG_INFO, LOG_JSON, NULL);
	start_capture();
	log_info("odd", "a=%s b=%s n=%d", "x \"y\"\\ \n\x01\x7f", "\xff\xc2\x9b", 7);
	stop_capture();
	assert_string_equal(text,
	    "{\"time\":\"2025-07-04T10:56:13.412Z\",\"level\":\"info\",\"event\":\"odd\","
	    "\"a\":\"x \\\"y\\\"\\\\ "
	    "\\n\\u0001\\u007f\",\"b\":\"\\ufffd\\u009b\",\"n\":7}\n");
	line = slice_trim(slice_str(text));
	assert_int_equal(json_parse(arena, line, &root), E_OK);
	arena_free(arena);
}

static void
test_long_values_are_cut(void **state)
{
	char *big = malloc(20001);
	struct arena *arena = arena_new(0);
	struct json *root = NULL;

	(void)state;
	memset(big, '\n', 20000);
	big[20000] = '\0';
	log_setup(LOG_INFO, LOG_JSON, NULL);
	start_capture();
	log_info("big", "a=%s b=%s c=%s d=%d", big, big, big, 1);
	stop_capture();
	assert_true(strlen(text) <= 4096);
	assert_true(text[strlen(text) - 1] == '\n');
	assert_int_equal(json_parse(arena, slice_trim(slice_str(text)), &root), E_OK);
	arena_free(arena);
	free(big);
}

static size_t
count_lines(const char *part)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, part)) != NULL; p++)
		n++;
	return n;
}

static void
test_repeats_are_limited(void **state)
{
	(void)state;
	log_setup(LOG_INFO, LOG_LOGFMT, NULL);
	start_capture();
	for (int i = 0; i < 500; i++) {
		log_info("same", "a=%d", 1);
		if (i < 15)
			log_info("other", "a=%d", i);
	}
	usleep(1050 * 1000);
	log_info("later", "a=%d", 1);
	stop_capture();
	assert_int_equal(count_lines("event=same"), 10);
	assert_int_equal(count_lines("event=other"), 15);
	assert_int_equal(count_lines("event=suppressed of=same count=490\n"), 1);
	assert_int_equal(count_lines("event=later"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_logfmt, set_up),
		cmocka_unit_test_setup(test_levels, set_up),
		cmocka_unit_test_setup(test_json, set_up),
		cmocka_unit_test_setup(test_long_values_are_cut, set_up),
		cmocka_unit_test_setup(test_repeats_are_limited, set_up),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
