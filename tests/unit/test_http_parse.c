#include "server/http/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define H "Host: a\r\n"
#define GET "GET /x HTTP/1.1\r\n"
#define POST "POST /x HTTP/1.1\r\n" H
#define TOO_LARGE E_HEADERS_TOO_LARGE
#define TEXT(s) s, sizeof(s) - 1

struct head_case {
	const char *text;
	size_t n;
	enum err err;
};

static const struct head_case heads[] = {
	{ TEXT(GET H "\r\n"), E_OK },
	{ TEXT("\r\n" GET H "\r\n"), E_OK },
	{ TEXT("\r\n\r\n" GET H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x HTTP/1.0\r\n\r\n"), E_OK },
	{ TEXT("GET /x HTTP/1.0\r\n" H H "\r\n"), E_BAD_REQUEST },
	{ TEXT("BREW /x?a=b HTTP/1.1\r\n" H "\r\n"), E_OK },
	{ TEXT(GET "Host:\r\n\r\n"), E_OK },
	{ TEXT(GET "Host: [::1]:80\r\n\r\n"), E_OK },
	{ TEXT(GET H "X:\tv\tw \r\n\r\n"), E_OK },
	{ TEXT(GET H "X: \xc3\xa4\xff\r\n\r\n"), E_OK },
	{ TEXT(GET H "X:\r\n\r\n"), E_OK },
	{ TEXT(GET H "a!#$%&'*+-.^_`|~9: v\r\n\r\n"), E_OK },
	/* Host */
	{ TEXT(GET "\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H H "\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "hOST: b\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET "Host: a b\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET "Host: a/b\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET "Host: u@b\r\n\r\n"), E_BAD_REQUEST },
	/* Content-Length */
	{ TEXT(POST "Content-Length: 5\r\n\r\n"), E_OK },
	{ TEXT(POST "Content-Length: 005\r\n\r\n"), E_OK },
	{ TEXT(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Content-Length: 5\r\ncontent-length: 5\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Content-Length: +5\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Content-Length: -5\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Content-Length: 5, 5\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Content-Length: 0x5\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Content-Length: 5 5\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Content-Length:\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Content-Length: 18446744073709551617\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Content-Length : 5\r\n\r\n"), E_BAD_REQUEST },
	/* Transfer-Encoding */
	{ TEXT(POST "Transfer-Encoding: chunked\r\n\r\n"), E_OK },
	{ TEXT(POST "Transfer-Encoding: CHUNKED\r\n\r\n"), E_OK },
	{ TEXT(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
	    E_BAD_REQUEST },
	{ TEXT(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
	    E_BAD_REQUEST },
	{ TEXT(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
	    E_BAD_REQUEST },
	{ TEXT(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Transfer-Encoding: chunked, identity\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Transfer-Encoding: identity\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Transfer-Encoding: xchunked\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Transfer-Encoding: \x0b"
		    "chunked\r\n\r\n"),
	    E_BAD_REQUEST },
	{ TEXT(POST "Transfer-Encoding:\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(POST "Transfer-Encoding : chunked\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT("POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), E_BAD_REQUEST },
	/* header lines */
	{ TEXT(GET H "X: a\r\n b\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "X: a\r\n\tb\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET " Host: a\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "X : a\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "X\t: a\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H ": a\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "nocolon\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "a(b): c\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "\xc3\xa4: c\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "X: a\rb\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "X: a\r\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "X: a\0b\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "X\0: b\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "X: \x01\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "X: \x7f\r\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "X: a\n\r\n"), E_BAD_REQUEST },
	{ TEXT(GET H "\n"), E_BAD_REQUEST },
	{ TEXT("GET /x HTTP/1.1\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("\n" GET H "\r\n"), E_BAD_REQUEST },
	/* request line */
	{ TEXT("GET http://a/x HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("OPTIONS * HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("CONNECT a:80 HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET x HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET  /x HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x  HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x HTTP/1.1 \r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT(" GET /x HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET\t/x HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("G(T /x HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x HTTP/1.2\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x HTTP/2.0\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x http/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x HTTP/1.1x\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x\0y HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x\x01 HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x\x7f HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x\r HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("GET /x#y HTTP/1.1\r\n" H "\r\n"), E_BAD_REQUEST },
	{ TEXT("\x16\x03\x01\x02\r\n\r\n"), E_BAD_REQUEST },
};

static struct request *
new_request(void)
{
	static struct request req;

	memset(&req, 0, sizeof(req));
	req.arena = arena_new(0);
	assert_non_null(req.arena);
	return &req;
}

static void
check_state(const struct head_case *c, enum parse_state got, const struct parse_head *out)
{
	if (c->err == E_OK && got == PARSE_DONE)
		return;
	if (c->err != E_OK && got == PARSE_REFUSE && out->err == c->err && out->why)
		return;
	fail_msg("%s: state %d, %s", c->text, (int)got, err_code(out->err));
}

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct parse_head out;
		struct request *req = new_request();
		struct slice in = slice_of(heads[i].text, heads[i].n);
		enum parse_state got = parse_head(in, 8192, req, &out);
		check_state(&heads[i], got, &out);
		if (got == PARSE_DONE)
			assert_int_equal(out.used, in.n);
		else
			assert_true(req->path.p == NULL && req->n_headers == 0);
		arena_free(req->arena);
	}
}

/* Fed byte by byte, from a buffer of exactly that size, the verdict is the same. */
static void
test_every_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct parse_head out, whole;
		struct request *req = new_request();
		struct slice in = slice_of(heads[i].text, heads[i].n);
		enum parse_state want = parse_head(in, 8192, req, &whole);
		enum parse_state got = PARSE_MORE;
		for (size_t n = 0; got == PARSE_MORE && n <= in.n; n++) {
			char *copy = test_malloc(n + 1);
			memcpy(copy + 1, in.p, n);
			got = parse_head(slice_of(copy + 1, n), 8192, req, &out);
			test_free(copy);
		}
		assert_int_equal(got, want);
		assert_int_equal(out.err, whole.err);
		if (want == PARSE_DONE)
			assert_int_equal(out.used, whole.used);
		else
			assert_string_equal(out.why, whole.why);
		arena_free(req->arena);
	}
}

static void
test_fields(void **state)
{
	struct parse_head out;
	struct request *req = new_request();
	char text[] =
	    "PATCH /a/%41?x=1?&y HTTP/1.1\r\nHost: h\r\nX-A:  one \r\n"
	    "x-a: two\r\nContent-Length: 12\r\nExpect: 100-Continue\r\n\r\nbody";
	struct slice in = slice_str(text);

	(void)state;
	assert_int_equal(parse_head(in, 8192, req, &out), PARSE_DONE);
	memset(text, 'z', sizeof(text) - 1);
	assert_int_equal(out.used, in.n - 4);
	assert_int_equal(req->method, HTTP_PATCH);
	assert_true(slice_is(req->method_text, "PATCH"));
	assert_true(slice_is(req->path, "/a/%41"));
	assert_true(slice_is(req->query, "x=1?&y"));
	assert_int_equal(req->n_headers, 5);
	assert_true(slice_is(request_header(req, "X-a"), "one"));
	assert_int_equal(request_header_count(req, "x-A"), 2);
	assert_null(request_header(req, "X").p);
	assert_true(out.has_length && out.length == 12 && out.expect_continue);
	assert_true(out.keep_alive && !out.chunked && !out.http10);
	arena_free(req->arena);
}

static void
test_query(void **state)
{
	struct parse_head out;
	struct request *req = new_request();

	(void)state;
	assert_int_equal(parse_head(SLICE(GET H "\r\n"), 8192, req, &out), PARSE_DONE);
	assert_null(req->query.p);
	assert_int_equal(
	    parse_head(SLICE("GET /x? HTTP/1.1\r\n" H "\r\n"), 8192, req, &out),
	    PARSE_DONE);
	assert_true(req->query.p != NULL && req->query.n == 0);
	arena_free(req->arena);
}

static void
test_keep_alive(void **state)
{
	static const struct {
		const char *text;
		bool keep;
	} cases[] = {
		{ GET H "\r\n", true },
		{ GET H "Connection: close\r\n\r\n", false },
		{ GET H "Connection: x, CLOSE ,y\r\n\r\n", false },
		{ GET H "Connection: keep-alive\r\nConnection: close\r\n\r\n", false },
		{ GET H "Connection: closed\r\n\r\n", true },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct parse_head out;
		struct request *req = new_request();
		assert_int_equal(
		    parse_head(slice_str(cases[i].text), 8192, req, &out), PARSE_DONE);
		assert_int_equal(out.keep_alive, cases[i].keep);
		arena_free(req->arena);
	}
}

static enum parse_state
parse_padded(size_t total, struct parse_head *out)
{
	static char text[9000];
	const char start[] = GET H "X: ", end[] = "\r\n\r\n";
	struct request *req = new_request();

	memset(text, 'a', sizeof(text));
	memcpy(text, start, sizeof(start) - 1);
	memcpy(text + total - 4, end, 4);
	enum parse_state got = parse_head(slice_of(text, total), 8192, req, out);
	arena_free(req->arena);
	return got;
}

static void
test_size_limit(void **state)
{
	struct parse_head out;
	char text[8300];

	(void)state;
	assert_int_equal(parse_padded(8192, &out), PARSE_DONE);
	assert_int_equal(parse_padded(8193, &out), PARSE_REFUSE);
	assert_int_equal(out.err, TOO_LARGE);
	struct request *req = new_request();
	memset(text, 'a', sizeof(text));
	assert_int_equal(parse_head(slice_of(text, 8191), 8192, req, &out), PARSE_MORE);
	assert_int_equal(parse_head(slice_of(text, 8192), 8192, req, &out), PARSE_REFUSE);
	assert_int_equal(out.err, TOO_LARGE);
	arena_free(req->arena);
}

static void
test_header_count(void **state)
{
	(void)state;
	for (size_t n = 63; n <= 64; n++) {
		struct parse_head out;
		struct request *req = new_request();
		struct buf text = BUF_INIT(req->arena);
		buf_str(&text, GET H);
		for (size_t i = 0; i < n; i++)
			buf_str(&text, "a: b\r\n");
		buf_str(&text, "\r\n");
		enum parse_state got = parse_head(buf_slice(&text), 8192, req, &out);
		assert_int_equal(got, n == 63 ? PARSE_DONE : PARSE_REFUSE);
		assert_int_equal(out.err, n == 63 ? E_OK : TOO_LARGE);
		arena_free(req->arena);
	}
}

static void
test_no_memory(void **state)
{
	struct parse_head out;
	struct request *req = new_request();

	(void)state;
	for (size_t n = 0; n < 1; n++) {
		arena_fail_after(n);
		enum parse_state got = parse_head(SLICE(GET H "\r\n"), 8192, req, &out);
		arena_fail_after(SIZE_MAX);
		assert_int_equal(got, PARSE_REFUSE);
		assert_int_equal(out.err, E_NO_MEMORY);
	}
	arena_free(req->arena);
}

struct chunk_case {
	const char *text;
	size_t n;
	const char *body; /* NULL: refused with err; "more" cases end early */
	enum err err;
};

static const struct chunk_case chunks[] = {
	{ TEXT("0\r\n\r\n"), "", E_OK },
	{ TEXT("5\r\nhello\r\n0\r\n\r\n"), "hello", E_OK },
	{ TEXT("5\r\nhello\r\n6\r\n world\r\n000\r\n\r\n"), "hello world", E_OK },
	{ TEXT("A\r\n0123456789\r\n0\r\n\r\n"), "0123456789", E_OK },
	{ TEXT("a;x=y\r\n0123456789\r\n0;last\r\n\r\n"), "0123456789", E_OK },
	{ TEXT("1;a=\"b;c\"\r\nx\r\n0\r\n\r\n"), "x", E_OK },
	{ TEXT("2\r\n\r\n\r\n0\r\n\r\n"), "\r\n", E_OK },
	{ TEXT("1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n"), "x", E_OK },
	{ TEXT("0000000000000001\r\nx\r\n0\r\n\r\n"), "x", E_OK },
	{ TEXT("00000000000000001\r\nx\r\n0\r\n\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1;a=b;c;d=\"e=f\"\r\nx\r\n0\r\n\r\n"), "x", E_OK },
	{ TEXT("0\r\nA b: c\r\n\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("0\r\nA : c\r\n\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("0\r\n A: c\r\n\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("0\r\n\xc3\xa4: c\r\n\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("0\r\nContent-Length: 5\r\n\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("0\r\ntransfer-encoding: chunked\r\n\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT(";x\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1;\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1;a=\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1;=b\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1;a b\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1;a=\"b\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1;a=\"b\\\"\"\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1;a=\"b\"c\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1;\xc3\xa4\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1;a=\"\xc3\xa4\"\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("g\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("-1\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("+1\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("0x1\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT(" 1\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1 \r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1\rx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1;a\rb\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1;a\0b\r\nx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1\r\nxx\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1\r\nx\n"), NULL, E_BAD_REQUEST },
	{ TEXT("1\r\nx\rx"), NULL, E_BAD_REQUEST },
	{ TEXT("0\r\nnocolon\r\n\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("0\r\n: x\r\n\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("0\r\n\n"), NULL, E_BAD_REQUEST },
	{ TEXT("ffffffffffffffff\r\n"), NULL, E_PAYLOAD_TOO_LARGE },
	{ TEXT("7fffffffffffffff\r\n"), NULL, E_PAYLOAD_TOO_LARGE },
	{ TEXT("10000000000000000\r\n"), NULL, E_BAD_REQUEST },
	{ TEXT("15\r\n"), NULL, E_PAYLOAD_TOO_LARGE },
	{ TEXT("a\r\n0123456789\r\nb\r\n"), NULL, E_PAYLOAD_TOO_LARGE },
	{ TEXT("3\r\nabc\r\nfffffffffffffffe\r\n"), NULL, E_PAYLOAD_TOO_LARGE },
};

/* Feeds the text in pieces of `piece` bytes as a connection does. */
static enum parse_state
feed(struct slice in, size_t piece, struct parse_chunk *chunk, struct buf *body)
{
	enum parse_state got = PARSE_MORE;
	size_t eaten = 0, seen = 0;

	while (got == PARSE_MORE && seen < in.n) {
		seen = in.n - seen < piece ? in.n : seen + piece;
		char *copy = test_malloc(seen - eaten + 1);
		memcpy(copy + 1, in.p + eaten, seen - eaten);
		got = parse_chunked(slice_of(copy + 1, seen - eaten), chunk, body);
		assert_true(chunk->used <= seen - eaten);
		eaten += chunk->used;
		test_free(copy);
	}
	if (got == PARSE_DONE)
		assert_int_equal(eaten, in.n);
	return got;
}

static void
test_chunks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
		const struct chunk_case *c = &chunks[i];
		for (size_t piece = 1; piece <= c->n; piece++) {
			struct parse_chunk chunk = { 0 };
			struct buf body = { .max = 20 };
			enum parse_state got =
			    feed(slice_of(c->text, c->n), piece, &chunk, &body);
			if (got != (c->body ? PARSE_DONE : PARSE_REFUSE))
				fail_msg(
				    "chunks %s by %zu: %d", c->text, piece, (int)got);
			assert_int_equal(chunk.err, c->err);
			if (c->body != NULL)
				assert_true(slice_is(buf_slice(&body), c->body));
			buf_free(&body);
		}
	}
}

static enum parse_state
feed_long(const char *start, size_t n, size_t piece, struct parse_chunk *chunk)
{
	static char text[10000];
	struct buf body = { .max = 20 };

	*chunk = (struct parse_chunk){ 0 };
	memset(text, 'a', sizeof(text));
	memcpy(text, start, strlen(start));
	enum parse_state got = feed(slice_of(text, n), piece, chunk, &body);
	buf_free(&body);
	return got;
}

static void
test_chunk_limits(void **state)
{
	struct parse_chunk chunk;

	(void)state;
	for (size_t piece = 1; piece < 9000; piece = piece * 3 + 1) {
		assert_int_equal(feed_long("1;", 255, piece, &chunk), PARSE_MORE);
		assert_int_equal(feed_long("1;", 256, piece, &chunk), PARSE_REFUSE);
		assert_int_equal(chunk.err, E_BAD_REQUEST);
		assert_int_equal(feed_long("0\r\nA: ", 4098, piece, &chunk), PARSE_MORE);
		assert_int_equal(
		    feed_long("0\r\nA: ", 4099, piece, &chunk), PARSE_REFUSE);
	}
}

/* Many short trailers have the same limit as one long one. */
static void
test_trailer_total(void **state)
{
	struct parse_chunk chunk = { 0 };
	struct buf body = { .max = 20 };
	enum parse_state got = parse_chunked(SLICE("0\r\n"), &chunk, &body);
	size_t n = 0;

	(void)state;
	for (; got == PARSE_MORE && n < 1000; n++)
		got = parse_chunked(SLICE("A: bcdefg\r\n"), &chunk, &body);
	assert_int_equal(got, PARSE_REFUSE);
	assert_in_range(n, 4096 / 11, 4096 / 11 + 1);
	buf_free(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_every_split),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_size_limit),
		cmocka_unit_test(test_header_count),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_chunk_limits),
		cmocka_unit_test(test_trailer_total),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
