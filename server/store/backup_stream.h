/*
 * A file of bytes encrypted as a stream: libsodium secretstream under Argon2id of a
 * passphrase. Sticky errors; every byte is authenticated before a reader sees it.
 */
#ifndef LICET_SERVER_STORE_BACKUP_STREAM_H
#define LICET_SERVER_STORE_BACKUP_STREAM_H

#include <sodium.h>

#include "base/arena.h"
#include "base/err.h"

#define BACKUP_CHUNK 65536

struct backup_stream {
	int fd;
	enum err
	    err; /* E_VERIFY: wrong passphrase, changed, cut, or more than expected */
	int64_t size; /* of the file so far */
	bool last;    /* reading: the final chunk is at hand */
	size_t at, n; /* in plain */
	crypto_secretstream_xchacha20poly1305_state crypt;
	crypto_generichash_state hash; /* of the file */
	unsigned char *plain, *sealed;
};

/* The stream writes to / reads from fd, which stays the caller's. */
must_check enum err
backup_stream_create(
    struct backup_stream *, struct arena *, int fd, struct slice passphrase);
must_check enum err
backup_stream_open(
    struct backup_stream *, struct arena *, int fd, struct slice passphrase);
void
backup_stream_put(struct backup_stream *, const void *p, size_t n);
/* The final chunk. */
must_check enum err
backup_stream_finish(struct backup_stream *);
/* Exactly n bytes, else the error. */
must_check enum err
backup_stream_get(struct backup_stream *, void *p, size_t n);
/* E_OK when nothing follows, in the stream and in the file. */
must_check enum err
backup_stream_end(struct backup_stream *);
/* BLAKE2b-256 of the whole file in hex; ends the stream. */
void
backup_stream_digest(struct backup_stream *, char out[static 65]);

#endif
