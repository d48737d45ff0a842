#include "tests/support/call_fault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sodium.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	bool armed, failed;
	enum call_kind kind;
	int code;
	long before;
} plan;

void
call_fault_arm(enum call_kind kind, int code, long n)
{
	plan.armed = true;
	plan.failed = false;
	plan.kind = kind;
	plan.code = code;
	plan.before = n;
}

bool
call_fault_end(void)
{
	plan.armed = false;
	return plan.failed;
}

static bool
is_meant(enum call_kind kind)
{
	return plan.kind == kind || (plan.kind == CALL_SYSTEM && kind == CALL_TRANSFER) ||
	       (plan.kind == CALL_LMDB && kind > CALL_LMDB && kind != CALL_RENEW);
}

static bool
fails(enum call_kind kind)
{
	if (!plan.armed || !is_meant(kind))
		return false;
	if (plan.before-- != 0)
		return false;
	plan.failed = true;
	if (kind < CALL_LMDB)
		errno = plan.code;
	return true;
}

#define WRAP(kind, type, failure, name, params, args)                                    \
	type __real_##name params;                                                       \
	type __wrap_##name params;                                                       \
	type __wrap_##name params                                                        \
	{                                                                                \
		return fails(kind) ? (failure) : __real_##name args;                     \
	}
#define SYSTEM(name, params, args) WRAP(CALL_SYSTEM, int, -1, name, params, args)
#define TRANSFER(name, params, args) WRAP(CALL_TRANSFER, ssize_t, -1, name, params, args)
#define LMDB(name, params, args) WRAP(CALL_LMDB, int, plan.code, name, params, args)

TRANSFER(read, (int fd, void *p, size_t n), (fd, p, n))
TRANSFER(pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
TRANSFER(write, (int fd, const void *p, size_t n), (fd, p, n))
/* What the two become where the compiler knows the room (_FORTIFY_SOURCE). */
TRANSFER(__read_chk, (int fd, void *p, size_t n, size_t room), (fd, p, n, room))
TRANSFER(
    __pread_chk, (int fd, void *p, size_t n, off_t at, size_t room), (fd, p, n, at, room))
SYSTEM(fsync, (int fd), (fd))
SYSTEM(fstat, (int fd, struct stat *st), (fd, st))
SYSTEM(link, (const char *from, const char *to), (from, to))
SYSTEM(mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(CALL_SYSTEM, char *, NULL, mkdtemp, (char *path), (path))
WRAP(CALL_SYSTEM, DIR *, NULL, opendir, (const char *path), (path))

LMDB(mdb_env_create, (MDB_env * *env), (env))
LMDB(mdb_env_open, (MDB_env * env, const char *path, unsigned flags, mdb_mode_t mode),
    (env, path, flags, mode))
LMDB(mdb_env_set_mapsize, (MDB_env * env, size_t size), (env, size))
LMDB(mdb_dbi_open, (MDB_txn * txn, const char *name, unsigned flags, MDB_dbi *dbi),
    (txn, name, flags, dbi))
LMDB(mdb_get, (MDB_txn * txn, MDB_dbi dbi, MDB_val *k, MDB_val *v), (txn, dbi, k, v))
LMDB(mdb_put, (MDB_txn * txn, MDB_dbi dbi, MDB_val *k, MDB_val *v, unsigned flags),
    (txn, dbi, k, v, flags))
LMDB(mdb_del, (MDB_txn * txn, MDB_dbi dbi, MDB_val *k, MDB_val *v), (txn, dbi, k, v))
LMDB(mdb_cursor_open, (MDB_txn * txn, MDB_dbi dbi, MDB_cursor **c), (txn, dbi, c))
LMDB(mdb_cursor_get, (MDB_cursor * c, MDB_val *k, MDB_val *v, MDB_cursor_op op),
    (c, k, v, op))
WRAP(CALL_BEGIN, int, plan.code, mdb_txn_begin,
    (MDB_env * env, MDB_txn *parent, unsigned flags, MDB_txn **txn),
    (env, parent, flags, txn))
WRAP(CALL_RENEW, int, plan.code, mdb_txn_renew, (MDB_txn * txn), (txn))
WRAP(CALL_COPY, int, plan.code, mdb_env_copy2,
    (MDB_env * env, const char *path, unsigned flags), (env, path, flags))

/* A commit that fails ends its transaction all the same. */
int
__real_mdb_txn_commit(MDB_txn *txn);
int
__wrap_mdb_txn_commit(MDB_txn *txn);
int
__wrap_mdb_txn_commit(MDB_txn *txn)
{
	if (!fails(CALL_COMMIT))
		return __real_mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return plan.code;
}

/* So does a close. */
int
__real_close(int fd);
int
__wrap_close(int fd);
int
__wrap_close(int fd)
{
	int rc = __real_close(fd);

	return fails(CALL_SYSTEM) ? -1 : rc;
}

int
__real_open(const char *path, int flags, ...);
int
__wrap_open(const char *path, int flags, ...);
int
__wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & O_CREAT)
		mode = va_arg(args, mode_t);
	va_end(args);
	return fails(CALL_SYSTEM) ? -1 : __real_open(path, flags, mode);
}

/* Cheap, since these programs make hundreds of backups. */
int
__real_crypto_pwhash(unsigned char *, unsigned long long, const char *,
    unsigned long long, const unsigned char *, unsigned long long, size_t, int);
int
__wrap_crypto_pwhash(unsigned char *, unsigned long long, const char *,
    unsigned long long, const unsigned char *, unsigned long long, size_t, int);
int
__wrap_crypto_pwhash(unsigned char *out, unsigned long long n, const char *p,
    unsigned long long p_n, const unsigned char *salt, unsigned long long ops,
    size_t memory, int alg)
{
	(void)ops;
	(void)memory;
	if (fails(CALL_SYSTEM))
		return -1;
	return __real_crypto_pwhash(out, n, p, p_n, salt, crypto_pwhash_OPSLIMIT_MIN,
	    crypto_pwhash_MEMLIMIT_MIN, alg);
}
