/* The things that commands are about: where they lie in the API and how one is named. */
#ifndef LICET_CLI_NOUN_H
#define LICET_CLI_NOUN_H

#include "cli/call.h"

struct noun {
	const char *name;        /* in messages */
	const char *path;        /* "products/" */
	const char *key;         /* filter that takes its code or e-mail; NULL: id only */
	const char *label;       /* member that names it for people */
	const char *columns;     /* of lists */
	const char *fixed;       /* "is_bundle=true" on lists and at creation; NULL */
	const char *argument[2]; /* members that the arguments of add fill */
	const char *within;      /* option and filter that tell equal codes apart; NULL */
};

extern const struct noun noun_product, noun_bundle, noun_feature, noun_policy,
    noun_customer, noun_customer_account, noun_user, noun_order, noun_license, noun_key,
    noun_device, noun_blacklist, noun_audit, noun_checkpoint, noun_token, noun_account,
    noun_keys, noun_offline;

/* The id behind a code, an e-mail or an id. E_NOT_FOUND with the problem set. */
must_check enum err
noun_find(struct cli *, const struct noun *, const char *text, int64_t *id);
/* noun_find, then the object with its ETag. */
must_check enum err
noun_get(struct cli *, const struct noun *, const char *text, struct call *out);
/* By the argument n of the line. */
must_check enum err
noun_get_arg(struct cli *, const struct noun *, int n, struct call *out);
/* "product editor, id 2" */
void
noun_print_name(struct buf *, const struct noun *, const struct json *object);

#endif
