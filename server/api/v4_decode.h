/*
 * Parameters of License API v4 calls, from a JSON body or a query, by one table
 * (license-api-v4.md 1.2, 1.3, 9): presence first, then types, then the device proof.
 */
#ifndef LICET_SERVER_API_V4_DECODE_H
#define LICET_SERVER_API_V4_DECODE_H

#include "server/api/v4.h"

/*
 * Fills v->req and the other decoded members from v->file, or else v->call->request, as
 * v->spec says.
 * E_MISSING_CONTENT, E_INVALID_JSON, E_MISSING_PARAMETERS, E_VALIDATION,
 * E_DEVICE_PROOF_INVALID, E_NO_MEMORY.
 */
must_check enum err
v4_decode(struct v4_call *);

/* One parameter as it was sent: a JSON value, or text of a query. */
struct v4_value {
	const struct json *json; /* NULL: text counts */
	struct slice text;
};

/* Conversions (v4_value.c): E_OK, E_VALIDATION, E_NO_MEMORY. */
must_check enum err
v4_value_text(const struct v4_value *, struct slice *out);
must_check enum err
v4_value_int(const struct v4_value *, int64_t *out);
must_check enum err
v4_value_bool(const struct v4_value *, bool *out);
/* Members of the object as name and text: null skipped, arrays and objects refused. */
must_check enum err
v4_value_variables(struct arena *, const struct v4_value *, struct pair **out, size_t *n);
/* [{code, consumptions}]; those without consumptions are left out. */
must_check enum err
v4_value_features(
    struct arena *, const struct v4_value *, struct feature_use **out, size_t *n);
/* At most max bytes, cut between characters. */
struct slice
v4_cut(struct slice text, size_t max);
/* E-mail, perhaps with |CODE behind it. */
bool
v4_username_valid(struct slice username);

#endif
