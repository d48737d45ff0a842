#include "server/http/guard.h"

#include <event2/event.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/secret.h"

/* Room for the keys of 10,000 connections that shake hands at a time; pages are locked as
 * they are used. */
#define LOCKED_BYTES ((size_t)2 << 20)
#define LOCKED_LEAST 32

static void *
tls_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(n);
}

static void *
tls_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return secret_heap_grow(p, n);
}

static void
tls_free_wiped(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	secret_heap_free(p);
}

bool
guard_memory(void)
{
	event_set_mem_functions(malloc, secret_heap_grow, secret_heap_free);
	return CRYPTO_set_mem_functions(tls_malloc, tls_realloc, tls_free_wiped) == 1 &&
	       CRYPTO_secure_malloc_init(LOCKED_BYTES, LOCKED_LEAST) != 0;
}
