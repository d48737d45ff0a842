/*
 * What a change of the server's keys does, and what a start finds to put right
 * (offline-activation.md 1, management-api.md 6): facts in, one step or a refusal out.
 * Pure: no file, store, clock or memory.
 */
#ifndef LICET_KEYS_ROTATION_H
#define LICET_KEYS_ROTATION_H

#include "keys/key.h"

/* A key as the store has it; never the store key. */
struct rotation_row {
	enum key_use use;
	enum key_state state;
	unsigned char kid[KEY_KID];
	bool on_server; /* its private half */
};

enum rotation_wish {
	ROTATION_ROTATE,  /* a new key for `use` */
	ROTATION_CERTIFY, /* a certificate for `kid` has come */
	ROTATION_RETIRE,
	ROTATION_REVOKE
};

struct rotation_ask {
	enum rotation_wish wish;
	enum key_use use;           /* of ROTATE */
	unsigned char kid[KEY_KID]; /* of the others */
	bool root_here;             /* the root key can sign at once */
};

#define ROTATION_NO_ROW SIZE_MAX

struct rotation_step {
	enum rotation_do {
		ROTATION_MAKE_ACTIVE,  /* a new key, certified, signs at once */
		ROTATION_MAKE_PENDING, /* a new key waits for its certificate */
		ROTATION_ACTIVATE,     /* `row` is pending and becomes active */
		ROTATION_RENEW,        /* `row` gets the certificate, no state changes */
		ROTATION_DROP,         /* `row` is pending and goes */
		ROTATION_FORGET,       /* `row`, a retired box key, opens no more */
		ROTATION_BAN           /* `row` becomes revoked */
	} what;
	size_t row;    /* ROTATION_NO_ROW: a new one */
	size_t former; /* active until now, becomes retired; or ROTATION_NO_ROW */
	size_t gone;   /* its private half is destroyed afterwards; or ROTATION_NO_ROW */
};

/*
 * E_NOT_FOUND: no row has the kid. E_VALIDATION: ROTATE of another use than issuing and
 * box. E_WRONG_STATE: not in this state of the key, or another key of the use waits
 * already.
 */
must_check enum err
rotation_next(const struct rotation_row *, size_t n, const struct rotation_ask *,
    struct rotation_step *);
/* Why E_WRONG_STATE, and what to do instead, for people. */
const char *
rotation_why(const struct rotation_row *, size_t n, const struct rotation_ask *);

/* What a crash, a restored backup or a hand on the directory left. */
enum rotation_repair {
	REPAIR_NOTHING,
	REPAIR_REMOVE, /* the file is of no use any more */
	REPAIR_HERE,   /* the row is to say that the private half is here */
	REPAIR_AWAY,   /* the row is to say that it is not */
	REPAIR_REFUSE  /* an active key without its file: no start */
};
/* row NULL: a file that no row names. */
enum rotation_repair
rotation_repair(const struct rotation_row *, bool has_file);

#endif
