/* An object as people take it along: the forms of management-api.md 5.3. */
#ifndef LICET_SERVER_ACTION_OFFLINE_FORM_H
#define LICET_SERVER_ACTION_OFFLINE_FORM_H

#include "offline/object.h"
#include "server/action/manage.h"

/*
 * The answer of a call with ?form= armor (also when absent), cbor, text, typed, svg or
 * png; of several QR codes the one of ?part=. name: of the file, without suffix. Faults:
 * E_VALIDATION under "form" and "part".
 */
must_check enum err
offline_form(struct action_ctx *, const struct manage_req *, struct manage_res *,
    enum object_kind, struct slice object, const char *name);

#endif
