/*
 * What a fuzz target is: one function that takes any bytes and must come back. What must
 * hold is said with FUZZ_CHECK. libFuzzer and AFL++ bring their own main; replay.c is
 * the one of the check programs.
 */
#ifndef LICET_TESTS_FUZZ_TARGET_H
#define LICET_TESTS_FUZZ_TARGET_H

#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                            \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__,          \
			    __LINE__, #condition);                                       \
			__builtin_trap();                                                \
		}                                                                        \
	} while (0)

/* The bytes as a slice that is never null. */
static inline struct slice
fuzz_slice(const uint8_t *data, size_t size)
{
	return size > 0 ? slice_of(data, size) : SLICE("");
}

/* The first byte, cut off: what picks among tables. 0 when there is none. */
static inline unsigned
fuzz_pick(struct slice *in)
{
	unsigned pick = in->n > 0 ? (unsigned char)in->p[0] : 0;

	*in = slice_from(*in, 1);
	return pick;
}

static inline struct arena *
fuzz_arena(void)
{
	struct arena *arena = arena_new(0);

	FUZZ_CHECK(arena != NULL);
	return arena;
}

#endif
