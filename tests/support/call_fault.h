/*
 * Fails the n-th call that the sources make of the system, of LMDB or of libsodium's
 * Argon2id. A program that links this names the calls in its LDFLAGS (--wrap). One
 * thread.
 */
#ifndef LICET_TESTS_SUPPORT_CALL_FAULT_H
#define LICET_TESTS_SUPPORT_CALL_FAULT_H

#include <stdbool.h>

enum call_kind {
	CALL_SYSTEM,   /* open, close, read, write, fsync, …; code is an errno */
	CALL_TRANSFER, /* of these only read, pread and write */
	CALL_LMDB,     /* code is what LMDB returns */
	CALL_COMMIT,   /* of these only the commit of a transaction */
	CALL_COPY,     /* of these only the copy of an environment */
	CALL_BEGIN,    /* of these only the begin of a transaction, the first time */
	CALL_RENEW,    /* the begin of a read again; not in CALL_LMDB, since a first one
	                  follows */
	CALL_MEMORY    /* none of ours: see arena_fail_at */
};

/* The n-th call of that kind from now on fails (0 = the next). */
void
call_fault_arm(enum call_kind, int code, long n);
/* Did one fail since? No more do. */
bool
call_fault_end(void);

#endif
