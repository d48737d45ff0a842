/*
 * The request gate: heads, bodies by length and chunked, one request behind another. What
 * comes in pieces gets the same verdict as what comes at once; an accepted head says the
 * same when it is written out plainly.
 */
#include "tests/fuzz/target.h"

#include <string.h>

#include "server/http/parse.h"

#define HEAD_MAX 1024
#define BODY_MAX 512
#define REQUESTS_MAX 4

struct message {
	struct request request;
	struct parse_head head;
	enum parse_state state;
};

static void
read_message(struct arena *arena, struct slice in, struct message *out)
{
	*out = (struct message){ .request.arena = arena };
	out->state = parse_head(in, HEAD_MAX, &out->request, &out->head);
}

/* Steps that depend on the bytes alone, so that a finding can be run again. */
static size_t
next_step(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return 1 + (*seed >> 24) % 23;
}

static uint32_t
first_seed(struct slice in)
{
	uint32_t seed = 2166136261u;

	for (size_t i = 0; i < in.n; i++)
		seed = (seed ^ (unsigned char)in.p[i]) * 16777619u;
	return seed;
}

static void
check_head(const struct message *m, struct slice in)
{
	const struct request *r = &m->request;
	size_t hosts = request_header_count(r, "host");

	FUZZ_CHECK(m->head.used <= in.n && m->head.used <= HEAD_MAX);
	FUZZ_CHECK(slice_ends(slice_head(in, m->head.used), SLICE("\r\n\r\n")));
	FUZZ_CHECK(r->n_headers <= REQUEST_HEADERS_MAX);
	FUZZ_CHECK(hosts == 1 || (hosts == 0 && m->head.http10));
	FUZZ_CHECK(!(m->head.chunked && m->head.has_length));
	FUZZ_CHECK(request_header_count(r, "content-length") == m->head.has_length);
	FUZZ_CHECK(request_header_count(r, "transfer-encoding") == m->head.chunked);
	FUZZ_CHECK(r->path.n > 0 && r->path.p[0] == '/' && slice_is_plain(r->path));
	FUZZ_CHECK(slice_find(r->path, '?') < 0 && slice_is_plain(r->query));
	for (size_t i = 0; i < r->n_headers; i++)
		FUZZ_CHECK(slice_find(r->headers[i].value, '\n') < 0 &&
			   slice_find(r->headers[i].value, '\r') < 0 &&
			   slice_find(r->headers[i].value, '\0') < 0);
}

static void
print_head(struct buf *out, const struct message *m)
{
	const struct request *r = &m->request;

	buf_slice_add(out, r->method_text);
	buf_char(out, ' ');
	buf_slice_add(out, r->path);
	if (r->query.p) {
		buf_char(out, '?');
		buf_slice_add(out, r->query);
	}
	buf_str(out, m->head.http10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
	for (size_t i = 0; i < r->n_headers; i++) {
		buf_slice_add(out, r->headers[i].name);
		buf_str(out, ":");
		buf_slice_add(out, r->headers[i].value);
		buf_str(out, "\r\n");
	}
	buf_str(out, "\r\n");
}

static void
check_same(const struct message *a, const struct message *b)
{
	FUZZ_CHECK(a->state == b->state);
	FUZZ_CHECK(a->request.method == b->request.method);
	FUZZ_CHECK(slice_equal(a->request.path, b->request.path));
	FUZZ_CHECK(slice_equal(a->request.query, b->request.query));
	FUZZ_CHECK(a->request.n_headers == b->request.n_headers);
	for (size_t i = 0; i < a->request.n_headers; i++)
		FUZZ_CHECK(slice_equal(
		    a->request.headers[i].value, b->request.headers[i].value));
	FUZZ_CHECK(a->head.http10 == b->head.http10);
	FUZZ_CHECK(a->head.keep_alive == b->head.keep_alive);
	FUZZ_CHECK(a->head.chunked == b->head.chunked);
	FUZZ_CHECK(a->head.expect_continue == b->head.expect_continue);
	FUZZ_CHECK(a->head.has_length == b->head.has_length);
	FUZZ_CHECK(a->head.length == b->head.length);
}

static void
check_plain(struct arena *arena, const struct message *m)
{
	struct buf text = BUF_INIT(arena);
	struct message again;

	print_head(&text, m);
	FUZZ_CHECK(buf_ok(&text));
	read_message(arena, buf_slice(&text), &again);
	check_same(m, &again);
	FUZZ_CHECK(again.head.used == text.n);
}

/* Every piece is undecided until one decides, and that one decides as the whole does. */
static void
check_pieces(struct arena *arena, struct slice in, const struct message *whole)
{
	uint32_t seed = first_seed(in);
	struct arena_mark mark = arena_mark(arena);
	struct message part = { .state = PARSE_MORE };

	for (size_t n = 0; n < in.n && part.state == PARSE_MORE;) {
		n += next_step(&seed);
		arena_reset(arena, mark);
		read_message(arena, slice_head(in, n), &part);
	}
	FUZZ_CHECK(part.state == whole->state);
	if (part.state == PARSE_REFUSE)
		FUZZ_CHECK(part.head.err == whole->head.err);
	if (part.state == PARSE_DONE)
		FUZZ_CHECK(part.head.used == whole->head.used);
	arena_reset(arena, mark);
}

static enum parse_state
read_body(struct arena *arena, struct slice in, uint32_t seed, struct parse_chunk *chunk,
    struct buf *body)
{
	enum parse_state state = PARSE_MORE;
	size_t at = 0, n = 0;

	*chunk = (struct parse_chunk){ 0 };
	*body = BUF_INIT(arena);
	body->max = BODY_MAX;
	while (state == PARSE_MORE && n < in.n) {
		n = seed ? n + next_step(&seed) : in.n;
		state = parse_chunked(slice_from(slice_head(in, n), at), chunk, body);
		FUZZ_CHECK(chunk->used <= in.n - at);
		at += chunk->used;
	}
	chunk->used = at;
	return state;
}

static struct slice
check_chunked(struct arena *arena, struct slice in)
{
	struct parse_chunk whole, parts;
	struct buf body, joined;
	enum parse_state state = read_body(arena, in, 0, &whole, &body);

	FUZZ_CHECK(read_body(arena, in, first_seed(in) | 1, &parts, &joined) == state);
	FUZZ_CHECK(whole.err == parts.err && body.n <= BODY_MAX);
	FUZZ_CHECK(slice_equal(buf_slice(&body), buf_slice(&joined)));
	if (state != PARSE_DONE)
		return SLICE("");
	FUZZ_CHECK(whole.used == parts.used);
	return slice_from(in, whole.used);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size);

	for (int i = 0; i < REQUESTS_MAX && in.n > 0; i++) {
		struct message m;

		read_message(arena, in, &m);
		check_pieces(arena, in, &m);
		if (m.state != PARSE_DONE)
			break;
		check_head(&m, in);
		check_plain(arena, &m);
		in = slice_from(in, m.head.used);
		if (m.head.chunked)
			in = check_chunked(arena, in);
		else if (m.head.has_length)
			in = m.head.length < in.n ? slice_from(in, m.head.length)
			                          : SLICE("");
	}
	arena_free(arena);
	return 0;
}
