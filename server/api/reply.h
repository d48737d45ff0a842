/*
 * Answers: the envelopes of both error families, success, and the signature of License
 * API v4 (license-api-v4.md 4.1-4.4, management-api.md 1.5).
 */
#ifndef LICET_SERVER_API_REPLY_H
#define LICET_SERVER_API_REPLY_H

#include "server/api/endpoint.h"

/* What a stranger is told of a fault of ours: E_INTERNAL or E_UNAVAILABLE. */
enum err reply_public_err(enum err);

/* Seconds of Retry-After with E_UNAVAILABLE. */
#define REPLY_RETRY_AFTER 5

/* Status, Content-Type and Cache-Control; the body is the caller's. */
void
reply_json(struct reply *, int status);
void
reply_retry_after(struct reply *, int seconds);

/* What an error of License API v4 says beside its code. */
struct reply_detail {
	int64_t start_date;      /* of E_LICENSE_START_DATE */
	int64_t refused_license; /* FIELD_NONE: null; 0: no bundle error */
	struct slice refused_product;
	const char *more; /* what exactly is wrong; NULL: nothing more */
};

void
reply_v4_error(struct reply *, enum err, const struct reply_detail *);
/* message NULL: that of the code. faults may be NULL. */
void
reply_manage_error(
    struct reply *, enum err, const struct faults *faults, const char *message);

/* True for paths whose answers are signed. */
bool
reply_is_signed(struct slice path);
/*
 * Adds Content-Digest, Signature-Input and Signature over body, status and request
 * (4.4). created: now in microseconds. Out of memory: the reply becomes E_UNAVAILABLE's,
 * unsigned.
 */
void
reply_sign(struct reply *, const struct request *, struct keyring *, int64_t now);

#endif
