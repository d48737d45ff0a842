/*
 * Engine keys of an ordered byte map that holds every space:
 *
 *   plain      [table][index + 1][key]
 *   clustered  [0xC0][license id, 8][table][index + 1][rest of key]
 *
 * so that everything one license owns lies side by side. Within one space the order of
 * engine keys is the order of keys.
 */
#ifndef LICET_SERVER_STORE_KEYSPACE_H
#define LICET_SERVER_STORE_KEYSPACE_H

#include "server/store/store.h"

#define KEYSPACE_CLUSTER 0xC0
#define KEYSPACE_FORMAT 0xFE /* first byte of the engine's own row */
#define KEYSPACE_ID_LEN 8
#define KEYSPACE_MAX (STORE_KEY_MAX + 3)

struct keyspace {
	bool clustered;
	unsigned char tag[2]; /* table, index + 1 */
};

struct engine_key {
	size_t n;
	unsigned char p[KEYSPACE_MAX];
};

struct keyspace
keyspace_of(const struct schema *, struct space);
/* A clustered key shorter than a license id is filled up with zeros: the lowest engine
 * key of those >= key. E_VALIDATION: too long. */
must_check enum err
keyspace_compose(struct keyspace, struct slice key, struct engine_key *out);
/* Above every key of the space (first) / of the license in the space. */
void
keyspace_end(struct keyspace, struct engine_key *out);
void
keyspace_license_end(
    struct keyspace, const unsigned char *license, struct engine_key *out);
/* The lowest engine key of the license that is >= the space's own. */
void
keyspace_license_start(
    struct keyspace, const unsigned char *license, struct engine_key *out);
/* Before everything of the license, in any table. */
void
keyspace_license_floor(const unsigned char *license, struct engine_key *out);
/* The next license id in place; false behind the last. */
bool
keyspace_license_next(unsigned char license[static KEYSPACE_ID_LEN]);

/* Where an engine key stands: <0 an earlier table or index (of its license), 0 in the
 * space, >0 a later one; outside is set for keys of the other kind of space. */
int
keyspace_place(struct keyspace, struct slice engine_key, bool *outside);
/* The key within its space, into out (at least KEYSPACE_MAX bytes). */
struct slice
keyspace_split(struct keyspace, struct slice engine_key, unsigned char *out);

#endif
