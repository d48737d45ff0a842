/*
 * The request gate against llhttp, the strict parser that Debian ships in node-llhttp.
 * What the gate takes llhttp takes too, with the same method, target, headers, body and
 * end, so that no proxy in front sees another request. What llhttp takes may be refused:
 * the gate is narrower.
 */
#include "tests/fuzz/target.h"

#include <string.h>

#include "server/http/parse.h"
#include "tests/fuzz/llhttp.h"

#define HEAD_MAX 8192
#define BODY_MAX 8192

static bool
read_body(
    struct slice rest, const struct parse_head *head, struct buf *body, size_t *used)
{
	struct parse_chunk chunk = { 0 };

	*used = 0;
	body->max = BODY_MAX;
	if (head->chunked) {
		if (parse_chunked(rest, &chunk, body) != PARSE_DONE)
			return false;
		*used = chunk.used;
		return true;
	}
	if (!head->has_length)
		return true;
	if (head->length > rest.n)
		return false;
	buf_add(body, rest.p, head->length);
	*used = head->length;
	return buf_ok(body);
}

static void
print_request(struct buf *out, const struct request *r)
{
	buf_slice_add(out, r->method_text);
	buf_char(out, ' ');
	buf_slice_add(out, r->path);
	if (r->query.p) {
		buf_char(out, '?');
		buf_slice_add(out, r->query);
	}
	for (size_t i = 0; i < r->n_headers; i++) {
		buf_char(out, '\n');
		buf_slice_add(out, r->headers[i].name);
		buf_char(out, ':');
		buf_slice_add(out, r->headers[i].value);
	}
	buf_char(out, '\n');
}

struct gate_view {
	const struct parse_head *head;
	struct buf text, body;
	size_t used;
};

static void
check_view(const struct llhttp_view *theirs, const struct gate_view *ours)
{
	if (!theirs->done)
		fprintf(stderr, "llhttp: %s\n", theirs->why);
	FUZZ_CHECK(theirs->done);
	FUZZ_CHECK(theirs->used == ours->used);
	if (!slice_equal(buf_slice(&theirs->text), buf_slice(&ours->text)))
		fprintf(stderr, "llhttp:\n%.*s\nthe gate:\n%.*s\n",
		    SLICE_ARG(buf_slice(&theirs->text)),
		    SLICE_ARG(buf_slice(&ours->text)));
	FUZZ_CHECK(slice_equal(buf_slice(&theirs->text), buf_slice(&ours->text)));
	FUZZ_CHECK(slice_equal(buf_slice(&theirs->body), buf_slice(&ours->body)));
	FUZZ_CHECK(theirs->keep_alive || !ours->head->keep_alive);
}

/*
 * Methods that llhttp does not know, what it leaves to other protocols, and tabs around
 * values, which it knows as white space only in part.
 */
static bool
is_beyond(const struct request *r, struct slice head)
{
	return slice_find(head, '\t') >= 0 || !llhttp_knows(r->method_text) ||
	       slice_is(r->method_text, "CONNECT") ||
	       request_header_count(r, "upgrade") > 0;
}

/* llhttp takes one chunk extension with a value and nothing behind it; RFC 9112 more. */
static bool
is_extension(const struct llhttp_view *other, struct slice body)
{
	return slice_find(body, ';') >= 0 &&
	       slice_starts(slice_str(other->why), SLICE("Invalid character in chunk"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct slice in = fuzz_slice(data, size);
	struct request request = { .arena = arena };
	struct parse_head head;
	struct gate_view ours = { &head, BUF_INIT(arena), BUF_INIT(arena), 0 };
	struct llhttp_view other;
	size_t used;

	if (parse_head(in, HEAD_MAX, &request, &head) == PARSE_DONE &&
	    read_body(slice_from(in, head.used), &head, &ours.body, &used) &&
	    !is_beyond(&request, slice_head(in, head.used))) {
		struct slice whole = slice_head(in, head.used + used);

		llhttp_read(arena, whole, &other);
		print_request(&ours.text, &request);
		ours.used = whole.n;
		if (!is_extension(&other, slice_from(whole, head.used)))
			check_view(&other, &ours);
	}
	arena_free(arena);
	return 0;
}
