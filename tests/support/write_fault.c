/*
 * LD_PRELOAD: writes that fail. WRITE_FAULT names a control file; while it holds
 * "CALL ERRNO PATH", that call on that file fails with that number. CALL: "write" for
 * write, pwrite, writev and pwritev; "meta" for those of a descriptor with O_DSYNC, by
 * which LMDB writes its meta pages; "sync" for fsync and fdatasync; "any" for all. PATH:
 * a file, or "*" for every regular one.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct order {
	char call[8], path[512];
	int number;
};

static int
order_read(struct order *o)
{
	const char *name = getenv("WRITE_FAULT");
	char text[600];
	ssize_t n;
	int fd;

	if (!name || (fd = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY)) < 0)
		return 0;
	n = syscall(SYS_read, fd, text, sizeof(text) - 1);
	syscall(SYS_close, fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return sscanf(text, "%7s %d %511s", o->call, &o->number, o->path) == 3;
}

static int
is_file(int fd, const char *path)
{
	struct stat own, named;

	if (fstat(fd, &own) != 0 || !S_ISREG(own.st_mode))
		return 0;
	return strcmp(path, "*") == 0 ||
	       (stat(path, &named) == 0 && own.st_dev == named.st_dev &&
		   own.st_ino == named.st_ino);
}

static int
fails(int fd, int sync)
{
	int saved = errno;
	const char *call;
	struct order o;

	if (!order_read(&o) || !is_file(fd, o.path)) {
		errno = saved;
		return 0;
	}
	call = sync ? "sync" : (fcntl(fd, F_GETFL) & O_DSYNC) != 0 ? "meta" : "write";
	errno = o.number;
	if (strcmp(o.call, "any") == 0 || strcmp(o.call, call) == 0)
		return 1;
	errno = saved;
	return 0;
}

#define REAL(name, ...) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))(__VA_ARGS__)

ssize_t
write(int fd, const void *p, size_t n)
{
	return fails(fd, 0) ? -1 : syscall(SYS_write, fd, p, n);
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	return fails(fd, 0) ? -1 : syscall(SYS_writev, fd, v, n);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	return fails(fd, 0) ? -1 : syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return fails(fd, 0) ? -1 : syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t
pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	return fails(fd, 0) ? -1 : REAL(pwritev, fd, v, n, at);
}

ssize_t
pwritev64(int fd, const struct iovec *v, int n, off64_t at)
{
	return fails(fd, 0) ? -1 : REAL(pwritev64, fd, v, n, at);
}

int
posix_fallocate(int fd, off_t at, off_t n)
{
	return fails(fd, 0) ? errno : REAL(posix_fallocate, fd, at, n);
}

int
posix_fallocate64(int fd, off64_t at, off64_t n)
{
	return fails(fd, 0) ? errno : REAL(posix_fallocate64, fd, at, n);
}

int
fsync(int fd)
{
	return fails(fd, 1) ? -1 : (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	return fails(fd, 1) ? -1 : (int)syscall(SYS_fdatasync, fd);
}
