/* Inside of struct api, for api.c and endpoint.c only. */
#ifndef LICET_SERVER_API_PARTS_H
#define LICET_SERVER_API_PARTS_H

#include <pthread.h>

#include "server/api/endpoint.h"

/* Settings of one moment; alive while a call holds them or they are the current ones. */
struct api_snapshot {
	struct api_settings settings;
	struct arena *arena;
	size_t users; /* under api.lock */
};

/* One kind of listener. */
struct api_side {
	struct api *api;
	bool is_admin;
	struct router *router;
	struct service service;
};

struct api {
	struct arena *arena;
	struct api_options options;
	struct limit *limits[API_LIMIT_MAX];
	struct backoff *backoff;
	struct list_cache *lists;
	struct api_side public_side, admin_side;
	pthread_mutex_t lock;
	struct api_snapshot *current; /* under lock */
};

struct api_snapshot *
api_take_settings(struct api *);
void
api_drop_settings(struct api *, struct api_snapshot *);

/* The three callbacks of a service; arg is the api_side. */
size_t
endpoint_body_max(const struct request *, void *arg);
void
endpoint_handle(struct request *, void *arg);
void
endpoint_refuse(struct request *, enum err, struct reply *, void *arg);

/* Joins the tables into the router of a side. NULL: two rows are the same. */
struct router *
routes_router(struct arena *, bool is_admin);

#endif
