#include "server/http/request.h"

#include <string.h>

#define PARAMS_MAX 100

const char *
request_method_name(enum method method)
{
	static const char *const names[HTTP_OTHER] = {
		[HTTP_GET] = "GET",
		[HTTP_POST] = "POST",
		[HTTP_PUT] = "PUT",
		[HTTP_PATCH] = "PATCH",
		[HTTP_DELETE] = "DELETE",
	};

	return names[method];
}

struct slice
request_header(const struct request *req, const char *name)
{
	struct slice wanted = slice_str(name);

	for (size_t i = 0; i < req->n_headers; i++)
		if (slice_equal_fold(req->headers[i].name, wanted))
			return req->headers[i].value;
	return SLICE_NULL;
}

size_t
request_header_count(const struct request *req, const char *name)
{
	struct slice wanted = slice_str(name);
	size_t n = 0;

	for (size_t i = 0; i < req->n_headers; i++)
		n += slice_equal_fold(req->headers[i].name, wanted);
	return n;
}

void
reply_init(struct reply *reply, struct arena *arena)
{
	*reply = (struct reply){
		.status = 200,
		.headers = BUF_INIT(arena),
		.body = BUF_INIT(arena),
	};
}

void
reply_header(struct reply *reply, const char *name, const char *value)
{
	reply_header_slice(reply, name, slice_str(value));
}

void
reply_header_slice(struct reply *reply, const char *name, struct slice value)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
			reply->headers.failed = true;
	buf_str(&reply->headers, name);
	buf_str(&reply->headers, ": ");
	buf_slice_add(&reply->headers, value);
	buf_str(&reply->headers, "\r\n");
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* -1 on a bad escape; *at moves behind the byte that was read. */
static int
read_byte(struct slice text, size_t *at)
{
	char c = text.p[(*at)++];

	if (c == '+')
		return ' ';
	if (c != '%')
		return (unsigned char)c;
	if (text.n - *at < 2)
		return -1;
	int high = hex_value(text.p[*at]), low = hex_value(text.p[*at + 1]);
	*at += 2;
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

static enum err
decode(struct arena *arena, struct slice text, struct slice *out)
{
	char *p = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	if (p == NULL)
		return E_NO_MEMORY;
	for (size_t at = 0; at < text.n; n++) {
		int c = read_byte(text, &at);
		if (c <= 0)
			return E_VALIDATION;
		p[n] = (char)c;
	}
	*out = slice_of(p, n);
	return slice_is_utf8(*out) ? E_OK : E_VALIDATION;
}

static enum err
read_pair(struct arena *arena, struct slice pair, struct param *out)
{
	struct slice name = slice_cut(&pair, '=');
	enum err err = decode(arena, name, &out->name);

	return err != E_OK ? err : decode(arena, pair, &out->value);
}

static bool
has_name(const struct param *params, size_t n, struct slice name)
{
	for (size_t i = 0; i < n; i++)
		if (slice_equal(params[i].name, name))
			return true;
	return false;
}

static size_t
count_pairs(struct slice text)
{
	size_t n = 0;

	while (text.p != NULL)
		n += slice_cut(&text, '&').n > 0;
	return n;
}

enum err
request_params(struct arena *arena, struct slice text, struct param **out, size_t *n)
{
	size_t count = count_pairs(text);

	*out = NULL;
	*n = 0;
	if (count > PARAMS_MAX)
		return E_VALIDATION;
	struct param *params = arena_array(arena, count + 1, sizeof(*params));
	if (params == NULL)
		return E_NO_MEMORY;
	for (size_t i = 0; i < count;) {
		struct slice pair = slice_cut(&text, '&');
		if (pair.n == 0)
			continue;
		enum err err = read_pair(arena, pair, &params[i]);
		if (err != E_OK)
			return err;
		if (has_name(params, i, params[i].name))
			return E_VALIDATION;
		i++;
	}
	*out = params;
	*n = count;
	return E_OK;
}

struct slice
param_get(const struct param *params, size_t n, const char *name)
{
	struct slice wanted = slice_str(name);

	for (size_t i = 0; i < n; i++)
		if (slice_equal(params[i].name, wanted))
			return params[i].value;
	return SLICE_NULL;
}
