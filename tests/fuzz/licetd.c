/* Command lines of licetd. */
#include "tests/fuzz/target.h"

#include "server/command.h"
#include "tests/fuzz/usage.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = fuzz_arena();
	struct usage u;

	(void)fuzz_usage(&licetd_program, arena, fuzz_slice(data, size), &u);
	arena_free(arena);
	return 0;
}
