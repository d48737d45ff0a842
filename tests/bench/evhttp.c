/*
 * The yardstick of goals.md S1: evhttp with EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST, one
 * Ed25519 signature for each request over a text as long as a signature base, an answer
 * as long as that of check_license. Two threads; prints "ready URL".
 */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 2
#define LENGTH_MAX 65536

struct worker {
	int fd;
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	char base[LENGTH_MAX];
};

static size_t answer_length, base_length;
static char answer[LENGTH_MAX];

static void
reply(struct evhttp_request *req, void *arg)
{
	struct worker *w = arg;
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
	struct evbuffer *body = evhttp_request_get_output_buffer(req);
	unsigned char signature[crypto_sign_BYTES];
	char text[sodium_base64_ENCODED_LEN(
	    crypto_sign_BYTES, sodium_base64_VARIANT_ORIGINAL)];

	w->base[0]++;
	crypto_sign_detached(
	    signature, NULL, (const unsigned char *)w->base, base_length, w->secret);
	sodium_bin2base64(text, sizeof(text), signature, sizeof(signature),
	    sodium_base64_VARIANT_ORIGINAL);
	evhttp_add_header(headers, "Content-Type", "application/json");
	evhttp_add_header(headers, "Signature", text);
	evbuffer_add_reference(body, answer, answer_length, NULL, NULL);
	evhttp_send_reply(req, 200, "OK", body);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct event_config *config = event_config_new();
	struct event_base *base;
	struct evhttp *http;

	if (!config)
		return NULL;
	event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	base = event_base_new_with_config(config);
	http = base ? evhttp_new(base) : NULL;
	if (http && evhttp_accept_socket(http, w->fd) == 0) {
		evhttp_set_gencb(http, reply, w);
		event_base_dispatch(base);
	}
	return NULL;
}

static int
listener(struct sockaddr_in *at)
{
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t n = sizeof(*at);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) != 0 ||
	    bind(fd, (struct sockaddr *)at, n) != 0 || listen(fd, 1024) != 0 ||
	    getsockname(fd, (struct sockaddr *)at, &n) != 0)
		return -1;
	return fd;
}

int
main(int argc, char **argv)
{
	static struct worker worker[THREADS];
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	pthread_t thread;

	answer_length = argc == 3 ? (size_t)atol(argv[1]) : 0;
	base_length = argc == 3 ? (size_t)atol(argv[2]) : 0;
	if (answer_length - 1 >= LENGTH_MAX || base_length - 1 >= LENGTH_MAX ||
	    sodium_init() < 0) {
		fputs("usage: evhttp ANSWER-LENGTH BASE-LENGTH\n", stderr);
		return 2;
	}
	memset(answer, 'x', answer_length);
	for (size_t i = 0; i < THREADS; i++) {
		crypto_sign_keypair(public, worker[i].secret);
		if ((worker[i].fd = listener(&at)) < 0 ||
		    pthread_create(&thread, NULL, work, &worker[i]) != 0)
			return 1;
	}
	printf("ready http://127.0.0.1:%d\n", ntohs(at.sin_port));
	fflush(stdout);
	pause();
	return 0;
}
