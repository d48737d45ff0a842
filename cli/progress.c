#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define QUIET_TIME (2 * CLOCK_SECOND)
#define LINE_EVERY (10 * CLOCK_SECOND)
#define BAR_WIDTH 30

void
progress_start(struct progress *p, bool quiet)
{
	*p = (struct progress){ .start = clock_monotonic(), .quiet = quiet };
	p->last = p->start;
	p->terminal = isatty(STDERR_FILENO) == 1;
}

void
progress_text(
    struct buf *out, bool terminal, int64_t done, int64_t total, int64_t elapsed)
{
	int64_t rate = elapsed > 0 ? done * CLOCK_SECOND / elapsed : 0;
	int64_t rest = rate > 0 ? (total - done) / rate : 0;
	int64_t full = total > 0 ? done * BAR_WIDTH / total : 0;

	if (terminal) {
		buf_str(out, "\r[");
		for (int i = 0; i < BAR_WIDTH; i++)
			buf_char(out, i < full ? '#' : ' ');
		buf_str(out, "] ");
	}
	buf_printf(out, "%lld of %lld, %lld/s, %lld s left", (long long)done,
	    (long long)total, (long long)rate, (long long)rest);
	buf_str(out, terminal ? "\033[K" : "\n");
}

void
progress_show(struct progress *p, int64_t done, int64_t total)
{
	int64_t now = clock_monotonic();
	struct buf text = BUF_INIT(NULL);

	if (p->quiet || done >= total || now - p->start < QUIET_TIME ||
	    (!p->terminal && now - p->last < LINE_EVERY))
		return;
	progress_text(&text, p->terminal, done, total, now - p->start);
	fwrite(text.p, 1, buf_ok(&text) ? text.n : 0, stderr);
	buf_free(&text);
	p->last = now;
	p->shown = p->terminal;
}

void
progress_clear(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
