#include "server/http/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <string.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>

#include "base/file.h"
#include "base/log.h"

#define TLS_BYTES (64 * 1024)
#define KEY_FILE_MAX (256 * 1024)
#define CIPHERS_12 "ECDHE+AESGCM:ECDHE+CHACHA20"

struct tls {
	pthread_mutex_t mutex;
	struct arena *arena;
	SSL_CTX *context;
	SSL_CTX *staged; /* of tls_stage, until tls_commit */
};

static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_n,
    const unsigned char *in, unsigned in_n, void *arg)
{
	static const unsigned char http11[] = "http/1.1";
	const unsigned char n = sizeof(http11) - 1;

	(void)ssl;
	(void)arg;
	for (unsigned i = 0; i < in_n && i + 1 + in[i] <= in_n; i += 1u + in[i]) {
		if (in[i] == n && memcmp(in + i + 1, http11, n) == 0) {
			*out = in + i + 1;
			*out_n = n;
			return SSL_TLSEXT_ERR_OK;
		}
	}
	return SSL_TLSEXT_ERR_NOACK;
}

static bool
set_up(SSL_CTX *ctx)
{
	static const unsigned char session[] = "licet";

	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
				     SSL_OP_CIPHER_SERVER_PREFERENCE |
				     SSL_OP_CLEANSE_PLAINTEXT);
	SSL_CTX_set_mode(
	    ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(ctx, CIPHERS_12) == 1 &&
	       SSL_CTX_set_session_id_context(ctx, session, sizeof(session) - 1) == 1;
}

static int
no_passphrase(char *out, int n, int writing, void *arg)
{
	(void)out;
	(void)n;
	(void)writing;
	(void)arg;
	return -1;
}

static enum err
fail(const char *what, const char *file)
{
	char cause[160];

	ERR_error_string_n(ERR_peek_error(), cause, sizeof(cause));
	ERR_clear_error();
	log_error("tls_failed", "what=%s file=%s cause=%s", what, file, cause);
	return E_CONFIG;
}

/* Through memory that is wiped, which the C library's files are not. */
static enum err
use_key(SSL_CTX *ctx, const char *file, struct arena *arena)
{
	struct slice text;
	enum err err = file_read(arena, file, KEY_FILE_MAX, &text);
	EVP_PKEY *key;
	BIO *bio;

	if (err != E_OK) {
		log_error("tls_failed", "what=key file=%s cause=%s", file, err_code(err));
		return E_CONFIG;
	}
	bio = BIO_new_mem_buf(text.p, (int)text.n);
	key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	if (!key || SSL_CTX_use_PrivateKey(ctx, key) != 1)
		err = fail("key", file);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return err;
}

static enum err
load(SSL_CTX *ctx, const char *cert_file, const char *key_file)
{
	struct arena *arena;
	enum err err;

	if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1)
		return fail("certificate", cert_file);
	arena = arena_new(4 * KEY_FILE_MAX);
	err = arena ? use_key(ctx, key_file, arena) : E_NO_MEMORY;
	arena_free(arena);
	if (err != E_OK)
		return err;
	if (SSL_CTX_check_private_key(ctx) != 1)
		return fail("key of another certificate", key_file);
	return E_OK;
}

static enum err
make_context(const char *cert_file, const char *key_file, SSL_CTX **out)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL)
		return E_NO_MEMORY;
	enum err err =
	    set_up(ctx) ? load(ctx, cert_file, key_file) : fail("set-up", cert_file);
	if (err != E_OK) {
		SSL_CTX_free(ctx);
		return err;
	}
	*out = ctx;
	return E_OK;
}

enum err
tls_new(struct tls **out, const char *cert_file, const char *key_file)
{
	struct arena *arena = arena_new(TLS_BYTES);
	struct tls *tls = arena ? arena_alloc(arena, sizeof(*tls)) : NULL;
	enum err err = E_NO_MEMORY;

	if (tls == NULL)
		goto fail;
	tls->arena = arena;
	err = make_context(cert_file, key_file, &tls->context);
	if (err != E_OK)
		goto fail;
	if (pthread_mutex_init(&tls->mutex, NULL) != 0) {
		SSL_CTX_free(tls->context);
		err = E_NO_MEMORY;
		goto fail;
	}
	*out = tls;
	return E_OK;
fail:
	arena_free(arena);
	return err;
}

enum err
tls_stage(struct tls *tls, const char *cert_file, const char *key_file)
{
	SSL_CTX *fresh;
	enum err err = make_context(cert_file, key_file, &fresh);

	if (err != E_OK)
		return err;
	SSL_CTX_free(tls->staged);
	tls->staged = fresh;
	return E_OK;
}

void
tls_commit(struct tls *tls)
{
	SSL_CTX *old = NULL;

	pthread_mutex_lock(&tls->mutex);
	if (tls->staged != NULL) {
		old = tls->context;
		tls->context = tls->staged;
		tls->staged = NULL;
	}
	pthread_mutex_unlock(&tls->mutex);
	SSL_CTX_free(old);
}

void
tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	pthread_mutex_destroy(&tls->mutex);
	SSL_CTX_free(tls->context);
	SSL_CTX_free(tls->staged);
	arena_free(tls->arena);
}

struct bufferevent *
tls_accept(struct tls *tls, struct event_base *base, int fd)
{
	pthread_mutex_lock(&tls->mutex);
	SSL *ssl = SSL_new(tls->context);
	pthread_mutex_unlock(&tls->mutex);
	if (ssl == NULL)
		return NULL;
	struct bufferevent *bev = bufferevent_openssl_socket_new(
	    base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL) {
		SSL_free(ssl);
		return NULL;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

void
tls_end(struct bufferevent *bev)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);

	if (ssl != NULL && SSL_is_init_finished(ssl))
		(void)SSL_shutdown(ssl);
	ERR_clear_error();
}
