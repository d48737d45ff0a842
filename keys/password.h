/*
 * Passwords of people: Argon2id, t = 2, 19 MiB. Blocking and costly: for a base/pool.h
 * job, never for a loop thread.
 */
#ifndef LICET_KEYS_PASSWORD_H
#define LICET_KEYS_PASSWORD_H

#include "base/err.h"

#define PASSWORD_HASH 128 /* room for the text and its NUL */

must_check enum err
password_hash(struct slice password, char out[static PASSWORD_HASH]);
/*
 * Runs Argon2id exactly once whatever it is given: a hash that is null, empty or no hash
 * of ours is replaced by a fixed one and the answer is false.
 */
must_check bool
password_verify(struct slice hash, struct slice password);

#endif
