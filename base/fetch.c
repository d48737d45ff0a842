#include "base/fetch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

#include "base/clock.h"

#define REPLY_HEADERS_MAX 65536

struct exchange {
	CURL *curl;
	const struct fetch *fetch;
	enum err sink_err;
	struct curl_slist *headers;
	struct buf answer;
	struct buf reply_headers;
	bool refused; /* option or memory trouble while setting up */
	bool too_large;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
start_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t
take(struct exchange *x, struct buf *b, const char *p, size_t n)
{
	if (n > b->max - b->n) {
		x->too_large = true;
		return 0;
	}
	buf_add(b, p, n);
	return buf_ok(b) ? n : 0;
}

static size_t
take_body(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	long status = 0;

	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	if (x->fetch->sink == NULL || status < 200 || status > 299)
		return take(x, &x->answer, p, size * n);
	x->sink_err = x->fetch->sink(x->fetch->sink_arg, slice_of(p, size * n));
	return x->sink_err == E_OK ? size * n : 0;
}

static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;

	if (slice_starts(slice_of(p, size * n), SLICE("HTTP/")))
		buf_clear(&x->reply_headers);
	return take(x, &x->reply_headers, p, size * n);
}

static void
set_long(struct exchange *x, CURLoption option, long value)
{
	if (curl_easy_setopt(x->curl, option, value) != CURLE_OK)
		x->refused = true;
}

static void
set_pointer(struct exchange *x, CURLoption option, const void *value)
{
	if (curl_easy_setopt(x->curl, option, value) != CURLE_OK)
		x->refused = true;
}

static void
add_header(struct exchange *x, const char *line)
{
	struct curl_slist *more = curl_slist_append(x->headers, line);

	if (more == NULL)
		x->refused = true;
	else
		x->headers = more;
}

static void
set_headers(struct exchange *x, const struct fetch *f)
{
	bool typed = false;

	for (size_t i = 0; f->headers != NULL && f->headers[i] != NULL; i++) {
		struct slice line = slice_str(f->headers[i]);

		typed = typed ||
		        slice_equal_fold(slice_head(line, 13), SLICE("content-type:"));
		add_header(x, f->headers[i]);
	}
	if (!typed)
		add_header(x, "Content-Type:");
	add_header(x, "Expect:");
	set_pointer(x, CURLOPT_HTTPHEADER, x->headers);
}

static void
set_request(struct exchange *x, const struct fetch *f)
{
	set_pointer(x, CURLOPT_URL, f->url);
	if (strcmp(f->method, "HEAD") == 0) {
		set_long(x, CURLOPT_NOBODY, 1);
	} else if (f->body.p != NULL || strcmp(f->method, "GET") != 0) {
		set_pointer(x, CURLOPT_POSTFIELDS, f->body.p != NULL ? f->body.p : "");
		if (curl_easy_setopt(x->curl, CURLOPT_POSTFIELDSIZE_LARGE,
			(curl_off_t)f->body.n) != CURLE_OK)
			x->refused = true;
		set_pointer(x, CURLOPT_CUSTOMREQUEST, f->method);
	}
	set_headers(x, f);
}

static void
set_protocols(struct exchange *x)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	set_pointer(x, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	set_long(x, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
}

static void
set_connection(struct exchange *x, const struct fetch *f)
{
	int64_t ms = f->timeout / 1000;

	set_protocols(x);
	set_long(x, CURLOPT_NOSIGNAL, 1);
	set_long(x, CURLOPT_FOLLOWLOCATION, 0);
	set_long(x, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	set_long(x, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	ms = ms < 1 ? 1 : ms > INT32_MAX ? INT32_MAX : ms;
	if (f->sink == NULL) {
		set_long(x, CURLOPT_TIMEOUT_MS, (long)ms);
	} else {
		set_long(x, CURLOPT_CONNECTTIMEOUT_MS, (long)ms);
		set_long(x, CURLOPT_LOW_SPEED_LIMIT, 1);
		set_long(x, CURLOPT_LOW_SPEED_TIME, (long)((ms + 999) / 1000));
	}
	set_pointer(x, CURLOPT_PROXY, "");
	if (f->socket != NULL)
		set_pointer(x, CURLOPT_UNIX_SOCKET_PATH, f->socket);
	if (f->ca_file != NULL)
		set_pointer(x, CURLOPT_CAINFO, f->ca_file);
}

static void
set_receivers(struct exchange *x)
{
	if (curl_easy_setopt(x->curl, CURLOPT_WRITEFUNCTION, take_body) != CURLE_OK ||
	    curl_easy_setopt(x->curl, CURLOPT_HEADERFUNCTION, take_header) != CURLE_OK)
		x->refused = true;
	set_pointer(x, CURLOPT_WRITEDATA, x);
	set_pointer(x, CURLOPT_HEADERDATA, x);
}

static enum err
translate(const struct exchange *x, CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return E_OK;
	case CURLE_WRITE_ERROR:
		if (x->sink_err != E_OK)
			return x->sink_err;
		return x->too_large ? E_PAYLOAD_TOO_LARGE : E_NO_MEMORY;
	case CURLE_OPERATION_TIMEDOUT:
		return E_TIMEOUT;
	case CURLE_OUT_OF_MEMORY:
		return E_NO_MEMORY;
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_WEIRD_SERVER_REPLY:
		return E_UNREACHABLE;
	default:
		return E_IO;
	}
}

static enum err
run(struct exchange *x, struct fetch *f)
{
	CURLcode code;
	long status = 0, sent = 0;

	set_connection(x, f);
	set_request(x, f);
	set_receivers(x);
	if (x->refused)
		return E_IO;
	code = curl_easy_perform(x->curl);
	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(x->curl, CURLINFO_REQUEST_SIZE, &sent);
	f->status = (int)status;
	f->maybe_sent = code != CURLE_OK && sent > 0;
	f->answer = buf_slice(&x->answer);
	f->reply_headers = buf_slice(&x->reply_headers);
	return translate(x, code);
}

enum err
fetch_run(struct arena *arena, struct fetch *f)
{
	struct exchange x = {
		.fetch = f, .answer = BUF_INIT(arena), .reply_headers = BUF_INIT(arena)
	};
	enum err e;

	f->status = 0;
	f->answer = f->reply_headers = SLICE_NULL;
	f->maybe_sent = false;
	pthread_once(&once, start_curl);
	x.curl = curl_easy_init();
	if (x.curl == NULL)
		return E_NO_MEMORY;
	x.answer.max = f->max;
	x.reply_headers.max = REPLY_HEADERS_MAX;
	e = run(&x, f);
	curl_easy_cleanup(x.curl);
	curl_slist_free_all(x.headers);
	return e;
}

struct slice
fetch_header(const struct fetch *f, const char *name)
{
	struct slice rest = f->reply_headers;

	while (rest.p != NULL) {
		struct slice value = slice_cut(&rest, '\n');
		struct slice key = slice_cut(&value, ':');

		if (value.p != NULL && slice_equal_fold(key, slice_str(name)))
			return slice_trim(value);
	}
	return SLICE_NULL;
}
