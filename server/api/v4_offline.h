/*
 * Request files of the offline calls (license-api-v4.md 10): what carries them, their two
 * forms, what they sign. Reading needs no store; v4_offline.c does the rest.
 */
#ifndef LICET_SERVER_API_V4_OFFLINE_H
#define LICET_SERVER_API_V4_OFFLINE_H

#include "server/action/upload.h"
#include "server/api/v4.h"

struct v4_file {
	struct v4_call *v;
	const struct json
	    *fields;              /* the parameters: the whole (v1) or member "request" */
	struct slice span;        /* v2: bytes of that member as they came; v1: null */
	struct slice date;        /* as sent */
	struct slice credential;  /* api_key or client_id */
	struct slice signature;   /* text */
	struct slice request_id;  /* null: none */
	struct slice signed_text; /* what signature is over */
	struct auth inner;        /* for auth_find */
	struct auth_key key;      /* of the credential inside */
	struct upload upload;
	struct upload_res known; /* the stored answer */
	bool replayed;           /* there is one for something else, or not any more */
};

/*
 * The JSON text in a body (10.1). E_MISSING_HEADERS: no Content-Type; E_MISSING_CONTENT;
 * E_VALIDATION: not Base64, or a form without file; E_NO_MEMORY.
 */
must_check enum err
v4_file_text(struct arena *, const struct request *, struct slice *json);
/*
 * Everything down to signed_text. E_INVALID_JSON, E_VALIDATION: as json_parse, a member
 * "request" of another type; E_AUTH_MISSING_PARAMS, E_NO_MEMORY.
 */
must_check enum err
v4_file_parse(struct arena *, struct slice json, struct v4_file *);
/* Text of the first form, also that of answers: wire constant, date, license_key or
 * username, hardware_id, credential. */
must_check enum err
v4_file_sign_text(
    struct arena *, const struct v4_file *, struct slice date, struct slice *out);
/* 10.4: the forms that dates have. */
must_check bool
v4_file_date(struct slice text, int64_t *out);

#endif
