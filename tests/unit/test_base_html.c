#include "base/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void
text_is_escaped(void **state)
{
	char room[128];
	struct buf b = BUF_FIXED(room);

	(void)state;
	html_text(&b, SLICE("a<b>&\"'\n\xc3\xa9"));
	html_text(&b, SLICE_NULL);
	assert_true(buf_ok(&b));
	assert_true(slice_is(buf_slice(&b), "a&lt;b&gt;&amp;&quot;&#39;\n\xc3\xa9"));
}

static void
shape_is_filled(void **state)
{
	char room[128];
	struct buf b = BUF_FIXED(room);

	(void)state;
	HTML(&b, "<p id=\"{}\">{}</p>", SLICE("x\" y"), SLICE("{}"));
	assert_true(buf_ok(&b));
	assert_true(slice_is(buf_slice(&b), "<p id=\"x&quot; y\">{}</p>"));
}

static void
wrong_number_of_values_fails(void **state)
{
	static const char *const shapes[] = { "", "none", "{}{}", "{} and {} and {}" };
	char room[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		struct buf b = BUF_FIXED(room);

		HTML(&b, shapes[i], SLICE("1"));
		assert_false(buf_ok(&b));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(shape_is_filled),
		cmocka_unit_test(wrong_number_of_values_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
