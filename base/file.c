#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.h"

#define SECRET_MAX 4096

static enum err
open_read(const char *path, int *fd)
{
	if (strcmp(path, "-") == 0)
		*fd = dup(STDIN_FILENO);
	else
		*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return *fd < 0 ? err_from_errno(errno) : E_OK;
}

static ssize_t
read_some(int fd, void *p, size_t n)
{
	ssize_t got;

	do
		got = read(fd, p, n);
	while (got < 0 && errno == EINTR);
	return got;
}

static enum err
read_all(int fd, struct buf *b, size_t max)
{
	char chunk[4096];
	ssize_t got;
	enum err e = E_OK;

	while ((got = read_some(fd, chunk, sizeof(chunk))) > 0) {
		if ((size_t)got > max - b->n) {
			e = E_PAYLOAD_TOO_LARGE;
			break;
		}
		buf_add(b, chunk, (size_t)got);
	}
	if (got < 0)
		e = err_from_errno(errno);
	secret_wipe(chunk, sizeof(chunk));
	return e != E_OK ? e : buf_finish(b);
}

static enum err
read_into(struct arena *arena, int fd, size_t max, struct slice *out)
{
	struct buf b = BUF_INIT(arena);
	enum err e;

	b.max = max + 1;
	e = read_all(fd, &b, max);
	if (e == E_OK)
		*out = buf_slice(&b);
	return e;
}

enum err
file_read(struct arena *arena, const char *path, size_t max, struct slice *out)
{
	enum err e;
	int fd;

	e = open_read(path, &fd);
	if (e != E_OK)
		return e;
	e = read_into(arena, fd, max, out);
	close(fd);
	return e;
}

static bool
is_private(const struct stat *st)
{
	return st->st_uid == geteuid() && (st->st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

enum err
file_read_private(struct arena *arena, const char *path, size_t max, struct slice *out)
{
	struct stat st;
	enum err e;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_from_errno(errno);
	if (fstat(fd, &st) < 0)
		e = err_from_errno(errno);
	else if (!S_ISREG(st.st_mode) || !is_private(&st))
		e = E_NOT_PRIVATE;
	else
		e = read_into(arena, fd, max, out);
	close(fd);
	return e;
}

static enum err
check_secret_file(int fd, mode_t forbidden)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_from_errno(errno);
	if (S_ISDIR(st.st_mode))
		return E_IO;
	if (S_ISREG(st.st_mode) && (st.st_mode & forbidden) != 0)
		return E_NOT_PRIVATE;
	return E_OK;
}

static enum err
read_line(int fd, char line[static SECRET_MAX + 1], size_t *n)
{
	ssize_t got;

	*n = 0;
	while (*n <= SECRET_MAX) {
		got = read_some(fd, line + *n, 1);
		if (got < 0)
			return err_from_errno(errno);
		if (got == 0 || line[*n] == '\n')
			break;
		++*n;
	}
	if (*n > 0 && line[*n - 1] == '\r')
		--*n;
	return *n > SECRET_MAX ? E_PAYLOAD_TOO_LARGE : E_OK;
}

static enum err
read_secret(const char *path, mode_t forbidden, struct secret **out)
{
	char line[SECRET_MAX + 1];
	size_t n;
	enum err e;
	int fd;

	e = open_read(path, &fd);
	if (e != E_OK)
		return e;
	if (strcmp(path, "-") != 0)
		e = check_secret_file(fd, forbidden);
	if (e == E_OK)
		e = read_line(fd, line, &n);
	close(fd);
	if (e == E_OK) {
		*out = secret_copy(slice_of(line, n));
		if (*out == NULL)
			e = E_NO_MEMORY;
	}
	secret_wipe(line, sizeof(line));
	return e;
}

enum err
file_read_secret(const char *path, struct secret **out)
{
	return read_secret(path, S_IRWXG | S_IRWXO, out);
}

enum err
file_read_credential(const char *path, struct secret **out)
{
	return read_secret(path, S_IWGRP | S_IRWXO, out);
}

static enum err
write_all(int fd, struct slice data)
{
	while (data.n > 0) {
		ssize_t put = write(fd, data.p, data.n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_from_errno(errno);
		data.p += put;
		data.n -= (size_t)put;
	}
	return E_OK;
}

static enum err
create_file(const char *path, struct slice data, int mode)
{
	enum err e;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    (mode_t)mode & 0600);
	if (fd < 0)
		return err_from_errno(errno);
	e = write_all(fd, data);
	if (e == E_OK && fchmod(fd, (mode_t)mode) < 0)
		e = err_from_errno(errno);
	if (e == E_OK && fsync(fd) < 0)
		e = err_from_errno(errno);
	if (close(fd) < 0 && e == E_OK)
		e = err_from_errno(errno);
	if (e != E_OK)
		unlink(path);
	return e;
}

static struct slice
parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return SLICE(".");
	if (slash == path)
		return SLICE("/");
	return slice_of(path, (size_t)(slash - path));
}

static enum err
sync_parent(struct arena *arena, const char *path)
{
	char *dir = arena_str(arena, parent_of(path));

	return dir == NULL ? E_NO_MEMORY : file_sync_dir(dir);
}

static char *
temporary_name(struct arena *arena, const char *path)
{
	char random[13] = { 0 };

	id_alnum(random, sizeof(random) - 1);
	return arena_printf(arena, "%s.%s.tmp", path, random);
}

static enum err
replace_file(struct arena *arena, const char *path, struct slice data, int mode)
{
	char *temporary = temporary_name(arena, path);
	enum err e;

	if (temporary == NULL)
		return E_NO_MEMORY;
	e = create_file(temporary, data, mode);
	if (e != E_OK)
		return e;
	if (rename(temporary, path) < 0) {
		e = err_from_errno(errno);
		unlink(temporary);
		return e;
	}
	return sync_parent(arena, path);
}

enum err
file_write(const char *path, struct slice data, int mode)
{
	struct arena *arena = arena_new(0);
	enum err e;

	if (arena == NULL)
		return E_NO_MEMORY;
	e = replace_file(arena, path, data, mode);
	arena_free(arena);
	return e;
}

enum err
file_create(const char *path, struct slice data, int mode)
{
	struct arena *arena = arena_new(0);
	enum err e;

	if (arena == NULL)
		return E_NO_MEMORY;
	e = create_file(path, data, mode);
	if (e == E_OK)
		e = sync_parent(arena, path);
	arena_free(arena);
	return e;
}

enum err
file_begin(struct arena *arena, const char *path, int mode, struct file_parts *f)
{
	*f = (struct file_parts){ .arena = arena, .path = path, .mode = mode, .fd = -1 };
	f->temporary = temporary_name(arena, path);
	if (f->temporary == NULL)
		return E_NO_MEMORY;
	f->fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    (mode_t)mode & 0600);
	return f->fd < 0 ? err_from_errno(errno) : E_OK;
}

enum err
file_add(struct file_parts *f, struct slice data)
{
	return write_all(f->fd, data);
}

static enum err
close_synced(struct file_parts *f)
{
	enum err e = E_OK;

	if (fchmod(f->fd, (mode_t)f->mode) < 0 || fsync(f->fd) < 0)
		e = err_from_errno(errno);
	if (close(f->fd) < 0 && e == E_OK)
		e = err_from_errno(errno);
	f->fd = -1;
	return e;
}

enum err
file_end(struct file_parts *f, bool over)
{
	enum err e = close_synced(f);

	if (e == E_OK &&
	    (over ? rename(f->temporary, f->path) : link(f->temporary, f->path)) < 0)
		e = err_from_errno(errno);
	if (e != E_OK || !over)
		unlink(f->temporary);
	return e != E_OK ? e : sync_parent(f->arena, f->path);
}

void
file_drop(struct file_parts *f)
{
	if (f->fd < 0)
		return;
	close(f->fd);
	f->fd = -1;
	unlink(f->temporary);
}

enum err
file_make_dir(const char *path, int mode)
{
	struct stat st;

	if (mkdir(path, (mode_t)mode) == 0)
		return chmod(path, (mode_t)mode) == 0 ? E_OK : err_from_errno(errno);
	if (errno != EEXIST)
		return err_from_errno(errno);
	if (stat(path, &st) < 0)
		return err_from_errno(errno);
	return S_ISDIR(st.st_mode) ? E_OK : E_EXISTS;
}

enum err
file_sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = E_OK;

	if (fd < 0)
		return err_from_errno(errno);
	if (fsync(fd) < 0 && errno != EINVAL)
		e = err_from_errno(errno);
	close(fd);
	return e;
}

bool
file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

enum err
file_check_private(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_from_errno(errno);
	return is_private(&st) ? E_OK : E_NOT_PRIVATE;
}

char *
file_path(struct arena *arena, const char *dir, const char *name)
{
	if (name[0] == '/')
		return arena_str(arena, slice_str(name));
	return arena_printf(arena, "%s/%s", dir, name);
}
