/* A small catalogue for tests of orders, licenses and devices, made through the API. */
#ifndef LICET_TESTS_SUPPORT_MANAGE_SHOP_H
#define LICET_TESTS_SUPPORT_MANAGE_SHOP_H

#include "tests/support/fixture.h"
#include "tests/support/manage_world.h"

/* Products editor, render (key-based), portal (user-based), bundle studio of editor and
 * render; features pro (activation) and pages (consumption) of editor; customer
 * lab@client.example. */
void
shop_open(struct manage_world *);
/* 201 or the test ends. */
void
shop_make(struct manage_world *, const char *call, const char *body);
/* One license by create_order; members are the row's JSON members, or "". Its id. */
int64_t
shop_issue(struct manage_world *, const char *product, const char *members);
/* The key of a license, as the store has it. */
const char *
shop_key(struct manage_world *, int64_t license_id);
struct license
shop_license(struct manage_world *, int64_t license_id);
/* A client's call on the store of the world; E_OK or the refusal. */
struct fixture
shop_client(struct manage_world *, const char *product, int64_t license_id);
enum err
shop_activate(struct manage_world *, const char *product, int64_t license_id,
    const char *hardware_id);
/* Id of the device row; 0 without. */
int64_t
shop_row(struct manage_world *, int64_t license_id, const char *hardware_id);
/* A token of an account with these permissions (JSON array); stays in w->token. */
void
shop_token(struct manage_world *, const char *permissions);
/* No audit detail or entry holds the text. */
void
assert_not_in_audit(struct manage_world *, const char *text);

#endif
