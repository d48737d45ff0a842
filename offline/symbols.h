/* Bytes as symbols: base45 (RFC 9285) and Crockford's base32 without check symbol. */
#ifndef LICET_OFFLINE_SYMBOLS_H
#define LICET_OFFLINE_SYMBOLS_H

#include "base/buf.h"

void
base45_put(struct buf *, struct slice bytes);
/* E_VALIDATION: a symbol outside the alphabet, a value that does not fit, a length that
 * no bytes have. E_NO_MEMORY. */
must_check enum err
base45_decode(struct arena *, struct slice text, struct slice *bytes);
/* Upper case; the last symbol filled up with zero bits. */
void
base32_put(struct buf *, struct slice bytes);
/* Either case, o for 0, i and l for 1; blanks and hyphens are passed over. E_VALIDATION,
 * also for fill bits that are not zero. E_NO_MEMORY. */
must_check enum err
base32_decode(struct arena *, struct slice text, struct slice *bytes);
/* Value of a symbol as base32_decode reads it, -1 for none. */
int
base32_value(char symbol);
char
base32_symbol(unsigned value); /* modulo 32 */

#endif
