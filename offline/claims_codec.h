/*
 * What claims.c's tables mean: one row a claim or member, in the order of the encoded
 * keys. Inside offline/ only.
 */
#ifndef LICET_OFFLINE_CLAIMS_CODEC_H
#define LICET_OFFLINE_CLAIMS_CODEC_H

#include "base/buf.h"

enum claims_type {
	CLAIM_INT,     /* int64_t; absent FIELD_NONE */
	CLAIM_ENUM,    /* an enum or int */
	CLAIM_CONST,   /* min, and kept nowhere */
	CLAIM_BOOL,    /* bool; absent false */
	CLAIM_TEXT,    /* struct slice; absent null */
	CLAIM_DECIMAL, /* int64_t > 0 as a text; absent FIELD_NONE */
	CLAIM_FIXED,   /* max bytes */
	CLAIM_SERIAL,  /* uint64_t as 8 bytes, big-endian */
	CLAIM_PAIRS,   /* struct claims_pairs as a map, values of at most max bytes */
	CLAIM_MAP,     /* the members of sub, kept in the same struct */
	CLAIM_MAPS,    /* array of structs of sub, each a map */
	CLAIM_TUPLES,  /* the same, each an array with null for an absent member */
	CLAIM_SERIALS, /* array of uint64_t, ascending */
	CLAIM_FIXEDS   /* array of unsigned char[max], ascending */
};

enum claims_flag {
	CLAIM_REQUIRED = 1 << 0,
	CLAIM_PLAIN = 1 << 1, /* text without control bytes */
	CLAIM_CODE = 1 << 2,  /* text of [A-Za-z0-9._~-] */
	CLAIM_KEY = 1 << 3,   /* text as a license key */
	CLAIM_CUT = 1 << 4    /* over-long values of pairs are cut */
};

struct claims_table;

struct claims_row {
	int32_t key;
	uint8_t type, flags;
	uint16_t at;   /* offset of the member */
	uint16_t more; /* of its size_t count, or of the bool that says it is there */
	int64_t min, max;
	size_t most; /* items of a list */
	const struct claims_table *sub;
};

struct claims_table {
	const struct claims_row *row;
	size_t n;
	size_t size; /* of the struct */
};

void
claims_write(struct buf *, const struct claims_table *, const void *rec);
/* E_OBJECT_CLAIM, E_NO_MEMORY. The arena may be NULL for tables without texts and lists.
 */
must_check enum err
claims_read(struct arena *, const struct claims_table *, struct slice payload, void *rec);

#endif
