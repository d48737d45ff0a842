#include "keys/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "keys/keyfile.h"

#define PARTS_MAX 64

struct loading {
	struct arena *arena;
	const char *dir;
	struct slice passphrase;
	struct unlock *cache;
	struct keyring_part part[PARTS_MAX];
	size_t n;
	const char *what;
};

static bool
is_key_name(struct slice name)
{
	unsigned char kid[KEY_KID];
	struct slice stem;

	if (!slice_ends(name, SLICE(".key")))
		return false;
	stem = slice_head(name, name.n - 4);
	if (slice_is(stem, "root") || slice_is(stem, "store"))
		return true;
	if (slice_starts(stem, SLICE("issuing-")))
		return key_kid_parse(slice_from(stem, 8), kid);
	return slice_starts(stem, SLICE("box-")) &&
	       key_kid_parse(slice_from(stem, 4), kid);
}

static enum err
load_part(struct loading *l, const char *name)
{
	struct keyring_part *part = &l->part[l->n];
	char want[KEY_FILE_NAME];
	bool sealed;
	enum err e;

	l->what = file_path(l->arena, l->dir, name);
	if (l->what == NULL)
		return E_NO_MEMORY;
	if (l->n == PARTS_MAX)
		return E_KEY;
	if (strcmp(name, "root.key") == 0)
		e = keyfile_peek(l->what, &part->key, &sealed);
	else
		e = keyfile_read(
		    l->what, l->passphrase, &part->key, &part->material, l->cache);
	if (e != E_OK)
		return e;
	l->n++;
	key_file_name(&part->key, want);
	return strcmp(name, want) == 0 ? E_OK : E_KEY;
}

static enum err
load_parts(struct loading *l)
{
	struct dirent *entry;
	enum err e = E_OK;
	DIR *d = opendir(l->dir);

	if (d == NULL)
		return err_from_errno(errno);
	while (e == E_OK && (entry = readdir(d)) != NULL) {
		if (is_key_name(slice_str(entry->d_name)))
			e = load_part(l, entry->d_name);
	}
	closedir(d);
	return e;
}

enum err
keyring_load(struct arena *arena, const char *dir, struct slice passphrase,
    struct keyring **out, const char **what)
{
	struct loading l = {
		.arena = arena, .dir = dir, .passphrase = passphrase, .what = dir
	};
	enum err e;

	if (!(l.cache = unlock_new()))
		return E_NO_MEMORY;
	e = load_parts(&l);
	unlock_free(l.cache);
	if (e == E_OK) {
		l.what = dir;
		e = keyring_new(l.part, l.n, out);
	}
	for (size_t i = 0; i < l.n; i++)
		secret_free(l.part[i].material);
	*what = l.what;
	return e;
}
