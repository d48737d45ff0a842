/* The list that carrier_read fills, and QR texts that come in parts. */
#ifndef LICET_OFFLINE_CARRIER_PARTS_H
#define LICET_OFFLINE_CARRIER_PARTS_H

#include "base/map.h"
#include "offline/carrier.h"

#define CARRIER_QR "LCT1:"
#define CARRIER_ID_LEN 4

struct carrier_group;

struct carrier_reader {
	struct arena *arena;
	struct carrier_list *list;
	size_t cap, max;
	struct map *seen;             /* QR texts and groups of parts */
	struct carrier_group *groups; /* the newest first */
};

/* A new item, empty. E_PAYLOAD_TOO_LARGE: it would be one too many. E_NO_MEMORY. */
must_check enum err
carrier_add(struct carrier_reader *, size_t line, struct carrier_object **);
/*
 * What came of decoding the item's text: `err`, else the bytes, of the kind that the
 * carrier said (OBJECT_MAX: it said none). Only E_NO_MEMORY comes back.
 */
must_check enum err
carrier_settle(struct carrier_object *, enum err err, enum object_kind said,
    struct slice bytes, const char *what);

/* What parts of the same whole have in common. */
void
carrier_id(struct slice whole, char id[static CARRIER_ID_LEN]);
/* A line without its end that begins with CARRIER_QR. Errors of carrier_add. */
must_check enum err
carrier_qr_line(struct carrier_reader *, size_t line, struct slice text);
/* Puts the parts together, behind the last line. E_NO_MEMORY. */
must_check enum err
carrier_join_parts(struct carrier_reader *);

#endif
