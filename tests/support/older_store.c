/*
 * older_store DATA: takes the rows of the keys out of a store, as a version without them
 * left it. older_store DATA swap: the issuing key gets the box key's certificate.
 * older_store DATA cut: its certificate loses its last byte. The key files are not
 * sealed, and no server runs.
 */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "keys/seal.h"
#include "server/action/signing.h"
#include "server/model/schema.h"

static enum err
drop_rows(struct txn *txn, void *arg)
{
	struct signing_rows rows;
	enum err e = signing_read(txn, &rows);

	(void)arg;
	for (size_t i = 0; i < rows.n && !e; i++)
		e = record_del(txn, T_KEY, &rows.item[i]);
	return e;
}

static struct signing_key *
row_of(const struct signing_rows *rows, enum signing_use use)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->item[i].use == (int)use)
			return &rows->item[i];
	return NULL;
}

static enum err
spoil(struct txn *txn, void *arg)
{
	struct signing_rows rows;
	struct signing_key *row;
	enum err e = signing_read(txn, &rows);

	if (e)
		return e;
	row = row_of(&rows, SU_ISSUING);
	if (!row || !row->certificate.n)
		return E_NOT_FOUND;
	if (strcmp(arg, "swap") == 0)
		row->certificate = row_of(&rows, SU_BOX)->certificate;
	else
		row->certificate.n--;
	return record_put(txn, T_KEY, row);
}

static enum err
open_seal(struct arena *arena, const char *data, struct seal **seal)
{
	const struct key want = { .use = KEY_STORE };
	struct keystore *files = keystore_new(file_path(arena, data, "keys"), NULL);
	struct secret *master = NULL;
	struct key key;
	bool sealed;
	enum err e;

	if (!files)
		return E_NO_MEMORY;
	e = keystore_open(files, &want, &key, &master, &sealed);
	*seal = e ? NULL : seal_new(secret_slice(master));
	secret_free(master);
	keystore_free(files);
	return e || *seal ? e : E_NO_MEMORY;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(0);
	struct store_options options = { .ops = &store_lmdb_ops,
		.schema = &model_schema,
		.map_max = INT64_C(1) << 30,
		.batch_max = 1 };
	struct store *store = NULL;
	struct seal *seal = NULL;
	enum err e;

	if (argc < 2 || argc > 3 || !arena)
		return 2;
	options.dir = file_path(arena, argv[1], "store");
	e = open_seal(arena, argv[1], &seal);
	if (!e) {
		seal_checksum_key(seal, options.checksum_key);
		e = store_open(&store, &options);
	}
	if (!e)
		e = store_write_now(store, arena, argc == 3 ? spoil : drop_rows, argv[2]);
	store_close(store);
	seal_free(seal);
	arena_free(arena);
	if (e)
		fprintf(stderr, "older_store: %s\n", err_code(e));
	return e ? 1 : 0;
}
