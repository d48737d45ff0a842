#include "tests/fuzz/llhttp.h"

#include <string.h>

#include <llhttp.h>

struct reading {
	llhttp_t parser;
	struct llhttp_view *out;
	struct buf value;
	bool in_value;
	bool in_body; /* header fields are trailers then */
};

static struct reading *
reading_of(llhttp_t *p)
{
	return p->data;
}

static int
end_value(struct reading *r)
{
	struct slice value = buf_slice(&r->value);

	if (!r->in_value)
		return 0;
	while (value.n > 0 && strchr(" \t", value.p[value.n - 1]))
		value.n--;
	buf_slice_add(&r->out->text, value);
	buf_char(&r->out->text, '\n');
	buf_clear(&r->value);
	r->in_value = false;
	return 0;
}

static int
on_url(llhttp_t *p, const char *at, size_t n)
{
	buf_add(&reading_of(p)->out->text, at, n);
	return 0;
}

static int
on_url_complete(llhttp_t *p)
{
	buf_char(&reading_of(p)->out->text, '\n');
	return 0;
}

static int
on_method(llhttp_t *p, const char *at, size_t n)
{
	buf_add(&reading_of(p)->out->text, at, n);
	return 0;
}

static int
on_method_complete(llhttp_t *p)
{
	buf_char(&reading_of(p)->out->text, ' ');
	return 0;
}

static int
on_header_field(llhttp_t *p, const char *at, size_t n)
{
	if (reading_of(p)->in_body)
		return 0;
	buf_add(&reading_of(p)->out->text, at, n);
	return 0;
}

static int
on_header_field_complete(llhttp_t *p)
{
	if (reading_of(p)->in_body)
		return 0;
	buf_char(&reading_of(p)->out->text, ':');
	reading_of(p)->in_value = true;
	return 0;
}

static int
on_header_value(llhttp_t *p, const char *at, size_t n)
{
	if (reading_of(p)->in_body)
		return 0;
	buf_add(&reading_of(p)->value, at, n);
	return 0;
}

static int
on_header_value_complete(llhttp_t *p)
{
	return end_value(reading_of(p));
}

static int
on_headers_complete(llhttp_t *p)
{
	reading_of(p)->in_body = true;
	reading_of(p)->out->keep_alive = llhttp_should_keep_alive(p);
	return 0;
}

static int
on_body(llhttp_t *p, const char *at, size_t n)
{
	buf_add(&reading_of(p)->out->body, at, n);
	return 0;
}

static int
on_message_complete(llhttp_t *p)
{
	reading_of(p)->out->done = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
	.on_method = on_method,
	.on_method_complete = on_method_complete,
	.on_url = on_url,
	.on_url_complete = on_url_complete,
	.on_header_field = on_header_field,
	.on_header_field_complete = on_header_field_complete,
	.on_header_value = on_header_value,
	.on_header_value_complete = on_header_value_complete,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

bool
llhttp_knows(struct slice method)
{
	for (int i = HTTP_DELETE; i <= HTTP_SOURCE; i++)
		if (slice_is(method, llhttp_method_name((llhttp_method_t)i)))
			return true;
	return false;
}

void
llhttp_read(struct arena *arena, struct slice in, struct llhttp_view *out)
{
	struct reading r = { .out = out, .value = BUF_INIT(arena) };
	llhttp_errno_t e;

	*out = (struct llhttp_view){ .text = BUF_INIT(arena), .body = BUF_INIT(arena) };
	llhttp_init(&r.parser, HTTP_REQUEST, &settings);
	r.parser.data = &r;
	e = llhttp_execute(&r.parser, in.p, in.n);
	if (out->done && e == HPE_PAUSED)
		out->used = (size_t)(llhttp_get_error_pos(&r.parser) - in.p);
	out->why = e == HPE_OK ? "more is wanted" : r.parser.reason;
	out->done = out->done && e == HPE_PAUSED;
}
