/* Command lines of a program, one argument a line. */
#ifndef LICET_TESTS_FUZZ_USAGE_H
#define LICET_TESTS_FUZZ_USAGE_H

#include "base/usage.h"

/*
 * An accepted line keeps to its command's row; a refused one is explained in one line.
 * True: accepted and not a call for help, so that the command may be tried.
 */
bool
fuzz_usage(const struct usage_program *, struct arena *, struct slice in, struct usage *);

#endif
