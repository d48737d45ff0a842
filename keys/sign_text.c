/* Apart from sign.c, so that who has a key needs no ring and no key files. */
#include "keys/keyring.h"
#include "keys/sign.h"

void
sign_text(const struct keyring *ring, struct slice text,
    unsigned char signature[static SIGN_BYTES])
{
	sign_detached(keyring_signer(ring), text, signature);
}
