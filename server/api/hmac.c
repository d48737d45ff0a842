#include "server/api/hmac.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum err
hmac_sha256(struct slice key, struct slice text, unsigned char out[static SHA256_LEN])
{
	unsigned int n = 0;

	if (key.n > INT_MAX)
		return E_INTERNAL;
	if (!HMAC(EVP_sha256(), key.p ? key.p : "", (int)key.n,
		(const unsigned char *)text.p, text.n, out, &n))
		return E_INTERNAL;
	return n == SHA256_LEN ? E_OK : E_INTERNAL;
}

enum err
sha256(struct slice text, unsigned char out[static SHA256_LEN])
{
	unsigned int n = 0;

	if (EVP_Digest(text.p ? text.p : "", text.n, out, &n, EVP_sha256(), NULL) != 1)
		return E_INTERNAL;
	return n == SHA256_LEN ? E_OK : E_INTERNAL;
}

bool
hmac_equal(
    const unsigned char a[static SHA256_LEN], const unsigned char b[static SHA256_LEN])
{
	return CRYPTO_memcmp(a, b, SHA256_LEN) == 0;
}
