/* One call of the management API. */
#ifndef LICET_CLI_CALL_H
#define LICET_CLI_CALL_H

#include "cli/body.h"
#include "cli/cli.h"

struct call {
	const char *method;
	const char *path;      /* below /api/v1/, "products/1/" */
	struct slice query;    /* without '?'; may be null */
	struct body *body;     /* of POST and PATCH; NULL: an empty object */
	struct slice text;     /* sent as text/plain instead of a body; may be null */
	struct slice if_match; /* null: not sent */
	/* Takes the body of the answer in parts, as struct fetch; NULL: raw has it. Such
	 * a call is not repeated. */
	enum err (*sink)(void *arg, struct slice part);
	void *sink_arg;
	/* out, in the arena */
	struct slice raw; /* the answer as it came; empty for 204 */
	struct json
	    *answer;       /* never NULL after success; JSON_NULL when it is empty or text
	                    */
	struct slice etag; /* may be null */
	bool replayed;     /* the first try had done it; secrets are null */
};

/*
 * Everything but GET carries an Idempotency-Key, strict=true, the reason and, when asked,
 * dry_run=true, and is sent up to three times more under the same key when the connection
 * is lost. Sets the problem.
 */
must_check enum err
call_run(struct cli *, struct call *);
/* GET of a path. */
must_check enum err
call_get(struct cli *, struct call *, const char *path);
/*
 * call_run for changes. Under --dry-run the changes are printed and *done is true: the
 * command is over.
 */
must_check enum err
call_change(struct cli *, struct call *, bool *done);

/* "devices/7/release/"; NULL when out of memory (the problem is set). */
char *
call_path(struct cli *, const char *noun, int64_t id, const char *action);

#endif
