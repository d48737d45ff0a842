#include "offline/qr.h"

#include <png.h>

#define SIDE_MAX 32767

struct picture {
	struct buf *out;
	const struct qr *qr;
	int scale, side; /* pixels */
	unsigned char *row;
	png_structp png;
	png_infop info;
};

static void
write_bytes(png_structp png, png_bytep p, size_t n)
{
	struct buf *out = png_get_io_ptr(png);

	buf_add(out, p, n);
	if (!buf_ok(out))
		png_error(png, "no room");
}

static void
write_nothing(png_structp png)
{
	(void)png;
}

static void
on_error(png_structp png, png_const_charp message)
{
	(void)message;
	png_longjmp(png, 1);
}

static void
on_warning(png_structp png, png_const_charp message)
{
	(void)png;
	(void)message;
}

/* One row of pixels, most significant bit first, 1 is white. */
static void
fill_row(struct picture *p, int y)
{
	const struct qr *qr = p->qr;

	y = y / p->scale - QR_QUIET;
	memset(p->row, 0xff, (size_t)p->side / 8 + 1);
	if (y < 0 || y >= qr->width)
		return;
	for (int pixel = 0; pixel < qr->width * p->scale; pixel++) {
		int at = pixel + QR_QUIET * p->scale;

		if (qr->module[y * qr->width + pixel / p->scale])
			p->row[at / 8] &= (unsigned char)~(0x80 >> at % 8);
	}
}

/* The library's errors come back here; no local of this function is changed before. */
static bool
write_picture(struct picture *p)
{
	png_uint_32 side = (png_uint_32)p->side;

	if (setjmp(png_jmpbuf(p->png)))
		return false;
	png_set_write_fn(p->png, p->out, write_bytes, write_nothing);
	png_set_IHDR(p->png, p->info, side, side, 1, PNG_COLOR_TYPE_GRAY,
	    PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(p->png, p->info);
	for (int y = 0; y < p->side; y++) {
		if (y % p->scale == 0)
			fill_row(p, y);
		png_write_row(p->png, p->row);
	}
	png_write_end(p->png, p->info);
	return true;
}

static bool
draw(struct picture *p)
{
	p->png =
	    png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	p->info = p->png ? png_create_info_struct(p->png) : NULL;
	p->row = malloc((size_t)p->side / 8 + 1);
	return p->info && p->row && write_picture(p);
}

void
qr_png(struct buf *b, const struct qr *qr, int scale)
{
	int modules = qr->width + 2 * QR_QUIET;
	struct picture p = { .out = b, .qr = qr, .scale = scale };

	if (scale < 1 || scale > SIDE_MAX / modules) {
		b->failed = true;
		return;
	}
	p.side = modules * scale;
	if (!draw(&p))
		b->failed = true;
	free(p.row);
	png_destroy_write_struct(&p.png, &p.info);
}
