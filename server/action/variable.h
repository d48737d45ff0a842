/* Device variables (license-api-v4.md 9.8). */
#ifndef LICET_SERVER_ACTION_VARIABLE_H
#define LICET_SERVER_ACTION_VARIABLE_H

#include "server/action/client.h"

#define VARIABLES_MAX 128 /* of one activation */

/*
 * Inserts or replaces by name; names not sent stay, created_at is that of the first
 * write. E_VALIDATION: more than VARIABLES_MAX of the activation.
 */
must_check enum err
variable_store(
    struct action_ctx *, const struct activation *, const struct pair *, size_t n);
/* The stored ones of the names given, in their order, into an arena array. */
must_check enum err
variable_load(struct action_ctx *, const struct activation *, const struct pair *,
    size_t n, struct variable **out, size_t *n_out);

#endif
