/* The record of what a process wrote, synced and sent: a sequence of these, each followed
 * by its bytes. In the order in which the calls ended; a send stands where it began. */
#ifndef LICET_TESTS_CRASH_RECORD_H
#define LICET_TESTS_CRASH_RECORD_H

#include <stdint.h>

enum record_kind {
	RECORD_WRITE = 1, /* bytes of `file` from `at` on, not yet durable */
	RECORD_DURABLE,   /* the write before it, through O_DSYNC */
	RECORD_SYNC,      /* every write to `file` so far; of a directory, its names */
	RECORD_LENGTH,    /* `file` was cut or extended to `at` */
	RECORD_SEND       /* the beginning of what went to a socket */
};

#define RECORD_SENT_MAX 1024

struct record_event {
	uint32_t kind, size;
	uint64_t file; /* inode */
	int64_t at;
};

#endif
