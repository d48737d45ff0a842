#include "server/http/accesslog.h"

#include "base/log.h"
#include "base/metric.h"

#define METHOD_SHOWN 16
#define PATH_SHOWN 64

static const char *
status_class(int status)
{
	static const char *const name[] = { "1xx", "2xx", "3xx", "4xx", "5xx" };

	return status >= 100 && status < 600 ? name[status / 100 - 1] : "other";
}

/* Behind /O/ stands a request (offline-activation.md 4), which no log gets. */
static struct slice
shown(struct slice path)
{
	bool is_request = slice_equal_fold(slice_head(path, 3), SLICE("/o/"));

	return slice_head(path, is_request ? 3 : PATH_SHOWN);
}

static void
count(const struct access_line *line)
{
	const char *route = line->request->route;

	metric_add_by(METRIC_REQUESTS, route != NULL ? route : "none", 1);
	metric_add_by(METRIC_STATUS, status_class(line->status), 1);
	if (line->err != E_OK)
		metric_add_by(METRIC_REFUSALS, err_code(line->err), 1);
	metric_observe(METRIC_REQUEST_TIME, line->duration);
}

void
accesslog_write(const struct access_line *line)
{
	const struct request *req = line->request;

	count(line);
	if (!log_enabled(LOG_INFO))
		return;
	struct slice method = slice_head(req->method_text, METHOD_SHOWN);
	struct slice route = req->route ? slice_str(req->route) : shown(req->path);
	log_request(req->id);
	log_info("request",
	    "method=%.*s route=%.*s status=%d bytes=%zu us=%lld peer=%s code=%s "
	    "slow=%s",
	    SLICE_ARG(method), SLICE_ARG(route), line->status, line->bytes,
	    (long long)line->duration, req->peer, err_code(line->err),
	    line->slow ? "yes" : "no");
	log_request(NULL);
}
