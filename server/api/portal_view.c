#include "base/clock.h"
#include "offline/armor.h"
#include "offline/qr.h"
#include "offline/typed.h"
#include "server/api/portal.h"

void
portal_put_form(struct buf *b, struct slice text, struct slice machine,
    const struct portal_button *button, size_t n)
{
	HTML(b,
	    "<form class=\"row\" method=\"post\" action=\"/offline/answer\" "
	    "enctype=\"multipart/form-data\">\n"
	    "<input type=\"hidden\" name=\"text\" value=\"{}\">\n",
	    text);
	if (machine.n)
		HTML(b, "<input type=\"hidden\" name=\"machine\" value=\"{}\">\n",
		    machine);
	for (size_t i = 0; i < n; i++)
		HTML(b, "<button name=\"as\" value=\"{}\" class=\"{}\">{}</button>\n",
		    slice_str(button[i].as), slice_str(button[i].class),
		    slice_str(button[i].label));
	buf_str(b, "</form>\n");
}

/* --- what an answer says -------------------------------------------------------------
 */

static void
put_row(struct buf *b, const char *name, struct slice value)
{
	if (value.n)
		HTML(b, "<div><dt>{}</dt><dd>{}</dd></div>\n", slice_str(name), value);
}

/* seconds; FIELD_NONE: none */
static void
put_date(struct buf *b, const char *name, int64_t seconds, const char *none)
{
	char text[21];

	if (seconds != FIELD_NONE)
		clock_human(seconds * 1000000, text);
	put_row(b, name, slice_str(seconds != FIELD_NONE ? text : none));
}

static void
put_number(struct buf *b, uint64_t serial)
{
	char text[OFFLINE_SERIAL_TEXT + 1];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)serial);
	put_row(b, "Answer number", slice_str(text));
}

static void
put_activation(struct buf *b, const struct claims_activation *c, struct slice machine)
{
	const struct claims_license *license = &c->licenses[0];

	buf_str(b, "<section class=\"notice good\">\n<h2>Activated</h2>\n<p>Take this "
		   "answer back to "
		   "the machine and give it to the program there.</p>\n<dl>\n");
	put_row(b, "Product", c->product);
	put_row(b, "Machine", machine);
	put_date(b, "License valid until", license->until, "no end");
	if (c->lease_until != FIELD_NONE)
		put_date(b, "Renew before", c->lease_until, "");
	put_number(b, c->serial);
	buf_str(b, "</dl>\n</section>\n");
}

static void
put_receipt(struct buf *b, const struct claims_receipt *c)
{
	buf_str(b,
	    "<section class=\"notice good\">\n<h2>Seat given back</h2>\n<p>The seat is "
	    "free for "
	    "another machine. Keep this receipt: it proves that you gave the seat back."
	    "</p>\n<dl>\n");
	put_date(b, "Given back", c->issued_at, "");
	put_number(b, c->serial);
	buf_str(b, "</dl>\n</section>\n");
}

static enum err
put_facts(
    struct call *call, enum object_kind kind, struct slice object, struct slice machine)
{
	struct claims_activation activation;
	struct claims_receipt receipt;
	struct cose cose;
	enum err err = cose_parse_as(kind, object, &cose);

	if (err)
		return err;
	if (kind == OBJECT_RECEIPT) {
		err = claims_get_receipt(call->arena, cose.payload, &receipt);
		if (!err)
			put_receipt(&call->reply.body, &receipt);
		return err;
	}
	err = claims_get_activation(call->arena, cose.payload, &activation);
	if (!err)
		put_activation(&call->reply.body, &activation, machine);
	return err;
}

/* --- ways back ------------------------------------------------------------------------
 */

struct way {
	const char *title, *hint;
	bool is_open;
};

static void
way_begin(struct buf *b, const struct way *way, enum portal_view view)
{
	if (view == PORTAL_PRINT)
		HTML(b, "<section class=\"way\">\n<h2>{}</h2>\n", slice_str(way->title));
	else
		HTML(b, "<details class=\"card\"{}>\n<summary><h2>{}</h2></summary>\n",
		    way->is_open ? SLICE(" open") : SLICE(""), slice_str(way->title));
	HTML(b, "<p>{}</p>\n", slice_str(way->hint));
}

static void
way_end(struct buf *b, enum portal_view view)
{
	buf_str(b, view == PORTAL_PRINT ? "</section>\n" : "</details>\n");
}

static enum err
put_code(struct call *call, struct slice text, size_t at, size_t n)
{
	struct buf *b = &call->reply.body;
	char *title = arena_printf(call->arena, "Code %zu of %zu", at + 1, n);
	struct qr qr;
	enum err err;

	if (!title)
		return E_NO_MEMORY;
	err = qr_make(call->arena, text, (enum qr_level)call->settings->qr_level, &qr);
	if (err)
		return err;
	buf_str(b, "<figure>\n");
	qr_svg(b, &qr, slice_str(title));
	if (n > 1)
		HTML(b, "<figcaption>{}</figcaption>\n", slice_str(title));
	buf_str(b, "</figure>\n");
	return E_OK;
}

static enum err
put_codes(
    struct call *call, enum object_kind kind, struct slice object, enum portal_view view)
{
	static const struct way ways[] = {
		{ "Scan it", "Hold this code in front of the machine's camera.", true },
		{ "Scan it",
		    "Hold these codes in front of the machine's camera, one after the "
		    "other in "
		    "any order.",
		    true },
	};
	struct buf *b = &call->reply.body;
	struct slice *text;
	size_t n;
	enum err err = carrier_qr_texts(
	    call->arena, kind, object, (size_t)call->settings->qr_bytes, &text, &n);

	if (err)
		return err;
	way_begin(b, &ways[n > 1], view);
	buf_str(b, "<div class=\"codes\">\n");
	for (size_t i = 0; i < n && !err; i++)
		err = put_code(call, text[i], i, n);
	buf_str(b, "</div>\n");
	way_end(b, view);
	return err;
}

static void
put_copy(struct buf *b, struct slice armored)
{
	static const struct way way = { "Copy the text",
		"For a memory stick, a remote desktop or a mail: all of it, from BEGIN "
		"to END.",
		false };

	way_begin(b, &way, PORTAL_PAGE);
	HTML(b,
	    "<textarea readonly rows=\"12\" spellcheck=\"false\" aria-label=\"Answer as "
	    "text\">\n{}</textarea>\n<p class=\"row script\"><button type=\"button\" "
	    "data-copy>Copy</button> <span role=\"status\"></span></p>\n",
	    armored);
	way_end(b, PORTAL_PAGE);
}

static enum err
put_typed(struct call *call, struct slice object, enum portal_view view)
{
	static const struct way way = { "Type it",
		"When nothing else works. Each line ends in a check, so that a mistake "
		"is found "
		"on its own line. Big and small letters are the same; there is no I, L, "
		"O or U.",
		false };
	struct buf *b = &call->reply.body, lines = BUF_INIT(call->arena);

	typed_put(&lines, object);
	way_begin(b, &way, view);
	HTML(b,
	    "<pre class=\"typed\" tabindex=\"0\" aria-label=\"Lines to type\">{}</pre>\n",
	    buf_slice(&lines));
	way_end(b, view);
	return buf_finish(&lines);
}

static enum err
put_ways(
    struct call *call, enum object_kind kind, struct slice object, enum portal_view view)
{
	struct buf *b = &call->reply.body, armored = BUF_INIT(call->arena);
	enum err err = put_codes(call, kind, object, view);

	if (err)
		return err;
	if (view == PORTAL_PAGE) {
		armor_put(&armored, kind, object);
		put_copy(b, buf_slice(&armored));
	}
	err = put_typed(call, object, view);
	return err ? err : buf_finish(&armored);
}

enum err
portal_put_answer(struct call *call, enum object_kind kind, struct slice object,
    struct slice machine, enum portal_view view)
{
	static const struct portal_button buttons[] = {
		{ "file", "Download the file", "primary" }, { "print", "Print view", "" }
	};
	struct buf *b = &call->reply.body, armored = BUF_INIT(call->arena);
	enum err err = put_facts(call, kind, object, machine);

	if (err)
		return err;
	armor_put(&armored, kind, object);
	if (view == PORTAL_PAGE)
		portal_put_form(
		    b, buf_slice(&armored), machine, buttons, ARRAY_LEN(buttons));
	else
		buf_str(b, "<p class=\"row script screen\"><button type=\"button\" "
			   "data-print>Print"
			   "</button></p>\n");
	err = put_ways(call, kind, object, view);
	return err ? err : buf_finish(&armored);
}
