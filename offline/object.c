#include "offline/object.h"

#include "offline/cbor.h"
#include "offline/cose.h"
#include "offline/seal_request.h"

static const struct object_info object_table[OBJECT_MAX] = {
#define OBJECT(name, words, typ, label, letter, suffix)                                  \
	[OBJECT_##name] = { words, sizeof(typ) > 1 ? "application/" typ : "", label,     \
		letter, suffix },
#include "offline/object.def"
#undef OBJECT
};

const struct object_info *
object_info(enum object_kind kind)
{
	return &object_table[kind];
}

enum object_kind
object_by_label(struct slice label)
{
	int kind = 0;

	while (kind < OBJECT_MAX && !slice_is(label, object_table[kind].label))
		kind++;
	return (enum object_kind)kind;
}

enum object_kind
object_by_letter(char letter)
{
	int kind = 0;

	while (kind < OBJECT_MAX && (!letter || object_table[kind].letter != letter))
		kind++;
	return (enum object_kind)kind;
}

enum object_kind
object_by_typ(struct slice typ)
{
	int kind = 0;

	while (
	    kind < OBJECT_MAX && (typ.n == 0 || !slice_is(typ, object_table[kind].typ)))
		kind++;
	return (enum object_kind)kind;
}

enum err
object_kind_of(struct slice bytes, enum object_kind *kind)
{
	struct cbor_in in = { .rest = bytes };
	unsigned char kid[KEY_KID];
	struct cose cose;
	enum err err;

	if (cbor_peek(&in) == CBOR_ARRAY) {
		*kind = OBJECT_SEALED_REQUEST;
		return request_sealed_kid(bytes, kid);
	}
	err = cose_parse(bytes, &cose);
	*kind = err ? OBJECT_MAX : cose.kind;
	return err;
}
