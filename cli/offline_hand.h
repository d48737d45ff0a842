/* Objects of files handed in: requests for activations, proofs for receipts. */
#ifndef LICET_CLI_OFFLINE_HAND_H
#define LICET_CLI_OFFLINE_HAND_H

#include "cli/cli.h"
#include "offline/carrier.h"

struct offline_handed {
	const char *file;
	size_t number, of; /* object 2 of 5 in it */
	struct carrier_object object;
	const struct json *result; /* {ok, …} of the API, also of what cannot be read */
};

struct offline_hand {
	const char *path;   /* "offline/answer/" */
	const char *member; /* what a result has when it is ok: "activation" */
	struct offline_handed *item;
	size_t n;
	size_t n_ok;
};

/* Every object of every argument of the line. */
must_check enum err
offline_hand_read(struct cli *, struct offline_hand *);
/* To the server, as many as it takes at a time. Under --dry-run the changes are printed.
 */
must_check enum err
offline_hand_in(struct cli *, struct offline_hand *);
/* What was signed, in the order of what was handed in. */
must_check enum err
offline_hand_made(struct cli *, const struct offline_hand *, struct carrier_list *);
/* A line on standard error for each refusal; the exit code becomes that of the first. */
must_check enum err
offline_hand_refused(struct cli *, const struct offline_hand *);
/* {"results": […]} as --json and --field say; false: it is for people. */
bool
offline_hand_print(struct cli *, const struct offline_hand *, enum err *);

#endif
