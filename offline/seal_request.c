#include "offline/seal_request.h"

#include <sodium.h>

#include "offline/cbor.h"

#define MARK SLICE("licet-sealed")
#define PARTS 3

void
request_seal(
    struct buf *b, const unsigned char box_key[static KEY_PUBLIC], struct slice request)
{
	struct buf box = BUF_INIT(NULL);
	unsigned char kid[KEY_KID];
	unsigned char *room = buf_room(&box, request.n + crypto_box_SEALBYTES);

	key_id(box_key, kid);
	if (!room || sodium_init() < 0 ||
	    crypto_box_seal(room, (const unsigned char *)request.p, request.n, box_key) !=
		0)
		b->failed = true;
	cbor_put_array(b, PARTS);
	cbor_put_text(b, MARK);
	cbor_put_bytes(b, slice_of(kid, KEY_KID));
	cbor_put_bytes(b, buf_slice(&box));
	buf_free(&box);
}

static enum err
take_sealed(struct slice sealed, unsigned char kid[static KEY_KID], struct slice *box)
{
	struct cbor_in in = { .rest = sealed };
	enum err err = cbor_check(sealed);
	bool known;

	if (err)
		return err;
	known = cbor_take_array(&in) == PARTS && slice_equal(cbor_take_text(&in), MARK);
	cbor_take_fixed(&in, kid, KEY_KID);
	*box = cbor_take_bytes(&in);
	return known && !in.failed && box->n > crypto_box_SEALBYTES ? E_OK
	                                                            : E_OBJECT_HEADER;
}

enum err
request_sealed_kid(struct slice sealed, unsigned char kid[static KEY_KID])
{
	struct slice box;

	return take_sealed(sealed, kid, &box);
}

enum err
request_unseal(struct arena *arena, const unsigned char box_key[static KEY_PUBLIC],
    struct slice secret, struct slice sealed, struct slice *request)
{
	unsigned char kid[KEY_KID], wanted[KEY_KID];
	unsigned char *room;
	struct slice box;
	enum err err = take_sealed(sealed, kid, &box);

	if (err)
		return err;
	key_id(box_key, wanted);
	if (memcmp(kid, wanted, KEY_KID) != 0 || secret.n != KEY_SECRET)
		return E_BOX_KEY_UNKNOWN;
	room = arena_alloc(arena, box.n - crypto_box_SEALBYTES);
	if (!room)
		return E_NO_MEMORY;
	if (crypto_box_seal_open(room, (const unsigned char *)box.p, box.n, box_key,
		(const unsigned char *)secret.p) != 0)
		return E_BOX_KEY_UNKNOWN;
	*request = slice_of(room, box.n - crypto_box_SEALBYTES);
	return E_OK;
}
