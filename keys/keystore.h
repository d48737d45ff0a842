/*
 * The folder of key files of a data directory (cli.md 2.2) and what opens them. The
 * passphrase is here only while it is needed: at start, and then from keystore_unseal to
 * keystore_tidy. Any thread; a call waits for another one.
 */
#ifndef LICET_KEYS_KEYSTORE_H
#define LICET_KEYS_KEYSTORE_H

#include "base/secret.h"
#include "keys/key.h"

struct keystore;

/* Gets the passphrase again, where it lies; any thread. */
struct keystore_source {
	enum err (*find)(void *arg, struct secret **out);
	void *arg;
};

/* dir: DIR/keys. passphrase: copied; NULL when no file is sealed, and new ones then are
 * not. NULL when out of memory. */
struct keystore *
keystore_new(const char *dir, const struct secret *passphrase);
void
keystore_free(struct keystore *); /* wipes; accepts NULL */
/* Where keystore_unseal gets the passphrase from; without: E_KEY once it was wiped. */
void
keystore_set_source(struct keystore *, struct keystore_source);
/* So that files can be opened and written. Nothing to do where none is sealed. Errors of
 * the source. */
must_check enum err
keystore_unseal(struct keystore *);
/* Wipes the passphrase and all that was derived from it. */
void
keystore_tidy(struct keystore *);
/* New files are sealed. */
bool
keystore_seals(const struct keystore *);
/* The file of a key by its use and kid, for messages; NULL when out of memory. */
char *
keystore_path(const struct keystore *, struct arena *, const struct key *);

/* use and kid of every issuing, box and root file, by their names alone; other names are
 * passed over. E_NO_MEMORY, or the error of the folder. */
must_check enum err
keystore_list(const struct keystore *, struct arena *, struct key **out, size_t *n);
/*
 * Opens the file of want->use and want->kid (root and store: whatever kid) into *key;
 * *sealed as it lies there. Errors of keyfile_read; E_KEY also when another key lies
 * under the name.
 */
must_check enum err
keystore_open(struct keystore *, const struct key *want, struct key *key,
    struct secret **material, bool *sealed);
/* Only its public half: E_KEY as above. */
must_check enum err
keystore_peek(struct keystore *, const struct key *want, struct key *key, bool *sealed);
/* E_NO_MEMORY. */
must_check enum err
keystore_has(const struct keystore *, const struct key *want, bool *has);
/* On disk when it returns. Errors of keyfile_write. */
must_check enum err
keystore_write(struct keystore *, const struct key *, const struct secret *material);
/* Gone from the disk when it returns; E_OK also when it was not there. */
must_check enum err
keystore_remove(struct keystore *, const struct key *);

/*
 * One change of keys at a time in this process: false when another one runs. The lock of
 * the folder keeps other processes out: readers (a backup, verify) share it, a change has
 * it alone; without wait, E_UNAVAILABLE when it is taken. Given back by unlock and by the
 * end of the process.
 */
bool
keystore_begin(struct keystore *);
void
keystore_end(struct keystore *);
must_check enum err
keystore_lock(struct keystore *, bool alone, bool wait);
void
keystore_unlock(struct keystore *);

#endif
