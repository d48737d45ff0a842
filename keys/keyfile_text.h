/* The text of a key file (behind keys/keyfile.h): fields to lines and back. */
#ifndef LICET_KEYS_KEYFILE_TEXT_H
#define LICET_KEYS_KEYFILE_TEXT_H

#include <sodium.h>

#include "base/buf.h"
#include "keys/key.h"

#define KEYFILE_SALT crypto_pwhash_SALTBYTES
#define KEYFILE_NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define KEYFILE_TAG crypto_aead_xchacha20poly1305_ietf_ABYTES

struct keyfile_text {
	struct key key;
	bool sealed;
	int64_t ops;
	int64_t memory;
	unsigned char salt[KEYFILE_SALT];
	unsigned char nonce[KEYFILE_NONCE];
	unsigned char payload[KEY_SECRET + KEYFILE_TAG];
	size_t payload_n;
};

/* The lines before `payload`: the associated data of the seal. */
void
keyfile_text_head(struct buf *, const struct keyfile_text *);
/* After the head: payload and checksum. */
void
keyfile_text_tail(struct buf *, const struct keyfile_text *);
/* *head: the lines before `payload`, in the text. E_KEY: not exactly such a text.
 * E_NO_MEMORY. */
must_check enum err
keyfile_text_parse(
    struct arena *, struct slice text, struct keyfile_text *, struct slice *head);

#endif
