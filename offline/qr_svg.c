#include "base/html.h"
#include "offline/qr.h"

/* Each run of dark modules of a row is a rectangle of the path. */
static void
put_row(struct buf *b, const struct qr *qr, int y)
{
	const unsigned char *row = qr->module + (size_t)y * (size_t)qr->width;

	for (int x = 0, run; x < qr->width; x += run) {
		for (run = 1; x + run < qr->width && row[x + run] == row[x]; run++)
			;
		if (row[x])
			buf_printf(
			    b, "M%d %dh%dv1h-%dz", x + QR_QUIET, y + QR_QUIET, run, run);
	}
}

void
qr_svg(struct buf *b, const struct qr *qr, struct slice title)
{
	int side = qr->width + 2 * QR_QUIET;

	buf_printf(b,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
	    "shape-rendering=\"crispEdges\" role=\"img\">\n",
	    side, side);
	if (title.p) {
		buf_str(b, "<title>");
		html_text(b, title);
		buf_str(b, "</title>\n");
	}
	buf_printf(b, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<path d=\"",
	    side, side);
	for (int y = 0; y < qr->width; y++)
		put_row(b, qr, y);
	buf_str(b, "\"/>\n</svg>\n");
}
