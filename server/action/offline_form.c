#include "server/action/offline_form.h"

#include "offline/armor.h"
#include "offline/carrier.h"
#include "offline/qr.h"
#include "offline/typed.h"
#include "server/action/query.h"

#define PNG_SCALE 6

enum form { FORM_ARMOR, FORM_CBOR, FORM_TEXT, FORM_TYPED, FORM_SVG, FORM_PNG };
static const char *const form_texts[] = { "armor", "cbor", "text", "typed", "svg",
	"png" };
static const struct names form_names = { form_texts, (int)ARRAY_LEN(form_texts) };
static const char *const form_types[] = { "text/plain; charset=utf-8", "application/cose",
	"text/plain; charset=utf-8", "text/plain; charset=utf-8", "image/svg+xml",
	"image/png" };
static const char *const form_suffixes[] = { "", ".cbor", ".txt", ".txt", ".svg",
	".png" };

struct forming {
	struct action_ctx *ctx;
	const struct manage_req *req;
	struct manage_res *res;
	enum object_kind kind;
	struct slice object;
	enum form form;
};

static enum err
qr_texts(struct forming *f, struct slice **text, size_t *n)
{
	return carrier_qr_texts(
	    f->ctx->arena, f->kind, f->object, (size_t)f->ctx->issuer->qr_bytes, text, n);
}

static enum err
put_texts(struct forming *f)
{
	struct slice *text;
	size_t n;
	enum err e = qr_texts(f, &text, &n);

	for (size_t i = 0; !e && i < n; i++) {
		buf_slice_add(&f->res->body, text[i]);
		buf_char(&f->res->body, '\n');
	}
	return e;
}

static enum err
put_picture(struct forming *f)
{
	struct buf *out = &f->res->body;
	struct slice *text;
	struct qr qr;
	size_t n;
	int64_t part;
	enum err e = qr_texts(f, &text, &n);

	if (e)
		return e;
	part = query_int(f->ctx, f->req, "part",
	    (struct query_range){ .fallback = 1, .min = 1, .max = (int64_t)n });
	e = manage_faults(f->ctx);
	if (!e)
		e = qr_make(f->ctx->arena, text[part - 1],
		    (enum qr_level)f->ctx->issuer->qr_level, &qr);
	if (e)
		return e;
	f->res->parts = (int64_t)n;
	if (f->form == FORM_SVG)
		qr_svg(out, &qr, SLICE_NULL);
	else
		qr_png(out, &qr, PNG_SCALE);
	return E_OK;
}

static enum err
put(struct forming *f)
{
	struct buf *out = &f->res->body;

	switch (f->form) {
	case FORM_ARMOR:
		armor_put(out, f->kind, f->object);
		return E_OK;
	case FORM_CBOR:
		buf_slice_add(out, f->object);
		return E_OK;
	case FORM_TEXT:
		return put_texts(f);
	case FORM_TYPED:
		typed_put(out, f->object);
		return E_OK;
	case FORM_SVG:
	case FORM_PNG:
		break;
	}
	return put_picture(f);
}

enum err
offline_form(struct action_ctx *ctx, const struct manage_req *req, struct manage_res *res,
    enum object_kind kind, struct slice object, const char *name)
{
	static const char *const known[] = { "form", "part", NULL };
	struct forming f = {
		.ctx = ctx, .req = req, .res = res, .kind = kind, .object = object
	};
	struct slice text = manage_query(req, "form");
	int form = text.n ? names_find(&form_names, text) : FORM_ARMOR;
	enum err e;

	query_only(ctx, req, known);
	if (form < 0)
		fault_add(&ctx->faults, "form", E_VALIDATION,
		    "form is one of armor, cbor, text, typed, svg, png");
	e = manage_faults(ctx);
	if (e)
		return e;
	f.form = (enum form)form;
	e = put(&f);
	if (e)
		return e;
	res->type = form_types[form];
	res->file = arena_printf(
	    ctx->arena, "%s%s%s", name, object_info(kind)->suffix, form_suffixes[form]);
	return res->file ? buf_finish(&res->body) : E_NO_MEMORY;
}
