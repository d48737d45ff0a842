#include "offline/qr.h"

/* Inside the code or its quiet zone, and light. Below the last row is neither. */
static bool
is_light(const struct qr *qr, int x, int y)
{
	int side = qr->width + 2 * QR_QUIET;

	x -= QR_QUIET;
	y -= QR_QUIET;
	if (y >= side - QR_QUIET)
		return false;
	return x < 0 || y < 0 || x >= qr->width || y >= qr->width ||
	       !qr->module[y * qr->width + x];
}

void
qr_term(struct buf *b, const struct qr *qr, bool light)
{
	/* Lit: neither half, the lower, the upper, both. */
	static const char *const cells[] = { " ", "\xe2\x96\x84", "\xe2\x96\x80",
		"\xe2\x96\x88" };
	int side = qr->width + 2 * QR_QUIET;

	for (int y = 0; y < side; y += 2) {
		for (int x = 0; x < side; x++) {
			bool upper = is_light(qr, x, y) != light;
			bool lower = is_light(qr, x, y + 1) != light && y + 1 < side;

			buf_str(b, cells[2 * upper + lower]);
		}
		buf_char(b, '\n');
	}
}
