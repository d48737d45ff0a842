#include "server/store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/wire.h"
#include "server/store/backup_stream.h"
#include "server/store/backup_tree.h"

/*
 * In the stream: time taken, then for each file a record of name and size and its bytes,
 * an empty name, and the manifest: count, then name, size and digest of each file.
 */
struct writer {
	struct store *store;
	const char *to;
	struct slice passphrase;
	struct arena *arena;
	struct backup_stream stream;
	struct backup_summary *summary;
	struct buf manifest;
};

static void
put_number(struct writer *w, int64_t n)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)((uint64_t)n >> (56 - 8 * i));
	backup_stream_put(&w->stream, bytes, sizeof(bytes));
}

static void
put_record(struct writer *w, struct slice name, int64_t size)
{
	struct buf b = BUF_INIT(w->arena);

	wire_u16(&b, (uint16_t)name.n);
	buf_slice_add(&b, name);
	wire_u64(&b, (uint64_t)size);
	if (!buf_ok(&b))
		w->stream.err = E_NO_MEMORY;
	else
		backup_stream_put(&w->stream, b.p, b.n);
}

static enum err
copy_bytes(struct writer *w, int fd, int64_t size, unsigned char digest[static 32])
{
	crypto_generichash_state hash;
	unsigned char part[8192];

	crypto_generichash_init(&hash, NULL, 0, 32);
	while (size > 0 && w->stream.err == E_OK) {
		size_t want = size < (int64_t)sizeof(part) ? (size_t)size : sizeof(part);
		ssize_t got = read(fd, part, want);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? err_from_errno(errno) : E_IO;
		crypto_generichash_update(&hash, part, (size_t)got);
		backup_stream_put(&w->stream, part, (size_t)got);
		size -= got;
	}
	crypto_generichash_final(&hash, digest, 32);
	return w->stream.err;
}

static enum err
put_file(struct writer *w, const struct backup_entry *e)
{
	struct slice name = slice_str(e->name);
	unsigned char digest[32];
	struct stat st;
	enum err err;
	int fd;

	if (!backup_name_valid(name))
		return E_VALIDATION;
	fd = open(e->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_from_errno(errno);
	err = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? E_OK : E_IO;
	if (err == E_OK) {
		put_record(w, name, st.st_size);
		err = copy_bytes(w, fd, st.st_size, digest);
	}
	close(fd);
	if (err != E_OK)
		return err;
	wire_u16(&w->manifest, (uint16_t)name.n);
	buf_slice_add(&w->manifest, name);
	wire_u64(&w->manifest, (uint64_t)st.st_size);
	buf_add(&w->manifest, digest, sizeof(digest));
	w->summary->files++;
	return buf_finish(&w->manifest);
}

static enum err
put_all(struct writer *w, const struct backup_entry *e, size_t n)
{
	enum err err = E_OK;

	put_number(w, w->summary->taken);
	for (size_t i = 0; err == E_OK && i < n; i++)
		err = put_file(w, &e[i]);
	if (err != E_OK)
		return err;
	put_record(w, SLICE(""), 0);
	put_number(w, w->summary->files);
	backup_stream_put(&w->stream, w->manifest.p, w->manifest.n);
	return backup_stream_finish(&w->stream);
}

static enum err
write_to(struct writer *w, int fd, const struct backup_entry *e, size_t n)
{
	enum err err = backup_stream_create(&w->stream, w->arena, fd, w->passphrase);

	if (err == E_OK)
		err = put_all(w, e, n);
	if (w->stream.sealed)
		backup_stream_digest(&w->stream, w->summary->digest);
	w->summary->size = w->stream.size;
	if (err == E_OK && fsync(fd) != 0)
		err = err_from_errno(errno);
	return err;
}

/* rename would go over a file that appeared meanwhile; a link does not. */
static enum err
publish(struct arena *a, const char *part, const char *to)
{
	char *slash, *dir = arena_str(a, slice_str(to));

	if (dir == NULL)
		return E_NO_MEMORY;
	if (link(part, to) != 0)
		return err_from_errno(errno);
	slash = strrchr(dir, '/');
	if (slash == NULL)
		return file_sync_dir(".");
	slash[slash == dir] = '\0';
	return file_sync_dir(dir);
}

static enum err
write_beside(struct writer *w, const struct backup_entry *e, size_t n)
{
	char *part = arena_printf(w->arena, "%s.part", w->to);
	enum err err;
	int fd;

	if (part == NULL)
		return E_NO_MEMORY;
	unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_from_errno(errno);
	err = write_to(w, fd, e, n);
	if (close(fd) != 0 && err == E_OK)
		err = err_from_errno(errno);
	if (err == E_OK)
		err = publish(w->arena, part, w->to);
	unlink(part);
	return err;
}

/* The engine's files first, then the caller's. */
static enum err
gather(struct writer *w, const char *copy, struct backup_entry *all, size_t *n)
{
	enum err err;

	w->summary->taken = clock_now();
	err = w->store->ops->backup(w->store, copy);
	return err == E_OK
	           ? backup_tree_list(w->arena, copy, "store", all, BACKUP_FILES_MAX, n)
	           : err;
}

static enum err
write_with(struct writer *w, const char *tmp_dir, const struct backup_entry *e, size_t n)
{
	struct backup_entry *all = arena_array(w->arena, BACKUP_FILES_MAX, sizeof(*all));
	char *copy = arena_printf(w->arena, "%s/backup-XXXXXX", tmp_dir);
	size_t count = 0;
	enum err err;

	if (all == NULL || copy == NULL)
		return E_NO_MEMORY;
	if (mkdtemp(copy) == NULL)
		return err_from_errno(errno);
	err = gather(w, copy, all, &count);
	if (err == E_OK && n > BACKUP_FILES_MAX - count)
		err = E_PAYLOAD_TOO_LARGE;
	if (err == E_OK) {
		if (n > 0)
			memcpy(all + count, e, n * sizeof(*e));
		err = write_beside(w, all, count + n);
	}
	backup_tree_clear(copy);
	rmdir(copy);
	return err;
}

enum err
backup_write(struct store *s, const char *to, const char *tmp_dir,
    struct slice passphrase, const struct backup_entry *e, size_t n,
    struct backup_summary *summary)
{
	struct arena *a;
	struct writer w;
	enum err err;

	*summary = (struct backup_summary){ 0 };
	if (passphrase.p == NULL)
		return E_VALIDATION;
	if (file_exists(to))
		return E_EXISTS;
	if ((a = arena_new(64u << 20)) == NULL)
		return E_NO_MEMORY;
	w = (struct writer){ .store = s,
		.to = to,
		.passphrase = passphrase,
		.arena = a,
		.summary = summary,
		.manifest = BUF_INIT(a) };
	err = write_with(&w, tmp_dir, e, n);
	arena_free(a);
	return err;
}
