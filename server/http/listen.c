#include "server/http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

#define BACKLOG 1024
/* Bytes that may wait in the kernel for a client that does not read. */
#define UNSENT_MAX (128 << 10)

struct address {
	struct sockaddr_storage sa;
	socklen_t n;
};

static enum err
fail(const char *address, const char *why)
{
	log_error("listen_failed", "address=%s cause=%s", address, why);
	return E_ADDRESS;
}

static bool
parse_port(struct slice text, in_port_t *out)
{
	int64_t port;

	if (text.n == 0 || text.p[0] == '-' || !slice_to_int(text, &port) || port > 65535)
		return false;
	*out = htons((uint16_t)port);
	return true;
}

static bool
parse_host(struct slice host, in_port_t port, struct address *out)
{
	char copy[INET6_ADDRSTRLEN];
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = port };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = port };
	bool bracket = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';

	if (slice_is(host, "localhost"))
		host = SLICE("127.0.0.1");
	if (bracket)
		host = slice_of(host.p + 1, host.n - 2);
	if (host.n == 0 || host.n >= sizeof(copy))
		return false;
	memcpy(copy, host.p, host.n);
	copy[host.n] = '\0';
	memset(out, 0, sizeof(*out));
	if (bracket && inet_pton(AF_INET6, copy, &v6.sin6_addr) == 1) {
		memcpy(&out->sa, &v6, sizeof(v6));
		out->n = sizeof(v6);
	} else if (!bracket && inet_pton(AF_INET, copy, &v4.sin_addr) == 1) {
		memcpy(&out->sa, &v4, sizeof(v4));
		out->n = sizeof(v4);
	}
	return out->n > 0;
}

static bool
parse_address(const char *text, struct address *out)
{
	const char *colon = strrchr(text, ':');
	in_port_t port;

	return colon != NULL && parse_port(slice_str(colon + 1), &port) &&
	       parse_host(slice_of(text, (size_t)(colon - text)), port, out);
}

static void
set_number(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

static void
set_flag(int fd, int level, int option)
{
	set_number(fd, level, option, 1);
}

/*
 * Options that the accepted sockets inherit are set here, which costs no call for each.
 * The first socket is bound without SO_REUSEPORT, which would let a second server of the
 * same user share the port unnoticed, and gets it afterwards so that the others may join.
 */
static int
open_tcp(const struct address *a, bool first)
{
	int fd = socket(
	    a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	if (fd < 0)
		return -1;
	set_flag(fd, SOL_SOCKET, SO_REUSEADDR);
	set_flag(fd, IPPROTO_TCP, TCP_NODELAY);
	set_number(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_MAX);
	if (a->sa.ss_family == AF_INET6)
		set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	if (!first)
		set_flag(fd, SOL_SOCKET, SO_REUSEPORT);
	if (bind(fd, (const struct sockaddr *)&a->sa, a->n) != 0)
		goto fail;
	if (first)
		set_flag(fd, SOL_SOCKET, SO_REUSEPORT);
	if (listen(fd, BACKLOG) == 0)
		return fd;
fail:;
	int cause = errno;
	close(fd);
	errno = cause;
	return -1;
}

static void
set_url(struct listen_sockets *s, const struct address *a, bool tls)
{
	char host[INET6_ADDRSTRLEN] = "";
	const char *scheme = tls ? "https" : "http";
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (a->sa.ss_family == AF_INET) {
		memcpy(&v4, &a->sa, sizeof(v4));
		inet_ntop(AF_INET, &v4.sin_addr, host, sizeof(host));
		snprintf(s->url, sizeof(s->url), "%s://%s:%u", scheme, host,
		    (unsigned)ntohs(v4.sin_port));
		return;
	}
	memcpy(&v6, &a->sa, sizeof(v6));
	inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof(host));
	snprintf(s->url, sizeof(s->url), "%s://[%s]:%u", scheme, host,
	    (unsigned)ntohs(v6.sin6_port));
}

enum err
listen_tcp(struct listen_sockets *s, const char *text, bool tls)
{
	struct address a;

	if (!parse_address(text, &a))
		return fail(text, "not ADDRESS:PORT");
	for (unsigned i = 0; i < s->n; i++) {
		s->fd[i] = open_tcp(&a, i == 0);
		if (s->fd[i] < 0)
			return fail(text, strerror(errno));
		if (i == 0 && getsockname(s->fd[0], (struct sockaddr *)&a.sa, &a.n) != 0)
			return fail(text, strerror(errno));
	}
	set_url(s, &a, tls);
	return E_OK;
}

static bool
is_answered(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return true;
	bool refused = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) != 0 &&
	               errno == ECONNREFUSED;
	close(fd);
	return !refused;
}

static enum err
clear_stale(const struct sockaddr_un *sa)
{
	struct stat st;

	if (lstat(sa->sun_path, &st) != 0)
		return errno == ENOENT ? E_OK : fail(sa->sun_path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return fail(sa->sun_path, "exists and is not a socket");
	if (is_answered(sa))
		return fail(sa->sun_path, "another process listens there");
	if (unlink(sa->sun_path) != 0)
		return fail(sa->sun_path, strerror(errno));
	return E_OK;
}

static bool
bind_private(int fd, const struct sockaddr_un *sa)
{
	mode_t old = umask(0177);
	bool ok = bind(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0;
	int cause = errno;

	umask(old);
	errno = cause;
	return ok;
}

enum err
listen_unix(struct listen_sockets *s, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct stat st;

	s->n = 1;
	s->is_unix = true;
	if (path[0] == '\0' || strlen(path) >= sizeof(sa.sun_path))
		return fail(path, "path empty or too long for a socket");
	memcpy(sa.sun_path, path, strlen(path) + 1);
	snprintf(s->url, sizeof(s->url), "%s", path);
	enum err err = clear_stale(&sa);
	if (err != E_OK)
		return err;
	s->fd[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd[0] < 0 || !bind_private(s->fd[0], &sa) ||
	    listen(s->fd[0], BACKLOG) != 0)
		return fail(path, strerror(errno));
	if (lstat(path, &st) == 0) {
		s->path = path;
		s->device = st.st_dev;
		s->inode = st.st_ino;
	}
	return E_OK;
}

void
listen_close(struct listen_sockets *s)
{
	struct stat st;

	for (unsigned i = 0; i < s->n; i++) {
		if (s->fd[i] >= 0)
			close(s->fd[i]);
		s->fd[i] = -1;
	}
	if (s->path != NULL && lstat(s->path, &st) == 0 && st.st_dev == s->device &&
	    st.st_ino == s->inode)
		unlink(s->path);
	s->path = NULL;
}
