/* QR codes (ISO/IEC 18004) by libqrencode, and their pictures. Any thread. */
#ifndef LICET_OFFLINE_QR_H
#define LICET_OFFLINE_QR_H

#include "base/buf.h"
#include "base/field.h"

#define QR_QUIET 4 /* light modules around */

enum qr_level { QR_LEVEL_L, QR_LEVEL_M, QR_LEVEL_Q, QR_LEVEL_H };
extern const struct names qr_levels; /* L M Q H */

struct qr {
	int width; /* modules on a side */
	int version;
	const unsigned char *module; /* width * width, 1 is dark; in the arena */
};

/* The smallest version that holds the text: in alphanumeric mode where its symbols allow
 * that, else as bytes. E_PAYLOAD_TOO_LARGE: none does, or the text is empty. E_NO_MEMORY.
 */
must_check enum err
qr_make(struct arena *, struct slice text, enum qr_level, struct qr *);

/* One path element, dark on white, scalable; title: for screen readers, may be null. */
void
qr_svg(struct buf *, const struct qr *, struct slice title);
/* 1 bit gray scale, `scale` pixels a module, at most 32,767 on a side. Failures stick to
 * the buffer. */
void
qr_png(struct buf *, const struct qr *, int scale);
/* UTF-8 half blocks for a terminal; light: dark on light, as on paper. Terminals are dark
 * by default. */
void
qr_term(struct buf *, const struct qr *, bool light);

#endif
