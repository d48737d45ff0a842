#include "server/store/keyspace.h"

#include <string.h>

#define CLUSTER_HEAD (1 + KEYSPACE_ID_LEN)

struct keyspace
keyspace_of(const struct schema *schema, struct space space)
{
	const struct table_def *def = schema->table[space.table];
	bool clustered = space.index < 0 ? def->clustered
	                 : space.index < TABLE_INDEX_MAX
	                     ? def->index[space.index].clustered
	                     : false;

	return (struct keyspace){
		.clustered = clustered,
		.tag = { (unsigned char)space.table, (unsigned char)(space.index + 1) },
	};
}

static void
key_add(struct engine_key *key, const void *p, size_t n)
{
	if (n)
		memcpy(key->p + key->n, p, n);
	key->n += n;
}

static void
key_license(struct engine_key *key, const unsigned char *license)
{
	key->p[0] = KEYSPACE_CLUSTER;
	key->n = 1;
	key_add(key, license, KEYSPACE_ID_LEN);
}

enum err
keyspace_compose(struct keyspace ks, struct slice key, struct engine_key *out)
{
	unsigned char license[KEYSPACE_ID_LEN] = { 0 };
	size_t head = key.n < KEYSPACE_ID_LEN ? key.n : KEYSPACE_ID_LEN;

	if (key.n > STORE_KEY_MAX - KEYSPACE_ID_LEN)
		return E_VALIDATION;
	out->n = 0;
	if (!ks.clustered) {
		key_add(out, ks.tag, sizeof(ks.tag));
		key_add(out, key.p, key.n);
		return E_OK;
	}
	if (head)
		memcpy(license, key.p, head);
	key_license(out, license);
	key_add(out, ks.tag, sizeof(ks.tag));
	key_add(out, key.p + head, key.n - head);
	return E_OK;
}

void
keyspace_end(struct keyspace ks, struct engine_key *out)
{
	static const unsigned char last[KEYSPACE_ID_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff };

	if (ks.clustered) {
		keyspace_license_end(ks, last, out);
		return;
	}
	out->n = 0;
	key_add(out, ks.tag, sizeof(ks.tag));
	out->p[1]++;
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
	key_license(out, license);
	key_add(out, ks.tag, sizeof(ks.tag));
}

void
keyspace_license_floor(const unsigned char *license, struct engine_key *out)
{
	key_license(out, license);
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
	size_t at = ks.clustered ? CLUSTER_HEAD : 0;
	bool cluster = engine_key.n && (unsigned char)engine_key.p[0] == KEYSPACE_CLUSTER;

	*outside = engine_key.n < at + sizeof(ks.tag) || cluster != ks.clustered;
	return *outside ? 0 : memcmp(engine_key.p + at, ks.tag, sizeof(ks.tag));
}

struct slice
keyspace_split(struct keyspace ks, struct slice engine_key, unsigned char *out)
{
	struct slice rest = slice_from(engine_key, sizeof(ks.tag));
	size_t n = 0;

	if (ks.clustered) {
		memcpy(out, engine_key.p + 1, KEYSPACE_ID_LEN);
		n = KEYSPACE_ID_LEN;
		rest = slice_from(engine_key, CLUSTER_HEAD + sizeof(ks.tag));
	}
	if (rest.n)
		memcpy(out + n, rest.p, rest.n);
	return slice_of(out, n + rest.n);
}
