#include "server/api/api.h"

#include "server/action/revocations.h"
#include "server/api/parts.h"

#define LIMIT_KEYS 16384

static bool
copy_text(struct arena *a, const char **text)
{
	if (!*text)
		return true;
	*text = arena_str(a, slice_str(*text));
	return *text != NULL;
}

static struct api_snapshot *
snapshot_new(const struct api_settings *settings)
{
	struct arena *a = arena_new(0);
	struct api_snapshot *snap = a ? arena_alloc(a, sizeof(*snap)) : NULL;

	if (!snap) {
		arena_free(a);
		return NULL;
	}
	snap->arena = a;
	snap->users = 1;
	snap->settings = *settings;
	if (!copy_text(a, &snap->settings.environment) ||
	    !copy_text(a, &snap->settings.base_url) ||
	    !copy_text(a, &snap->settings.admin_url)) {
		arena_free(a);
		return NULL;
	}
	return snap;
}

struct api_snapshot *
api_take_settings(struct api *api)
{
	struct api_snapshot *snap;

	pthread_mutex_lock(&api->lock);
	snap = api->current;
	snap->users++;
	pthread_mutex_unlock(&api->lock);
	return snap;
}

void
api_drop_settings(struct api *api, struct api_snapshot *snap)
{
	bool last;

	if (!snap)
		return;
	pthread_mutex_lock(&api->lock);
	last = --snap->users == 0;
	pthread_mutex_unlock(&api->lock);
	if (last)
		arena_free(snap->arena);
}

static const struct conf_rate *
rate_of(const struct api_settings *s, enum api_limit limit)
{
	switch (limit) {
	case API_LIMIT_V4:
		return &s->v4_rate;
	case API_LIMIT_V4_FAIL:
		return &s->v4_fail_rate;
	case API_LIMIT_V4_USER_FAIL:
		return &s->v4_user_fail_rate;
	case API_LIMIT_OFFLINE:
		return &s->offline_rate;
	default:
		return &s->admin_rate;
	}
}

static bool
make_limits(struct api *api)
{
	for (int i = 0; i < API_LIMIT_MAX; i++) {
		const struct conf_rate *rate =
		    rate_of(&api->current->settings, (enum api_limit)i);

		api->limits[i] = limit_new(rate, LIMIT_KEYS);
		if (!api->limits[i])
			return false;
	}
	api->backoff = backoff_new();
	api->lists = list_cache_new();
	return api->backoff && api->lists;
}

static bool
make_side(struct api *api, struct api_side *side, bool is_admin)
{
	*side = (struct api_side){
		.api = api,
		.is_admin = is_admin,
		.router = routes_router(api->arena, is_admin),
		.service = {
			.body_max = endpoint_body_max,
			.handle = endpoint_handle,
			.refuse = endpoint_refuse,
			.arg = side,
		},
	};
	return side->router != NULL;
}

enum err
api_new(struct api **out, const struct api_options *options)
{
	struct arena *a = arena_new(0);
	struct api *api = a ? arena_alloc(a, sizeof(*api)) : NULL;

	*out = NULL;
	if (!api) {
		arena_free(a);
		return E_NO_MEMORY;
	}
	api->arena = a;
	api->options = *options;
	api->options.settings = NULL;
	if (pthread_mutex_init(&api->lock, NULL) != 0) {
		arena_free(a);
		return E_NO_MEMORY;
	}
	api->current = snapshot_new(options->settings);
	if (!api->current || !make_limits(api) ||
	    !make_side(api, &api->public_side, false) ||
	    !make_side(api, &api->admin_side, true)) {
		api_free(api);
		return E_NO_MEMORY;
	}
	*out = api;
	return E_OK;
}

void
api_free(struct api *api)
{
	if (!api)
		return;
	if (api->public_side.router)
		router_free(api->public_side.router);
	if (api->admin_side.router)
		router_free(api->admin_side.router);
	for (int i = 0; i < API_LIMIT_MAX; i++)
		if (api->limits[i])
			limit_free(api->limits[i]);
	backoff_free(api->backoff);
	list_cache_free(api->lists);
	api_drop_settings(api, api->current);
	pthread_mutex_destroy(&api->lock);
	arena_free(api->arena);
}

void
api_set_settings(struct api *api, const struct api_settings *settings)
{
	struct api_snapshot *next = snapshot_new(settings);
	struct api_snapshot *former;

	if (!next)
		return;
	for (int i = 0; i < API_LIMIT_MAX; i++)
		limit_set_rate(api->limits[i], rate_of(settings, (enum api_limit)i));
	pthread_mutex_lock(&api->lock);
	former = api->current;
	api->current = next;
	pthread_mutex_unlock(&api->lock);
	api_drop_settings(api, former);
}

const struct service *
api_public_service(struct api *api)
{
	return &api->public_side.service;
}

const struct service *
api_admin_service(struct api *api)
{
	return &api->admin_side.service;
}

const struct api_options *
api_options_of(const struct api *api)
{
	return &api->options;
}

struct limit *
api_limit_of(const struct api *api, enum api_limit limit)
{
	return api->limits[limit];
}

struct backoff *
api_backoff_of(const struct api *api)
{
	return api->backoff;
}
