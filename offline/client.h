/* liblicet's handle and the parts behind licet.h. Inside offline/ only. */
#ifndef LICET_OFFLINE_CLIENT_H
#define LICET_OFFLINE_CLIENT_H

#include "base/secret.h"
#include "offline/client_state.h"
#include "offline/cose.h"
#include "offline/licet.h"

#define CLIENT_INPUT_MAX (2 * OBJECT_BYTES_MAX) /* an armored object with text around */
#define CLIENT_BEHIND (24 * INT64_C(3600))      /* a clock may be, in seconds */
#define CLIENT_EVERY INT64_C(3600)              /* the highest time is written */

/* What the last call met: the evidence of licet_explain. */
struct client_why {
	enum licet_err err;
	enum err cause;                  /* E_OK: none */
	const char *file;                /* in the directory; NULL */
	const char *what;                /* a few words; NULL */
	int64_t clock, highest, instant; /* seconds; FIELD_NONE */
	uint64_t serial;
	int64_t got, held; /* sequences; FIELD_NONE */
	unsigned char kid[KEY_KID];
	char found[65], wanted[65]; /* texts of the object and of this machine */
};

struct licet {
	struct arena *keep, *call; /* of the handle; of its last call */
	const char *dir;
	struct slice product, hardware_id;
	unsigned char device[CLAIMS_DIGEST];
	int64_t fixed_now; /* 0: the clock */
	bool has_root, has_key;
	unsigned char root[KEY_PUBLIC], device_key[KEY_PUBLIC], kid[KEY_KID];
	struct secret *signer, *mac;
	int lock;    /* -1: not held */
	bool over;   /* the time of a refusal was written */
	bool broken; /* licet_open failed: every call gives why.err */
	struct client_state state;
	struct client_why why;
};

/* An object as it came. */
struct client_object {
	enum object_kind label; /* of the armor; OBJECT_MAX: none */
	struct slice bytes;
	enum err err; /* of the armor: no bytes */
	bool same;    /* as the state knows it */
};

/* What is known of an object that is looked at. */
struct client_verdict {
	unsigned kinds;         /* CLIENT_KIND of those wanted */
	enum object_kind label; /* of the armor; OBJECT_MAX: none */
	struct slice bytes;
	struct cose cose;
	bool known; /* signed, and its claims are read */
	struct claims_activation activation;
	struct claims_receipt receipt;
	struct claims_revocations revocations;
	int64_t issued_at, highest, trusted_now; /* seconds */
};

/* --- client.c: the frame of every call ------------------------------------------------
 */

/* Keeps the evidence; gives err back. */
enum licet_err
client_fail(struct licet *, enum licet_err);
/* The same for an error of ours about a file (may be NULL). */
enum licet_err
client_fault(struct licet *, const char *file, enum err);
/* Forgets the last call, locks the directory and reads the state. */
must_check enum licet_err
client_begin(struct licet *);
/* Unlocks; gives err back. */
enum licet_err
client_end(struct licet *, enum licet_err);
int64_t
client_now(const struct licet *);

/* --- client_dir.c: the directory ------------------------------------------------------
 */

#define CLIENT_KEY "device.key"
#define CLIENT_ROOT "root.pem"
#define CLIENT_BOX "box.lkey"
#define CLIENT_LOCK "lock"
#define CLIENT_STATE "state"
#define CLIENT_ACTIVATION "activation.lact"
#define CLIENT_REVOCATIONS "revocations.lrev"

/* LICET_E_NO_KEY, _NOT_PRIVATE, _STATE (damaged), … */
must_check enum licet_err
client_load_key(struct licet *);
must_check enum licet_err
client_load_root(struct licet *);
/* At most two seconds: LICET_E_BUSY. */
must_check enum licet_err
client_lock(struct licet *);
must_check enum licet_err
client_load(struct licet *);
/* Durable when it returns; on an error the old state or the new one is there. */
must_check enum licet_err
client_store(struct licet *);
/* The object in armor, or the input itself; gives its err back. */
enum err
client_unarmor(struct arena *, struct slice input, struct client_object *);
/*
 * What the file holds, and whether it is what the state knows. The object of a change
 * that was cut off behind client_store is put in its place. E_NOT_FOUND.
 */
must_check enum err
client_read(
    struct licet *, const char *name, const struct state_file *, struct client_object *);
/* In front of client_store: lies ready beside the file. Then: takes its place. */
must_check enum licet_err
client_prepare(struct licet *, const char *name, struct slice object);
void
client_settle(struct licet *, const char *name);
void
client_drop(struct licet *, const char *name);

/* --- client_verify.c: the order of section 5 ------------------------------------------
 */

#define CLIENT_KIND(kind) (1u << OBJECT_##kind)
#define CLIENT_KINDS                                                                     \
	(CLIENT_KIND(ACTIVATION) | CLIENT_KIND(RECEIPT) | CLIENT_KIND(REVOCATIONS))

must_check enum licet_err
client_verify(struct licet *, const struct client_object *, unsigned kinds,
    struct client_verdict *);
/* What the state knows an activation by. */
int64_t
client_activation_id(const struct claims_activation *);
bool
client_license_expired(const struct claims_license *, int64_t now);

/* --- client_status.c ------------------------------------------------------------------
 */

/* Fills status (may be NULL) from what is known. */
must_check enum licet_err
client_status(struct licet *, const struct client_verdict *, struct licet_status *status);

#endif
