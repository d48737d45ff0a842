#include "server/api/hmac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "base/secret.h"

#define BLOCK 64 /* of SHA-256 */
#define INNER 0x36
#define OUTER 0x5c

/* Fetching an algorithm costs more than running it, so each thread keeps its context.
 * HMAC (RFC 2104) is made of it, since a context for that would keep the last key in
 * memory. */
struct hasher {
	EVP_MD_CTX *md;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t hasher_key;
static bool has_key;

static void
hasher_free(void *p)
{
	struct hasher *h = p;

	EVP_MD_CTX_free(h->md);
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
	if (!h->md || pthread_setspecific(hasher_key, h) != 0) {
		hasher_free(h);
		return NULL;
	}
	return h;
}

static const unsigned char *
bytes(struct slice s)
{
	return (const unsigned char *)(s.p ? s.p : "");
}

static bool
digest(struct hasher *h, struct slice first, struct slice second,
    unsigned char out[static SHA256_LEN])
{
	unsigned int n = 0;

	return h && EVP_DigestInit_ex2(h->md, NULL, NULL) == 1 &&
	       EVP_DigestUpdate(h->md, bytes(first), first.n) == 1 &&
	       EVP_DigestUpdate(h->md, bytes(second), second.n) == 1 &&
	       EVP_DigestFinal_ex(h->md, out, &n) == 1 && n == SHA256_LEN;
}

enum err
hmac_sha256(struct slice key, struct slice text, unsigned char out[static SHA256_LEN])
{
	struct hasher *h = hasher_get();
	unsigned char pad[BLOCK] = { 0 };
	bool done = true;

	if (key.n > BLOCK)
		done = digest(h, key, SLICE(""), pad);
	else if (key.n > 0)
		memcpy(pad, key.p, key.n);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= INNER;
	done = done && digest(h, slice_of(pad, BLOCK), text, out);
	for (size_t i = 0; i < BLOCK; i++)
		pad[i] ^= INNER ^ OUTER;
	done = done && digest(h, slice_of(pad, BLOCK), slice_of(out, SHA256_LEN), out);
	secret_wipe(pad, sizeof(pad));
	return done ? E_OK : E_INTERNAL;
}

enum err
sha256(struct slice text, unsigned char out[static SHA256_LEN])
{
	return digest(hasher_get(), text, SLICE(""), out) ? E_OK : E_INTERNAL;
}

bool
hmac_equal(
    const unsigned char a[static SHA256_LEN], const unsigned char b[static SHA256_LEN])
{
	return CRYPTO_memcmp(a, b, SHA256_LEN) == 0;
}
