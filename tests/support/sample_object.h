/* Objects of a wanted size for tests of what carries them; their signature is empty. */
#ifndef LICET_TESTS_SUPPORT_SAMPLE_OBJECT_H
#define LICET_TESTS_SUPPORT_SAMPLE_OBJECT_H

#include "base/buf.h"
#include "offline/object.h"

/*
 * Of `size` bytes (200 at least), or one or two less where no length of the payload makes
 * it so. The content follows from the seed. Null: no memory.
 */
struct slice
sample_object(struct arena *, enum object_kind, size_t size, uint32_t seed);

#endif
