/* THE list of the objects that cross the gap (object.def) and what each is called. */
#ifndef LICET_OFFLINE_OBJECT_H
#define LICET_OFFLINE_OBJECT_H

#include "base/err.h"
#include "base/slice.h"

#define OBJECT_BYTES_MAX 65536

enum object_kind {
#define OBJECT(name, words, typ, label, letter, suffix) OBJECT_##name,
#include "offline/object.def"
#undef OBJECT
	OBJECT_MAX
};

struct object_info {
	const char *words;
	const char *typ; /* whole: "application/licet-request+cwt"; "" for a sealed one */
	const char *label;
	char letter; /* 0: not carried as a QR code */
	const char *suffix;
};

const struct object_info *object_info(enum object_kind);
/* OBJECT_MAX: none has it. */
enum object_kind
object_by_label(struct slice label);
enum object_kind
object_by_letter(char letter);
enum object_kind
object_by_typ(struct slice typ); /* whole, with "application/" */
/*
 * What the bytes are: by the typ of a COSE_Sign1, or by the head of a sealed request.
 * Errors of cbor_check and cose_parse; E_OBJECT_TYPE: a typ that is none of ours. No
 * signature is looked at.
 */
must_check enum err
object_kind_of(struct slice bytes, enum object_kind *);

#endif
