#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits of a positive real, value = 0.d1d2… * 10^point. */
struct decimal {
	char digit[18];
	int n;
	int point;
};

/* text is "d.ddde±xx". */
static void
split(const char *text, struct decimal *out)
{
	out->n = 0;
	for (; *text != 'e'; text++)
		if (*text != '.')
			out->digit[out->n++] = *text;
	out->point = atoi(text + 1) + 1;
	while (out->n > 1 && out->digit[out->n - 1] == '0')
		out->n--;
}

/* The text with its last digit raised by one, which is enough for the powers of two whose
 * lower neighbor is nearer than the upper. */
static bool
raise(char *text)
{
	char *last = text;

	while (last[1] != 'e')
		last++;
	if (*last == '9')
		return false;
	++*last;
	return true;
}

static void
shortest(double d, struct decimal *out)
{
	char text[32];

	out->digit[0] = '0';
	for (int n = 0; n <= 16; n++) {
		snprintf(text, sizeof(text), "%.*e", n, d);
		if (strtod(text, NULL) == d)
			break;
		if (raise(text) && strtod(text, NULL) == d)
			break;
	}
	split(text, out);
}

static void
add_zeros(struct buf *b, int n)
{
	while (n-- > 0)
		buf_char(b, '0');
}

static void
print_exponent(struct buf *b, const struct decimal *d)
{
	int exponent = d->point - 1;

	buf_char(b, d->digit[0]);
	if (d->n > 1) {
		buf_char(b, '.');
		buf_add(b, d->digit + 1, (size_t)d->n - 1);
	}
	buf_str(b, exponent < 0 ? "e-" : "e+");
	buf_int(b, abs(exponent));
}

static void
print_decimal(struct buf *b, const struct decimal *d)
{
	if (d->point > 21 || d->point <= -6) {
		print_exponent(b, d);
	} else if (d->point <= 0) {
		buf_str(b, "0.");
		add_zeros(b, -d->point);
		buf_add(b, d->digit, (size_t)d->n);
	} else if (d->n <= d->point) {
		buf_add(b, d->digit, (size_t)d->n);
		add_zeros(b, d->point - d->n);
	} else {
		buf_add(b, d->digit, (size_t)d->point);
		buf_char(b, '.');
		buf_add(b, d->digit + d->point, (size_t)(d->n - d->point));
	}
}

void
json_print_real(struct buf *b, double d)
{
	struct decimal decimal;

	if (!isfinite(d)) {
		buf_str(b, "null");
		return;
	}
	if (fabs(d) < 9007199254740992.0 && d == trunc(d)) {
		buf_int(b, (int64_t)d);
		return;
	}
	if (d < 0)
		buf_char(b, '-');
	shortest(fabs(d), &decimal);
	print_decimal(b, &decimal);
}
