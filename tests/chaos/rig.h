/*
 * Every call of the server with its n-th allocation, then its n-th store verb failing,
 * for every n: in process, through the real front, on a store in memory that is put back
 * before each try.
 *
 * A call that met a failure says so with 503 (or 500) and has changed nothing; or it has
 * done all, and just the answer could not be made; or it went on without what it could
 * not have, and has done all. Then the same call succeeds.
 */
#ifndef LICET_TESTS_CHAOS_RIG_H
#define LICET_TESTS_CHAOS_RIG_H

#include "server/api/endpoint.h"
#include "tests/support/manage_keys.h"
#include "tests/support/manage_shop.h"

struct chaos_call {
	const char *call; /* "POST products/" of the socket, "POST /api/v4/…" of an
	                     application, "GET /healthz" of anyone */
	const char *body; /* JSON; NULL: none */
};

/*
 * Bodies: an offline request of hw-9 for license 1 of editor; the proof that it gives the
 * answer up, which has the second serial; the form of the page /offline with that
 * request, and with what the call before answered; the one checkpoint that the store has.
 */
extern const char CHAOS_REQUEST[], CHAOS_PROOF[], CHAOS_FORM[], CHAOS_ANSWER[],
    CHAOS_CHECKPOINT[];
/* What stands for one of them; NULL: it is none. */
const char *
chaos_body(struct manage_world *, const char *body);

/* Of an offline call of License API v4: the members as a request file of the second form,
 * signed with the key. */
const char *
chaos_file(
    struct arena *, const char *api_key, const char *shared_key, const char *members);

struct chaos_case {
	const char *route; /* "METHOD pattern" of the endpoint's row */
	struct chaos_call call;
	struct chaos_call before[3]; /* made first, up to one whose call is NULL */
	const char *headers;         /* further ones, each ended by LF */
	bool is_admin;               /* a path that both listeners have */
	bool with_token;             /* over TCP with a token */
	bool hashes;                 /* a password: few tries */
	bool varies;                 /* the length of the answer does */
	bool keys;                   /* files of keys are put back, too */
};

struct chaos_cases {
	const struct chaos_case *item;
	size_t n;
};

extern const struct chaos_cases chaos_manage_cases, chaos_client_cases;

/*
 * The whole test program: each row of the lists has a case and each case is of a row; all
 * tries of each case in a world of its own; figures on stdout.
 */
struct chaos_suite {
	const char *name;
	const struct chaos_cases *cases;
	const struct endpoint_list *const *lists;
	size_t n;
};

int
chaos_main(const struct chaos_suite *);

#endif
