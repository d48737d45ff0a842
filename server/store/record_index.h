/* Keys and index entries of one record; shared by record.c and record_verify.c. */
#ifndef LICET_SERVER_STORE_RECORD_INDEX_H
#define LICET_SERVER_STORE_RECORD_INDEX_H

#include "server/store/record.h"

const struct table_def *
record_def(const struct txn *, enum table);
size_t
record_index_count(const struct table_def *);
/* Primary key into the arena. E_VALIDATION: text with NUL, or too long. */
must_check enum err
record_key(struct txn *, enum table, const void *rec, struct slice *key);
/* Key in an index; null when the record has none there. */
must_check enum err
record_index_key(struct txn *, enum table, int index, const void *rec, struct slice *key);
/* Primary key that an entry names: val, or what its key tells. Copied to the arena.
 * E_DAMAGED. */
must_check enum err
record_entry_primary(struct txn *, enum table, int index, struct slice key,
    struct slice val, struct slice *primary);
/* From the entries of old (NULL: none) to those of rec (NULL: none). E_DUPLICATE, before
 * anything is changed, when an entry that rec needs belongs to another record. */
must_check enum err
record_index_move(
    struct txn *, enum table, struct slice primary, const void *old, const void *rec);
/* Damage that the checksums cannot see: logs, sets the store's fault, gives E_DAMAGED. */
enum err
record_damaged(struct txn *, enum table, int index, const char *problem);

#endif
