#include "server/api/hmac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>

/* Fetching an algorithm costs more than running it, so each thread keeps its contexts.
 * That of HMAC gets a key that says nothing after each use, since it would keep the last
 * one in memory. */
struct hasher {
	EVP_MD_CTX *md;
	EVP_MAC_CTX *mac;
};

static const unsigned char no_key[SHA256_LEN];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t hasher_key;
static bool has_key;

static void
hasher_free(void *p)
{
	struct hasher *h = p;

	EVP_MD_CTX_free(h->md);
	EVP_MAC_CTX_free(h->mac);
	OPENSSL_free(h);
}

static void
make_key(void)
{
	has_key = pthread_key_create(&hasher_key, hasher_free) == 0;
}

static EVP_MD_CTX *
new_md(void)
{
	EVP_MD *sha = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_CTX *ctx = sha ? EVP_MD_CTX_new() : NULL;
	bool ok = ctx && EVP_DigestInit_ex2(ctx, sha, NULL) == 1;

	EVP_MD_free(sha);
	if (!ok) {
		EVP_MD_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

static EVP_MAC_CTX *
new_mac(void)
{
	char name[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac ? EVP_MAC_CTX_new(hmac) : NULL;

	EVP_MAC_free(hmac);
	if (ctx && EVP_MAC_init(ctx, no_key, sizeof(no_key), params) != 1) {
		EVP_MAC_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

static struct hasher *
hasher_get(void)
{
	struct hasher *h;

	pthread_once(&once, make_key);
	h = has_key ? pthread_getspecific(hasher_key) : NULL;
	if (h || !has_key)
		return h;
	h = OPENSSL_zalloc(sizeof(*h));
	if (!h)
		return NULL;
	h->md = new_md();
	h->mac = new_mac();
	if (!h->md || !h->mac || pthread_setspecific(hasher_key, h) != 0) {
		hasher_free(h);
		return NULL;
	}
	return h;
}

static void
hasher_drop(struct hasher *h)
{
	if (pthread_setspecific(hasher_key, NULL) == 0)
		hasher_free(h);
}

static const unsigned char *
bytes(struct slice s)
{
	return (const unsigned char *)(s.p ? s.p : "");
}

enum err
hmac_sha256(struct slice key, struct slice text, unsigned char out[static SHA256_LEN])
{
	struct hasher *h = hasher_get();
	size_t n = 0;
	bool done = h && EVP_MAC_init(h->mac, bytes(key), key.n, NULL) == 1 &&
	            EVP_MAC_update(h->mac, bytes(text), text.n) == 1 &&
	            EVP_MAC_final(h->mac, out, &n, SHA256_LEN) == 1 && n == SHA256_LEN;

	if (h && EVP_MAC_init(h->mac, no_key, sizeof(no_key), NULL) != 1)
		hasher_drop(h);
	return done ? E_OK : E_INTERNAL;
}

enum err
sha256(struct slice text, unsigned char out[static SHA256_LEN])
{
	struct hasher *h = hasher_get();
	unsigned int n = 0;
	bool done = h && EVP_DigestInit_ex2(h->md, NULL, NULL) == 1 &&
	            EVP_DigestUpdate(h->md, bytes(text), text.n) == 1 &&
	            EVP_DigestFinal_ex(h->md, out, &n) == 1 && n == SHA256_LEN;

	return done ? E_OK : E_INTERNAL;
}

bool
hmac_equal(
    const unsigned char a[static SHA256_LEN], const unsigned char b[static SHA256_LEN])
{
	return CRYPTO_memcmp(a, b, SHA256_LEN) == 0;
}
