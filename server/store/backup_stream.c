#include "server/store/backup_stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "licet backup 1\n"
#define SEALED_MAX (BACKUP_CHUNK + crypto_secretstream_xchacha20poly1305_ABYTES)
#define OPS_MAX 16
#define MEMORY_MAX (UINT64_C(1) << 30)

struct head {
	unsigned char magic[sizeof(MAGIC) - 1];
	unsigned char ops[8], memory[8]; /* big-endian */
	unsigned char salt[crypto_pwhash_SALTBYTES];
	unsigned char stream[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
};

static void
store_be(unsigned char out[static 8], uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		out[i] = (unsigned char)v;
}

static uint64_t
load_be(const unsigned char in[static 8])
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | in[i];
	return v;
}

static void
file_put(struct backup_stream *s, const void *p, size_t n)
{
	const char *from = p;

	crypto_generichash_update(&s->hash, p, n);
	s->size += (int64_t)n;
	while (n > 0 && s->err == E_OK) {
		ssize_t done = write(s->fd, from, n);

		if (done < 0 && errno != EINTR)
			s->err = err_from_errno(errno);
		if (done > 0) {
			from += done;
			n -= (size_t)done;
		}
	}
}

/* Up to n bytes; fewer only at the end of the file. */
static size_t
file_get(struct backup_stream *s, void *p, size_t n)
{
	size_t got = 0;

	while (got < n && s->err == E_OK) {
		ssize_t r = read(s->fd, (char *)p + got, n - got);

		if (r == 0)
			break;
		if (r < 0 && errno != EINTR)
			s->err = err_from_errno(errno);
		if (r > 0)
			got += (size_t)r;
	}
	crypto_generichash_update(&s->hash, p, got);
	s->size += (int64_t)got;
	return got;
}

static enum err
stream_init(struct backup_stream *s, struct arena *a, int fd)
{
	*s = (struct backup_stream){ .fd = fd };
	crypto_generichash_init(&s->hash, NULL, 0, 32);
	s->plain = arena_alloc(a, BACKUP_CHUNK);
	s->sealed = s->plain ? arena_alloc(a, SEALED_MAX) : NULL;
	return s->sealed ? E_OK : E_NO_MEMORY;
}

static enum err
derive(const struct head *head, struct slice passphrase,
    unsigned char key[static crypto_secretstream_xchacha20poly1305_KEYBYTES])
{
	uint64_t ops = load_be(head->ops), memory = load_be(head->memory);

	if (ops < crypto_pwhash_OPSLIMIT_MIN || ops > OPS_MAX ||
	    memory < crypto_pwhash_MEMLIMIT_MIN || memory > MEMORY_MAX)
		return E_VERIFY;
	if (crypto_pwhash(key, crypto_secretstream_xchacha20poly1305_KEYBYTES,
		passphrase.p, passphrase.n, head->salt, ops, (size_t)memory,
		crypto_pwhash_ALG_ARGON2ID13) != 0)
		return E_NO_MEMORY;
	return E_OK;
}

enum err
backup_stream_create(
    struct backup_stream *s, struct arena *a, int fd, struct slice passphrase)
{
	unsigned char key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
	struct head head;
	enum err err = stream_init(s, a, fd);

	if (err != E_OK)
		return err;
	memcpy(head.magic, MAGIC, sizeof(head.magic));
	store_be(head.ops, crypto_pwhash_OPSLIMIT_MODERATE);
	store_be(head.memory, crypto_pwhash_MEMLIMIT_MODERATE);
	randombytes_buf(head.salt, sizeof(head.salt));
	if ((err = derive(&head, passphrase, key)) != E_OK)
		return err;
	crypto_secretstream_xchacha20poly1305_init_push(&s->crypt, head.stream, key);
	sodium_memzero(key, sizeof(key));
	file_put(s, &head, sizeof(head));
	return s->err;
}

enum err
backup_stream_open(
    struct backup_stream *s, struct arena *a, int fd, struct slice passphrase)
{
	unsigned char key[crypto_secretstream_xchacha20poly1305_KEYBYTES];
	struct head head;
	enum err err = stream_init(s, a, fd);

	if (err != E_OK)
		return err;
	if (file_get(s, &head, sizeof(head)) != sizeof(head))
		return s->err ? s->err : E_VERIFY;
	if (memcmp(head.magic, MAGIC, sizeof(head.magic)) != 0)
		return E_VERIFY;
	if ((err = derive(&head, passphrase, key)) != E_OK)
		return err;
	if (crypto_secretstream_xchacha20poly1305_init_pull(
		&s->crypt, head.stream, key) != 0)
		err = E_VERIFY;
	sodium_memzero(key, sizeof(key));
	return err;
}

static void
push(struct backup_stream *s, unsigned char tag)
{
	unsigned long long n;

	crypto_secretstream_xchacha20poly1305_push(
	    &s->crypt, s->sealed, &n, s->plain, s->n, NULL, 0, tag);
	file_put(s, s->sealed, (size_t)n);
	s->n = 0;
}

void
backup_stream_put(struct backup_stream *s, const void *p, size_t n)
{
	const char *from = p;

	while (n > 0 && s->err == E_OK) {
		size_t room = BACKUP_CHUNK - s->n;
		size_t part = n < room ? n : room;

		memcpy(s->plain + s->n, from, part);
		s->n += part;
		from += part;
		n -= part;
		if (s->n == BACKUP_CHUNK)
			push(s, 0);
	}
}

enum err
backup_stream_finish(struct backup_stream *s)
{
	if (s->err == E_OK)
		push(s, crypto_secretstream_xchacha20poly1305_TAG_FINAL);
	return s->err;
}

static enum err
pull(struct backup_stream *s)
{
	unsigned char tag;
	unsigned long long n;
	size_t got;

	if (s->last)
		return s->err = E_VERIFY;
	got = file_get(s, s->sealed, SEALED_MAX);
	if (s->err != E_OK)
		return s->err;
	if (crypto_secretstream_xchacha20poly1305_pull(
		&s->crypt, s->plain, &n, &tag, s->sealed, got, NULL, 0) != 0)
		return s->err = E_VERIFY;
	s->last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
	s->at = 0;
	s->n = (size_t)n;
	return E_OK;
}

enum err
backup_stream_get(struct backup_stream *s, void *p, size_t n)
{
	char *to = p;

	while (n > 0) {
		size_t part = s->n - s->at;

		if (s->err != E_OK)
			return s->err;
		if (part == 0) {
			if (pull(s) != E_OK)
				return s->err;
			continue;
		}
		part = n < part ? n : part;
		memcpy(to, s->plain + s->at, part);
		s->at += part;
		to += part;
		n -= part;
	}
	return s->err;
}

enum err
backup_stream_end(struct backup_stream *s)
{
	if (s->err == E_OK && s->at == s->n && !s->last)
		(void)pull(s);
	if (s->err == E_OK &&
	    (s->at != s->n || !s->last || file_get(s, s->sealed, 1) != 0))
		s->err = E_VERIFY;
	return s->err;
}

void
backup_stream_digest(struct backup_stream *s, char out[static 65])
{
	unsigned char hash[32];

	crypto_generichash_final(&s->hash, hash, sizeof(hash));
	sodium_bin2hex(out, 65, hash, sizeof(hash));
	sodium_memzero(&s->crypt, sizeof(s->crypt));
	sodium_memzero(s->plain, BACKUP_CHUNK);
}
