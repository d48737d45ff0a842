/*
 * LD_PRELOAD: records writes, syncs and sends of a process to the file that RECORD names.
 * Descriptors up to 2 are left out; what is mapped and msynced is not seen.
 */
#include "record.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define KEPT_AT 500 /* a descriptor that nobody else gets to */
#define PARTS_MAX 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int record = -1;

#define REAL(name) ((__typeof__(&name))real(#name))

static void *
real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("RECORD");
	int fd;

	unsetenv("LD_PRELOAD");
	if (path == NULL)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	record = fcntl(fd, F_DUPFD_CLOEXEC, KEPT_AT);
	close(fd);
}

static void
put(const struct record_event *e, const struct iovec *part, int parts)
{
	struct iovec all[PARTS_MAX];
	size_t left = e->size;
	int n = 1;

	all[0] = (struct iovec){ (void *)(uintptr_t)e, sizeof(*e) };
	for (int i = 0; i < parts && left > 0 && n < PARTS_MAX; i++) {
		size_t some = part[i].iov_len < left ? part[i].iov_len : left;

		all[n++] = (struct iovec){ part[i].iov_base, some };
		left -= some;
	}
	pthread_mutex_lock(&lock);
	if (left > 0 || syscall(SYS_writev, record, all, n) < 0)
		_exit(99);
	pthread_mutex_unlock(&lock);
}

/* The inode of a regular file above the standard ones, or of a directory, else 0. */
static uint64_t
file_of(int fd)
{
	struct stat st;

	if (record < 0 || fd <= 2 || fd == record || fstat(fd, &st) != 0)
		return 0;
	return S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) ? st.st_ino : 0;
}

static void
wrote(int fd, uint64_t file, int64_t at, const struct iovec *part, int parts, ssize_t n)
{
	struct record_event e = { RECORD_WRITE, (uint32_t)n, file, at };

	if (file == 0 || n <= 0)
		return;
	put(&e, part, parts);
	if (fcntl(fd, F_GETFL) & O_DSYNC)
		put(&(struct record_event){ RECORD_DURABLE, 0, file, 0 }, NULL, 0);
}

static void
sends(int fd, const struct iovec *part, int parts)
{
	struct record_event e = { RECORD_SEND, 0, 0, 0 };
	struct stat st;

	if (record < 0 || fstat(fd, &st) != 0 || !S_ISSOCK(st.st_mode))
		return;
	for (int i = 0; i < parts && e.size < RECORD_SENT_MAX; i++)
		e.size += part[i].iov_len < RECORD_SENT_MAX ? (uint32_t)part[i].iov_len
		                                            : RECORD_SENT_MAX;
	if (e.size > RECORD_SENT_MAX)
		e.size = RECORD_SENT_MAX;
	put(&e, part, parts);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	struct iovec part = { (void *)(uintptr_t)p, n };
	ssize_t done = REAL(pwrite)(fd, p, n, at);

	wrote(fd, file_of(fd), at, &part, 1, done);
	return done;
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return pwrite(fd, p, n, at);
}

ssize_t
pwritev(int fd, const struct iovec *part, int parts, off_t at)
{
	ssize_t done = REAL(pwritev)(fd, part, parts, at);

	wrote(fd, file_of(fd), at, part, parts, done);
	return done;
}

ssize_t
pwritev64(int fd, const struct iovec *part, int parts, off64_t at)
{
	return pwritev(fd, part, parts, at);
}

ssize_t
writev(int fd, const struct iovec *part, int parts)
{
	uint64_t file = file_of(fd);
	off_t at = file ? lseek(fd, 0, SEEK_CUR) : 0;
	ssize_t done;

	if (file == 0)
		sends(fd, part, parts);
	done = REAL(writev)(fd, part, parts);
	wrote(fd, file, at, part, parts, done);
	return done;
}

ssize_t
write(int fd, const void *p, size_t n)
{
	struct iovec part = { (void *)(uintptr_t)p, n };
	uint64_t file = file_of(fd);
	off_t at = file ? lseek(fd, 0, SEEK_CUR) : 0;
	ssize_t done;

	if (file == 0)
		sends(fd, &part, 1);
	done = REAL(write)(fd, p, n);
	wrote(fd, file, at, &part, 1, done);
	return done;
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	sends(fd, message->msg_iov, (int)message->msg_iovlen);
	return REAL(sendmsg)(fd, message, flags);
}

ssize_t
send(int fd, const void *p, size_t n, int flags)
{
	struct iovec part = { (void *)(uintptr_t)p, n };

	sends(fd, &part, 1);
	return REAL(send)(fd, p, n, flags);
}

static int
synced(int fd, int rc)
{
	uint64_t file = file_of(fd);

	if (rc == 0 && file)
		put(&(struct record_event){ RECORD_SYNC, 0, file, 0 }, NULL, 0);
	return rc;
}

int
fsync(int fd)
{
	return synced(fd, REAL(fsync)(fd));
}

int
fdatasync(int fd)
{
	return synced(fd, REAL(fdatasync)(fd));
}

int
ftruncate(int fd, off_t length)
{
	int rc = REAL(ftruncate)(fd, length);
	uint64_t file = file_of(fd);

	if (rc == 0 && file)
		put(&(struct record_event){ RECORD_LENGTH, 0, file, length }, NULL, 0);
	return rc;
}
