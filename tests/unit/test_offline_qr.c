/* QR codes and their pictures; that others read them: tests/offline/test_qr.py. */
#include "offline/qr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena == NULL;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_fail_after(SIZE_MAX);
	arena_free(arena);
	return 0;
}

static struct qr
made(const char *text)
{
	struct qr qr;

	assert_int_equal(qr_make(arena, slice_str(text), QR_LEVEL_M, &qr), E_OK);
	return qr;
}

static bool
is_dark(const struct qr *qr, int x, int y)
{
	return qr->module[y * qr->width + x];
}

/* The three finder patterns: dark 7 x 7 ring, light ring, dark 3 x 3. */
static void
expect_finder(const struct qr *qr, int left, int top)
{
	for (int y = 0; y < 7; y++)
		for (int x = 0; x < 7; x++) {
			bool edge = x == 0 || x == 6 || y == 0 || y == 6;
			bool core = x > 1 && x < 5 && y > 1 && y < 5;

			assert_int_equal(is_dark(qr, left + x, top + y), edge || core);
		}
}

static void
test_versions(void **state)
{
	/* ISO/IEC 18004, table 7: alphanumeric and byte capacity at level M. */
	static const struct {
		int version;
		size_t alphanumeric, bytes;
	} rows[] = { { 1, 20, 14 }, { 10, 311, 213 }, { 12, 419, 287 }, { 17, 734, 504 },
		{ 40, 3391, 2331 } };
	char text[3392];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (int more = 0; more < 2; more++) {
			size_t n = rows[i].alphanumeric + (size_t)more;
			bool too_large = more && rows[i].version == 40;
			struct qr qr;
			enum err err;

			memset(text, 'A', sizeof(text));
			err = qr_make(arena, slice_of(text, n), QR_LEVEL_M, &qr);
			assert_int_equal(err, too_large ? E_PAYLOAD_TOO_LARGE : E_OK);
			if (err)
				continue;
			assert_int_equal(qr.version, rows[i].version + more);
			assert_int_equal(qr.width, 17 + 4 * qr.version);
			expect_finder(&qr, 0, 0);
			expect_finder(&qr, qr.width - 7, 0);
			expect_finder(&qr, 0, qr.width - 7);
			memset(text, 'a', sizeof(text));
			n = rows[i].bytes;
			err = qr_make(arena, slice_of(text, n), QR_LEVEL_M, &qr);
			assert_int_equal(err, E_OK);
			assert_int_equal(qr.version, rows[i].version);
		}
}

static void
test_levels(void **state)
{
	/* Table 7, version 10: alphanumeric. */
	static const size_t most[] = { 395, 311, 221, 174 };
	char text[400];
	struct qr qr;

	(void)state;
	memset(text, ':', sizeof(text));
	for (int level = 0; level < qr_levels.n; level++) {
		struct slice full = slice_of(text, most[level]);

		assert_int_equal(qr_make(arena, full, (enum qr_level)level, &qr), E_OK);
		assert_int_equal(qr.version, 10);
	}
	assert_int_equal(names_find(&qr_levels, SLICE("L")), QR_LEVEL_L);
	assert_int_equal(names_find(&qr_levels, SLICE("M")), QR_LEVEL_M);
	assert_int_equal(names_find(&qr_levels, SLICE("Q")), QR_LEVEL_Q);
	assert_int_equal(names_find(&qr_levels, SLICE("H")), QR_LEVEL_H);
}

static void
test_refused(void **state)
{
	static const char zeros[8000];
	struct qr qr;

	(void)state;
	assert_int_equal(qr_make(arena, SLICE(""), QR_LEVEL_L, &qr), E_PAYLOAD_TOO_LARGE);
	assert_int_equal(qr_make(arena, slice_of(zeros, sizeof(zeros)), QR_LEVEL_L, &qr),
	    E_PAYLOAD_TOO_LARGE);
	assert_int_equal(
	    qr_make(arena, slice_of(zeros, 4000), QR_LEVEL_L, &qr), E_PAYLOAD_TOO_LARGE);
	arena_fail_after(0);
	assert_int_equal(qr_make(arena, SLICE("A"), QR_LEVEL_L, &qr), E_NO_MEMORY);
}

/* Draws the rectangles of the path, each "M x y h n v1 h-n z". */
static void
draw_path(const char *path, unsigned char *pixel, int side)
{
	int x, y, run, back, used;

	while (*path != '"') {
		assert_int_equal(
		    sscanf(path, "M%d %dh%dv1h-%dz%n", &x, &y, &run, &back, &used), 4);
		assert_int_equal(run, back);
		assert_true(x >= 0 && run > 0 && x + run <= side && y >= 0 && y < side);
		for (int i = 0; i < run; i++)
			pixel[y * side + x + i]++;
		path += used;
	}
}

static void
expect_pixels(const struct qr *qr, const unsigned char *pixel, int side)
{
	for (int y = 0; y < side; y++)
		for (int x = 0; x < side; x++) {
			int mx = x - QR_QUIET, my = y - QR_QUIET;
			bool inside =
			    mx >= 0 && my >= 0 && mx < qr->width && my < qr->width;

			assert_int_equal(
			    pixel[y * side + x], inside && is_dark(qr, mx, my));
		}
}

static void
test_svg(void **state)
{
	struct qr qr = made("LCT1:R:RRQ");
	int side = qr.width + 2 * QR_QUIET;
	unsigned char *pixel = arena_alloc(arena, (size_t)side * (size_t)side);
	struct buf b = BUF_INIT(arena);
	const char *path;

	(void)state;
	qr_svg(&b, &qr, SLICE("a <b> & \"c\""));
	buf_char(&b, '\0');
	assert_int_equal(buf_finish(&b), E_OK);
	assert_non_null(pixel);
	assert_non_null(strstr(b.p, "viewBox=\"0 0 29 29\""));
	assert_non_null(strstr(b.p, "<title>a &lt;b&gt; &amp; &quot;c&quot;</title>\n"));
	path = strstr(b.p, "<path d=\"");
	assert_non_null(path);
	assert_null(strstr(path + 1, "<path"));
	draw_path(path + strlen("<path d=\""), pixel, side);
	expect_pixels(&qr, pixel, side);
	buf_clear(&b);
	qr_svg(&b, &qr, SLICE_NULL);
	assert_int_equal(slice_search(buf_slice(&b), SLICE("<title")), -1);
}

/* Half blocks as pixels, upper and lower: lit or not. */
static void
draw_term(struct slice text, unsigned char *pixel, int side, unsigned char lit)
{
	for (int y = 0; y < side; y += 2) {
		struct slice line = slice_cut(&text, '\n');

		for (int x = 0; x < side; x++) {
			bool blank = line.p[0] == ' ';
			unsigned char last = (unsigned char)line.p[blank ? 0 : 2];
			unsigned char upper = last == 0x80 || last == 0x88 ? lit : !lit;
			unsigned char lower = last == 0x84 || last == 0x88 ? lit : !lit;

			pixel[y * side + x] = upper;
			if (y + 1 < side)
				pixel[(y + 1) * side + x] = lower;
			else
				assert_int_equal(lower, !lit);
			line = slice_from(line, blank ? 1 : 3);
		}
		assert_int_equal(line.n, 0);
	}
	assert_int_equal(text.n, 0);
}

static void
test_term(void **state)
{
	struct qr qr = made("LCT1:R:RRQ");
	int side = qr.width + 2 * QR_QUIET;
	unsigned char *pixel = arena_alloc(arena, (size_t)side * (size_t)side);

	(void)state;
	assert_non_null(pixel);
	for (int light = 0; light < 2; light++) {
		struct buf b = BUF_INIT(arena);

		qr_term(&b, &qr, light);
		assert_int_equal(buf_finish(&b), E_OK);
		draw_term(buf_slice(&b), pixel, side, light ? 1 : 0);
		expect_pixels(&qr, pixel, side);
	}
}

static void
test_png(void **state)
{
	struct qr qr = made("LCT1:R:RRQ");
	int side = qr.width + 2 * QR_QUIET;

	(void)state;
	for (int scale = 1; scale <= 9; scale++) {
		png_image image = { .version = PNG_IMAGE_VERSION };
		struct buf b = BUF_INIT(arena);
		unsigned char *gray, *pixel;

		qr_png(&b, &qr, scale);
		assert_int_equal(buf_finish(&b), E_OK);
		assert_int_equal(b.p[24], 1); /* bits of a pixel */
		assert_int_equal(b.p[25], 0); /* gray */
		assert_true(png_image_begin_read_from_memory(&image, b.p, b.n));
		assert_int_equal(image.width, side * scale);
		assert_int_equal(image.height, side * scale);
		image.format = PNG_FORMAT_GRAY;
		gray = arena_alloc(arena, PNG_IMAGE_SIZE(image));
		pixel = arena_alloc(arena, (size_t)side * (size_t)side);
		assert_true(gray && pixel);
		assert_true(png_image_finish_read(&image, NULL, gray, 0, NULL));
		for (size_t i = 0; i < (size_t)side * (size_t)side; i++)
			pixel[i] = 2;
		for (int y = 0; y < side * scale; y++)
			for (int x = 0; x < side * scale; x++) {
				unsigned char *p = &pixel[y / scale * side + x / scale];
				unsigned char dark = !gray[y * side * scale + x];

				assert_true(*p == 2 || *p == dark);
				*p = dark;
			}
		expect_pixels(&qr, pixel, side);
	}
}

static void
test_png_refused(void **state)
{
	static const int scales[] = { 0, -1, 1130, 1 << 30 };
	struct qr qr = made("LCT1:R:RRQ"); /* 29 modules */
	struct buf b = BUF_INIT(arena);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scales); i++) {
		buf_clear(&b);
		qr_png(&b, &qr, scales[i]);
		assert_false(buf_ok(&b));
	}
	/* The buffer is full in the middle of the picture. */
	for (size_t max = 1; max < 100; max++) {
		struct buf small = { .max = max };

		qr_png(&small, &qr, 4);
		assert_int_equal(buf_finish(&small), E_NO_MEMORY);
		buf_free(&small);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_versions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_levels, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_svg, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_term, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_png, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_png_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("qr", tests, NULL, NULL);
}
