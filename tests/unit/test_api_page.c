/* Pages: which paths are theirs, what they say of errors, the files of the build; forms.
 */
#include "server/api/portal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/api/multipart.h"

static void
paths_of_pages(void **state)
{
	static const char *const pages[] = { "/offline", "/offline/", "/offline/answer",
		"/offline/nothing", "/O/ABC", "/o/abc" };
	static const char *const others[] = { "/", "/offline/v1/activations",
		"/offline/v1/nothing", "/offlines", "/O", "/healthz", "/api/v4/x/" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		assert_true(page_is(slice_str(pages[i])));
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_false(page_is(slice_str(others[i])));
}

static void
words_for_every_error(void **state)
{
	size_t own = 0;

	(void)state;
	for (int e = E_OK + 1; e < E_MAX; e++) {
		struct portal_words words = portal_words_of((enum err)e);

		assert_true(strlen(words.what) > 5 && strlen(words.next) > 5);
		own += strcmp(words.what, err_info((enum err)e)->message) != 0;
	}
	assert_true(own >= 40);
}

/* A technician has no account here: nobody is told to run a command of staff. */
static void
words_name_no_command(void **state)
{
	(void)state;
	for (int e = E_OK + 1; e < E_MAX; e++) {
		struct portal_words words = portal_words_of((enum err)e);

		assert_null(strstr(words.next, "licet "));
		assert_null(strstr(words.next, "licetd "));
	}
}

static void
fault_is_escaped(void **state)
{
	char room[2048] = "";
	struct buf b = BUF_FIXED(room);

	(void)state;
	portal_put_fault(&b, E_TOO_MANY_REQUESTS, 7, "<b>\"&'");
	buf_char(&b, '\0');
	assert_true(buf_ok(&b));
	assert_non_null(strstr(room, "&lt;b&gt;&quot;&amp;&#39;"));
	assert_non_null(strstr(room, "7 seconds"));
	assert_non_null(strstr(room, "<code>too_many_requests</code>"));
}

static void
files_of_the_build(void **state)
{
	static const char *const names[] = { "portal.css", "portal.js", "scan.js",
		"icon.svg" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct asset *asset = asset_find(slice_str(names[i]));

		assert_non_null(asset);
		assert_true(asset->body.n > 0);
		assert_memory_equal(asset->packed.p, "\x1f\x8b", 2);
	}
	assert_null(asset_find(SLICE("portal")));
	assert_int_equal(strlen(assets_tag), 16);
}

#define HEAD(name)                                                                       \
	"\r\nContent-Disposition: form-data; name=\"" name "\"; filename=\"a\"\r\n\r\n"

static void
several_files_of_a_form(void **state)
{
	static const char body[] = "--b" HEAD("file") "one\r\n--b" HEAD(
	    "text") "t\r\n--b" HEAD("file") "two\r\n--b--\r\n";
	struct slice form = slice_str(body), params = SLICE("boundary=b"), part;
	struct multipart files;

	(void)state;
	assert_true(multipart_part(params, form, "text", &part));
	assert_true(slice_is(part, "t"));
	assert_false(multipart_part(params, form, "other", &part));
	assert_true(multipart_begin(&files, params, form));
	assert_true(multipart_next(&files, "file", &part));
	assert_true(slice_is(part, "one"));
	assert_true(multipart_next(&files, "file", &part));
	assert_true(slice_is(part, "two"));
	assert_false(multipart_next(&files, "file", &part));
	assert_false(multipart_begin(&files, SLICE("charset=b"), form));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_of_pages),
		cmocka_unit_test(words_for_every_error),
		cmocka_unit_test(words_name_no_command),
		cmocka_unit_test(fault_is_escaped),
		cmocka_unit_test(files_of_the_build),
		cmocka_unit_test(several_files_of_a_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
