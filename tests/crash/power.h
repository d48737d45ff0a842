/*
 * What a power loss leaves of a store: states made from the record of a server's writes,
 * each opened and compared with what clients had been told by then.
 */
#ifndef LICET_TESTS_CRASH_POWER_H
#define LICET_TESTS_CRASH_POWER_H

#include "base/arena.h"
#include "base/map.h"
#include "keys/seal.h"
#include "server/store/record.h"
#include "tests/crash/record.h"

#define POWER_PAGE 4096
#define POWER_SECTOR 512
#define POWER_WHOLE 0xff

/* One event of the record about the store's file, or an answer (RECORD_SEND). */
struct power_event {
	enum record_kind kind;
	int64_t at;
	struct slice bytes;
};

struct power_record {
	struct power_event *event;
	size_t n;
};

/* Only what concerns the file with this inode, and sends. */
must_check enum err
power_record_load(
    struct arena *, const char *path, uint64_t inode, struct power_record *);

/* What one acknowledged request promises of every later state. */
enum promise_kind {
	PROMISE_AUDIT, /* an audit entry names the request */
	PROMISE_TOTAL, /* total_consumptions of a license is at least n */
	PROMISE_ROW,   /* the activation n is there */
	PROMISE_GONE,  /* it is there and not active any more */
	PROMISE_SEAT   /* it has a floating seat */
};

struct promise {
	struct slice answer; /* its Request-Id, of a License API call its Signature */
	enum promise_kind kind;
	int64_t license, n;
	bool told;
};

struct ledger {
	struct promise *promise;
	size_t n;
	struct map *by_answer;
	struct promise **told; /* in the order in which the answers were sent */
	size_t told_n;
};

/* Lines, by tabs: answer, "audit" | "total" license n | "row", "gone", "seat" 0 n. */
must_check enum err
ledger_load(struct arena *, const char *path, struct ledger *);
/* An answer went out. */
void
ledger_tell(struct ledger *, struct slice sent);

/* The file as a disk would have it: what is durable, and what waits for a sync. */
struct piece {
	int64_t at;
	struct slice bytes; /* within one page */
};

#define POWER_PENDING_MAX 8192

struct disk {
	int fd; /* shows the durable bytes between two states */
	const char *path;
	unsigned char *durable;
	int64_t length, room;
	struct piece *pending;
	size_t n;
};

must_check enum err
disk_open(struct arena *, const char *path, const char *base, struct disk *);
must_check enum err
disk_write(struct disk *, int64_t at, struct slice);
/* The pieces from `first` on become durable. */
must_check enum err
disk_sync(struct disk *, size_t first);
must_check enum err
disk_length(struct disk *, int64_t length);
/*
 * Shows the durable bytes and of each pending piece the sectors of its mask; a length
 * over that of what is kept extends by zeros. disk_hide shows the durable bytes again.
 */
must_check enum err
disk_show(struct disk *, const unsigned char *mask, int64_t length);
must_check enum err
disk_hide(struct disk *, const unsigned char *mask);
/* After somebody else wrote to the file. */
must_check enum err
disk_restore(struct disk *);

/* One committed state of the store. */
struct commit {
	uint64_t txn;
	unsigned char digest[32];
	size_t kept; /* promises it keeps, in the order of their being told */
};

#define POWER_COMMITS_MAX 16384

struct check {
	struct arena *arena; /* reset by each state */
	const char *dir;     /* of the store that is opened */
	const struct seal *seal;
	struct ledger *ledger;
	struct commit *commit;
	size_t commits;
	struct map *audited; /* request ids of the audit log */
	int64_t audit_last;
	const char *problem;
};

/* Opens the store in dir as the server does and compares: everything told is there, and
 * all is as one commit left it. On an error `problem` says what. */
must_check enum err
check_state(struct check *);
/* The server can go on from this state: one more commit, after which all verifies. */
must_check enum err
check_goes_on(struct check *);
/* Transaction and digest of all entries, read by LMDB alone. */
must_check enum err
check_digest(const char *dir, uint64_t *txn, unsigned char digest[static 32]);
/* Structure, checksums, records, indexes, counters, audit chain. */
must_check enum err
check_whole(struct check *, struct store *);

#endif
