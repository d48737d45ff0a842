#include "server/http/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "server/http/peer.h"

struct param_case {
	const char *text;
	enum err err;
	const char *pairs; /* name>value, joined by '|' */
};

static const struct param_case params_table[] = {
	{ "", E_OK, "" },
	{ "&", E_OK, "" },
	{ "a=b", E_OK, "a>b" },
	{ "a=b&c=d", E_OK, "a>b|c>d" },
	{ "&&a=b&&c=d&", E_OK, "a>b|c>d" },
	{ "a", E_OK, "a>" },
	{ "a=", E_OK, "a>" },
	{ "a=b=c", E_OK, "a>b=c" },
	{ "a+b=c+d", E_OK, "a b>c d" },
	{ "%61=%2B%26%3d", E_OK, "a>+&=" },
	{ "a=%C3%a4", E_OK, "a>\xc3\xa4" },
	{ "a=b;c", E_OK, "a>b;c" },
	{ "a=1&A=2", E_OK, "a>1|A>2" },
	{ "a=%", E_VALIDATION, NULL },
	{ "a=%4", E_VALIDATION, NULL },
	{ "a=%4g", E_VALIDATION, NULL },
	{ "a=%g4", E_VALIDATION, NULL },
	{ "a=%%41", E_VALIDATION, NULL },
	{ "a%=1", E_VALIDATION, NULL },
	{ "a=%00", E_VALIDATION, NULL },
	{ "%00=a", E_VALIDATION, NULL },
	{ "a=%ff", E_VALIDATION, NULL },
	{ "a=%C3", E_VALIDATION, NULL },
	{ "%ED%A0%80=1", E_VALIDATION, NULL },
	{ "a=1&a=1", E_VALIDATION, NULL },
	{ "a=1&%61=2", E_VALIDATION, NULL },
	{ "a&b&a", E_VALIDATION, NULL },
};

static void
check_pairs(const char *want, const struct param *p, size_t n)
{
	struct slice rest = want[0] != '\0' ? slice_str(want) : SLICE_NULL;
	size_t i = 0;

	for (; rest.p != NULL; i++) {
		struct slice value = slice_cut(&rest, '|');
		struct slice name = slice_cut(&value, '>');
		assert_true(i < n);
		assert_true(slice_equal(p[i].name, name));
		assert_true(slice_equal(p[i].value, value));
		assert_non_null(p[i].value.p);
	}
	assert_int_equal(i, n);
}

static void
test_params(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(params_table); i++) {
		struct arena *arena = arena_new(0);
		struct param *p;
		size_t n;
		enum err err =
		    request_params(arena, slice_str(params_table[i].text), &p, &n);
		if (err != params_table[i].err)
			fail_msg("%s: %s", params_table[i].text, err_code(err));
		if (err == E_OK)
			check_pairs(params_table[i].pairs, p, n);
		arena_free(arena);
	}
}

static void
test_param_get(void **state)
{
	struct arena *arena = arena_new(0);
	struct param *p;
	size_t n;

	(void)state;
	assert_int_equal(request_params(arena, SLICE("a=1&b="), &p, &n), E_OK);
	assert_true(slice_is(param_get(p, n, "a"), "1"));
	assert_true(param_get(p, n, "b").p != NULL && param_get(p, n, "b").n == 0);
	assert_null(param_get(p, n, "c").p);
	assert_int_equal(request_params(arena, SLICE_NULL, &p, &n), E_OK);
	assert_int_equal(n, 0);
	assert_int_equal(
	    request_params(arena, slice_of("a=\0", 3), &p, &n), E_VALIDATION);
	arena_free(arena);
}

static void
test_params_limit(void **state)
{
	(void)state;
	for (int count = 100; count <= 101; count++) {
		struct arena *arena = arena_new(0);
		struct buf text = BUF_INIT(arena);
		struct param *p;
		size_t n;
		for (int i = 0; i < count; i++)
			buf_printf(&text, "n%d=%d&", i, i);
		enum err err = request_params(arena, buf_slice(&text), &p, &n);
		assert_int_equal(err, count == 100 ? E_OK : E_VALIDATION);
		arena_free(arena);
	}
}

static void
test_reply(void **state)
{
	struct arena *arena = arena_new(0);
	struct reply reply;

	(void)state;
	reply_init(&reply, arena);
	assert_int_equal(reply.status, 200);
	reply_header(&reply, "A", "b");
	reply_header_slice(&reply, "C", SLICE("d e"));
	assert_true(slice_is(buf_slice(&reply.headers), "A: b\r\nC: d e\r\n"));
	reply_header(&reply, "X", "a\r\nSet-Cookie: b");
	assert_false(buf_ok(&reply.headers));
	arena_free(arena);
}

struct peer_case {
	const char *peer;
	const char *forwarded[2];
	const char *want;
};

static const struct peer_case peers[] = {
	{ "10.0.0.1", { NULL }, "10.0.0.1" },
	{ "192.0.2.1", { "198.51.100.7" }, "192.0.2.1" },
	{ "10.0.0.1", { "198.51.100.7" }, "198.51.100.7" },
	{ "10.0.0.1", { "203.0.113.9, 198.51.100.7" }, "198.51.100.7" },
	{ "10.0.0.1", { "203.0.113.9, 198.51.100.7 ,10.2.3.4" }, "198.51.100.7" },
	{ "10.0.0.1", { "203.0.113.9", "198.51.100.7,10.9.9.9" }, "198.51.100.7" },
	{ "10.0.0.1", { "203.0.113.9", "10.9.9.9" }, "203.0.113.9" },
	{ "10.0.0.1", { "10.3.3.3, 10.9.9.9" }, "10.3.3.3" },
	{ "10.0.0.1", { "203.0.113.9, junk, 10.9.9.9" }, "10.9.9.9" },
	{ "10.0.0.1", { "" }, "10.0.0.1" },
	{ "10.0.0.1", { "198.51.100.7:4711" }, "198.51.100.7" },
	{ "10.0.0.1", { "[2001:db8::1]:4711" }, "2001:db8::1" },
	{ "10.0.0.1", { "2001:DB8::1" }, "2001:db8::1" },
	{ "fd00::1", { "::ffff:1.2.3.4" }, "1.2.3.4" },
	{ "fd01::1", { "1.2.3.4" }, "fd01::1" },
};

static void
test_peer(void **state)
{
	struct peer_net trusted[2];

	(void)state;
	assert_true(peer_net_parse(SLICE("10.0.0.0/8"), &trusted[0]));
	assert_true(peer_net_parse(SLICE("fd00::/16"), &trusted[1]));
	for (size_t i = 0; i < ARRAY_LEN(peers); i++) {
		struct header h[2];
		struct request req = { .headers = h };
		struct peer_address from, client;
		char text[64];
		for (; req.n_headers < 2 && peers[i].forwarded[req.n_headers];) {
			h[req.n_headers] = (struct header){ SLICE("x-forwarded-for"),
				slice_str(peers[i].forwarded[req.n_headers]) };
			req.n_headers++;
		}
		assert_true(peer_parse(slice_str(peers[i].peer), &from));
		client = peer_client(&req, &from, trusted, 2);
		peer_text(&client, text);
		assert_string_equal(text, peers[i].want);
	}
}

static void
test_networks(void **state)
{
	static const char *const bad[] = { "", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
		"::/129", "host", "10.0.0/8", "1.2.3.4/8/8" };
	struct peer_net net;
	struct peer_address a, b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(peer_net_parse(slice_str(bad[i]), &net));
	assert_true(peer_parse(SLICE("172.16.128.1"), &a));
	assert_true(peer_net_parse(SLICE("172.16.128.0/17"), &net));
	assert_true(peer_is_in(&a, &net, 1));
	assert_true(peer_net_parse(SLICE("172.16.0.0/17"), &net));
	assert_false(peer_is_in(&a, &net, 1));
	assert_true(peer_net_parse(SLICE("172.16.128.1"), &net));
	assert_true(peer_is_in(&a, &net, 1));
	assert_true(peer_net_parse(SLICE("0.0.0.0/0"), &net));
	assert_true(peer_is_in(&a, &net, 1));
	assert_true(peer_parse(SLICE("2001:db8:1:2:3::"), &a));
	assert_false(peer_is_in(&a, &net, 1));
	assert_true(peer_parse(SLICE("2001:db8:1:2:4::"), &b));
	assert_true(slice_equal(peer_key(&a), peer_key(&b)));
	assert_true(peer_parse(SLICE("2001:db8:1:3:3::"), &b));
	assert_false(slice_equal(peer_key(&a), peer_key(&b)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_param_get),
		cmocka_unit_test(test_params_limit),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_peer),
		cmocka_unit_test(test_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
