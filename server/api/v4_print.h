/*
 * Objects of License API v4 as JSON, members in the order of license-api-v4.md 8: bodies
 * are reproducible to the byte.
 */
#ifndef LICET_SERVER_API_V4_PRINT_H
#define LICET_SERVER_API_V4_PRINT_H

#include "base/json.h"
#include "server/action/client.h"

/* 8.1 and 8.2. The request says what was asked for and sent. */
void
v4_print_activation(struct json_writer *, const struct client_req *, int64_t now,
    const struct license_view *);
void
v4_print_check(struct json_writer *, const struct client_req *, int64_t now,
    const struct license_view *);

/* Parts of both and of other calls (v4_print_part.c). Each prints one value. */
void
v4_print_features(struct json_writer *, const struct license_view *, int64_t now,
    bool include_expired); /* 8.3 */
void
v4_print_customer(struct json_writer *, const struct license_view *); /* 8.4 */
void
v4_print_product_long(struct json_writer *, const struct license_view *); /* 8.5 */
void
v4_print_product_short(struct json_writer *, const struct license_view *);
void
v4_print_user(struct json_writer *, const struct license_view *); /* 8.6 */
void
v4_print_file(struct json_writer *, const struct license_view *); /* 8.7, or null */
void
v4_print_custom(struct json_writer *, const struct license_view *);
void
v4_print_variables(struct json_writer *, const struct license_view *);

/* Members that several objects share: key and value. */
void
v4_member_company(struct json_writer *, int64_t company_id);
void
v4_member_metadata(struct json_writer *, struct slice metadata);
void
v4_member_name(struct json_writer *, const char *key, const struct names *, int value);
/* Null prints "". */
static inline void
v4_member_text(struct json_writer *w, const char *key, struct slice text)
{
	jw_ktext(w, key, text.p ? text : SLICE(""));
}

#endif
