/*
 * Management calls (management-api.md): one request, one result, and the resource row
 * that lets the generic actions list, read, make, change, delete and archive records.
 * Answers are printed inside the transaction, since they show what other records say.
 */
#ifndef LICET_SERVER_ACTION_MANAGE_H
#define LICET_SERVER_ACTION_MANAGE_H

#include "base/json.h"
#include "server/action/change.h"
#include "server/model/audit.h"

#define MANAGE_PARAMS_MAX 4
#define MANAGE_TEXT "text/plain; charset=utf-8"

struct resource;
struct signing_job;

struct manage_param {
	struct slice name, value;
};

/* A password to hash with Argon2id before the transaction. */
struct manage_password {
	struct slice tag; /* the action's own: e-mail of the user */
	struct slice plain;
	struct slice hash; /* filled by the front */
	bool generated;
};

/* Result of a route's look action. */
struct manage_passwords {
	struct manage_password *item;
	size_t n;
};

/* Idempotency-Key of the call; key null: none. */
struct manage_once_key {
	struct slice account, key;
	struct slice digest; /* 32 bytes */
};

struct manage_req {
	action_fn *fn;                         /* of the route */
	const struct resource *resource;       /* of the route, or NULL */
	int status;                            /* of success */
	int64_t id;                            /* {id} of the path, FIELD_NONE without */
	struct slice param[MANAGE_PARAMS_MAX]; /* all path parameters as text */
	const void *kept;        /* what the route's open step has made of the body */
	const struct json *body; /* never NULL; an empty object when none was sent */
	struct slice file;       /* of routes that take one */
	const struct signing_job *signing; /* of changes of keys (signing_admin.h) */
	const struct manage_param *query;  /* without strict, dry_run, reason */
	size_t n_query;
	bool strict;
	struct slice origin, path; /* of next and previous; origin "" on the socket */
	const struct manage_password *passwords;
	size_t n_passwords;
	struct manage_once_key idem;
	bool ready; /* as /readyz says, for status */
	const char *why;
};

/* Bytes of the body that are null in a stored answer (secrets) or in a dry run (new
 * ids, too). */
struct manage_span {
	size_t from, to;
	bool secret;
};

struct manage_secret {
	const char *name;
	struct slice value;
};

/* A body that is made in parts, while it is sent; in the arena of the call. As struct
 * reply_source. */
struct manage_stream {
	enum err (*next)(
	    struct manage_stream *, struct store *, struct buf *, bool *last);
};

/* Reset before each run of the action. */
struct manage_res {
	struct buf body; /* JSON; empty for 204 */
	struct json_writer w;
	int64_t created;       /* id for Location, FIELD_NONE */
	struct slice *ignored; /* for Licet-Ignored */
	size_t n_ignored, cap_ignored;
	struct manage_span *span;
	size_t n_spans, cap_spans;
	struct manage_secret secret[4]; /* to print with the object, see resource.once */
	size_t n_secrets;
	struct manage_stream *stream; /* instead of body; NULL: none */
	const char *type; /* media type of a body that is no JSON; NULL: JSON */
	const char *file; /* its name; NULL: none */
	int64_t parts;    /* Licet-Parts; 0: none */
	bool key_taken;   /* the Idempotency-Key has an answer already */
	bool replayed;    /* it is this request's; nothing was done */
	struct idempotency stored;
};

/* What the hooks of a resource get: one object being made, changed or deleted. */
struct edit {
	struct action_ctx *ctx;
	const struct manage_req *req;
	struct manage_res *res;
	const struct resource *resource;
	const struct json *body;
	const void *before; /* NULL: being made */
	void *rec;          /* as it shall be stored */
	struct field_set given;
};

/* --- references ------------------------------------------------------------------ */

enum ref_flag {
	REF_NULL = 1 << 0,
	REF_REQUIRED = 1 << 1,
	REF_IMMUTABLE = 1 << 2,
	REF_SILENT = 1 << 3 /* NAME is not printed (the print hook does) */
};

/*
 * A member that names another object: "product" (also read as "product_id") takes the
 * id or the code (customers: the e-mail), is stored as id and printed as the code.
 */
struct ref {
	const char *name;
	size_t offset; /* of the int64_t id in the record */
	enum table table;
	unsigned flags;
};

/*
 * Id of the object that a text names: its code (product, policy, customer account), its
 * e-mail (customer, license user, account), or, if it is all digits, its id. FIELD_NONE
 * when there is none.
 */
must_check enum err
ref_find(struct action_ctx *, enum table, struct slice text, int64_t *id);
/* A JSON value: a number is the id. A fault under `field` when it names nothing. */
must_check enum err
ref_read(
    struct action_ctx *, const char *field, enum table, const struct json *, int64_t *id);
/* Code or e-mail of an id; null for FIELD_NONE and for unknown ids. */
must_check enum err
ref_code(struct action_ctx *, enum table, int64_t id, struct slice *code);

/* --- lists ------------------------------------------------------------------------ */

/* The left side of a filter. */
struct filter_value {
	enum field_type type; /* BOOL INT INSTANT TEXT ENUM */
	bool null;
	int64_t number; /* BOOL, INT, INSTANT, ENUM */
	struct slice text;
	const struct names *names; /* ENUM */
};

/* Candidates of an indexed filter that lies in other tables. */
struct id_list {
	struct arena *arena;
	int64_t *id;
	size_t n, cap;
};

typedef enum err
filter_get_fn(struct action_ctx *, const void *rec, struct filter_value *);
/* Adds the ids of all records that match the value. More is allowed when the filter has
 * a left side (get or field), fewer never. */
typedef enum err
filter_find_fn(struct action_ctx *, struct slice value, struct id_list *);

enum filter_key {
	KEY_NONE,   /* no index: scan */
	KEY_TEXT,   /* prefix is record_key_text(value) */
	KEY_FOLDED, /* the same, ASCII lower case */
	KEY_ID      /* prefix is record_key_id(number, instant, or id of the reference) */
};

#define FILTER_NO_REF T_META

struct filter {
	const char *name;
	const char *field; /* of the table; NULL: name */
	enum filter_key key;
	int index;            /* -1: the primary key */
	bool ordered;         /* order_by takes it, though it has no index */
	bool by_id;           /* entries of one value lie in the order of ids */
	enum table ref;       /* value names an object of this table: ref_find first */
	filter_get_fn *get;   /* NULL: the field */
	filter_find_fn *find; /* other tables' indexes; NULL: none */
};

must_check enum err
id_list_add(struct id_list *, int64_t id);

/* --- resources -------------------------------------------------------------------- */

struct resource {
	enum table table;
	const char *audit;            /* "product": product.created, … */
	const char *path;             /* "products", for Location */
	const char *unique;           /* member that E_DUPLICATE is about; or NULL */
	const struct filter *filters; /* ends with name NULL; id, created_at, updated_at
	                                 are always there */
	const struct ref *refs;       /* ends with name NULL; or NULL */
	/* Members that check reads itself, fields among them too; or NULL. */
	const char *const *also;
	const char *const *once; /* secrets shown at creation, later null; or NULL */
	void (*defaults)(void *rec);
	/* All hooks may be NULL. */
	/* Fields and references are read. Faults go to ctx->faults; run for create and
	 * patch. */
	enum err (*check)(struct edit *);
	/* After the new record is stored: records that go with it, secrets. */
	enum err (*made)(struct edit *);
	/* Before a delete: E_IN_USE, or deletes what goes along. */
	enum err (*drop)(struct edit *);
	/* Sets or clears the archive mark in rec; may refuse. */
	enum err (*archive)(struct edit *, bool archived);
	/* Further members: jw_* on res->w. single: not in a list. */
	enum err (*print)(
	    struct action_ctx *, struct manage_res *, const void *rec, bool single);
	/* By id, where the table is not keyed by one id; NULL: record_get_id. */
	enum err (*load)(struct action_ctx *, int64_t id, void *rec);
	/* License whose history shows the change; NULL: none. */
	int64_t (*license)(const void *rec);
	/* Number of all records, where it is known without a walk; or NULL. */
	enum err (*count)(struct action_ctx *, int64_t *);
};

/* The generic actions: req is struct manage_req, res struct manage_res. */
action_fn manage_list;      /* read */
action_fn manage_get;       /* read */
action_fn manage_create;    /* write */
action_fn manage_patch;     /* write */
action_fn manage_delete;    /* write */
action_fn manage_archive;   /* write */
action_fn manage_unarchive; /* write */

/* --- for actions of their own ----------------------------------------------------- */

/* req->id of the resource's table. E_NOT_FOUND. Sets ctx->object_revision and checks
 * If-Match. */
must_check enum err
manage_load(struct action_ctx *, const struct manage_req *, void *rec);
/* Prints the whole object as the answer: members, message, once values; sets the ETag. */
must_check enum err
manage_answer(
    struct action_ctx *, const struct resource *, struct manage_res *, const void *rec);
/* Prints {…} at the writer's place. */
must_check enum err
manage_object(struct action_ctx *, const struct resource *, struct manage_res *,
    const void *rec, bool single);
/* A page of ids known otherwise as list reply, in the order given. */
must_check enum err
manage_list_ids(struct action_ctx *, const struct manage_req *, const struct resource *,
    struct id_list *, struct manage_res *);
/* As manage_list over another resource or with a filter that the path fixes:
 * value NULL-terminated pairs are taken as further parameters. */
must_check enum err
manage_list_of(struct action_ctx *, const struct manage_req *, const struct resource *,
    const struct manage_param *fixed, size_t n_fixed, struct manage_res *);

/*
 * Runs fn on every record under the prefix and gives back, after each, all that the arena
 * handed out meanwhile: fn keeps nothing there. Any error of fn ends the walk;
 * E_NOT_FOUND does so without being one.
 */
struct each {
	enum table table;
	int index;           /* -1: the primary key */
	struct slice prefix; /* null: all */
	bool reverse;
	enum err (*fn)(struct action_ctx *, void *rec, void *arg);
	void *arg;
	struct slice from; /* as record_scan; null: the first */
};
must_check enum err
manage_each(struct action_ctx *, const struct each *);
/* Some record matches all the pairs; true also when that would take too long to find out.
 */
must_check enum err
manage_any(struct action_ctx *, const struct resource *, const struct manage_param *,
    size_t n, bool *out);

/*
 * Members of the object into rec as resource says: fields, references, unknown members.
 * path is "" or "items[0].". Faults are collected; store errors are returned.
 */
must_check enum err
manage_read(struct edit *, const char *path, enum field_mode);
/* Faults (strict) or Licet-Ignored for members not in known (NULL-terminated); "reason"
 * is always known. */
void
manage_unknown(struct action_ctx *, const struct manage_req *, struct manage_res *,
    const char *path, const struct json *object, const char *const *known);
/* The error of all faults together: one of status 400 before others; E_OK: none. */
enum err
manage_faults(const struct action_ctx *);
/* The same for one member that this call alone does not read. */
void
manage_unread(struct edit *, const char *name);
/* Null when there is no such query parameter. */
struct slice
manage_query(const struct manage_req *, const char *name);
/* Boolean of the body, else of the query; false when absent; a fault when it is none. */
bool
manage_flag(struct action_ctx *, const struct manage_req *, const char *name);

/* A value of the answer that is never shown again. Printed by manage_object where
 * resource.once names it (up to 4). */
void
manage_give(struct manage_res *, const char *name, struct slice value);
/* The same at the writer's place, now. Null value: null. */
void
manage_secret(struct manage_res *, const char *name, struct slice value);
/* "name":text; null in a dry run when made, since the thing does not exist then. */
void
manage_new(struct manage_res *, const char *name, struct slice text, bool made);
/* "name":id; null in a dry run when this transaction made the object. type: the field
 * table's name. FIELD_NONE: null. */
void
manage_id(struct action_ctx *, struct manage_res *, const char *name, const char *type,
    int64_t id);
/* "name":text; null in a dry run when this transaction made the object, as manage_id. */
void
manage_made_text(struct action_ctx *, struct manage_res *, const char *name,
    struct slice text, const char *type, int64_t id);
/* The body with secrets as null, and with new ids as null, too. */
struct slice
manage_masked(struct arena *, const struct manage_res *, bool new_ids);

/* --- the front's frame ------------------------------------------------------------ */

/* Resets res, answers from the idempotency record or runs req->fn and writes that
 * record. */
action_fn manage_run;
/* Stores the answer to a refused call: req is struct idempotency, whole. */
action_fn manage_store_refusal;
#define MANAGE_KEY_LIFE (24 * INT64_C(3600000000))

/* Look-up of a management token (read). */
struct principal_req {
	struct slice token;
	struct slice address; /* of the peer, as text */
};
struct principal {
	int64_t token_id, account_id;
	struct slice account_name; /* e-mail */
	struct permit_set permits;
	bool stale; /* last_used_at is of an earlier hour */
};
action_fn action_principal;      /* struct principal_req -> struct principal;
                                    E_UNAUTHENTICATED */
action_fn action_principal_used; /* write; const int64_t token id -> nothing */
/* E_FORBIDDEN, its message names the permission. */
enum err
manage_forbid(struct action_ctx *, enum permission);
/* Whether an address text lies in one of the CIDR blocks of a JSON array; [] is any.
 * E_NO_MEMORY. */
must_check enum err
address_allowed(
    struct arena *, struct slice json_list, struct slice address, bool *allowed);

/* An address, or an address, '/' and a number of bits. */
bool
cidr_valid(struct slice block);

#endif
