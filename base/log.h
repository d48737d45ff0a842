/*
 * Structured log on stderr: one line an event, an event name and key=value pairs, logfmt
 * or JSON. Lines are written whole; values are escaped; identical lines of one call site
 * are limited to 10 a second (a "suppressed" line counts the rest). Thread-safe.
 *
 * Never log a secret, a body, a query string or an Authorization value.
 */
#ifndef LICET_BASE_LOG_H
#define LICET_BASE_LOG_H

#include "base/slice.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format {
	LOG_AUTO,
	LOG_LOGFMT,
	LOG_JSON
}; /* AUTO: logfmt on a terminal, else JSON */

/* Once at start and on reload. prefix (may be NULL) stands on every line, such as "DEV".
 */
void
log_setup(enum log_level, enum log_format, const char *prefix);
/* The request id that later lines of this thread carry; NULL ends it. Not copied. */
void
log_request(const char *request_id);
bool log_enabled(enum log_level);

/*
 * fmt is "key=%s other=%d", each value escaped as it stands between the spaces of fmt.
 *   log_info("store_open", "path=%s licenses=%lld", path, n);
 */
void
log_event(enum log_level, const char *event, const char *fmt, ...) printf_like(3, 4);
#define log_error(event, ...) log_event(LOG_ERROR, event, __VA_ARGS__)
#define log_warn(event, ...) log_event(LOG_WARN, event, __VA_ARGS__)
#define log_info(event, ...) log_event(LOG_INFO, event, __VA_ARGS__)
#define log_debug(event, ...) log_event(LOG_DEBUG, event, __VA_ARGS__)

#endif
