#include "tests/unit/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"

#define BODY_MAX 100000
#define PART_SIZE 10000

struct later {
	struct mail mail; /* to the answerer, then back to the loop */
	struct request *req;
	struct rig *rig;
};

static void
send_later(struct mail *mail)
{
	struct later *later = container_of(mail, struct later, mail);
	struct reply reply;

	reply_init(&reply, later->req->arena);
	buf_slice_add(&reply.body, later->req->body);
	buf_str(&reply.body, "(later)");
	server_reply(later->req, &reply);
}

static void
answer_later(struct mail *mail)
{
	struct later *later = container_of(mail, struct later, mail);
	struct rig *rig = later->rig;

	if (rig->delay > 0)
		usleep((useconds_t)rig->delay);
	mail->fn = send_later;
	mailbox_post(loop_mailbox(later->req->loop), mail);
	rig->later++;
}

static void *
run_answerer(void *arg)
{
	struct rig *rig = arg;

	while (!rig->ended)
		mailbox_wait(rig->answers, 20);
	return NULL;
}

static size_t
body_max(const struct request *req, void *arg)
{
	(void)arg;
	return slice_is(req->path, "/none") ? 0 : BODY_MAX;
}

struct parts {
	struct reply_source source;
	struct rig *rig;
	int64_t at, n;
	bool breaks;
};

static enum err
next_part(struct reply_source *source, struct buf *out, bool *last)
{
	struct parts *p = container_of(source, struct parts, source);

	p->rig->parts++;
	buf_printf(out, "%09lld,%*s", (long long)p->at++, PART_SIZE - 10, "");
	*last = p->at == p->n;
	return *last && p->breaks ? E_IO : E_OK;
}

static void
answer_in_parts(struct request *req, struct reply *reply, struct rig *rig)
{
	struct parts *p = arena_alloc(req->arena, sizeof(*p));

	*p = (struct parts){ { next_part }, rig, 0, 0,
		slice_is(req->path, "/broken-parts") };
	assert_true(slice_to_int(req->query, &p->n));
	reply->source = &p->source;
}

static void
fill(struct request *req, struct reply *reply, struct rig *rig)
{
	int64_t n;

	if (slice_is(req->path, "/echo")) {
		buf_slice_add(&reply->body, req->body);
	} else if (slice_is(req->path, "/peer")) {
		buf_printf(&reply->body, "%s local=%d uid=%ld", req->peer, req->is_local,
		    (long)req->peer_uid);
	} else if (slice_is(req->path, "/big") && slice_to_int(req->query, &n)) {
		reply->body = BUF_INIT(NULL);
		void *p = buf_room(&reply->body, (size_t)n);
		assert_non_null(p);
		memset(p, 'x', (size_t)n);
	} else if (slice_ends(req->path, SLICE("parts"))) {
		answer_in_parts(req, reply, rig);
	} else if (slice_is(req->path, "/broken")) {
		reply_header(reply, "X", "a\r\nb");
	} else {
		buf_slice_add(&reply->body, req->path);
	}
}

static void
handle(struct request *req, void *arg)
{
	struct reply reply;

	if (slice_is(req->path, "/later")) {
		struct later *later = arena_alloc(req->arena, sizeof(*later));
		later->req = req;
		later->rig = arg;
		later->mail.fn = answer_later;
		mailbox_post(later->rig->answers, &later->mail);
		return;
	}
	reply_init(&reply, req->arena);
	reply_header(&reply, "X-Test", "yes");
	fill(req, &reply, arg);
	server_reply(req, &reply);
}

static void
refuse(struct request *req, enum err err, struct reply *reply, void *arg)
{
	(void)req;
	(void)arg;
	buf_str(&reply->body, err_code(err));
}

void
rig_init(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	signal(SIGPIPE, SIG_IGN);
	log_setup(LOG_ERROR, LOG_LOGFMT, NULL);
	snprintf(rig->dir, sizeof(rig->dir), "/tmp/licet-http.XXXXXX");
	assert_non_null(mkdtemp(rig->dir));
	rig->service = (struct service){ body_max, handle, refuse, rig };
	rig->options = (struct server_options){
		.threads = 2,
		.max_connections = 100,
		.max_per_address = 100,
		.header_timeout = 10 * CLOCK_SECOND,
		.body_timeout = 10 * CLOCK_SECOND,
		.idle_timeout = 10 * CLOCK_SECOND,
		.header_max = 8192,
	};
	rig->spec = (struct listen_spec){
		.name = "public", .address = "127.0.0.1:0", .service = &rig->service
	};
}

void
rig_start(struct rig *rig)
{
	assert_int_equal(server_new(&rig->server, &rig->options, &rig->spec, 1), E_OK);
	const char *url = server_listener(rig->server, 0)->url;
	if (!rig->spec.is_unix)
		rig->port = atoi(strrchr(url, ':') + 1);
	rig->answers = mailbox_new();
	assert_non_null(rig->answers);
	assert_int_equal(pthread_create(&rig->answerer, NULL, run_answerer, rig), 0);
	assert_int_equal(server_start(rig->server), E_OK);
}

void
rig_end(struct rig *rig)
{
	char command[128];

	if (rig->server != NULL) {
		server_stop(rig->server, CLOCK_SECOND);
		rig->ended = true;
		pthread_join(rig->answerer, NULL);
		server_free(rig->server);
		mailbox_free(rig->answers);
	}
	snprintf(command, sizeof(command), "rm -rf '%s'", rig->dir);
	assert_int_equal(system(command), 0);
}

const char *
rig_path(const struct rig *rig, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", rig->dir, name);
	return path;
}

static int
connect_unix(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(strlen(path) < sizeof(sa.sun_path));
	memcpy(sa.sun_path, path, strlen(path) + 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

int
rig_connect(const struct rig *rig)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)rig->port) };

	if (rig->spec.is_unix)
		return connect_unix(server_listener(rig->server, 0)->url);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

void
rig_send(int fd, const char *text)
{
	size_t n = strlen(text), at = 0;

	while (at < n) {
		ssize_t sent = send(fd, text + at, n - at, MSG_NOSIGNAL);
		if (sent < 0)
			return;
		at += (size_t)sent;
	}
}

static char text_read[1 << 20];

/* Bytes read behind `at`; 0 at the end, -1 when nothing came. */
static ssize_t
read_some(int fd, size_t at, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, ms) <= 0)
		return -1;
	ssize_t n = recv(fd, text_read + at, sizeof(text_read) - 1 - at, 0);
	return n < 0 ? 0 : n;
}

const char *
rig_read(int fd, int ms)
{
	size_t at = 0;
	ssize_t n;

	while ((n = read_some(fd, at, ms)) > 0)
		at += (size_t)n;
	text_read[at] = '\0';
	return text_read;
}

const char *
rig_read_until(int fd, const char *text)
{
	size_t at = 0;

	text_read[0] = '\0';
	while (strstr(text_read, text) == NULL) {
		ssize_t n = read_some(fd, at, 5000);
		if (n <= 0)
			fail_msg("no \"%s\" in \"%s\"", text, text_read);
		at += (size_t)n;
		text_read[at] = '\0';
	}
	return text_read;
}

bool
rig_ends(int fd, int ms)
{
	int64_t until = clock_monotonic() + ms * MS;
	ssize_t n;

	while ((n = read_some(fd, 0, ms)) > 0 && clock_monotonic() < until)
		;
	return n == 0;
}

const char *
rig_ask(const struct rig *rig, const char *text)
{
	int fd = rig_connect(rig);

	rig_send(fd, text);
	const char *answer = rig_read(fd, 3000);
	close(fd);
	return answer;
}

int
rig_count(const char *text, const char *part)
{
	int n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

void
rig_wait_connections(const struct rig *rig, int64_t n)
{
	for (int i = 0; i < 500 && server_connections(rig->server) != n; i++)
		usleep(10000);
	assert_int_equal(server_connections(rig->server), n);
}
