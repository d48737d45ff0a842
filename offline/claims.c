#include "offline/claims.h"

#include <sodium.h>

#include "offline/claims_codec.h"
#include "offline/object.h"

#define TIME_MAX INT64_C(253402300799) /* the end of the year 9999 */
#define NAME_MAX_BYTES 255
#define VALUE_MAX 4096
#define FACTS_MAX 64
#define VARIABLES_MAX 128
#define CUSTOM_FIELDS_MAX 64
#define FEATURES_MAX 256
#define LICENSES_MAX 65 /* the members of a bundle and its own */
#define REVOKED_MAX OBJECT_BYTES_MAX

/* Claims of RFC 8392 and RFC 8747; members of a COSE_Key. */
enum { ISS = 1, AUD = 3, EXP, NBF, IAT, CTI, CNF, PRIVATE = -65537 };
enum { COSE_KEY = 1, KTY = 1, CRV = -1, X = -2 };
enum { OKP = 1, X25519 = 4, ED25519 = 6 };

#define AT(strct, member) .at = offsetof(struct strct, member)
#define MORE(strct, member) .more = offsetof(struct strct, member)
#define INT(k, strct, member, f, least, greatest)                                        \
	{                                                                                \
		.key = (k), .type = CLAIM_INT, .flags = (f), AT(strct, member),          \
		.min = (least), .max = (greatest)                                        \
	}
#define UINT(k, strct, member, f) INT(k, strct, member, f, 0, INT64_MAX)
#define TIME(k, strct, member, f) INT(k, strct, member, f, 0, TIME_MAX)
#define ENUM(k, strct, member, least, greatest)                                          \
	{                                                                                \
		.key = (k), .type = CLAIM_ENUM, .flags = CLAIM_REQUIRED,                 \
		AT(strct, member), .min = (least), .max = (greatest)                     \
	}
#define CONST(k, value)                                                                  \
	{                                                                                \
		.key = (k), .type = CLAIM_CONST, .flags = CLAIM_REQUIRED,                \
		.min = (value), .max = (value)                                           \
	}
#define BOOL(k, strct, member, f)                                                        \
	{                                                                                \
		.key = (k), .type = CLAIM_BOOL, .flags = (f), AT(strct, member)          \
	}
#define TEXT(k, strct, member, f, least, greatest)                                       \
	{                                                                                \
		.key = (k), .type = CLAIM_TEXT, .flags = (f), AT(strct, member),         \
		.min = (least), .max = (greatest)                                        \
	}
#define VENDOR(strct, f)                                                                 \
	{                                                                                \
		.key = ISS, .type = CLAIM_DECIMAL, .flags = (f), AT(strct, vendor)       \
	}
#define FIXED(k, strct, member, n)                                                       \
	{                                                                                \
		.key = (k), .type = CLAIM_FIXED, .flags = CLAIM_REQUIRED,                \
		AT(strct, member), .max = (n)                                            \
	}
#define FIXED_MAYBE(k, strct, member, n, is)                                             \
	{                                                                                \
		.key = (k), .type = CLAIM_FIXED, AT(strct, member), MORE(strct, is),     \
		.max = (n)                                                               \
	}
#define SERIAL(k, strct, member)                                                         \
	{                                                                                \
		.key = (k), .type = CLAIM_SERIAL, .flags = CLAIM_REQUIRED,               \
		AT(strct, member)                                                        \
	}
#define PAIRS(k, strct, member, f, n, longest)                                           \
	{                                                                                \
		.key = (k), .type = CLAIM_PAIRS, .flags = (f), AT(strct, member),        \
		.most = (n), .max = (longest)                                            \
	}
#define MAP(k, table)                                                                    \
	{                                                                                \
		.key = (k), .type = CLAIM_MAP, .flags = CLAIM_REQUIRED, .sub = &(table)  \
	}
#define MAP_MAYBE(k, table, strct, is)                                                   \
	{                                                                                \
		.key = (k), .type = CLAIM_MAP, MORE(strct, is), .sub = &(table)          \
	}
#define LIST(k, kind, strct, member, f, least, n, table)                                 \
	{                                                                                \
		.key = (k), .type = CLAIM_##kind, .flags = (f), AT(strct, member),       \
		MORE(strct, n_##member), .min = (least), .most = (n), .sub = (table)     \
	}
#define FIXEDS(k, strct, member, bytes)                                                  \
	{                                                                                \
		.key = (k), .type = CLAIM_FIXEDS, .flags = CLAIM_REQUIRED,               \
		AT(strct, member), MORE(strct, n_##member), .max = (bytes),              \
		.most = REVOKED_MAX                                                      \
	}
#define TABLE(name, strct)                                                               \
	static const struct claims_table name = { name##_rows, ARRAY_LEN(name##_rows),   \
		sizeof(struct strct) }

static const struct claims_row request_key_rows[] = {
	CONST(KTY, OKP),
	CONST(CRV, ED25519),
	FIXED(X, claims_request, device_key, KEY_PUBLIC),
};
TABLE(request_key, claims_request);
static const struct claims_row request_cnf_rows[] = { MAP(COSE_KEY, request_key) };
TABLE(request_cnf, claims_request);
static const struct claims_row request_private_rows[] = {
	ENUM(1, claims_request, action, CLAIMS_ACTIVATE, CLAIMS_REFRESH),
	TEXT(2, claims_request, product, CLAIM_REQUIRED | CLAIM_CODE, 2, 64),
	BOOL(3, claims_request, bundle, 0),
	TEXT(4, claims_request, license_key, CLAIM_KEY, 1, 128),
	TEXT(5, claims_request, username, CLAIM_PLAIN, 3, 254),
	TEXT(6, claims_request, password, 0, 1, 256),
	TEXT(7, claims_request, hardware_id, CLAIM_REQUIRED | CLAIM_PLAIN, 1, 256),
	BOOL(8, claims_request, is_vm, CLAIM_REQUIRED),
	PAIRS(9, claims_request, facts, CLAIM_REQUIRED | CLAIM_CUT, FACTS_MAX,
	    NAME_MAX_BYTES),
	UINT(10, claims_request, license_id, 0),
	PAIRS(11, claims_request, variables, 0, VARIABLES_MAX, VALUE_MAX),
	UINT(12, claims_request, consumptions, 0),
	UINT(13, claims_request, sequence, 0),
};
TABLE(request_private, claims_request);
static const struct claims_row request_rows[] = {
	TIME(IAT, claims_request, issued_at, CLAIM_REQUIRED),
	FIXED(CTI, claims_request, id, CLAIMS_ID),
	MAP(CNF, request_cnf),
	MAP(PRIVATE, request_private),
};
TABLE(request, claims_request);

static const struct claims_row feature_rows[] = {
	TEXT(0, claims_feature, code, CLAIM_REQUIRED | CLAIM_CODE, 2, 64),
	INT(1, claims_feature, type, CLAIM_REQUIRED, 1, 2),
	TIME(2, claims_feature, until, 0),
	UINT(3, claims_feature, max_consumption, 0),
};
TABLE(feature, claims_feature);
static const struct claims_row license_rows[] = {
	UINT(1, claims_license, id, CLAIM_REQUIRED),
	TEXT(2, claims_license, product, CLAIM_REQUIRED | CLAIM_CODE, 2, 64),
	INT(3, claims_license, type, CLAIM_REQUIRED, 1, 4),
	TIME(4, claims_license, until, 0),
	UINT(5, claims_license, grace_hours, 0),
	TIME(6, claims_license, maintenance_until, 0),
	LIST(7, TUPLES, claims_license, features, 0, 0, FEATURES_MAX, &feature),
	UINT(8, claims_license, max_consumptions, 0),
	UINT(9, claims_license, total_consumptions, 0),
	BOOL(10, claims_license, trial, 0),
	UINT(11, claims_license, activation_id, 0),
	PAIRS(12, claims_license, custom_fields, 0, CUSTOM_FIELDS_MAX, VALUE_MAX),
};
TABLE(license, claims_license);
static const struct claims_row activation_key_rows[] = {
	CONST(KTY, OKP),
	CONST(CRV, ED25519),
	FIXED(X, claims_activation, device_key, KEY_PUBLIC),
};
TABLE(activation_key, claims_activation);
static const struct claims_row activation_cnf_rows[] = { MAP(COSE_KEY, activation_key) };
TABLE(activation_cnf, claims_activation);
static const struct claims_row activation_private_rows[] = {
	FIXED_MAYBE(1, claims_activation, request, CLAIMS_ID, has_request),
	FIXED(2, claims_activation, device, CLAIMS_DIGEST),
	LIST(3, MAPS, claims_activation, licenses, CLAIM_REQUIRED, 1, LICENSES_MAX,
	    &license),
	UINT(4, claims_activation, sequence, CLAIM_REQUIRED),
};
TABLE(activation_private, claims_activation);
static const struct claims_row activation_rows[] = {
	VENDOR(claims_activation, CLAIM_REQUIRED),
	TEXT(AUD, claims_activation, product, CLAIM_REQUIRED | CLAIM_CODE, 2, 64),
	TIME(EXP, claims_activation, lease_until, 0),
	TIME(NBF, claims_activation, not_before, CLAIM_REQUIRED),
	TIME(IAT, claims_activation, issued_at, CLAIM_REQUIRED),
	SERIAL(CTI, claims_activation, serial),
	MAP_MAYBE(CNF, activation_cnf, claims_activation, has_device_key),
	MAP(PRIVATE, activation_private),
};
TABLE(activation, claims_activation);

static const struct claims_row deactivation_private_rows[] = {
	SERIAL(1, claims_deactivation, serial),
	FIXED(2, claims_deactivation, device, CLAIMS_DIGEST),
	UINT(3, claims_deactivation, sequence, CLAIM_REQUIRED),
	UINT(4, claims_deactivation, consumptions, 0),
	PAIRS(5, claims_deactivation, variables, 0, VARIABLES_MAX, VALUE_MAX),
};
TABLE(deactivation_private, claims_deactivation);
static const struct claims_row deactivation_rows[] = {
	TIME(IAT, claims_deactivation, issued_at, CLAIM_REQUIRED),
	FIXED(CTI, claims_deactivation, id, CLAIMS_ID),
	MAP(PRIVATE, deactivation_private),
};
TABLE(deactivation, claims_deactivation);

static const struct claims_row receipt_private_rows[] = {
	SERIAL(1, claims_receipt, serial),
	FIXED(2, claims_receipt, device, CLAIMS_DIGEST),
};
TABLE(receipt_private, claims_receipt);
static const struct claims_row receipt_rows[] = {
	VENDOR(claims_receipt, 0),
	TIME(IAT, claims_receipt, issued_at, CLAIM_REQUIRED),
	FIXED(CTI, claims_receipt, id, CLAIMS_ID),
	MAP(PRIVATE, receipt_private),
};
TABLE(receipt, claims_receipt);

static const struct claims_row revocations_private_rows[] = {
	UINT(1, claims_revocations, sequence, CLAIM_REQUIRED),
	LIST(2, SERIALS, claims_revocations, serials, CLAIM_REQUIRED, 0, REVOKED_MAX,
	    NULL),
	FIXEDS(3, claims_revocations, devices, CLAIMS_DIGEST),
	FIXEDS(4, claims_revocations, kids, KEY_KID),
};
TABLE(revocations_private, claims_revocations);
static const struct claims_row revocations_rows[] = {
	VENDOR(claims_revocations, 0),
	TIME(EXP, claims_revocations, next_update, CLAIM_REQUIRED),
	TIME(IAT, claims_revocations, issued_at, CLAIM_REQUIRED),
	MAP(PRIVATE, revocations_private),
};
TABLE(revocations, claims_revocations);

/* The curve follows from the use, which comes behind it on the wire. */
struct certificate {
	struct claims_certificate c;
	int64_t curve;
};
_Static_assert(KEY_ISSUING == 1 && KEY_BOX == 2, "as in 3.5");
static const struct claims_row certificate_key_rows[] = {
	CONST(KTY, OKP),
	INT(CRV, certificate, curve, CLAIM_REQUIRED, X25519, ED25519),
	FIXED(X, certificate, c.public_key, KEY_PUBLIC),
};
TABLE(certificate_key, certificate);
static const struct claims_row certificate_cnf_rows[] = { MAP(
    COSE_KEY, certificate_key) };
TABLE(certificate_cnf, certificate);
static const struct claims_row certificate_private_rows[] = {
	ENUM(1, certificate, c.use, KEY_ISSUING, KEY_BOX),
};
TABLE(certificate_private, certificate);
static const struct claims_row certificate_rows[] = {
	TIME(EXP, certificate, c.not_after, 0),
	TIME(NBF, certificate, c.not_before, CLAIM_REQUIRED),
	MAP(CNF, certificate_cnf),
	MAP(PRIVATE, certificate_private),
};
TABLE(certificate, certificate);

static const struct claims_row checkpoint_private_rows[] = {
	UINT(1, claims_checkpoint, seq, CLAIM_REQUIRED),
	FIXED(2, claims_checkpoint, hash, CLAIMS_HASH),
	FIXED(3, claims_checkpoint, epoch, CLAIMS_ID),
};
TABLE(checkpoint_private, claims_checkpoint);
static const struct claims_row checkpoint_rows[] = {
	VENDOR(claims_checkpoint, CLAIM_REQUIRED),
	TIME(IAT, claims_checkpoint, issued_at, CLAIM_REQUIRED),
	MAP(PRIVATE, checkpoint_private),
};
TABLE(checkpoint, claims_checkpoint);

#define PUT_AND_GET(kind)                                                                \
	void claims_put_##kind(struct buf *b, const struct claims_##kind *c)             \
	{                                                                                \
		claims_write(b, &kind, c);                                               \
	}                                                                                \
	enum err claims_get_##kind(                                                      \
	    struct arena *arena, struct slice payload, struct claims_##kind *c)          \
	{                                                                                \
		return claims_read(arena, &kind, payload, c);                            \
	}

PUT_AND_GET(activation)
PUT_AND_GET(deactivation)
PUT_AND_GET(receipt)
PUT_AND_GET(revocations)
PUT_AND_GET(checkpoint)

void
claims_put_request(struct buf *b, const struct claims_request *c)
{
	claims_write(b, &request, c);
}

enum err
claims_get_request(struct arena *arena, struct slice payload, struct claims_request *c)
{
	enum err err = claims_read(arena, &request, payload, c);

	if (err)
		return err;
	if ((c->license_key.p != NULL) == (c->username.p != NULL) ||
	    (c->password.p && !c->username.p))
		return E_OBJECT_CLAIM;
	return E_OK;
}

void
claims_put_certificate(struct buf *b, const struct claims_certificate *c)
{
	struct certificate all = { *c, c->use == KEY_BOX ? X25519 : ED25519 };

	claims_write(b, &certificate, &all);
}

/* All that is sealed to such a key is open to everyone. */
static bool
is_small_order(const unsigned char box_key[static KEY_PUBLIC])
{
	static const unsigned char any[KEY_SECRET] = { 8 };
	unsigned char shared[KEY_PUBLIC];

	return crypto_scalarmult(shared, any, box_key) != 0;
}

enum err
claims_get_certificate(
    struct arena *arena, struct slice payload, struct claims_certificate *c)
{
	struct certificate all;
	enum err err = claims_read(arena, &certificate, payload, &all);

	*c = all.c;
	if (err)
		return err;
	if (all.curve != (c->use == KEY_BOX ? X25519 : ED25519) ||
	    (c->use == KEY_BOX && is_small_order(c->public_key)))
		return E_OBJECT_CLAIM;
	return E_OK;
}

void
claims_device_digest(struct slice hardware_id, unsigned char out[static CLAIMS_DIGEST])
{
	static const unsigned char domain[] = "licet-hwid"; /* with its NUL */
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, CLAIMS_DIGEST);
	crypto_generichash_update(&state, domain, sizeof(domain));
	crypto_generichash_update(
	    &state, (const unsigned char *)hardware_id.p, hardware_id.n);
	crypto_generichash_final(&state, out, CLAIMS_DIGEST);
}

struct slice
claims_pair_get(const struct claims_pairs *pairs, const char *name)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (slice_is(pairs->item[i].name, name))
			return pairs->item[i].value;
	return SLICE_NULL;
}
