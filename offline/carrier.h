/*
 * Objects in whatever form they come across the gap (offline-activation.md 4, cli.md
 * 3.3), and as the texts of QR codes.
 */
#ifndef LICET_OFFLINE_CARRIER_H
#define LICET_OFFLINE_CARRIER_H

#include "base/buf.h"
#include "offline/object.h"

#define CARRIER_PARTS_MAX 64
#define CARRIER_PART_BYTES 450 /* by default */
#define CARRIER_PART_BYTES_MIN 100

/* Where and what a fault is, for people. */
struct carrier_fault {
	size_t line;      /* of the text or of the typed lines; 0: none */
	const char *what; /* "part 2 of 3 is missing"; in the arena; NULL: nothing more */
};

struct carrier_object {
	enum object_kind kind; /* OBJECT_MAX: not known */
	struct slice bytes;
	enum err err; /* not E_OK: this one cannot be read, the others can; no bytes */
	struct carrier_fault fault; /* of an error; line: where the object begins */
};
struct carrier_list {
	struct carrier_object *item;
	size_t n;
};

/*
 * Found by content: armored objects, lines of QR texts (parts of several objects mixed,
 * in any order, repeated) and portal links, any number of each with other text between;
 * else one object as raw CBOR, typed text, or base64, base64url, base45 or base32 text.
 * Objects in the order in which they begin; a QR text or link that is there twice is one
 * object. Of two objects with the same id, the parts of the first must come first. The
 * kind is that of the object itself; where the label or letter says another,
 * E_OBJECT_TYPE.
 *
 * E_CARRIER: nothing readable is in it. E_ARMOR, E_QR_PARTS_MISSING, E_QR_PARTS_MIXED
 * (two contents or counts for one part, or parts that do not make the whole),
 * E_TYPED_LINE, E_PAYLOAD_TOO_LARGE (more than max objects), E_NO_MEMORY, errors of
 * object_kind_of. A broken object among several is an item with its error; the only one
 * is the error.
 */
must_check enum err
carrier_read(struct arena *, struct slice input, size_t max, struct carrier_list *,
    struct carrier_fault *);

/*
 * Texts of QR codes: one "LCT1:K:…", or parts "LCT1:K:i/n:id:…" of about the same size
 * and at most part_bytes each; id: the first two bytes of the BLAKE2b-256 of the whole in
 * hex. E_PAYLOAD_TOO_LARGE: more than 64 parts. E_VALIDATION: a kind that is not carried
 * so, part_bytes below CARRIER_PART_BYTES_MIN, no bytes.
 */
must_check enum err
carrier_qr_texts(struct arena *, enum object_kind, struct slice bytes, size_t part_bytes,
    struct slice **texts, size_t *n);
/* "HTTPS://HOST/O/…", in upper case; url: origin of the portal. Sealed requests only. */
void
carrier_portal_link(struct buf *, struct slice url, struct slice sealed);

#endif
