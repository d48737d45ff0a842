/*
 * Engine keys of the ordered byte maps that hold the spaces. A map is a tree:
 *
 *   main        [table][index + 1][key]      and the table of the other trees
 *   cluster     [license id][table and index, 1][rest of key]
 *   a space's   [key]
 *
 * In the cluster all that one license owns lies side by side. A table that grows has for
 * each of its other spaces a tree of its own: new ids and times go to the end of a tree,
 * where the engine fills its pages. Within one space the order of engine keys is the
 * order of keys.
 */
#ifndef LICET_SERVER_STORE_KEYSPACE_H
#define LICET_SERVER_STORE_KEYSPACE_H

#include "server/store/store.h"

#define KEYSPACE_FORMAT 0xFE /* first byte of the engine's own row, in main */
#define KEYSPACE_KEY_MAX (STORE_KEY_MAX - 8)
#define KEYSPACE_MAX (STORE_KEY_MAX + 3)
#define KEYSPACE_MAIN 0
#define KEYSPACE_CLUSTER 1
#define KEYSPACE_TREES (16 * (T_MAX + 1)) /* numbers of trees are below */
#define KEYSPACE_NAME 16
#define KEYSPACE_SUM 8
#define KEYSPACE_SUM_ENTRY 4

struct keyspace {
	unsigned tree;
	bool entry; /* of an index */
	size_t n;
	unsigned char tag[2]; /* n bytes */
};

struct engine_key {
	size_t n;
	unsigned char p[KEYSPACE_MAX];
};

/* Bytes of a checksum: less for an entry of an index, which its record confirms. */
size_t keyspace_sum(struct keyspace);
struct keyspace
keyspace_of(const struct schema *, struct space);
/* Name of a tree of the schema; false: it has no such tree, or it is main. */
bool
keyspace_name(const struct schema *, unsigned tree, char name[static KEYSPACE_NAME]);
/* Space of an engine key; false: none has it. */
bool
keyspace_find(
    const struct schema *, unsigned tree, struct slice engine_key, struct space *out);

/* A key of the cluster shorter than a license id is left so: no entry has it, and its
 * place among the entries is that of the key. E_VALIDATION: too long. */
must_check enum err
keyspace_compose(struct keyspace, struct slice key, struct engine_key *out);
/* Whether an entry can have the key at all. */
bool
keyspace_whole(struct keyspace, struct slice key);
/* The license id (wire_key_i64) that a key of the cluster begins with, of a space or of
 * the engine; null when there is no whole one. */
struct slice
keyspace_license(struct slice key);
/* Above every key of the space (first) / of the license in the space. */
void
keyspace_end(struct keyspace, struct engine_key *out);
void
keyspace_license_end(struct keyspace, struct slice license, struct engine_key *out);
/* The lowest engine key of the license that is >= the space's own. */
void
keyspace_license_start(struct keyspace, struct slice license, struct engine_key *out);
/* Before everything of the license, in any table. */
void
keyspace_license_floor(struct slice license, struct engine_key *out);
/* The lowest engine key of a later license that may be in the space; false behind the
 * last. */
bool
keyspace_license_next(struct keyspace, struct slice license, struct engine_key *out);

/* Where an engine key of its tree stands: <0 an earlier table or index (of its license),
 * 0 in the space, >0 a later one; outside is set for what is no key of a space. */
int
keyspace_place(struct keyspace, struct slice engine_key, bool *outside);
/* The key within its space, into out (at least KEYSPACE_MAX bytes). */
struct slice
keyspace_split(struct keyspace, struct slice engine_key, unsigned char *out);

#endif
