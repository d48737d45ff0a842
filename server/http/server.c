#include "server/http/server.h"

#include <string.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/http/accept.h"
#include "server/http/listen.h"

#define SERVER_BYTES ((size_t)16 << 20)
#define LOOPS_MAX 256

struct worker {
	struct loop loop;
	struct mail stop;
	int64_t drain;
};

struct server {
	struct arena *arena;
	struct settings settings;
	struct caps *caps;
	struct worker *workers;
	unsigned n_workers, n_ready; /* ready: loop_init was called */
	struct endpoint *endpoints;
	struct listen_sockets *sockets;
	size_t n_endpoints;
};

static void
on_library_log(int severity, const char *text)
{
	if (severity >= EVENT_LOG_WARN)
		log_warn("event_library", "text=%s", text);
}

static void
on_tick(struct loop *loop)
{
	conn_sweep(loop);
	accept_resume(loop);
	if (loop->draining &&
	    (conn_is_quiet(loop) || clock_monotonic() >= loop->drain_until))
		loop_stop(loop);
}

void
server_set_options(struct server *server, const struct server_options *o)
{
	struct settings *s = &server->settings;

	atomic_store(&s->header_timeout, o->header_timeout);
	atomic_store(&s->body_timeout, o->body_timeout);
	atomic_store(&s->idle_timeout, o->idle_timeout);
	atomic_store(&s->slow, o->slow);
	if (server->caps != NULL)
		caps_set(server->caps, o->max_connections, o->max_per_address);
}

static enum err
set_trusted(struct server *server, const struct server_options *o)
{
	struct peer_net *net =
	    arena_array(server->arena, o->n_trusted_proxies + 1, sizeof(*net));

	if (net == NULL)
		return E_NO_MEMORY;
	for (size_t i = 0; i < o->n_trusted_proxies; i++) {
		if (peer_net_parse(slice_str(o->trusted_proxies[i]), &net[i]))
			continue;
		log_error("bad_network", "network=%s", o->trusted_proxies[i]);
		return E_CONFIG;
	}
	server->settings.trusted = net;
	server->settings.n_trusted = o->n_trusted_proxies;
	return E_OK;
}

static enum err
open_endpoint(struct server *server, size_t i, const struct listen_spec *spec)
{
	struct endpoint *e = &server->endpoints[i];
	struct listen_sockets *s = &server->sockets[i];
	char *address = arena_str(server->arena, slice_str(spec->address));

	s->fd = arena_array(server->arena, server->n_workers, sizeof(*s->fd));
	if (address == NULL || s->fd == NULL)
		return E_NO_MEMORY;
	memset(s->fd, -1, server->n_workers * sizeof(*s->fd));
	s->n = server->n_workers;
	e->tls = spec->tls;
	e->is_unix = spec->is_unix;
	e->info.name = spec->name;
	e->info.service = spec->service;
	e->info.tls = spec->tls != NULL;
	enum err err = spec->is_unix ? listen_unix(s, address)
	                             : listen_tcp(s, address, spec->tls != NULL);
	memcpy(e->info.url, s->url, sizeof(e->info.url));
	return err;
}

static enum err
open_endpoints(struct server *server, const struct listen_spec *spec, size_t n)
{
	enum err err = E_OK;

	server->endpoints = arena_array(server->arena, n + 1, sizeof(*server->endpoints));
	server->sockets = arena_array(server->arena, n + 1, sizeof(*server->sockets));
	if (server->endpoints == NULL || server->sockets == NULL)
		return E_NO_MEMORY;
	for (size_t i = 0; err == E_OK && i < n; i++) {
		server->n_endpoints = i + 1;
		err = open_endpoint(server, i, &spec[i]);
	}
	return err;
}

static enum err
add_listener(struct server *server, size_t i)
{
	struct listen_sockets *s = &server->sockets[i];
	enum err err = E_OK;

	for (unsigned w = 0; err == E_OK && w < s->n; w++) {
		struct accepter *a = arena_alloc(server->arena, sizeof(*a));
		if (a == NULL)
			return E_NO_MEMORY;
		err = accept_add(
		    &server->workers[w].loop, a, &server->endpoints[i], &s->fd[w]);
	}
	return err;
}

static enum err
open_loops(struct server *server)
{
	enum err err = E_OK;

	for (unsigned w = 0; err == E_OK && w < server->n_workers; w++) {
		struct loop *loop = &server->workers[w].loop;
		loop->index = w;
		loop->settings = &server->settings;
		loop->caps = server->caps;
		server->n_ready = w + 1;
		err = loop_init(loop, on_tick);
	}
	for (size_t i = 0; err == E_OK && i < server->n_endpoints; i++)
		err = add_listener(server, i);
	return err;
}

static struct server *
make_server(const struct server_options *o)
{
	struct arena *arena = arena_new(SERVER_BYTES);
	struct server *server = arena ? arena_alloc(arena, sizeof(*server)) : NULL;

	if (server == NULL) {
		arena_free(arena);
		return NULL;
	}
	server->arena = arena;
	server->n_workers = o->threads < 1 ? 1 : o->threads;
	if (server->n_workers > LOOPS_MAX)
		server->n_workers = LOOPS_MAX;
	server->workers = arena_array(arena, server->n_workers, sizeof(*server->workers));
	server->caps = caps_new(o->max_connections, o->max_per_address);
	server->settings.header_max = o->header_max;
	server_set_options(server, o);
	return server;
}

enum err
server_new(struct server **out, const struct server_options *o,
    const struct listen_spec *spec, size_t n)
{
	struct server *server = make_server(o);
	enum err err = E_NO_MEMORY;

	if (server == NULL)
		return err;
	event_set_log_callback(on_library_log);
	if (server->workers != NULL && server->caps != NULL)
		err = set_trusted(server, o);
	if (err == E_OK)
		err = open_endpoints(server, spec, n);
	if (err == E_OK)
		err = open_loops(server);
	if (err != E_OK) {
		server_free(server);
		return err;
	}
	*out = server;
	return E_OK;
}

const struct listener_info *
server_listener(const struct server *server, size_t index)
{
	return &server->endpoints[index].info;
}

int64_t
server_connections(const struct server *server)
{
	return caps_count(server->caps);
}

enum err
server_start(struct server *server)
{
	enum err err = E_OK;

	for (unsigned w = 0; err == E_OK && w < server->n_workers; w++)
		err = loop_start(&server->workers[w].loop);
	if (err != E_OK)
		server_stop(server, 0);
	return err;
}

static void
on_stop(struct mail *mail)
{
	struct worker *worker = container_of(mail, struct worker, stop);
	struct loop *loop = &worker->loop;

	loop->draining = true;
	loop->drain_until = clock_monotonic() + worker->drain;
	accept_stop(loop);
	conn_drain(loop);
	loop_hurry(loop);
}

void
server_stop(struct server *server, int64_t drain)
{
	for (unsigned w = 0; w < server->n_ready; w++) {
		struct worker *worker = &server->workers[w];
		worker->drain = drain;
		worker->stop.fn = on_stop;
		if (worker->loop.runs)
			mailbox_post(worker->loop.mailbox, &worker->stop);
	}
	for (unsigned w = 0; w < server->n_ready; w++) {
		struct loop *loop = &server->workers[w].loop;
		if (loop->runs)
			pthread_join(loop->thread, NULL);
		loop->runs = false;
		accept_stop(loop);
		conn_close_all(loop, false);
	}
	for (size_t i = 0; i < server->n_endpoints; i++)
		listen_close(&server->sockets[i]);
}

void
server_free(struct server *server)
{
	if (server == NULL)
		return;
	server_stop(server, 0);
	for (unsigned w = 0; w < server->n_ready; w++) {
		conn_close_all(&server->workers[w].loop, true);
		loop_clear(&server->workers[w].loop);
	}
	caps_free(server->caps);
	arena_free(server->arena);
}
