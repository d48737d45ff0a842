/*
 * Backup file: one instant of the store, encrypted as a stream (libsodium secretstream
 * XChaCha20-Poly1305 under Argon2id of the backup passphrase), with a manifest of
 * digests. The caller adds further files (keys, configuration) by name. cli.md 2.1.
 */
#ifndef LICET_SERVER_STORE_BACKUP_H
#define LICET_SERVER_STORE_BACKUP_H

#include "server/store/store.h"

struct backup_entry {
	const char *name; /* "keys/root.key", "licetd.conf" */
	const char *path; /* file to read, or, in backup_read, where it was put */
};

struct backup_summary {
	int64_t size;
	char digest[65]; /* BLAKE2b-256 of the file, hex */
	int64_t taken;   /* instant */
	int64_t files;
};

/* A data directory that holds this file is not finished and not served. */
#define BACKUP_UNFINISHED "init.incomplete"

/* Written beside `to`, fsynced, renamed; never over an existing file (E_EXISTS). tmp_dir
 * gets the engine's copy for a while. A null passphrase is E_VALIDATION. */
must_check enum err
backup_write(struct store *, const char *to, const char *tmp_dir, struct slice passphrase,
    const struct backup_entry *, size_t n, struct backup_summary *);
/* Unpacks into dir (which must be a directory, empty but for BACKUP_UNFINISHED:
 * E_NOT_EMPTY); verifies all digests before E_OK. E_VERIFY: wrong passphrase, cut or
 * changed file; dir is left empty then.
 */
must_check enum err
backup_read(
    const char *from, const char *dir, struct slice passphrase, struct backup_summary *);

#endif
