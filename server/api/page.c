#include "server/api/page.h"

#include "server/api/portal.h"
#include "server/api/reply.h"

#define ASSET_READER "decode.js"

bool
page_is(struct slice path)
{
	if (slice_starts(path, SLICE("/O/")) || slice_starts(path, SLICE("/o/")))
		return true;
	return (slice_is(path, "/offline") || slice_starts(path, SLICE("/offline/"))) &&
	       !slice_starts(path, SLICE("/offline/v1/"));
}

static void
put_headers(struct reply *reply)
{
	reply_header(reply, "Content-Type", "text/html; charset=utf-8");
	reply_header(reply, "Cache-Control", "no-store");
	reply_header(reply, "Content-Security-Policy",
	    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
	    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
	reply_header(reply, "Permissions-Policy",
	    "camera=(self), microphone=(), geolocation=(), payment=(), usb=()");
	reply_header(reply, "Referrer-Policy", "no-referrer");
	reply_header(reply, "X-Content-Type-Options", "nosniff");
	reply_header(reply, "X-Frame-Options", "DENY");
	reply_header(reply, "Cross-Origin-Opener-Policy", "same-origin");
	reply_header(reply, "Cross-Origin-Resource-Policy", "same-origin");
}

static void
put_head(struct buf *b, const char *title)
{
	struct slice tag = slice_str(assets_tag);

	HTML(b,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n",
	    slice_str(title));
	HTML(b,
	    "<link rel=\"icon\" href=\"/offline/assets/{}/icon.svg\">\n"
	    "<link rel=\"stylesheet\" href=\"/offline/assets/{}/portal.css\">\n",
	    tag, tag);
	HTML(b,
	    "<script type=\"module\" src=\"/offline/assets/{}/portal.js\"></script>\n",
	    tag);
}

void
page_begin(struct reply *reply, int status, const char *title)
{
	struct buf *b = &reply->body;

	reply->status = status;
	buf_clear(b);
	buf_clear(&reply->headers);
	put_headers(reply);
	put_head(b, title);
	buf_str(b, "</head>\n<body");
	if (asset_find(SLICE(ASSET_READER)))
		HTML(b, " data-reader=\"/offline/assets/{}/" ASSET_READER "\"",
		    slice_str(assets_tag));
	buf_str(b,
	    ">\n<header><a href=\"/offline\">Offline activation</a></header>\n<main>\n");
}

void
page_end(struct reply *reply)
{
	buf_str(&reply->body, "</main>\n<footer><p>What you hand in goes to this server "
			      "alone. No cookie is "
			      "set.</p></footer>\n</body>\n</html>\n");
}

void
page_error(struct reply *reply, enum err err, int retry_after)
{
	err = reply_public_err(err);
	reply->err = err;
	page_begin(reply, err_info(err)->http, "That did not work");
	buf_str(&reply->body, "<h1>That did not work</h1>\n");
	if (err == E_UNAVAILABLE)
		reply_retry_after(reply, REPLY_RETRY_AFTER);
	portal_put_fault(&reply->body, err, retry_after, NULL);
	buf_str(&reply->body,
	    "<p><a class=\"button\" href=\"/offline\">Go to the start</a></p>\n");
	page_end(reply);
}

static bool
takes_packed(const struct request *r)
{
	struct slice taken = request_header(r, "Accept-Encoding");

	return slice_search(taken, SLICE("gzip")) >= 0 &&
	       slice_search(taken, SLICE("gzip;q=0")) < 0;
}

void
page_asset_front(struct call *call)
{
	const struct request *r = call->request;
	const struct asset *asset = asset_find(r->params[1]);
	struct reply *reply = &call->reply;
	char etag[64];

	if (!call->settings->portal || !asset) {
		call_refuse(call, E_NOT_FOUND);
		return;
	}
	snprintf(
	    etag, sizeof(etag), "\"%s%s\"", assets_tag, takes_packed(r) ? "-gz" : "");
	reply_header(reply, "ETag", etag);
	reply_header(reply, "Vary", "Accept-Encoding");
	reply_header(reply, "Cache-Control",
	    slice_is(r->params[0], assets_tag) ? "public, max-age=31536000, immutable"
					       : "no-cache");
	if (slice_search(request_header(r, "If-None-Match"), slice_str(etag)) >= 0) {
		reply->status = 304;
		call_finish(call);
		return;
	}
	reply->status = 200;
	reply_header(reply, "Content-Type", asset->type);
	reply_header(reply, "X-Content-Type-Options", "nosniff");
	reply_header(reply, "Cross-Origin-Resource-Policy", "same-origin");
	if (takes_packed(r))
		reply_header(reply, "Content-Encoding", "gzip");
	buf_slice_add(&reply->body, takes_packed(r) ? asset->packed : asset->body);
	call_finish(call);
}
