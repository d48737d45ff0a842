/*
 * The daemon's parts and the order in which they start and stop (a table; stop is the
 * reverse). Commands that need only some of them (verify, backup) start a prefix of the
 * table.
 */
#ifndef LICET_SERVER_APP_H
#define LICET_SERVER_APP_H

#include <stdatomic.h>

#include "keys/keyring_slot.h"
#include "keys/keystore.h"
#include "keys/seal.h"
#include "server/action/touch.h"
#include "server/api/api.h"
#include "server/config.h"
#include "server/job/scheduler.h"

#define APP_TLS_MAX 2

struct app {
	struct arena *arena;
	const char *data_dir; /* absolute */
	struct config_source source;
	struct config_result loaded;
	const struct config *config; /* loaded.config, or that of the last reload */
	struct arena *reload_arena;  /* of the last reload, NULL before the first */
	struct secret *passphrase;   /* NULL: unsealed keys, or found again when needed */
	int lock_fd;
	struct keystore *keystore;
	struct secret *store_key;
	struct seal *seal;
	struct store *store;
	struct keyring_slot *keys;
	size_t n_keys; /* the store key among them */
	_Atomic int64_t checkpoint_interval;
	bool store_read_only;
	bool unfinished; /* a directory still being restored is taken */
	struct pool *passwords;
	struct touch *touch;
	struct api *api;
	struct api_settings settings;
	struct tls *tls[APP_TLS_MAX]; /* public, admin */
	struct server *server;
	struct scheduler *scheduler;
	atomic_bool draining;
	_Atomic int64_t request_max_age; /* for the jobs */
	bool dev;
	int public_at, admin_at, socket_at; /* listener numbers, -1: off */
	size_t started;                     /* parts */
};

enum app_part {
	APP_KEYS,  /* passphrase, store key, seal */
	APP_LOCK,  /* licetd.lock; not for readers */
	APP_STORE, /* opened, and the ring of keys made */
	APP_SERVE  /* all: writer, pools, API, listeners, jobs */
};

/* Loads the configuration of the data directory. Faults are printed on stderr. */
must_check enum err
app_init(struct app *, struct arena *, const struct config_source *);
/* Starts the parts up to and including `last`; on an error the started ones are stopped
 * and *what names the part or file. */
must_check enum err
app_start(struct app *, enum app_part last, const char **what);
void
app_stop(struct app *);
/* Settings of the API as the configuration has them. */
void
app_settings(const struct app *, struct api_settings *);
/* The parts "keys" and "ring" (app_keys.c, app_ring.c). */
enum err
app_keys_start(struct app *, const char **what);
void
app_keys_stop(struct app *);
enum err
app_ring_start(struct app *, const char **what);
void
app_ring_stop(struct app *);
/* Behind the start: forgets the passphrase where it can be read again. */
void
app_keys_tidy(struct app *);
/* The part "listeners" (app_listen.c). */
enum err
app_listen_start(struct app *, const char **what);
void
app_listen_stop(struct app *);
/* "ready public=URL admin=URL socket=PATH", without line end. */
void
app_listen_line(const struct app *, struct buf *);
/* SIGHUP: new settings and TLS files; a fault changes nothing and is logged. */
void
app_reload(struct app *);
/* Audit entry of the system itself: system.started, system.stopped, system.restored. */
must_check enum err
app_note(struct app *, const char *action);
/* detail: JSON {"name":[from,to]}. */
must_check enum err
app_note_detail(struct app *, const char *action, struct slice detail);
/* Instant of the last audit entry, FIELD_NONE when there is none. */
must_check enum err
app_last_audit(struct app *, int64_t *when);

#endif
