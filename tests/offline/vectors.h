/* Parts of the program that prints doc/vectors/offline-v1.json (vectors.c). */
#ifndef LICET_TESTS_OFFLINE_VECTORS_H
#define LICET_TESTS_OFFLINE_VECTORS_H

#include "base/json.h"
#include "tests/offline/objects.h"

/* name NULL: an element of an array. */
void
vectors_hex(struct json_writer *, const char *name, const void *p, size_t n);
/* The claims as an object: names of the struct, bytes in hex, absent ones left out. */
void
vectors_claims(struct json_writer *, enum object_kind, const void *claims);

/* An object that is refused: when read as `kind` at `now`. */
struct vectors_bad {
	const char *name;
	enum object_kind kind;
	int64_t now;
	struct slice bytes;
	size_t zeros; /* that many follow */
	enum err err;
};

/* All bad ones in o->arena; ends with a null name. NULL: out of memory. */
const struct vectors_bad *
vectors_bad(const struct objects *);

#endif
