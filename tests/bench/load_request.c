#include "tests/bench/load.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "keys/wire_prefix.h"

#define FILE_MAX ((size_t)1 << 30)
#define QUERY_KEY "&license_key="

/* Kept until the program ends. */
static bool
read_lines(struct load *l, const char *name)
{
	struct arena *a = arena_new(FILE_MAX);
	struct slice text;
	size_t n = 1;

	if (!name || !a || file_read(a, name, FILE_MAX / 4, &text) != E_OK)
		return false;
	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	l->line = arena_array(a, n, sizeof(*l->line));
	if (l->line == NULL)
		return false;
	while (text.n > 0) {
		char *line = arena_str(a, slice_cut(&text, '\n'));

		if (line == NULL)
			return false;
		l->line[l->n_lines++] = line;
	}
	return l->n_lines > 0;
}

/* One Date is good for the whole run. */
static bool
sign(struct load *l, const char *api_key, const char *shared_key)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	char date[CLOCK_HTTP_LEN + 1], text[128], base64[64];
	unsigned n = 0;

	clock_http(clock_now(), date);
	snprintf(text, sizeof(text), "%.*s\ndate: %s", (int)sizeof(wire_prefix),
	    (const char *)wire_prefix, date);
	if (!HMAC(EVP_sha256(), shared_key, (int)strlen(shared_key),
		(const unsigned char *)text, strlen(text), mac, &n))
		return false;
	EVP_EncodeBlock((unsigned char *)base64, mac, (int)n);
	return snprintf(l->head, sizeof(l->head),
		   "Host: localhost\r\nDate: %s\r\n"
		   "Authorization: algorithm=\"hmac-sha256\",headers=\"date\","
		   "signature=\"%s\",apikey=\"%s\"\r\n",
		   date, base64, api_key) < (int)sizeof(l->head);
}

/* Public, without a key; each request of the list is good for once. */
static bool
offline_prepare(struct load *l)
{
	if (!l->path || !read_lines(l, getenv("BENCH_LIST"))) {
		fputs("load: BENCH_* is incomplete\n", stderr);
		return false;
	}
	l->budget = (int64_t)l->n_lines;
	snprintf(l->head, sizeof(l->head), "Host: localhost\r\n");
	return true;
}

bool
load_prepare(struct load *l)
{
	const char *api_key = getenv("BENCH_API_KEY");
	const char *shared_key = getenv("BENCH_SHARED_KEY");

	l->random = (uint64_t)clock_now();
	l->path = getenv("BENCH_PATH");
	l->product = getenv("BENCH_PRODUCT");
	l->password = getenv("BENCH_PASSWORD");
	l->run = getenv("BENCH_RUN");
	if (l->kind == LOAD_STATIC)
		return true;
	if (l->kind == LOAD_OFFLINE)
		return offline_prepare(l);
	if (!api_key || !shared_key || !l->path || !l->product || !l->run ||
	    (l->kind == LOAD_USER && !l->password) ||
	    !read_lines(l, getenv("BENCH_LIST"))) {
		fputs("load: BENCH_* is incomplete\n", stderr);
		return false;
	}
	return sign(l, api_key, shared_key);
}

static const char *
any_line(struct load *l)
{
	l->random ^= l->random << 13;
	l->random ^= l->random >> 7;
	l->random ^= l->random << 17;
	return l->line[l->random % l->n_lines];
}

static size_t
post(struct load *l, char *out, const char *type, const char *body)
{
	return (size_t)snprintf(out, REQUEST_MAX,
	    "POST %s HTTP/1.1\r\n%sContent-Type: %s\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    l->path, l->head, type, strlen(body), body);
}

/* A line of the list is a license key, or a query that ends with one. */
static size_t
activate(struct load *l, char *out)
{
	const char *line = any_line(l), *key = strstr(line, QUERY_KEY);
	char body[REQUEST_MAX / 2];

	snprintf(body, sizeof(body),
	    "{\"hardware_id\":\"%s-%lld\",\"product\":\"%s\",\"license_key\":\"%s\"}",
	    l->run, (long long)l->n_made, l->product,
	    key ? key + strlen(QUERY_KEY) : line);
	return post(l, out, "application/json", body);
}

static size_t
activate_user(struct load *l, char *out)
{
	char body[REQUEST_MAX / 2];

	snprintf(body, sizeof(body),
	    "{\"hardware_id\":\"%s-%lld\",\"product\":\"%s\",\"username\":\"%s\","
	    "\"password\":\"%s\"}",
	    l->run, (long long)l->n_made, l->product, any_line(l), l->password);
	return post(l, out, "application/json", body);
}

static size_t
activate_offline(struct load *l, char *out)
{
	char body[REQUEST_MAX / 2];

	snprintf(body, sizeof(body),
	    "-----BEGIN LICET SEALED REQUEST-----\n%s\n"
	    "-----END LICET SEALED REQUEST-----\n",
	    l->line[(size_t)(l->n_made - 1) % l->n_lines]);
	return post(l, out, "text/plain", body);
}

size_t
load_request(struct load *l, char out[static REQUEST_MAX])
{
	l->n_made++;
	switch (l->kind) {
	case LOAD_CHECK:
		return (size_t)snprintf(out, REQUEST_MAX,
		    "GET %s?product=%s&%s HTTP/1.1\r\n%s\r\n", l->path, l->product,
		    any_line(l), l->head);
	case LOAD_ACTIVATE:
		return activate(l, out);
	case LOAD_USER:
		return activate_user(l, out);
	case LOAD_OFFLINE:
		return activate_offline(l, out);
	case LOAD_STATIC:
		break;
	}
	return (size_t)snprintf(
	    out, REQUEST_MAX, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
}
