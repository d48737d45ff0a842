/* Options of add and edit as members of the API's object: tables instead of code. */
#ifndef LICET_CLI_OPTION_FIELD_H
#define LICET_CLI_OPTION_FIELD_H

#include "cli/body.h"
#include "cli/cli.h"

enum option_kind {
	OPT_TEXT,
	OPT_INT,
	OPT_TRUE,     /* a flag: the member is true */
	OPT_FALSE,    /* a flag: the member is false */
	OPT_WORD,     /* a flag: the member is `also` */
	OPT_LIST,     /* array of the texts given */
	OPT_SEATS,    /* N|unlimited: the member, or `also` is true */
	OPT_DURATION, /* the member; of a subscription, `also` */
	OPT_FEATURES, /* CODE[=MAX]: array of {code, max_consumption} */
	OPT_PAIRS     /* A=B: object {A: B} */
};

struct option_field {
	const char *option;
	enum option_kind kind;
	const char *field;
	const char *also; /* TEXT, INT: member that is true along with it; or NULL */
};

/*
 * The options given, then --set, into the body. before: the object as it is, NULL at
 * creation. Sets the problem.
 */
must_check enum err
option_fields_read(
    struct cli *, const struct option_field *, const struct json *before, struct body *);
/* "CODE[=MAX]" as {code, max_consumption}. Sets the problem. */
must_check enum err
option_feature_read(struct cli *, const char *text, struct body *);

/* Tables, ended by option == NULL. */
extern const struct option_field fields_none[], fields_product[], fields_bundle[],
    fields_feature[], fields_policy[], fields_customer[], fields_customer_account[],
    fields_user[], fields_terms[], fields_key[], fields_token[], fields_vendor[];

#endif
