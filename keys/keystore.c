#include "keys/keystore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "keys/keyfile.h"

#define PATHS_MAX 8192

struct keystore {
	pthread_mutex_t lock;
	char *dir;
	bool seals;
	struct keystore_source source;
	struct secret
	    *passphrase; /* under lock, and the next; NULL: unsealed or tidied */
	struct unlock *cache;
	atomic_flag busy;
	int fd; /* of the folder while it is locked, else -1 */
};

struct keystore *
keystore_new(const char *dir, const struct secret *passphrase)
{
	struct keystore *ks = calloc(1, sizeof(*ks));

	if (ks == NULL)
		return NULL;
	if (pthread_mutex_init(&ks->lock, NULL) != 0) {
		free(ks);
		return NULL;
	}
	atomic_flag_clear(&ks->busy);
	ks->fd = -1;
	ks->dir = strdup(dir);
	ks->seals = passphrase != NULL;
	ks->cache = unlock_new();
	if (passphrase != NULL)
		ks->passphrase = secret_copy(secret_slice(passphrase));
	if (ks->dir != NULL && ks->cache != NULL && !ks->passphrase == !passphrase)
		return ks;
	keystore_free(ks);
	return NULL;
}

void
keystore_free(struct keystore *ks)
{
	if (ks == NULL)
		return;
	keystore_unlock(ks);
	unlock_free(ks->cache);
	secret_free(ks->passphrase);
	free(ks->dir);
	pthread_mutex_destroy(&ks->lock);
	free(ks);
}

bool
keystore_seals(const struct keystore *ks)
{
	return ks->seals;
}

void
keystore_set_source(struct keystore *ks, struct keystore_source source)
{
	ks->source = source;
}

static enum err
unseal(struct keystore *ks)
{
	if (ks->cache == NULL && (ks->cache = unlock_new()) == NULL)
		return E_NO_MEMORY;
	if (!ks->seals || ks->passphrase != NULL)
		return E_OK;
	return ks->source.find != NULL ? ks->source.find(ks->source.arg, &ks->passphrase)
	                               : E_KEY;
}

enum err
keystore_unseal(struct keystore *ks)
{
	enum err e;

	pthread_mutex_lock(&ks->lock);
	e = unseal(ks);
	pthread_mutex_unlock(&ks->lock);
	return e;
}

void
keystore_tidy(struct keystore *ks)
{
	pthread_mutex_lock(&ks->lock);
	secret_free(ks->passphrase);
	unlock_free(ks->cache);
	ks->passphrase = NULL;
	ks->cache = NULL;
	pthread_mutex_unlock(&ks->lock);
}

static struct slice
passphrase_of(const struct keystore *ks)
{
	return ks->passphrase != NULL ? secret_slice(ks->passphrase) : SLICE_NULL;
}

char *
keystore_path(const struct keystore *ks, struct arena *arena, const struct key *key)
{
	char name[KEY_FILE_NAME];

	key_file_name(key, name);
	return file_path(arena, ks->dir, name);
}

static bool
parse_name(struct slice name, struct key *key)
{
	struct slice stem;

	*key = (struct key){ .use = KEY_ROOT };
	if (!slice_ends(name, SLICE(".key")))
		return false;
	stem = slice_head(name, name.n - 4);
	if (slice_is(stem, "root"))
		return true;
	if (slice_starts(stem, SLICE("issuing-"))) {
		key->use = KEY_ISSUING;
		return key_kid_parse(slice_from(stem, 8), key->kid);
	}
	key->use = KEY_BOX;
	return slice_starts(stem, SLICE("box-")) &&
	       key_kid_parse(slice_from(stem, 4), key->kid);
}

static enum err
list_add(
    struct arena *arena, const struct key *key, struct key **list, size_t *n, size_t *cap)
{
	struct key *grown = *list;

	if (*n == *cap) {
		*cap = *cap ? *cap * 2 : 16;
		grown = arena_array(arena, *cap, sizeof(*grown));
		if (grown == NULL)
			return E_NO_MEMORY;
		if (*n > 0)
			memcpy(grown, *list, *n * sizeof(*grown));
		*list = grown;
	}
	grown[(*n)++] = *key;
	return E_OK;
}

enum err
keystore_list(const struct keystore *ks, struct arena *arena, struct key **out, size_t *n)
{
	const struct dirent *entry;
	DIR *d = opendir(ks->dir);
	struct key key;
	size_t cap = 0;
	enum err e = E_OK;

	*out = NULL;
	*n = 0;
	if (d == NULL)
		return err_from_errno(errno);
	while (e == E_OK && (entry = readdir(d)) != NULL)
		if (parse_name(slice_str(entry->d_name), &key))
			e = list_add(arena, &key, out, n, &cap);
	closedir(d);
	return e;
}

/* The file's path in an arena of its own, for the call. */
static struct arena *
path_begin(const struct keystore *ks, const struct key *key, char **path)
{
	struct arena *arena = arena_new(PATHS_MAX);

	*path = arena != NULL ? keystore_path(ks, arena, key) : NULL;
	if (*path != NULL)
		return arena;
	arena_free(arena);
	return NULL;
}

static bool
is_wanted(const struct key *want, const struct key *key)
{
	bool by_kid = want->use == KEY_ISSUING || want->use == KEY_BOX;

	return key->use == want->use &&
	       (!by_kid || memcmp(key->kid, want->kid, KEY_KID) == 0);
}

enum err
keystore_peek(struct keystore *ks, const struct key *want, struct key *key, bool *sealed)
{
	char *path;
	struct arena *arena = path_begin(ks, want, &path);
	enum err e;

	if (arena == NULL)
		return E_NO_MEMORY;
	e = keyfile_peek(path, key, sealed);
	arena_free(arena);
	return e != E_OK || is_wanted(want, key) ? e : E_KEY;
}

enum err
keystore_open(struct keystore *ks, const struct key *want, struct key *key,
    struct secret **material, bool *sealed)
{
	char *path;
	struct arena *arena = path_begin(ks, want, &path);
	enum err e;

	if (arena == NULL)
		return E_NO_MEMORY;
	pthread_mutex_lock(&ks->lock);
	e = keyfile_read(path, passphrase_of(ks), key, material, ks->cache);
	*sealed = e == E_OK && keyfile_is_sealed(path);
	pthread_mutex_unlock(&ks->lock);
	arena_free(arena);
	if (e != E_OK || is_wanted(want, key))
		return e;
	secret_free(*material);
	*material = NULL;
	return E_KEY;
}

enum err
keystore_has(const struct keystore *ks, const struct key *want, bool *has)
{
	char *path;
	struct arena *arena = path_begin(ks, want, &path);

	if (arena == NULL)
		return E_NO_MEMORY;
	*has = file_exists(path);
	arena_free(arena);
	return E_OK;
}

enum err
keystore_write(struct keystore *ks, const struct key *key, const struct secret *material)
{
	char *path;
	struct arena *arena = path_begin(ks, key, &path);
	enum err e;

	if (arena == NULL)
		return E_NO_MEMORY;
	pthread_mutex_lock(&ks->lock);
	e = ks->seals && ks->passphrase == NULL
	        ? E_KEY
	        : keyfile_write(
		      path, key, secret_slice(material), passphrase_of(ks), ks->cache);
	pthread_mutex_unlock(&ks->lock);
	arena_free(arena);
	return e;
}

enum err
keystore_remove(struct keystore *ks, const struct key *key)
{
	char *path;
	struct arena *arena = path_begin(ks, key, &path);
	enum err e = E_OK;

	if (arena == NULL)
		return E_NO_MEMORY;
	if (unlink(path) != 0 && errno != ENOENT)
		e = err_from_errno(errno);
	arena_free(arena);
	return e == E_OK ? file_sync_dir(ks->dir) : e;
}

bool
keystore_begin(struct keystore *ks)
{
	return !atomic_flag_test_and_set(&ks->busy);
}

void
keystore_end(struct keystore *ks)
{
	atomic_flag_clear(&ks->busy);
}

enum err
keystore_lock(struct keystore *ks, bool alone, bool wait)
{
	int how = (alone ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB);
	int fd = open(ks->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return err_from_errno(errno);
	while ((rc = flock(fd, how)) != 0 && errno == EINTR)
		;
	if (rc != 0) {
		close(fd);
		return errno == EWOULDBLOCK ? E_UNAVAILABLE : err_from_errno(errno);
	}
	ks->fd = fd;
	return E_OK;
}

void
keystore_unlock(struct keystore *ks)
{
	if (ks->fd >= 0)
		close(ks->fd);
	ks->fd = -1;
}
