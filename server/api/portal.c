#include "server/api/portal.h"

#include "offline/armor.h"
#include "offline/lines.h"
#include "server/api/multipart.h"
#include "server/api/reply.h"

#define TEXT_SHOWN 65536
#define MACHINE_SHOWN 255

static bool
is_off(struct call *call)
{
	if (call->settings->portal)
		return false;
	call_refuse(call, E_NOT_FOUND);
	return true;
}

void
portal_form_front(struct call *call)
{
	if (!is_off(call))
		portal_form_page(call, E_OK, NULL, SLICE_NULL);
}

/* What a phone's camera opened: the request as text, to be sent by a person. */
void
portal_link_front(struct call *call)
{
	struct buf link = BUF_INIT(call->arena), text = BUF_INIT(call->arena);
	struct carrier_fault fault = { 0 };
	struct carrier_list list;
	enum err err;

	if (is_off(call))
		return;
	buf_str(&link, "HTTPS://HOST/O/");
	buf_slice_add(&link, call->request->params[0]);
	err = buf_finish(&link);
	if (!err)
		err = carrier_read(call->arena, buf_slice(&link), 1, &list, &fault);
	if (!err && list.item[0].err)
		err = list.item[0].err;
	if (err) {
		portal_form_page(call, reply_public_err(err), NULL, SLICE_NULL);
		return;
	}
	armor_put(&text, list.item[0].kind, list.item[0].bytes);
	portal_form_page(call, buf_finish(&text), NULL, buf_slice(&text));
}

/* --- what was handed in --------------------------------------------------------------
 */

static bool
is_form(const struct request *r, struct slice *params)
{
	*params = request_header(r, "Content-Type");
	return slice_equal_fold(
	    slice_trim(slice_cut(params, ';')), SLICE("multipart/form-data"));
}

static bool
is_picture(struct slice file)
{
	return slice_starts(file, SLICE("\x89PNG")) ||
	       slice_starts(file, SLICE("\xff\xd8\xff")) ||
	       slice_starts(file, SLICE("GIF8")) ||
	       slice_search(slice_head(file, 16), SLICE("ftyp")) >= 0 ||
	       slice_search(slice_head(file, 16), SLICE("WEBP")) >= 0;
}

/* Text and files behind each other; one file alone as it is, since it may be raw CBOR. */
static enum err
gather(struct portal *p, struct slice *whole)
{
	const struct request *r = p->call->request;
	struct buf all = BUF_INIT(p->call->arena);
	struct slice params, file, only = SLICE_NULL;
	struct multipart files;
	size_t n = 0;

	if (!is_form(r, &params) || !multipart_part(params, r->body, "text", &p->text) ||
	    !multipart_begin(&files, params, r->body))
		return E_VALIDATION;
	for (size_t i = 0; i < OFFLINE_ASKS_MAX && multipart_next(&files, "file", &file);
	     i++) {
		p->has_picture = p->has_picture || is_picture(file);
		if (slice_trim(file).n == 0 || is_picture(file))
			continue;
		n++;
		only = file;
		buf_slice_add(&all, file);
		buf_char(&all, '\n');
	}
	*whole = only;
	if (slice_trim(p->text).n == 0 && n <= 1)
		return E_OK;
	buf_slice_add(&all, p->text);
	*whole = buf_slice(&all);
	return buf_finish(&all);
}

/* Proofs to the one side, requests and what cannot be read to the other. */
static enum err
sort_out(struct portal *p, const struct carrier_list *list)
{
	struct arena *a = p->call->arena;
	struct carrier_object *proof = arena_array(a, list->n, sizeof(*proof));
	struct carrier_object *request = arena_array(a, list->n, sizeof(*request));
	size_t proofs = 0, requests = 0;
	enum err err;

	p->item = arena_array(a, list->n, sizeof(*p->item));
	if (!proof || !request || !p->item)
		return E_NO_MEMORY;
	p->n = list->n;
	for (size_t i = 0; i < list->n; i++) {
		p->item[i].handed = list->item[i].kind;
		if (list->item[i].kind == OBJECT_DEACTIVATION)
			proof[proofs++] = list->item[i];
		else
			request[requests++] = list->item[i];
	}
	err = offline_take(&p->proofs, proof, proofs);
	return err ? err : offline_take(&p->requests, request, requests);
}

static enum err
take_in(struct portal *p)
{
	struct carrier_fault fault = { 0 };
	struct carrier_list list;
	struct slice whole;
	enum err err = gather(p, &whole);

	if (!err && slice_trim(whole).n == 0)
		err = p->has_picture ? E_CARRIER : E_MISSING_CONTENT;
	if (err)
		return err;
	err = carrier_read(p->call->arena, whole, OFFLINE_ASKS_MAX, &list, &fault);
	if (err)
		p->more = offline_fault_text(p->call->arena, &fault);
	return err ? err : sort_out(p, &list);
}

/* --- what becomes of it --------------------------------------------------------------
 */

static void
refuse(struct portal *p, enum err err)
{
	struct slice text = slice_trim(p->text);

	if (err_info(err)->kind == ERR_FAULT) {
		call_refuse(p->call, err);
		return;
	}
	if (text.n > TEXT_SHOWN || !slice_is_utf8(text))
		text = SLICE_NULL;
	if (p->has_picture && !p->more)
		p->more =
		    "pictures of codes need JavaScript, which is off in this browser";
	portal_form_page(p->call, err, p->more, text);
}

static void
join(struct portal *p)
{
	size_t proof = 0, request = 0;

	for (size_t i = 0; i < p->n; i++) {
		bool is_proof = p->item[i].handed == OBJECT_DEACTIVATION;
		struct offline_call *oc = is_proof ? &p->proofs : &p->requests;
		size_t at = is_proof ? proof++ : request++;

		p->item[i].ask = &oc->batch.ask[at];
		p->item[i].answer = &oc->answers.item[at];
	}
	portal_answer_page(p);
}

static void
requests_done(struct offline_call *oc, enum err err)
{
	struct portal *p = container_of(oc, struct portal, requests);

	if (err)
		refuse(p, err);
	else
		join(p);
}

static void
run_requests(struct portal *p)
{
	if (p->requests.batch.n)
		offline_run(&p->requests, requests_done);
	else
		join(p);
}

static void
proofs_done(struct offline_call *oc, enum err err)
{
	struct portal *p = container_of(oc, struct portal, proofs);

	if (err)
		refuse(p, err);
	else
		run_requests(p);
}

/* Proofs first: the seats that they free may be what the requests want. */
static void
run(struct portal *p)
{
	if (p->proofs.batch.n)
		offline_run(&p->proofs, proofs_done);
	else
		run_requests(p);
}

/* None of it was taken yet. */
static void
refuse_all(struct portal *p, enum err err)
{
	offline_count_refusal(p->call, err);
	refuse(p, err);
}

static void
requests_opened(struct offline_call *oc, enum err err)
{
	struct portal *p = container_of(oc, struct portal, requests);

	if (err)
		refuse_all(p, err);
	else
		run(p);
}

static void
proofs_opened(struct offline_call *oc, enum err err)
{
	struct portal *p = container_of(oc, struct portal, proofs);

	if (err)
		refuse_all(p, err);
	else
		offline_open(&p->requests, requests_opened);
}

void
portal_post_front(struct call *call)
{
	struct portal *p;
	enum err err;
	int seconds;

	if (is_off(call))
		return;
	p = arena_alloc(call->arena, sizeof(*p));
	if (!p) {
		call_refuse(call, E_NO_MEMORY);
		return;
	}
	if (offline_is_over_rate(call, &seconds)) {
		call_refuse_rate(call, seconds);
		return;
	}
	p->call = call;
	offline_init(&p->proofs, call, true);
	offline_init(&p->requests, call, false);
	err = take_in(p);
	if (err)
		refuse_all(p, err);
	else
		offline_open(&p->proofs, proofs_opened);
}

/* --- answers in another form ---------------------------------------------------------
 */

static enum err
check_answer(const struct keyring *ring, const struct carrier_object *item)
{
	const struct keyring_part *part;
	struct cose cose;
	enum err err = item->err;

	if (!err && item->kind != OBJECT_ACTIVATION && item->kind != OBJECT_RECEIPT)
		err = E_OBJECT_TYPE;
	if (!err)
		err = cose_parse(item->bytes, &cose);
	if (err)
		return err;
	part = keyring_find(ring, cose.kid);
	return part ? cose_verify(&cose, part->key.public_key) : E_NOT_CERTIFIED;
}

/* Only what this server signed is shown or given out under its name. */
static enum err
check_answers(struct call *call, const struct carrier_list *list)
{
	enum err err = api_options_of(call->api)->keys ? E_OK : E_UNAVAILABLE;

	for (size_t i = 0; i < list->n && !err; i++)
		err = check_answer(call_ring(call), &list->item[i]);
	return err;
}

static char *
file_name(struct call *call, const struct carrier_list *list)
{
	struct claims_activation activation;
	struct claims_receipt receipt;
	struct cose cose;
	uint64_t serial = 0;

	if (list->n == 1 && cose_parse(list->item[0].bytes, &cose) == E_OK) {
		if (cose.kind == OBJECT_RECEIPT) {
			if (!claims_get_receipt(call->arena, cose.payload, &receipt))
				serial = receipt.serial;
		} else if (!claims_get_activation(
			       call->arena, cose.payload, &activation)) {
			serial = activation.serial;
		}
	}
	return serial
	           ? arena_printf(call->arena, "attachment; filename=\"%llu%s\"",
			 (unsigned long long)serial, object_info(cose.kind)->suffix)
	           : arena_printf(call->arena, "attachment; filename=\"answers.lact\"");
}

/* Armored answers as they are, and what stands in place of those refused, in order; what
 * anybody else wrote around them is left out. */
static void
put_lines(struct buf *out, struct slice text)
{
	static const struct slice refused = SLICE("refused: ");
	struct slice line;
	size_t number = 0;
	bool is_inside = false;

	while (line_next(&text, &number, &line)) {
		struct slice rest = slice_from(line, refused.n);
		enum err err = err_from_code(slice_cut(&rest, ':'));

		is_inside = is_inside || armor_begins(line);
		if (is_inside) {
			buf_slice_add(out, line);
			buf_char(out, '\n');
		} else if (slice_starts(line, refused) && err != E_INTERNAL) {
			buf_printf(out, "refused: %s: %s\n", err_code(err),
			    err_info(err)->message);
		}
		is_inside = is_inside && !slice_starts(line, SLICE("-----END "));
	}
}

static void
put_file(struct call *call, const struct carrier_list *list, struct slice text)
{
	struct reply *reply = &call->reply;
	char *name = file_name(call, list);

	if (!name) {
		call_refuse(call, E_NO_MEMORY);
		return;
	}
	reply->status = 200;
	reply_header(reply, "Content-Type", "application/octet-stream");
	reply_header(reply, "Content-Disposition", name);
	reply_header(reply, "Cache-Control", "no-store");
	reply_header(reply, "X-Content-Type-Options", "nosniff");
	put_lines(&reply->body, text);
	call_finish(call);
}

static void
put_page(struct call *call, const struct carrier_object *item, struct slice machine,
    enum portal_view view)
{
	struct reply *reply = &call->reply;
	enum err err;

	page_begin(reply, 200, "Answer for your machine");
	buf_str(&reply->body, "<h1>Answer for your machine</h1>\n");
	err = portal_put_answer(call, item->kind, item->bytes, machine, view);
	if (err) {
		call_refuse(call, err);
		return;
	}
	page_end(reply);
	call_finish(call);
}

static enum err
take_answers(
    struct call *call, struct slice params, struct slice *text, struct carrier_list *list)
{
	struct carrier_fault fault = { 0 };
	enum err err;

	if (!multipart_part(params, call->request->body, "text", text))
		return E_VALIDATION;
	err = carrier_read(call->arena, *text, OFFLINE_ASKS_MAX, list, &fault);
	return err ? err : check_answers(call, list);
}

void
portal_answer_front(struct call *call)
{
	struct slice body = call->request->body, params, text, as, machine = SLICE_NULL;
	struct carrier_list list;
	enum err err = E_VALIDATION;
	int seconds;

	if (is_off(call))
		return;
	if (is_form(call->request, &params) && multipart_part(params, body, "as", &as))
		err = take_answers(call, params, &text, &list);
	if (!err && !slice_is(as, "file") && list.n > 1)
		err = E_PAYLOAD_TOO_LARGE;
	if (err) {
		call_refuse(call, err);
		return;
	}
	if (slice_is(as, "file")) {
		put_file(call, &list, text);
		return;
	}
	if (offline_is_over_rate(call, &seconds)) {
		call_refuse_rate(call, seconds);
		return;
	}
	if (!multipart_part(params, body, "machine", &machine) || !slice_is_utf8(machine))
		machine = SLICE_NULL;
	put_page(call, &list.item[0], slice_clip(machine, MACHINE_SHOWN),
	    slice_is(as, "print") ? PORTAL_PRINT : PORTAL_PAGE);
}
