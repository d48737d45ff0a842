#include "server/store/keyspace.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static_assert(TABLE_INDEX_MAX < 16, "indexes in the number of a tree");

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
	return ks.tag[1] ? KEYSPACE_SUM_ENTRY : KEYSPACE_SUM;
}

struct keyspace
keyspace_of(const struct schema *schema, struct space space)
{
	const struct table_def *def = schema->table[space.table];
	struct keyspace ks = { .tree = KEYSPACE_MAIN,
		.tag = { (unsigned char)space.table, (unsigned char)(space.index + 1) } };

	if (is_clustered(def, space.index))
		ks.tree = KEYSPACE_CLUSTER;
	else if (def->grows)
		ks.tree = 16 * ((unsigned)space.table + 1) + (unsigned)(space.index + 1);
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

bool
keyspace_find(
    const struct schema *schema, unsigned tree, struct slice key, struct space *out)
{
	const unsigned char *p = (const unsigned char *)key.p;
	size_t at = tree == KEYSPACE_CLUSTER ? KEYSPACE_ID_LEN : 0;

	if (tree >= 16)
		return has_space(schema, tree / 16 - 1, tree % 16, out);
	return key.n >= at + 2 && has_space(schema, p[at], p[at + 1], out) &&
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
	return key.n >= (ks.tree == KEYSPACE_CLUSTER ? KEYSPACE_ID_LEN : ks.tree >= 16);
}

enum err
keyspace_compose(struct keyspace ks, struct slice key, struct engine_key *out)
{
	size_t head = 0;

	if (key.n > STORE_KEY_MAX - KEYSPACE_ID_LEN)
		return E_VALIDATION;
	out->n = 0;
	if (ks.tree == KEYSPACE_CLUSTER && keyspace_whole(ks, key))
		head = KEYSPACE_ID_LEN;
	key_add(out, key.p, head);
	if (ks.tree == KEYSPACE_MAIN || head)
		key_add(out, ks.tag, sizeof(ks.tag));
	key_add(out, key.p + head, key.n - head);
	return E_OK;
}

void
keyspace_end(struct keyspace ks, struct engine_key *out)
{
	out->n = 0;
	if (ks.tree == KEYSPACE_MAIN) {
		key_add(out, ks.tag, sizeof(ks.tag));
		out->p[1]++;
		return;
	}
	/* Longer than any key. */
	out->n = sizeof(out->p);
	memset(out->p, 0xff, out->n);
}

void
keyspace_license_end(
    struct keyspace ks, const unsigned char *license, struct engine_key *out)
{
	keyspace_license_start(ks, license, out);
	out->p[out->n - 1]++;
}

void
keyspace_license_start(
    struct keyspace ks, const unsigned char *license, struct engine_key *out)
{
	keyspace_license_floor(license, out);
	key_add(out, ks.tag, sizeof(ks.tag));
}

void
keyspace_license_floor(const unsigned char *license, struct engine_key *out)
{
	out->n = 0;
	key_add(out, license, KEYSPACE_ID_LEN);
}

bool
keyspace_license_next(unsigned char license[static KEYSPACE_ID_LEN])
{
	for (int i = KEYSPACE_ID_LEN - 1; i >= 0; i--)
		if (++license[i] != 0)
			return true;
	return false;
}

int
keyspace_place(struct keyspace ks, struct slice engine_key, bool *outside)
{
	size_t at = ks.tree == KEYSPACE_CLUSTER ? KEYSPACE_ID_LEN : 0;

	*outside = false;
	if (ks.tree >= 16)
		return 0;
	*outside = engine_key.n < at + sizeof(ks.tag);
	return *outside ? 0 : memcmp(engine_key.p + at, ks.tag, sizeof(ks.tag));
}

struct slice
keyspace_split(struct keyspace ks, struct slice engine_key, unsigned char *out)
{
	size_t head = ks.tree == KEYSPACE_CLUSTER ? KEYSPACE_ID_LEN : 0;
	struct slice rest =
	    slice_from(engine_key, ks.tree >= 16 ? 0 : head + sizeof(ks.tag));

	if (head)
		memcpy(out, engine_key.p, head);
	if (rest.n)
		memcpy(out + head, rest.p, rest.n);
	return slice_of(out, head + rest.n);
}
