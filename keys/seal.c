#include "keys/seal.h"

#include <sodium.h>

#include "base/wire.h"

#define CONTEXT "licetkey"
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES

enum subkey { SUBKEY_SEAL = 1, SUBKEY_CHECKSUM = 2 };

/* Lies in the memory of its own secret. */
struct seal {
	struct secret *home;
	unsigned char key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
	unsigned char checksum[SEAL_CHECKSUM_KEY];
};

struct seal *
seal_new(struct slice master)
{
	const unsigned char *p = (const unsigned char *)master.p;
	struct secret *home;
	struct seal *seal;

	if (master.n != crypto_kdf_KEYBYTES)
		return NULL;
	home = secret_new(sizeof(*seal));
	if (home == NULL)
		return NULL;
	seal = (struct seal *)(void *)secret_bytes(home);
	seal->home = home;
	crypto_kdf_derive_from_key(seal->key, sizeof(seal->key), SUBKEY_SEAL, CONTEXT, p);
	crypto_kdf_derive_from_key(
	    seal->checksum, sizeof(seal->checksum), SUBKEY_CHECKSUM, CONTEXT, p);
	return seal;
}

void
seal_free(struct seal *seal)
{
	if (seal != NULL)
		secret_free(seal->home);
}

static struct slice
place_of(struct arena *arena, const char *table, int64_t id)
{
	struct buf b = BUF_INIT(arena);

	buf_str(&b, table);
	buf_char(&b, '\0');
	wire_u64(&b, (uint64_t)id);
	return buf_ok(&b) ? buf_slice(&b) : SLICE_NULL;
}

enum err
seal_close(const struct seal *seal, struct arena *arena, const char *table, int64_t id,
    struct slice plain, struct slice *sealed)
{
	struct slice place = place_of(arena, table, id);
	unsigned char *out;

	if (place.p == NULL || plain.n > SIZE_MAX - NONCE - TAG)
		return E_NO_MEMORY;
	out = arena_alloc(arena, NONCE + plain.n + TAG);
	if (out == NULL)
		return E_NO_MEMORY;
	randombytes_buf(out, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE, NULL,
	    (const unsigned char *)plain.p, plain.n, (const unsigned char *)place.p,
	    place.n, NULL, out, seal->key);
	*sealed = slice_of(out, NONCE + plain.n + TAG);
	return E_OK;
}

enum err
seal_open(const struct seal *seal, struct arena *arena, const char *table, int64_t id,
    struct slice sealed, struct slice *plain)
{
	const unsigned char *p = (const unsigned char *)sealed.p;
	struct slice place;
	unsigned char *out;
	size_t n;

	if (sealed.n < NONCE + TAG)
		return E_DAMAGED;
	n = sealed.n - NONCE - TAG;
	place = place_of(arena, table, id);
	out = arena_alloc(arena, n + 1);
	if (place.p == NULL || out == NULL)
		return E_NO_MEMORY;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, p + NONCE,
		sealed.n - NONCE, (const unsigned char *)place.p, place.n, p,
		seal->key) != 0)
		return E_DAMAGED;
	*plain = slice_of(out, n);
	return E_OK;
}

void
seal_checksum_key(const struct seal *seal, unsigned char out[static SEAL_CHECKSUM_KEY])
{
	for (size_t i = 0; i < SEAL_CHECKSUM_KEY; i++)
		out[i] = seal->checksum[i];
}
