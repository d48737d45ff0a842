#include "server/api/reply.h"

#include "base/clock.h"
#include "base/json.h"

enum err
reply_public_err(enum err err)
{
	const struct err_info *info = err_info(err);

	if (info->kind != ERR_FAULT)
		return err;
	return info->http == 503 ? E_UNAVAILABLE : E_INTERNAL;
}

void
reply_json(struct reply *r, int status)
{
	r->status = status;
	reply_header(r, "Content-Type", "application/json; charset=utf-8");
	reply_header(r, "Cache-Control", "no-store");
}

void
reply_retry_after(struct reply *r, int seconds)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", seconds);
	reply_header(r, "Retry-After", text);
}

static void
start_error(struct reply *r, enum err err, int status)
{
	buf_clear(&r->body);
	r->err = err;
	reply_json(r, status);
	if (err == E_UNAVAILABLE)
		reply_retry_after(r, REPLY_RETRY_AFTER);
}

static void
print_message(struct json_writer *w, enum err err, const struct reply_detail *detail)
{
	char text[256];
	char date[CLOCK_ISO_LEN + 1];

	jw_key(w, "message");
	if (detail && detail->more) {
		snprintf(
		    text, sizeof(text), "%s: %s", err_info(err)->message, detail->more);
		jw_str(w, text);
		return;
	}
	if (err != E_LICENSE_START_DATE) {
		jw_str(w, err_info(err)->message);
		return;
	}
	clock_iso(detail ? detail->start_date : 0, date);
	snprintf(text, sizeof(text), "%s%s", err_info(err)->message, date);
	jw_str(w, text);
}

void
reply_v4_error(struct reply *r, enum err err, const struct reply_detail *detail)
{
	const struct err_info *info;
	struct json_writer w;

	err = reply_public_err(err);
	info = err_info(err);
	start_error(r, err, info->http);
	jw_init(&w, &r->body);
	jw_object(&w);
	jw_kint(&w, "status", info->http);
	jw_key(&w, "code");
	jw_str(&w, info->code);
	print_message(&w, err, detail);
	if (detail && detail->refused_license != 0 && info->kind != ERR_FAULT) {
		jw_kint(&w, "license_id", detail->refused_license);
		jw_ktext(&w, "product", detail->refused_product);
	}
	jw_end(&w);
}

static void
print_fault(struct json_writer *w, const struct fault *fault)
{
	jw_object(w);
	jw_key(w, "field");
	jw_str(w, fault->field);
	jw_key(w, "code");
	jw_str(w, err_code(fault->code));
	jw_key(w, "message");
	jw_str(w, fault->message ? fault->message : err_info(fault->code)->message);
	jw_end(w);
}

void
reply_manage_error(
    struct reply *r, enum err err, const struct faults *faults, const char *message)
{
	struct json_writer w;

	err = reply_public_err(err);
	start_error(r, err, err_manage_status(err));
	jw_init(&w, &r->body);
	jw_object(&w);
	jw_kint(&w, "status", err_manage_status(err));
	jw_key(&w, "code");
	jw_str(&w, err_code(err));
	jw_key(&w, "message");
	jw_str(&w, message ? message : err_info(err)->message);
	jw_key(&w, "errors");
	jw_array(&w);
	for (size_t i = 0; faults && i < faults->n; i++)
		print_fault(&w, &faults->item[i]);
	jw_end(&w);
	jw_end(&w);
}

bool
reply_is_signed(struct slice path)
{
	return slice_starts(path, SLICE("/api/v4/"));
}
