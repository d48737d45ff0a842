#include "server/store/keyspace.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/wire.h"

/* Of the tag of a clustered map: number of the table below, place above. */
#define CLUSTER_BITS 5

static_assert(TABLE_INDEX_MAX < 16, "indexes in the number of a tree");
static_assert(T_MAX < KEYSPACE_FORMAT, "tables in the tag of the main tree");

static bool
is_clustered(const struct table_def *def, int index)
{
	if (index < 0)
		return def->clustered;
	return index < TABLE_INDEX_MAX && def->index[index].clustered;
}

size_t
keyspace_sum(struct keyspace ks)
{
	return ks.entry ? KEYSPACE_SUM_ENTRY : KEYSPACE_SUM;
}

struct keyspace
keyspace_of(const struct schema *schema, struct space space)
{
	const struct table_def *def = schema->table[space.table];
	unsigned table = space.table, place = (unsigned)(space.index + 1);
	struct keyspace ks = { .tree = KEYSPACE_MAIN, .entry = place > 0 };

	if (is_clustered(def, space.index)) {
		ks.tree = KEYSPACE_CLUSTER;
		ks.tag[ks.n++] = (unsigned char)(place << CLUSTER_BITS | def->cluster);
	} else if (def->grows) {
		ks.tree = 16 * (table + 1) + place;
	} else {
		ks.tag[ks.n++] = (unsigned char)table;
		ks.tag[ks.n++] = (unsigned char)place;
	}
	return ks;
}

bool
keyspace_name(const struct schema *schema, unsigned tree, char name[static KEYSPACE_NAME])
{
	unsigned table = tree / 16 - 1, place = tree % 16;
	const struct table_def *def;

	if (tree == KEYSPACE_CLUSTER)
		return snprintf(name, KEYSPACE_NAME, "cluster") > 0;
	if (tree < 16 || table >= schema->n || place > TABLE_INDEX_MAX)
		return false;
	def = schema->table[table];
	if (def == NULL || !def->grows || is_clustered(def, (int)place - 1) ||
	    (place > 0 && def->index[place - 1].name == NULL))
		return false;
	return snprintf(name, KEYSPACE_NAME, "table %u.%u", table, place) > 0;
}

static bool
has_space(const struct schema *schema, unsigned table, unsigned place, struct space *out)
{
	const struct table_def *def = table < schema->n ? schema->table[table] : NULL;

	if (def == NULL || place > TABLE_INDEX_MAX ||
	    (place > 0 && def->index[place - 1].name == NULL))
		return false;
	*out = (struct space){ (enum table)table, (int)place - 1 };
	return true;
}

/* T_MAX: none has this number. */
static unsigned
table_in_cluster(const struct schema *schema, unsigned number)
{
	unsigned table = 0;

	while (table < schema->n &&
	       (schema->table[table] == NULL || schema->table[table]->cluster != number))
		table++;
	return number && table < schema->n ? table : T_MAX;
}

bool
keyspace_find(
    const struct schema *schema, unsigned tree, struct slice key, struct space *out)
{
	size_t at = keyspace_license(key).n;
	unsigned table = tree / 16 - 1, place = tree % 16;

	if (tree == KEYSPACE_CLUSTER) {
		if (at == 0 || key.n == at)
			return false;
		table = table_in_cluster(
		    schema, (unsigned char)key.p[at] % (1u << CLUSTER_BITS));
		place = (unsigned char)key.p[at] >> CLUSTER_BITS;
	} else if (tree == KEYSPACE_MAIN) {
		if (key.n < 2)
			return false;
		table = (unsigned char)key.p[0];
		place = (unsigned char)key.p[1];
	}
	return has_space(schema, table, place, out) &&
	       keyspace_of(schema, *out).tree == tree;
}

static void
key_add(struct engine_key *key, const void *p, size_t n)
{
	if (n)
		memcpy(key->p + key->n, p, n);
	key->n += n;
}

bool
keyspace_whole(struct keyspace ks, struct slice key)
{
	return ks.tree == KEYSPACE_CLUSTER ? keyspace_license(key).n > 0
	                                   : key.n >= (ks.tree >= 16);
}

struct slice
keyspace_license(struct slice key)
{
	size_t n = key.n ? wire_key_length((unsigned char)key.p[0]) : 1;

	return n <= key.n ? slice_head(key, n) : SLICE_NULL;
}

enum err
keyspace_compose(struct keyspace ks, struct slice key, struct engine_key *out)
{
	size_t head = 0;

	if (key.n > KEYSPACE_KEY_MAX)
		return E_VALIDATION;
	out->n = 0;
	if (ks.tree == KEYSPACE_CLUSTER)
		head = keyspace_license(key).n;
	key_add(out, key.p, head);
	if (ks.tree != KEYSPACE_CLUSTER || head)
		key_add(out, ks.tag, ks.n);
	key_add(out, key.p + head, key.n - head);
	return E_OK;
}

void
keyspace_end(struct keyspace ks, struct engine_key *out)
{
	out->n = 0;
	if (ks.tree == KEYSPACE_MAIN) {
		key_add(out, ks.tag, ks.n);
		out->p[1]++;
		return;
	}
	/* Longer than any key. */
	out->n = sizeof(out->p);
	memset(out->p, 0xff, out->n);
}

void
keyspace_license_end(struct keyspace ks, struct slice license, struct engine_key *out)
{
	keyspace_license_start(ks, license, out);
	out->p[out->n - 1]++;
}

void
keyspace_license_start(struct keyspace ks, struct slice license, struct engine_key *out)
{
	keyspace_license_floor(license, out);
	key_add(out, ks.tag, ks.n);
}

void
keyspace_license_floor(struct slice license, struct engine_key *out)
{
	out->n = 0;
	key_add(out, license.p, license.n);
}

bool
keyspace_license_next(struct keyspace ks, struct slice license, struct engine_key *out)
{
	keyspace_license_floor(license, out);
	while (out->n > 0 && ++out->p[out->n - 1] == 0)
		out->n--;
	/* The next id itself, not only the start of longer ones. */
	if (out->n > 0 && wire_key_length(out->p[0]) == out->n)
		key_add(out, ks.tag, ks.n);
	return out->n > 0;
}

int
keyspace_place(struct keyspace ks, struct slice engine_key, bool *outside)
{
	bool cluster = ks.tree == KEYSPACE_CLUSTER;
	size_t at = cluster ? keyspace_license(engine_key).n : 0;

	*outside = engine_key.n < at + ks.n || (cluster && at == 0);
	return *outside ? 0 : memcmp(engine_key.p + at, ks.tag, ks.n);
}

struct slice
keyspace_split(struct keyspace ks, struct slice engine_key, unsigned char *out)
{
	size_t head = ks.tree == KEYSPACE_CLUSTER ? keyspace_license(engine_key).n : 0;
	struct slice rest = slice_from(engine_key, head + ks.n);

	if (head)
		memcpy(out, engine_key.p, head);
	if (rest.n)
		memcpy(out + head, rest.p, rest.n);
	return slice_of(out, head + rest.n);
}
