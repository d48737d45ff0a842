/*
 * liblicet: the activation of a program on a machine that never sees a network.
 *
 * A program embeds the vendor's root public key and keeps one directory. It makes a
 * request, somebody carries it to the vendor's server and an activation back, and from
 * then on licet_check() says whether the program may run. offline-activation.md 5.
 *
 * No function uses the network, exits, prints or touches the locale. Memory is bounded by
 * the largest object (65,536 bytes). A handle is for one thread at a time; several
 * handles, also of several processes, may use one directory. Depends on libsodium and
 * libcbor.
 *
 *	struct licet *l;
 *	struct licet_options o = { .size = sizeof(o), .dir = "/var/lib/app",
 *	    .root = root_key, .product = "editor", .hardware_id = "pc-1" };
 *	struct licet_status s = { .size = sizeof(s) };
 *	char why[LICET_EXPLAIN_MAX];
 *
 *	if (licet_open(&l, &o) != LICET_OK || licet_check(l, &s) != LICET_OK)
 *		puts(licet_explain(l, why, sizeof(why)));
 */
#ifndef LICET_H
#define LICET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LICET_API __attribute__((visibility("default")))
#else
#define LICET_API
#endif

#define LICET_KEY_LEN 32
#define LICET_EXPLAIN_MAX 1024
#define LICET_NO_TIME INT64_MIN /* an instant that there is not: no end, none yet */

/* Stable numbers; new ones are added at the end. */
enum licet_err {
	LICET_OK = 0,
	LICET_E_ARGUMENT = 1, /* a missing or too long argument; a wrong .size */
	LICET_E_MEMORY = 2,
	LICET_E_IO = 3,            /* the directory cannot be read or written */
	LICET_E_NOT_PRIVATE = 4,   /* others may read the directory or the device key */
	LICET_E_EXISTS = 5,        /* there is a device key already */
	LICET_E_NO_KEY = 6,        /* no device key: licet_keygen comes first */
	LICET_E_NOT_ACTIVATED = 7, /* nothing is installed, or its file is gone */
	LICET_E_FORMAT = 8,        /* not an object of Licet, or damaged on the way */
	LICET_E_SIGNATURE = 9,     /* changed, or signed by a key that the root has not
	                              certified for it */
	LICET_E_CERTIFICATE = 10,  /* the signing key's certificate is not valid now */
	LICET_E_TYPE = 11,         /* another kind of object is wanted here */
	LICET_E_PRODUCT = 12,      /* made for another product */
	LICET_E_DEVICE = 13,       /* made for another machine (hardware_id) */
	LICET_E_DEVICE_KEY = 14,   /* made for another device key */
	LICET_E_REQUEST = 15,      /* answers no request that waits here */
	LICET_E_REVOKED = 16,      /* serial, device or signing key is revoked */
	LICET_E_DEACTIVATED = 17,  /* this machine has given it up */
	LICET_E_SEQUENCE = 18,     /* older than what was accepted before */
	LICET_E_NOT_YET = 19,      /* its time has not begun */
	LICET_E_LEASE = 20,        /* the offline lease has ended */
	LICET_E_EXPIRED = 21,      /* the license has expired */
	LICET_E_CLOCK = 22, /* the clock is over 24 h behind the highest time seen */
	LICET_E_STATE = 23, /* the state is missing, damaged, of elsewhere or put back */
	LICET_E_BUSY = 24   /* another process holds the directory too long (2 s) */
};

struct licet; /* opaque */

/* Texts are UTF-8 and copied. size: sizeof the struct, so that later versions can grow.
 */
struct licet_options {
	size_t size;
	const char *dir;           /* made by licet_keygen, mode 0700 */
	const unsigned char *root; /* LICET_KEY_LEN bytes; NULL: root.pem in dir */
	const char *product;       /* product or bundle code; NULL: any (tools only) */
	const char *hardware_id;
	int64_t now; /* 0: the system's clock; else seconds since 1970, for tests */
};

/* On an error too *out is a handle for licet_explain and licet_close, unless memory ran
 * out (NULL). A missing device key is no error here. */
LICET_API enum licet_err
licet_open(struct licet **out, const struct licet_options *);
LICET_API void
licet_close(struct licet *); /* accepts NULL; wipes */

/* Makes dir and the device key (0600) in it, and keeps root and box certificate (raw or
 * armored; NULL: requests go unsealed). LICET_E_EXISTS. */
LICET_API enum licet_err
licet_keygen(const char *dir, const unsigned char root[LICET_KEY_LEN], const void *box,
    size_t box_len);
/* The 32 bytes of a PEM public key (RFC 8410). */
LICET_API enum licet_err
licet_root_parse(const void *pem, size_t len, unsigned char root[LICET_KEY_LEN]);

struct licet_text {
	const char *name, *value;
};

struct licet_request {
	size_t size;
	int refresh; /* 0: activate; 1: new terms for the seat held */
	int bundle;
	const char *license_key;         /* or: */
	const char *username, *password; /* wants a box certificate */
	const struct licet_text *facts;  /* hostname os_ver app_ver vm_info mac_address */
	size_t n_facts;
	const struct licet_text *variables;
	size_t n_variables;
	int is_vm;
	uint64_t license_id;   /* 0: not told */
	uint64_t consumptions; /* since the last contact; refresh */
};

/* A signed request, sealed where a box certificate is held, armored; *out ends in NUL and
 * is the caller's to licet_free. It waits as pending until its answer is installed or
 * another one is made. */
LICET_API enum licet_err
licet_request_make(struct licet *, const struct licet_request *, char **out);

struct licet_feature {
	const char *code;
	int type;                       /* 1 activation, 2 consumption */
	int64_t until, max_consumption; /* LICET_NO_TIME: none */
};
struct licet_license {
	uint64_t id;
	const char *product;
	int type; /* 1 perpetual 2 time-limited 3 subscription 4 consumption */
	int64_t until, maintenance_until; /* seconds since 1970 or LICET_NO_TIME */
	int64_t grace_hours, max_consumptions,
	    total_consumptions; /* LICET_NO_TIME: none */
	int trial;
	int expired; /* at trusted now, grace included */
	const struct licet_feature *features;
	size_t n_features;
	const struct licet_text *custom_fields;
	size_t n_custom_fields;
};
/* What an object says. All it points to lives until the next call with the handle. */
enum licet_kind { LICET_ACTIVATION = 1, LICET_RECEIPT = 2, LICET_REVOCATIONS = 3 };
struct licet_status {
	size_t size;
	int kind; /* enum licet_kind; 0: nothing was read, the rest is empty */
	uint64_t serial, sequence;
	const char *product;
	int64_t issued_at, trusted_now;
	int64_t lease_until;       /* of a revocation list: when the next one is due */
	char signer[17], root[17]; /* kids in hex */
	const struct licet_license *licenses; /* of a bundle its own first */
	size_t n_licenses;
};

/*
 * The installed activation, in the order of offline-activation.md 5. LICET_E_EXPIRED is
 * that of the first license; members of a bundle tell their own by .expired. The highest
 * time seen is written at most once an hour, and when something has ended; where that
 * fails, so does the check. status may be NULL; it is filled on refusals, too, as soon as
 * the signature was found right.
 */
LICET_API enum licet_err
licet_check(struct licet *, struct licet_status *);
/* The same for an activation, receipt or revocation list at hand (raw or armored);
 * nothing is kept. */
LICET_API enum licet_err
licet_verify(struct licet *, const void *object, size_t len, struct licet_status *);
/* Verifies, then accepts it: an activation becomes the installed one, a revocation list
 * the one in force, a receipt ends a deactivation. Durable when it returns. */
LICET_API enum licet_err
licet_install(struct licet *, const void *object, size_t len, struct licet_status *);

/*
 * Gives the activation up: the tombstone is durable before the proof is made. Again: the
 * same proof. consumptions: units used since the last contact. *out as above.
 */
LICET_API enum licet_err
licet_deactivate(struct licet *, uint64_t consumptions, char **out);

LICET_API void
licet_free(char *);
/* "LICET_E_CLOCK", and what it means in general. */
LICET_API const char *licet_err_name(enum licet_err);
LICET_API const char *licet_err_text(enum licet_err);
/* What the last call with the handle met, on which evidence (clock values, serial,
 * digests), and the way out; into text, which it gives back. NULL handle: out of memory.
 */
LICET_API const char *
licet_explain(const struct licet *, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
