#include "server/http/parse.h"

#include <string.h>

#define LENGTH_DIGITS_MAX 18

struct count {
	size_t host, length, coding;
	bool close, keep;
};

static enum parse_state
refuse(struct parse_head *out, enum err err, const char *why)
{
	out->err = err;
	out->why = why;
	return PARSE_REFUSE;
}

static bool
is_token(struct slice s)
{
	return s.n > 0 && slice_token(s) == s.n;
}

static bool
is_target(struct slice s)
{
	if (s.n == 0 || s.p[0] != '/')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= ' ' || c >= 0x7f || c == '#')
			return false;
	}
	return true;
}

static bool
is_value(struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool
is_host(struct slice s)
{
	return slice_only(s,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "-._~%!$&'()*+;=:[]");
}

static struct slice
trim_blank(struct slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = slice_from(s, 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

/*
 * Finds the empty line that ends the head. *lines counts the lines before it. One empty
 * line ahead of the request line is skipped (RFC 9112 2.2); *first is where it begins.
 */
static enum parse_state
find_end(
    struct slice in, size_t max, struct parse_head *out, size_t *first, size_t *lines)
{
	struct slice seen = slice_head(in, max);
	size_t at = 0;

	*first = 0;
	*lines = 0;
	while (at < seen.n) {
		const char *nl = memchr(seen.p + at, '\n', seen.n - at);
		if (nl == NULL)
			break;
		size_t end = (size_t)(nl - seen.p);
		if (end == at || seen.p[end - 1] != '\r')
			return refuse(out, E_BAD_REQUEST, "line without CR");
		bool empty = end == at + 1;
		at = end + 1;
		if (empty && *lines > 0) {
			out->used = at;
			return PARSE_DONE;
		}
		if (empty && *first > 0)
			return refuse(out, E_BAD_REQUEST, "empty request line");
		if (empty)
			*first = at;
		else
			(*lines)++;
	}
	if (in.n >= max)
		return refuse(out, E_HEADERS_TOO_LARGE, "head too large");
	return PARSE_MORE;
}

static enum method
method_of(struct slice s)
{
	int method = HTTP_GET;

	while (method < HTTP_OTHER && !slice_is(s, request_method_name(method)))
		method++;
	return (enum method)method;
}

static bool
cut_space(struct slice *rest, struct slice *word)
{
	if (slice_find(*rest, ' ') < 0)
		return false;
	*word = slice_cut(rest, ' ');
	return true;
}

static enum parse_state
read_request_line(struct slice line, struct request *req, struct parse_head *out)
{
	struct slice target;

	if (!cut_space(&line, &req->method_text) || !is_token(req->method_text))
		return refuse(out, E_BAD_REQUEST, "bad method");
	if (!cut_space(&line, &target) || !is_target(target))
		return refuse(out, E_BAD_REQUEST, "bad target");
	if (slice_is(line, "HTTP/1.0"))
		out->http10 = true;
	else if (!slice_is(line, "HTTP/1.1"))
		return refuse(out, E_BAD_REQUEST, "bad version");
	req->method = method_of(req->method_text);
	req->path = slice_cut(&target, '?');
	req->query = target;
	return PARSE_DONE;
}

static void
read_connection(struct slice value, struct count *count)
{
	while (value.p != NULL) {
		struct slice option = trim_blank(slice_cut(&value, ','));
		if (slice_equal_fold(option, SLICE("close")))
			count->close = true;
		else if (slice_equal_fold(option, SLICE("keep-alive")))
			count->keep = true;
	}
}

static enum parse_state
read_length(struct slice value, struct parse_head *out)
{
	uint64_t n = 0;

	if (value.n == 0 || value.n > LENGTH_DIGITS_MAX)
		return refuse(out, E_BAD_REQUEST, "bad Content-Length");
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return refuse(out, E_BAD_REQUEST, "bad Content-Length");
		n = n * 10 + (uint64_t)(value.p[i] - '0');
	}
	out->has_length = true;
	out->length = n;
	return PARSE_DONE;
}

/* Headers that decide on framing and on the connection. */
static enum parse_state
read_special(const struct header *h, struct count *count, struct parse_head *out)
{
	if (slice_equal_fold(h->name, SLICE("Host"))) {
		if (count->host++ > 0)
			return refuse(out, E_BAD_REQUEST, "two Host");
		if (!is_host(h->value))
			return refuse(out, E_BAD_REQUEST, "bad Host");
	} else if (slice_equal_fold(h->name, SLICE("Content-Length"))) {
		if (count->length++ > 0)
			return refuse(out, E_BAD_REQUEST, "two Content-Length");
		return read_length(h->value, out);
	} else if (slice_equal_fold(h->name, SLICE("Transfer-Encoding"))) {
		if (count->coding++ > 0)
			return refuse(out, E_BAD_REQUEST, "two Transfer-Encoding");
		if (!slice_equal_fold(h->value, SLICE("chunked")))
			return refuse(out, E_BAD_REQUEST, "bad Transfer-Encoding");
		out->chunked = true;
	} else if (slice_equal_fold(h->name, SLICE("Connection"))) {
		read_connection(h->value, count);
	} else if (slice_equal_fold(h->name, SLICE("Expect"))) {
		out->expect_continue = slice_equal_fold(h->value, SLICE("100-continue"));
	}
	return PARSE_DONE;
}

static enum parse_state
read_header(struct slice line, struct header *h, struct parse_head *out)
{
	if (line.p[0] == ' ' || line.p[0] == '\t')
		return refuse(out, E_BAD_REQUEST, "folded header");
	ptrdiff_t colon = slice_find(line, ':');
	if (colon < 0)
		return refuse(out, E_BAD_REQUEST, "header without colon");
	h->name = slice_head(line, (size_t)colon);
	if (!is_token(h->name))
		return refuse(out, E_BAD_REQUEST, "bad header name");
	h->value = trim_blank(slice_from(line, (size_t)colon + 1));
	if (!is_value(h->value))
		return refuse(out, E_BAD_REQUEST, "control byte in header");
	return PARSE_DONE;
}

static enum parse_state
check_framing(const struct count *count, struct parse_head *out)
{
	if (!out->http10 && count->host == 0)
		return refuse(out, E_BAD_REQUEST, "no Host");
	if (count->coding > 0 && count->length > 0)
		return refuse(
		    out, E_BAD_REQUEST, "Transfer-Encoding beside Content-Length");
	if (count->coding > 0 && out->http10)
		return refuse(out, E_BAD_REQUEST, "Transfer-Encoding in HTTP/1.0");
	out->keep_alive = !count->close && (!out->http10 || count->keep);
	if (out->http10)
		out->expect_continue = false;
	return PARSE_DONE;
}

static struct slice
next_line(struct slice *rest)
{
	struct slice line = slice_cut(rest, '\n');

	line.n--;
	return line;
}

static enum parse_state
read_head(struct slice head, struct request *req, struct parse_head *out)
{
	struct count count = { 0 };
	enum parse_state state = read_request_line(next_line(&head), req, out);

	for (size_t i = 0; state == PARSE_DONE && i < req->n_headers; i++) {
		state = read_header(next_line(&head), &req->headers[i], out);
		if (state == PARSE_DONE)
			state = read_special(&req->headers[i], &count, out);
	}
	return state == PARSE_DONE ? check_framing(&count, out) : state;
}

static void
forget_head(struct request *req)
{
	req->method = HTTP_OTHER;
	req->method_text = req->path = req->query = SLICE_NULL;
	req->headers = NULL;
	req->n_headers = 0;
}

enum parse_state
parse_head(struct slice in, size_t max, struct request *req, struct parse_head *out)
{
	size_t first, lines;

	*out = (struct parse_head){ 0 };
	forget_head(req);
	enum parse_state state = find_end(in, max, out, &first, &lines);
	if (state != PARSE_DONE)
		return state;
	if (lines - 1 > REQUEST_HEADERS_MAX)
		return refuse(out, E_HEADERS_TOO_LARGE, "too many headers");
	req->n_headers = lines - 1;
	req->headers = arena_array(req->arena, lines, sizeof(*req->headers));
	struct slice head =
	    arena_slice(req->arena, slice_of(in.p + first, out->used - first));
	if (req->headers == NULL || head.p == NULL)
		state = refuse(out, E_NO_MEMORY, "no memory");
	else
		state = read_head(head, req, out);
	if (state == PARSE_REFUSE)
		forget_head(req);
	return state;
}
