#include "offline/qr.h"

#include <errno.h>
#include <qrencode.h>

#define TEXT_MAX 4296 /* symbols that the largest code holds */

static const char *const level_names[] = { "L", "M", "Q", "H" };
const struct names qr_levels = { level_names, ARRAY_LEN(level_names) };

static const QRecLevel level_codes[] = { QR_ECLEVEL_L, QR_ECLEVEL_M, QR_ECLEVEL_Q,
	QR_ECLEVEL_H };

static enum err
err_of_library(void)
{
	return errno == ENOMEM ? E_NO_MEMORY : E_PAYLOAD_TOO_LARGE;
}

/* The library marks what a module is for in the other bits. */
static enum err
take_code(struct arena *arena, const QRcode *code, struct qr *qr)
{
	size_t n = (size_t)code->width * (size_t)code->width;
	unsigned char *module = arena_alloc(arena, n);

	if (!module)
		return E_NO_MEMORY;
	for (size_t i = 0; i < n; i++)
		module[i] = code->data[i] & 1;
	*qr = (struct qr){ code->width, code->version, module };
	return E_OK;
}

static enum err
encode(struct arena *arena, QRinput *input, struct slice text, struct qr *qr)
{
	int n = (int)text.n;
	const unsigned char *p = (const unsigned char *)text.p;
	QRencodeMode mode = QRinput_check(QR_MODE_AN, n, p) == 0 ? QR_MODE_AN : QR_MODE_8;
	QRcode *code;
	enum err err;

	if (QRinput_append(input, mode, n, p) != 0)
		return err_of_library();
	code = QRcode_encodeInput(input);
	if (!code)
		return err_of_library();
	err = take_code(arena, code, qr);
	QRcode_free(code);
	return err;
}

enum err
qr_make(struct arena *arena, struct slice text, enum qr_level level, struct qr *qr)
{
	QRinput *input;
	enum err err;

	if (text.n == 0 || text.n > TEXT_MAX)
		return E_PAYLOAD_TOO_LARGE;
	input = QRinput_new2(0, level_codes[level]);
	if (!input)
		return E_NO_MEMORY;
	err = encode(arena, input, text, qr);
	QRinput_free(input);
	return err;
}
