#include "offline/armor.h"
#include "server/api/portal.h"
#include "server/api/reply.h"

/* The machine's name as the request tells it, else its hardware id. */
static struct slice
machine_of(const struct portal_item *item)
{
	const struct claims_request *request = &item->ask->request;
	struct slice host;

	if (item->ask->err)
		return SLICE_NULL;
	host = claims_pair_get(&request->facts, "hostname");
	return host.n ? host : request->hardware_id;
}

/* What exactly is wrong, where the words leave it open. */
static const char *
more_of(struct arena *a, const struct offline_answer *answer)
{
	if (answer->err != E_LICENSE_START_DATE)
		return answer->more;
	return offline_refusal_text(a, answer);
}

static void
finish(struct portal *p, enum err err)
{
	if (err) {
		call_refuse(p->call, err);
		return;
	}
	page_end(&p->call->reply);
	call_finish(p->call);
}

static void
put_start_again(struct buf *b)
{
	buf_str(
	    b, "<p><a class=\"button\" href=\"/offline\">Hand in another one</a></p>\n");
}

/* --- one -------------------------------------------------------------------------- */

static void
refuse_one(struct portal *p, const struct offline_answer *answer)
{
	struct reply *reply = &p->call->reply;

	if (answer->err == E_TOO_MANY_REQUESTS) {
		call_refuse_rate(p->call, p->requests.retry_after);
		return;
	}
	page_begin(reply, err_info(answer->err)->http, "Error: offline activation");
	reply->err = answer->err;
	buf_str(&reply->body, "<h1>That did not work</h1>\n");
	portal_put_fault(&reply->body, answer->err, 0, more_of(p->call->arena, answer));
	put_start_again(&reply->body);
	finish(p, E_OK);
}

static void
answer_one(struct portal *p)
{
	const struct portal_item *item = &p->item[0];
	const struct offline_answer *answer = item->answer;
	struct reply *reply = &p->call->reply;
	enum err err;

	if (answer->err) {
		refuse_one(p, answer);
		return;
	}
	page_begin(reply, 200, "Answer for your machine");
	buf_str(&reply->body, "<h1>Answer for your machine</h1>\n");
	if (answer->repeated)
		buf_str(&reply->body, "<p class=\"hint\">This was handed in before. It "
				      "is the same answer; no "
				      "further seat was taken or freed.</p>\n");
	err = portal_put_answer(
	    p->call, answer->kind, answer->object, machine_of(item), PORTAL_PAGE);
	put_start_again(&reply->body);
	finish(p, err);
}

/* --- many ------------------------------------------------------------------------- */

static void
put_line(struct portal *p, size_t at)
{
	static const struct portal_button buttons[] = { { "file", "Download", "" },
		{ "page", "Codes and text", "" } };
	const struct portal_item *item = &p->item[at];
	const struct offline_answer *answer = item->answer;
	struct buf *b = &p->call->reply.body, armored = BUF_INIT(p->call->arena);
	struct slice machine = machine_of(item);
	char number[32];

	snprintf(number, sizeof(number), "Number %zu", at + 1);
	HTML(b, "<li class=\"{}\">\n<h2>{}</h2>\n",
	    answer->err ? SLICE("bad") : SLICE("good"),
	    machine.n ? machine : slice_str(number));
	if (answer->err) {
		portal_put_fault(b, answer->err, 0, more_of(p->call->arena, answer));
	} else {
		HTML(b, "<p>{}</p>\n",
		    answer->kind == OBJECT_RECEIPT ? SLICE("Seat given back")
						   : SLICE("Activated"));
		armor_put(&armored, answer->kind, answer->object);
		portal_put_form(
		    b, buf_slice(&armored), machine, buttons, ARRAY_LEN(buttons));
	}
	b->failed = b->failed || !buf_ok(&armored);
	buf_str(b, "</li>\n");
}

static void
put_all(struct portal *p, size_t good)
{
	static const struct portal_button button = { "file", "Download all answers",
		"primary" };
	struct buf *b = &p->call->reply.body, armored = BUF_INIT(p->call->arena);

	for (size_t i = 0; i < p->n; i++) {
		const struct offline_answer *answer = p->item[i].answer;

		if (answer->err)
			buf_printf(&armored, "refused: %s\n", err_code(answer->err));
		else
			armor_put(&armored, answer->kind, answer->object);
	}
	if (good)
		portal_put_form(b, buf_slice(&armored), SLICE_NULL, &button, 1);
	b->failed = b->failed || !buf_ok(&armored);
}

static void
answer_many(struct portal *p)
{
	struct reply *reply = &p->call->reply;
	size_t good = 0;
	char text[64];

	for (size_t i = 0; i < p->n; i++)
		good += !p->item[i].answer->err;
	page_begin(reply, 200, "Answers for your machines");
	snprintf(text, sizeof(text), "%zu answered, %zu refused", good, p->n - good);
	HTML(&reply->body, "<h1>{}</h1>\n", slice_str(text));
	put_all(p, good);
	buf_str(&reply->body, "<ol class=\"list\">\n");
	for (size_t i = 0; i < p->n; i++)
		put_line(p, i);
	buf_str(&reply->body, "</ol>\n");
	put_start_again(&reply->body);
	finish(p, E_OK);
}

void
portal_answer_page(struct portal *p)
{
	if (p->n == 1)
		answer_one(p);
	else
		answer_many(p);
}
