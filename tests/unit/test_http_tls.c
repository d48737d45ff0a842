#include "tests/unit/http_server.h"

#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define LAST(path) "GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
#define POST "POST /echo HTTP/1.1\r\nHost: a\r\n"

static struct rig rig;
static struct tls *tls;
static SSL_CTX *client;

static void
make_certificate(const char *name)
{
	char command[512];

	snprintf(command, sizeof(command),
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
	    "-days 2 -subj /CN=%s -keyout '%s/%s.key' -out '%s/%s.pem' 2>/dev/null",
	    name, rig.dir, name, rig.dir, name);
	assert_int_equal(system(command), 0);
}

static void
copy(const char *from, const char *to)
{
	char command[512];

	snprintf(
	    command, sizeof(command), "cp '%s/%s' '%s/%s'", rig.dir, from, rig.dir, to);
	assert_int_equal(system(command), 0);
}

static enum err
load(const char *cert, const char *key, struct tls **out)
{
	char cert_path[128], key_path[128];

	snprintf(cert_path, sizeof(cert_path), "%s", rig_path(&rig, cert));
	snprintf(key_path, sizeof(key_path), "%s", rig_path(&rig, key));
	return tls_new(out, cert_path, key_path);
}

static enum err
stage(const char *cert, const char *key)
{
	char cert_path[128], key_path[128];

	snprintf(cert_path, sizeof(cert_path), "%s", rig_path(&rig, cert));
	snprintf(key_path, sizeof(key_path), "%s", rig_path(&rig, key));
	return tls_stage(tls, cert_path, key_path);
}

static int
set_up_with(int64_t header_timeout)
{
	rig_init(&rig);
	make_certificate("one");
	copy("one.pem", "cert");
	copy("one.key", "key");
	assert_int_equal(load("cert", "key", &tls), E_OK);
	rig.spec.tls = tls;
	rig.options.header_timeout = header_timeout;
	rig_start(&rig);
	client = SSL_CTX_new(TLS_client_method());
	assert_non_null(client);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	return set_up_with(10 * CLOCK_SECOND);
}

static int
set_up_hasty(void **state)
{
	(void)state;
	return set_up_with(500 * MS);
}

static int
tear_down(void **state)
{
	(void)state;
	SSL_CTX_free(client);
	rig_end(&rig);
	tls_free(tls);
	return 0;
}

static SSL *
dial(void)
{
	SSL *ssl = SSL_new(client);

	assert_non_null(ssl);
	assert_int_equal(SSL_set_fd(ssl, rig_connect(&rig)), 1);
	if (SSL_connect(ssl) == 1)
		return ssl;
	close(SSL_get_fd(ssl));
	SSL_free(ssl);
	return NULL;
}

static void
hang_up(SSL *ssl)
{
	close(SSL_get_fd(ssl));
	SSL_free(ssl);
}

static void
check_name(SSL *ssl, const char *name)
{
	char text[64];
	X509 *cert = SSL_get1_peer_certificate(ssl);

	assert_non_null(cert);
	X509_NAME_get_text_by_NID(
	    X509_get_subject_name(cert), NID_commonName, text, sizeof(text));
	X509_free(cert);
	assert_string_equal(text, name);
}

static size_t
read_all(SSL *ssl, char *to, size_t max)
{
	size_t n = 0;
	int got;

	while (n < max - 1 && (got = SSL_read(ssl, to + n, (int)(max - 1 - n))) > 0)
		n += (size_t)got;
	to[n] = '\0';
	return n;
}

static void
ask(SSL *ssl, const char *text)
{
	assert_int_equal(SSL_write(ssl, text, (int)strlen(text)), (int)strlen(text));
}

static void
expect(SSL *ssl, const char *part)
{
	char text[4096];
	int n = 0, got;

	text[0] = '\0';
	while (strstr(text, part) == NULL) {
		got = SSL_read(ssl, text + n, (int)sizeof(text) - 1 - n);
		if (got <= 0)
			fail_msg("no %s in %s", part, text);
		n += got;
		text[n] = '\0';
	}
}

static void
test_requests(void **state)
{
	static char text[8000];
	SSL *ssl = dial();

	(void)state;
	assert_non_null(ssl);
	assert_memory_equal(
	    server_listener(rig.server, 0)->url, "https://127.0.0.1:", 18);
	check_name(ssl, "one");
	ask(ssl, GET("/one"));
	expect(ssl, "/one");
	ask(ssl, GET("/later"));
	expect(ssl, "(later)");
	ask(ssl, POST "Content-Length: 3\r\n\r\nabc" GET("/later") LAST("/end"));
	read_all(ssl, text, sizeof(text));
	assert_int_equal(rig_count(text, "HTTP/1.1 200 OK\r\n"), 3);
	assert_non_null(strstr(text, "abc"));
	assert_non_null(strstr(text, "/end"));
	assert_int_equal(SSL_get_shutdown(ssl), SSL_RECEIVED_SHUTDOWN);
	hang_up(ssl);
	rig_wait_connections(&rig, 0);
}

/* Bodies and answers of many records, against the read watermarks. */
static void
test_large(void **state)
{
	static char text[3000000], body[100001];
	SSL *ssl = dial();

	(void)state;
	assert_non_null(ssl);
	memset(body, 'b', sizeof(body) - 1);
	ask(ssl, POST "Content-Length: 100000\r\n\r\n");
	ask(ssl, body);
	ask(ssl, GET("/big?2000000") LAST("/end"));
	size_t n = read_all(ssl, text, sizeof(text));
	assert_in_range(n, 2100200, 2101500);
	assert_int_equal(rig_count(text, "HTTP/1.1 200 OK\r\n"), 3);
	assert_string_equal(text + n - 4, "/end");
	hang_up(ssl);
}

/* 10 MB in parts, then the connection goes on; and one that is left amid them. */
static void
test_parts(void **state)
{
	static char text[(11 << 20) + 1];
	SSL *ssl = dial();

	(void)state;
	assert_non_null(ssl);
	ask(ssl, GET("/parts?1000") LAST("/end"));
	size_t n = read_all(ssl, text, sizeof(text));
	assert_true(n > 1000 * 10000);
	assert_int_equal(rig_count(text, "\r\n2710\r\n"), 1000);
	assert_non_null(strstr(text, "\r\n000000999,"));
	assert_non_null(strstr(text, "\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"));
	hang_up(ssl);
	ssl = dial();
	assert_non_null(ssl);
	ask(ssl, GET("/parts?1000000"));
	expect(ssl, "000000000,");
	hang_up(ssl);
	rig_wait_connections(&rig, 0);
	assert_in_range(rig.parts, 1001, 10000);
}

static void
test_refused(void **state)
{
	static char text[8000];
	SSL *ssl = dial();

	(void)state;
	assert_non_null(ssl);
	ask(ssl, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n");
	read_all(ssl, text, sizeof(text));
	assert_memory_equal(text, "HTTP/1.1 413 ", 13);
	hang_up(ssl);
	assert_string_equal(rig_ask(&rig, "G"), "");
	rig_wait_connections(&rig, 0);
}

static void
test_versions(void **state)
{
	SSL *ssl;

	(void)state;
	SSL_CTX_set_security_level(client, 0);
	SSL_CTX_set_max_proto_version(client, TLS1_1_VERSION);
	assert_null(dial());
	SSL_CTX_set_max_proto_version(client, TLS1_2_VERSION);
	ssl = dial();
	assert_non_null(ssl);
	ask(ssl, LAST("/old"));
	expect(ssl, "/old");
	hang_up(ssl);
	SSL_CTX_set_cipher_list(client, "AES128-SHA");
	assert_null(dial());
}

static void
test_protocols(void **state)
{
	static const unsigned char offer[] = "\x02h2\x08http/1.1";
	const unsigned char *chosen;
	unsigned n;

	(void)state;
	SSL_CTX_set_alpn_protos(client, offer, sizeof(offer) - 1);
	SSL *ssl = dial();
	assert_non_null(ssl);
	SSL_get0_alpn_selected(ssl, &chosen, &n);
	assert_int_equal(n, 8);
	assert_memory_equal(chosen, "http/1.1", 8);
	hang_up(ssl);
}

/* The handshake counts for the deadline of the first request. */
static void
test_slow_handshake(void **state)
{
	int fd = rig_connect(&rig);
	int64_t start = clock_monotonic();

	(void)state;
	for (int i = 0; i < 200 && clock_monotonic() - start < 3 * CLOCK_SECOND; i++) {
		const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
		char c = i < 11 ? hello[i] : 'r';
		send(fd, &c, 1, MSG_NOSIGNAL);
		usleep(10000);
		if (recv(fd, &c, 1, MSG_DONTWAIT) == 0)
			break;
	}
	assert_in_range(clock_monotonic() - start, 450 * MS, 1000 * MS);
	close(fd);
}

static void
test_faults(void **state)
{
	struct tls *other;

	(void)state;
	make_certificate("two");
	assert_int_equal(load("one.pem", "two.key", &other), E_CONFIG);
	assert_int_equal(load("none", "one.key", &other), E_CONFIG);
	assert_int_equal(load("one.pem", "none", &other), E_CONFIG);
	assert_int_equal(load("one.key", "one.key", &other), E_CONFIG);
}

static void
test_reload(void **state)
{
	SSL *before = dial();

	(void)state;
	assert_non_null(before);
	make_certificate("two");
	copy("two.pem", "cert");
	assert_int_equal(stage("cert", "key"), E_CONFIG);
	SSL *ssl = dial();
	assert_non_null(ssl);
	check_name(ssl, "one");
	hang_up(ssl);
	copy("two.key", "key");
	assert_int_equal(stage("cert", "key"), E_OK);
	tls_commit(tls);
	ssl = dial();
	assert_non_null(ssl);
	check_name(ssl, "two");
	ask(ssl, LAST("/new"));
	expect(ssl, "/new");
	hang_up(ssl);
	ask(before, LAST("/before"));
	expect(before, "/before");
	hang_up(before);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_requests),
		TEST(test_large),
		TEST(test_parts),
		TEST(test_refused),
		TEST(test_versions),
		TEST(test_protocols),
		cmocka_unit_test_setup_teardown(
		    test_slow_handshake, set_up_hasty, tear_down),
		TEST(test_faults),
		TEST(test_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
