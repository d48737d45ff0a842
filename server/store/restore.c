#include "server/store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/wire.h"
#include "server/store/backup_stream.h"
#include "server/store/backup_tree.h"

struct reader {
	struct arena *arena;
	const char *dir;
	struct backup_stream stream;
	struct backup_summary *summary;
	struct buf manifest; /* what it must be, from the files as they were written */
};

static enum err
get_number(struct reader *r, size_t bytes, uint64_t *out)
{
	unsigned char raw[8];
	enum err err = backup_stream_get(&r->stream, raw, bytes);

	*out = 0;
	for (size_t i = 0; err == E_OK && i < bytes; i++)
		*out = *out << 8 | raw[i];
	return err;
}

static enum err
get_name(struct reader *r, struct slice *name)
{
	uint64_t n;
	char *p;
	enum err err = get_number(r, 2, &n);

	if (err != E_OK)
		return err;
	if ((p = arena_alloc(r->arena, (size_t)n + 1)) == NULL)
		return E_NO_MEMORY;
	*name = slice_of(p, (size_t)n);
	return backup_stream_get(&r->stream, p, (size_t)n);
}

static enum err
write_all(int fd, const unsigned char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno != EINTR)
			return err_from_errno(errno);
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return E_OK;
}

static enum err
copy_bytes(struct reader *r, int fd, uint64_t size, unsigned char digest[static 32])
{
	crypto_generichash_state hash;
	unsigned char part[8192];
	enum err err = E_OK;

	crypto_generichash_init(&hash, NULL, 0, 32);
	while (size > 0 && err == E_OK) {
		size_t n = size < sizeof(part) ? (size_t)size : sizeof(part);

		err = backup_stream_get(&r->stream, part, n);
		if (err == E_OK)
			err = write_all(fd, part, n);
		crypto_generichash_update(&hash, part, n);
		size -= n;
	}
	crypto_generichash_final(&hash, digest, 32);
	return err;
}

static enum err
get_file(struct reader *r, struct slice name, uint64_t size)
{
	unsigned char digest[32];
	const char *path;
	enum err err;
	int fd;

	if (!backup_name_valid(name) || r->summary->files >= BACKUP_FILES_MAX)
		return E_VERIFY;
	if ((err = backup_tree_place(r->arena, r->dir, name, &path)) != E_OK)
		return err;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? E_VERIFY : err_from_errno(errno);
	err = copy_bytes(r, fd, size, digest);
	if (err == E_OK && fsync(fd) != 0)
		err = err_from_errno(errno);
	if (close(fd) != 0 && err == E_OK)
		err = err_from_errno(errno);
	wire_u16(&r->manifest, (uint16_t)name.n);
	buf_slice_add(&r->manifest, name);
	wire_u64(&r->manifest, size);
	buf_add(&r->manifest, digest, sizeof(digest));
	r->summary->files++;
	return err == E_OK ? buf_finish(&r->manifest) : err;
}

static enum err
check_manifest(struct reader *r)
{
	char *given = arena_alloc(r->arena, r->manifest.n + 1);
	uint64_t count;
	enum err err = get_number(r, 8, &count);

	if (given == NULL)
		return E_NO_MEMORY;
	if (err == E_OK)
		err = backup_stream_get(&r->stream, given, r->manifest.n);
	if (err != E_OK)
		return err;
	if (count != (uint64_t)r->summary->files ||
	    !slice_equal(slice_of(given, r->manifest.n), buf_slice(&r->manifest)))
		return E_VERIFY;
	return backup_stream_end(&r->stream);
}

static enum err
get_all(struct reader *r)
{
	struct slice name;
	uint64_t taken, size;
	enum err err = get_number(r, 8, &taken);

	if (err != E_OK)
		return err;
	r->summary->taken = (int64_t)taken;
	for (;;) {
		if ((err = get_name(r, &name)) != E_OK ||
		    (err = get_number(r, 8, &size)) != E_OK)
			return err;
		if (name.n == 0)
			return check_manifest(r);
		if ((err = get_file(r, name, size)) != E_OK)
			return err;
	}
}

static enum err
read_from(struct reader *r, int fd, struct slice passphrase)
{
	enum err err = backup_stream_open(&r->stream, r->arena, fd, passphrase);

	if (err == E_OK)
		err = get_all(r);
	if (r->stream.sealed)
		backup_stream_digest(&r->stream, r->summary->digest);
	r->summary->size = r->stream.size;
	if (err == E_OK)
		err = backup_tree_sync(r->arena, r->dir);
	if (err != E_OK)
		backup_tree_clear(r->dir);
	return err;
}

enum err
backup_read(const char *from, const char *dir, struct slice passphrase,
    struct backup_summary *summary)
{
	struct arena *a;
	struct reader r;
	enum err err;
	int fd;

	*summary = (struct backup_summary){ 0 };
	if (passphrase.p == NULL)
		return E_VALIDATION;
	if ((err = backup_tree_empty(dir)) != E_OK)
		return err;
	if ((fd = open(from, O_RDONLY | O_CLOEXEC)) < 0)
		return errno == ENOENT ? E_NOT_FOUND : err_from_errno(errno);
	if ((a = arena_new(64u << 20)) == NULL) {
		close(fd);
		return E_NO_MEMORY;
	}
	r = (struct reader){
		.arena = a, .dir = dir, .summary = summary, .manifest = BUF_INIT(a)
	};
	err = read_from(&r, fd, passphrase);
	arena_free(a);
	close(fd);
	return err;
}
