/*
 * A store in memory with a product, bundle, license or user in a line or two, a clock
 * that stands still, and the client calls as an application makes them.
 */
#ifndef LICET_TESTS_SUPPORT_FIXTURE_H
#define LICET_TESTS_SUPPORT_FIXTURE_H

#include "base/clock.h"
#include "server/action/client.h"
#include "server/action/run.h"

#define FIXTURE_NOW INT64_C(1751626573412000) /* 2025-07-04T10:56:13.412Z */
#define FIXTURE_KEY "AAAA-BBBB-CCCC-DDDD"
#define FIXTURE_HASH "$argon2id$of-the-password"

struct fixture {
	struct arena *arena;
	struct store *store;
	struct actor actor;
	struct issuer issuer; /* without keys at first */
	int64_t now;
	struct client_req req; /* of the next call */
	struct client_res res; /* of the last one */
	struct action_ctx ctx; /* as the last one left it */
	int64_t n_orders;
};

/* cmocka set-up and tear-down; *state is the fixture. */
int
fixture_setup(void **state);
int
fixture_setup_on(void **state, const struct store_ops *);
int
fixture_teardown(void **state);

/* --- records; a failure ends the test --- */

void
fixture_get(struct fixture *, enum table, int64_t id, void *rec);
void
fixture_find(struct fixture *, enum table, void *rec_with_key);
bool
fixture_has(struct fixture *, enum table, void *rec_with_key);
void
fixture_put(struct fixture *, enum table, const void *rec);
void
fixture_add(struct fixture *, enum table, void *rec);
/* BLAKE2b-256 over every key and value of the store. */
void
fixture_digest(struct fixture *, unsigned char out[static 32]);
int64_t
fixture_count(struct fixture *, enum table);

/* --- things to sell --- */

int64_t
fixture_product(struct fixture *, const char *code, enum auth_method);
/* Members end with 0. */
int64_t
fixture_bundle(
    struct fixture *, const char *code, enum auth_method, const int64_t *members);
/* Defaults of a license with 1 activation; then fixture_issue. */
struct license
fixture_draft(int64_t product_id, const char *key);
int64_t
fixture_issue(struct fixture *, struct license *);
/* One of every product of the bundle under one key; the own license's id. */
int64_t
fixture_set(struct fixture *, int64_t bundle_id, const char *key);
/* License of a member of a set. */
int64_t
fixture_member(struct fixture *, int64_t own_id, int64_t product_id);
int64_t
fixture_customer(struct fixture *, const char *email);
/* Gives the license's order a customer. */
void
fixture_sell(struct fixture *, int64_t license_id, int64_t customer_id);
int64_t
fixture_user(struct fixture *, const char *email);
/* max < 0: without own limit. */
void
fixture_assign(struct fixture *, int64_t license_id, int64_t user_id, int64_t max);
int64_t
fixture_feature(
    struct fixture *, int64_t license_id, const char *code, enum feature_type);
void
fixture_block(
    struct fixture *, const char *hardware_id, enum blacklist_scope, int64_t scope_id);

/* --- calls; req.product and the credential are taken as they stand --- */

/* A key-based or user-based request for the product. */
void
fixture_ask_key(struct fixture *, const char *product, const char *key);
void
fixture_ask_user(struct fixture *, const char *product, const char *username);
enum err
fixture_call(struct fixture *, bool write, action_fn *, void *res);
enum err
fixture_activate(struct fixture *, const char *hardware_id);
/* As the API does it: a read, then a write when floating seats need one. */
enum err
fixture_check(struct fixture *, const char *hardware_id);
enum err
fixture_deactivate(struct fixture *, const char *hardware_id);
enum err
fixture_consume(struct fixture *, const char *hardware_id, int64_t n);

struct license
fixture_license(struct fixture *, int64_t id);
/* Row of the device on the license; state AS_INACTIVE and o.id 0 when there is none. */
struct activation
fixture_row(struct fixture *, int64_t license_id, const char *hardware_id);
struct assignment
fixture_assignment(struct fixture *, int64_t license_id, int64_t user_id);
/* Recounts the license; the number of differences. */
size_t
fixture_recount(struct fixture *, int64_t license_id);

#endif
