#include "tests/chaos/rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/support/machine.h"

const char CHAOS_REQUEST[] = "request", CHAOS_PROOF[] = "proof";
const char CHAOS_FORM[] = "form", CHAOS_ANSWER[] = "answer";
const char CHAOS_CHECKPOINT[] = "checkpoint";

static const char *
kept_checkpoint(struct manage_world *w)
{
	const struct json *list;

	assert_int_equal(ask(w, "GET audit/checkpoints/", NULL, NULL), 200);
	list = json_get(w->json, "results");
	assert_true(list && list->n == 1);
	return arena_str(w->arena, json_get(&list->items[0], "checkpoint")->text);
}

static const char *
in_form(struct manage_world *w, const char *text)
{
	static const char head[] = "--b\r\nContent-Disposition: form-data; name=";

	return arena_printf(w->arena,
	    "%s\"as\"\r\n\r\npage\r\n%s\"text\"\r\n\r\n%s\r\n--b--\r\n", head, head,
	    text);
}

static const char *
make_object(struct manage_world *w, const char *what)
{
	int64_t now = MANAGE_NOW / CLOCK_SECOND;
	struct claims_request request;
	struct claims_deactivation given;
	struct machine m;
	const char *text;

	machine_open(&m, "hw-9", 9);
	request = machine_ask(&m, "editor", shop_key(w, 1), now, 1);
	given = machine_give(&m, 2, now, 2);
	if (what == CHAOS_PROOF)
		text = machine_armor(w->arena, OBJECT_DEACTIVATION,
		    machine_sign_proof(&m, w->arena, &given));
	else
		text = machine_armor(w->arena, OBJECT_REQUEST,
		    machine_sign_request(&m, w->arena, &request));
	machine_close(&m);
	return text;
}

const char *
chaos_body(struct manage_world *w, const char *body)
{
	if (body == CHAOS_REQUEST || body == CHAOS_PROOF)
		return make_object(w, body);
	if (body == CHAOS_FORM)
		return in_form(w, make_object(w, CHAOS_REQUEST));
	if (body == CHAOS_CHECKPOINT)
		return kept_checkpoint(w);
	if (body == CHAOS_ANSWER)
		return in_form(w, arena_str(w->arena, w->body));
	return NULL;
}
