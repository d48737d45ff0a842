#include "server/action/explain.h"

#include "base/clock.h"

static struct slice
message_of(const struct explain *ex, enum err err, const struct license *license)
{
	const char *text = err ? err_info(err)->message : "The call would be answered";
	char day[CLOCK_ISO_LEN + 1];

	if (err != E_LICENSE_START_DATE || license->start_date == FIELD_NONE)
		return slice_str(text);
	clock_iso(license->start_date, day);
	return slice_str(arena_printf(ex->ctx->arena, "%s%s", text, day));
}

static void
print_facts(struct explain *ex, const struct explain_part *p)
{
	const struct license *license = &p->part->license;
	const struct terms *terms = &license->terms;
	struct json_writer *w = &ex->res->w;
	const char *state = "none";

	if (p->part->has_activation)
		state = names_get(&activation_state_names, p->part->activation.state);
	jw_key(w, "facts");
	jw_object(w);
	jw_kint(w, "max_activations",
	    terms->allow_unlimited_activations ? FIELD_NONE : terms->max_activations);
	jw_kint(w, "seats_used", license->seats_used);
	jw_kint(w, "vacant", license->vacant);
	jw_kint(w, "max_transfers", terms->max_transfers);
	jw_kint(w, "transfer_count", license->transfer_count);
	jw_ktext(w, "device_state", slice_str(state));
	if (terms->is_floating_cloud) {
		jw_kint(w, "floating_users", terms->floating_users);
		jw_kint(w, "floating_in_force", p->in_force);
	}
	if (terms->license_type == LT_CONSUMPTION) {
		jw_kint(w, "max_consumptions", terms->max_consumptions);
		jw_kint(w, "total_consumptions", license->total_consumptions);
	}
	jw_end(w);
}

static void
print_step(struct explain *ex, const struct explain_part *p, const struct trace_step *s)
{
	struct json_writer *w = &ex->res->w;
	struct slice text;

	jw_object(w);
	jw_kint(w, "n", (int)s->n);
	jw_ktext(w, "rule", slice_str(s->rule));
	jw_kbool(w, "ok", s->ok);
	if (!s->ok)
		jw_ktext(w, "code", slice_str(err_code(s->code)));
	if (s->n == STEP_START_DATE || s->n == STEP_EXPIRY) {
		if (s->limit != FIELD_NONE)
			jw_kinstant(w, "limit", s->limit);
	} else {
		if (s->value != FIELD_NONE)
			jw_kint(w, "value", s->value);
		if (s->limit != FIELD_NONE)
			jw_kint(w, "limit", s->limit);
	}
	text = explain_text(ex, p, s);
	w->out->failed = w->out->failed || (text.n && !text.p);
	jw_ktext(w, "text", text.p ? text : SLICE(""));
	jw_end(w);
}

static void
print_steps(struct explain *ex, const struct explain_part *p)
{
	jw_key(&ex->res->w, "steps");
	jw_array(&ex->res->w);
	for (size_t i = 0; i < p->trace.n; i++)
		print_step(ex, p, &p->trace.step[i]);
	jw_end(&ex->res->w);
}

static void
print_verdict(struct explain *ex, const struct explain_part *p, enum err err)
{
	struct json_writer *w = &ex->res->w;

	jw_ktext(w, "action", slice_str(names_get(&explain_action_names, ex->action)));
	jw_ktext(w, "verdict", err ? SLICE("refused") : SLICE("allowed"));
	jw_ktext(w, "code", err ? slice_str(err_code(err)) : SLICE_NULL);
	jw_ktext(w, "message", message_of(ex, err, &p->part->license));
	jw_kinstant(w, "at", ex->then.now);
}

/* The members of one object; err and decider are those of the set or of the part. */
static enum err
print_part(struct explain *ex, const struct explain_part *p, enum err err,
    const struct explain_part *decider)
{
	struct json_writer *w = &ex->res->w;
	bool missing = p->part->missing;

	print_verdict(ex, decider, err);
	jw_kint(w, "license", missing ? FIELD_NONE : p->part->license.o.id);
	jw_ktext(w, "product", p->part->product.short_code);
	jw_ktext(
	    w, "hardware_id", ex->call.hardware_id.n ? ex->call.hardware_id : SLICE_NULL);
	jw_kint(w, "decided_by", err ? decider->decided_by : FIELD_NONE);
	if (missing)
		return E_OK;
	print_facts(ex, p);
	print_steps(ex, p);
	jw_key(w, "fixes");
	return explain_fixes(ex, decider->part->missing ? p : decider);
}

static enum err
print_members(struct explain *ex)
{
	struct json_writer *w = &ex->res->w;
	enum err e = E_OK;

	jw_key(w, "members");
	jw_array(w);
	for (size_t i = 1; i < ex->n_parts && !e; i++) {
		const struct explain_part *p = &ex->part[i];

		jw_object(w);
		e = print_part(ex, p, p->err, p);
		jw_end(w);
	}
	jw_end(w);
	return e;
}

enum err
explain_print(struct explain *ex)
{
	const struct explain_part *own = &ex->part[0];
	const struct explain_part *decider =
	    ex->decider < 0 ? own : &ex->part[ex->decider];
	enum err e;

	jw_object(&ex->res->w);
	e = print_part(ex, own, ex->err, decider);
	if (!e)
		e = print_members(ex);
	jw_end(&ex->res->w);
	return e ? e : buf_finish(&ex->res->body);
}
