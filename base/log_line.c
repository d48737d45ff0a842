#include "base/log_line.h"

#include <stdio.h>
#include <string.h>

#define TAIL 16 /* room kept for "...", a closing quote, brace and newline */
#define VALUE_MAX 2048

struct value {
	char p[VALUE_MAX];
	size_t n;
	unsigned conversions;
	unsigned others; /* anything that makes it no plain integer */
};

struct spec {
	bool zero;
	int width;
	int precision;
	char size; /* of h l L z j t: L is ll */
	char conversion;
};

struct args {
	va_list ap;
};

static bool
fits(const struct log_line *line, size_t n)
{
	return n + TAIL <= LOG_LINE_MAX - line->n;
}

static void
put(struct log_line *line, const char *p, size_t n)
{
	if (n > LOG_LINE_MAX - line->n)
		n = LOG_LINE_MAX - line->n;
	memcpy(line->p + line->n, p, n);
	line->n += n;
}

static void
put_str(struct log_line *line, const char *s)
{
	put(line, s, strlen(s));
}

static size_t
utf8_length(struct slice s)
{
	for (size_t n = 2; n <= 4 && n <= s.n; n++) {
		if (slice_is_utf8(slice_of(s.p, n)))
			return n;
	}
	return 0;
}

static bool
is_unsafe_utf8(struct slice s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (n == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	if (n != 3 || p[0] != 0xe2)
		return false;
	return (p[1] == 0x80 &&
		   ((p[2] >= 0xa8 && p[2] <= 0xae) || p[2] == 0x8e || p[2] == 0x8f)) ||
	       (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
}

static size_t
escape_control(char c, char out[static 8])
{
	static const char named[][2] = { { '\n', 'n' }, { '\r', 'r' }, { '\t', 't' },
		{ '"', '"' }, { '\\', '\\' } };

	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		if (named[i][0] == c) {
			out[0] = '\\';
			out[1] = named[i][1];
			return 2;
		}
	}
	return (size_t)snprintf(out, 8, "\\u%04x", (unsigned)(unsigned char)c);
}

static size_t
escape_wide(const struct log_line *line, struct slice s, size_t n, char out[static 8])
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned c;

	if (n == 0 && line->json)
		return (size_t)snprintf(out, 8, "\\ufffd");
	if (n == 0)
		return (size_t)snprintf(out, 8, "\\x%02x", p[0]);
	if (!is_unsafe_utf8(s, n)) {
		memcpy(out, p, n);
		return n;
	}
	c = n == 2 ? p[1] : 0x2000u + ((p[1] & 0x3fu) << 6) + (p[2] & 0x3fu);
	return (size_t)snprintf(out, 8, "\\u%04x", c);
}

static void
put_escaped(struct log_line *line, struct slice s)
{
	char out[8];

	while (s.n > 0) {
		unsigned char c = (unsigned char)s.p[0];
		size_t used = 1, n = 1;

		if (c >= 0x80) {
			size_t length = utf8_length(s);

			n = escape_wide(line, s, length, out);
			used = length > 0 ? length : 1;
		} else if (c < 0x20 || c == 0x7f || c == '"' || c == '\\') {
			n = escape_control((char)c, out);
		} else {
			out[0] = (char)c;
		}
		if (!fits(line, n)) {
			put_str(line, "...");
			return;
		}
		put(line, out, n);
		s = slice_from(s, used);
	}
}

static bool
wants_quotes(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=')
			return true;
	}
	return s.n == 0;
}

static bool
put_key(struct log_line *line, struct slice key)
{
	if (!fits(line, key.n + 8))
		return false;
	if (line->json) {
		put_str(line, line->n == 1 ? "\"" : ",\"");
		put(line, key.p, key.n);
		put_str(line, "\":");
	} else {
		put_str(line, line->n == 0 ? "" : " ");
		put(line, key.p, key.n);
		put_str(line, "=");
	}
	return true;
}

void
log_line_start(struct log_line *line, bool json)
{
	line->n = 0;
	line->json = json;
	if (json)
		put_str(line, "{");
}

void
log_line_pair(struct log_line *line, struct slice key, struct slice value)
{
	bool quotes = line->json || wants_quotes(value);

	if (!put_key(line, key))
		return;
	if (quotes)
		put_str(line, "\"");
	put_escaped(line, value);
	if (quotes)
		put_str(line, "\"");
}

void
log_line_number(struct log_line *line, struct slice key, struct slice digits)
{
	if (fits(line, key.n + digits.n + 8) && put_key(line, key))
		put(line, digits.p, digits.n);
}

void
log_line_end(struct log_line *line)
{
	put_str(line, line->json ? "}\n" : "\n");
}

static void
value_add(struct value *v, const char *p, size_t n)
{
	if (n > VALUE_MAX - v->n)
		n = VALUE_MAX - v->n;
	memcpy(v->p + v->n, p, n);
	v->n += n;
}

static int
scan_number(const char **f, struct args *a)
{
	int n = 0;

	if (**f == '*') {
		++*f;
		return va_arg(a->ap, int);
	}
	for (; **f >= '0' && **f <= '9'; ++*f)
		n = n < 1000 ? n * 10 + (**f - '0') : n;
	return n;
}

static const char *
scan_spec(const char *f, struct spec *s, struct args *a)
{
	*s = (struct spec){ .precision = -1 };
	for (; *f != '\0' && strchr("0-+#", *f) != NULL; f++)
		s->zero = s->zero || *f == '0';
	s->width = scan_number(&f, a);
	if (*f == '.') {
		f++;
		s->precision = scan_number(&f, a);
	}
	for (; *f != '\0' && strchr("hlzjt", *f) != NULL; f++)
		s->size = s->size == 'l' && *f == 'l' ? 'L' : *f;
	s->conversion = *f;
	return *f == '\0' ? f : f + 1;
}

static long long
signed_arg(const struct spec *s, struct args *a)
{
	switch (s->size) {
	case 'l':
		return va_arg(a->ap, long);
	case 'L':
		return va_arg(a->ap, long long);
	case 'z':
	case 't':
		return va_arg(a->ap, ptrdiff_t);
	case 'j':
		return (long long)va_arg(a->ap, intmax_t);
	default:
		return va_arg(a->ap, int);
	}
}

static unsigned long long
unsigned_arg(const struct spec *s, struct args *a)
{
	switch (s->size) {
	case 'l':
		return va_arg(a->ap, unsigned long);
	case 'L':
		return va_arg(a->ap, unsigned long long);
	case 'z':
	case 't':
		return va_arg(a->ap, size_t);
	case 'j':
		return (unsigned long long)va_arg(a->ap, uintmax_t);
	default:
		return va_arg(a->ap, unsigned);
	}
}

static void
value_text(struct value *v, const struct spec *s, const char *text)
{
	if (text == NULL)
		text = "";
	value_add(v, text,
	    s->precision >= 0 ? strnlen(text, (size_t)s->precision) : strlen(text));
}

static void
value_convert(struct value *v, const struct spec *s, struct args *a)
{
	char out[512];
	int n = 0, width = s->width < 0 || s->width > 64 ? 0 : s->width;
	int precision = s->precision < 0 || s->precision > 17 ? 6 : s->precision;

	switch (s->conversion) {
	case 'd':
	case 'i':
		n = snprintf(out, sizeof(out), s->zero ? "%0*lld" : "%*lld", width,
		    signed_arg(s, a));
		break;
	case 'u':
		n = snprintf(out, sizeof(out), s->zero ? "%0*llu" : "%*llu", width,
		    unsigned_arg(s, a));
		break;
	case 'x':
	case 'X':
		n = snprintf(out, sizeof(out), s->zero ? "%0*llx" : "%*llx", width,
		    unsigned_arg(s, a));
		break;
	case 'f':
		n = snprintf(out, sizeof(out), "%.*f", precision, va_arg(a->ap, double));
		break;
	case 'g':
		n = snprintf(out, sizeof(out), "%.*g", precision, va_arg(a->ap, double));
		break;
	case 'p':
		n = snprintf(out, sizeof(out), "%p", va_arg(a->ap, void *));
		break;
	case 'c':
		out[0] = (char)va_arg(a->ap, int);
		n = 1;
		break;
	case 's':
		value_text(v, s, va_arg(a->ap, const char *));
		break;
	default:
		out[0] = s->conversion == '%' ? '%' : '?';
		n = 1;
		break;
	}
	if (n > 0)
		value_add(v, out, (size_t)n < sizeof(out) ? (size_t)n : sizeof(out) - 1);
	v->conversions++;
	if ((s->conversion != 'd' && s->conversion != 'u') || width > 0)
		v->others++;
}

static const char *
render(struct value *v, const char *f, struct args *a)
{
	struct spec s;

	v->n = v->conversions = v->others = 0;
	while (*f != '\0' && *f != ' ') {
		if (*f == '%') {
			f = scan_spec(f + 1, &s, a);
			value_convert(v, &s, a);
		} else {
			value_add(v, f++, 1);
			v->others++;
		}
	}
	return f;
}

void
log_line_args(struct log_line *line, const char *fmt, va_list ap)
{
	struct value v;
	struct args a;

	va_copy(a.ap, ap);
	for (const char *f = fmt; *f != '\0';) {
		size_t n = strcspn(f, "=% ");
		struct slice key = slice_of(f, n);

		f = render(&v, f[n] == '=' ? f + n + 1 : f, &a);
		f += *f == ' ';
		if (key.n == 0 || key.p[n] != '=')
			continue;
		if (v.conversions == 1 && v.others == 0)
			log_line_number(line, key, slice_of(v.p, v.n));
		else
			log_line_pair(line, key, slice_of(v.p, v.n));
	}
	va_end(a.ap);
}
