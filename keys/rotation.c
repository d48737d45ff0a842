#include "keys/rotation.h"

#include <string.h>

static size_t
find_kid(const struct rotation_row *row, size_t n, const unsigned char *kid)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp(row[i].kid, kid, KEY_KID) == 0)
			return i;
	return ROTATION_NO_ROW;
}

static size_t
find_use(const struct rotation_row *row, size_t n, enum key_use use, enum key_state state)
{
	for (size_t i = 0; i < n; i++)
		if (row[i].use == use && row[i].state == state)
			return i;
	return ROTATION_NO_ROW;
}

/* The key that signs no more needs no private half; a box key still opens requests. */
static void
replace_active(
    const struct rotation_row *row, size_t n, enum key_use use, struct rotation_step *s)
{
	s->former = find_use(row, n, use, KEY_ACTIVE);
	if (use == KEY_ISSUING)
		s->gone = s->former;
}

static enum err
rotate(const struct rotation_row *row, size_t n, const struct rotation_ask *ask,
    struct rotation_step *s)
{
	if (ask->use != KEY_ISSUING && ask->use != KEY_BOX)
		return E_VALIDATION;
	if (ask->root_here) {
		s->what = ROTATION_MAKE_ACTIVE;
		replace_active(row, n, ask->use, s);
		return E_OK;
	}
	s->what = ROTATION_MAKE_PENDING;
	return find_use(row, n, ask->use, KEY_PENDING) == ROTATION_NO_ROW ? E_OK
	                                                                  : E_WRONG_STATE;
}

static enum err
certify(const struct rotation_row *row, size_t n, struct rotation_step *s)
{
	const struct rotation_row *key = &row[s->row];

	if (key->use == KEY_ROOT || key->state == KEY_REVOKED)
		return E_WRONG_STATE;
	s->what = ROTATION_RENEW;
	if (key->state != KEY_PENDING)
		return E_OK;
	s->what = ROTATION_ACTIVATE;
	replace_active(row, n, key->use, s);
	return key->on_server ? E_OK : E_WRONG_STATE;
}

static enum err
retire(const struct rotation_row *row, struct rotation_step *s)
{
	const struct rotation_row *key = &row[s->row];

	s->gone = s->row;
	if (key->state == KEY_PENDING) {
		s->what = ROTATION_DROP;
		return E_OK;
	}
	s->what = ROTATION_FORGET;
	return key->use == KEY_BOX && key->state == KEY_RETIRED && key->on_server
	           ? E_OK
	           : E_WRONG_STATE;
}

static enum err
revoke(const struct rotation_row *row, struct rotation_step *s)
{
	const struct rotation_row *key = &row[s->row];

	s->what = ROTATION_BAN;
	if (key->on_server)
		s->gone = s->row;
	return key->state == KEY_RETIRED ? E_OK : E_WRONG_STATE;
}

enum err
rotation_next(const struct rotation_row *row, size_t n, const struct rotation_ask *ask,
    struct rotation_step *s)
{
	*s = (struct rotation_step){
		.row = ROTATION_NO_ROW, .former = ROTATION_NO_ROW, .gone = ROTATION_NO_ROW
	};
	if (ask->wish == ROTATION_ROTATE)
		return rotate(row, n, ask, s);
	s->row = find_kid(row, n, ask->kid);
	if (s->row == ROTATION_NO_ROW)
		return E_NOT_FOUND;
	if (ask->wish == ROTATION_CERTIFY)
		return certify(row, n, s);
	return ask->wish == ROTATION_RETIRE ? retire(row, s) : revoke(row, s);
}

static const char *
why_state(const struct rotation_row *key, enum rotation_wish wish)
{
	if (key->use == KEY_ROOT)
		return "The root key is not changed here";
	if (key->state == KEY_ACTIVE)
		return "The key is active; rotate it first";
	if (wish == ROTATION_REVOKE)
		return key->state == KEY_PENDING
		           ? "The key waits for its certificate; retire drops it"
		           : "The key is revoked already";
	if (key->state == KEY_REVOKED)
		return "The key is revoked";
	if (key->use == KEY_ISSUING)
		return "The rotation itself destroyed the private half of this key";
	return "The private half of this key is gone already";
}

const char *
rotation_why(const struct rotation_row *row, size_t n, const struct rotation_ask *ask)
{
	size_t i = find_kid(row, n, ask->kid);

	if (ask->wish == ROTATION_ROTATE)
		return "A new key waits for its certificate; import it, or retire that "
		       "key";
	if (i == ROTATION_NO_ROW)
		return NULL;
	if (ask->wish == ROTATION_CERTIFY && row[i].state == KEY_PENDING)
		return "The private half of this key is not on the server; retire the "
		       "key";
	return why_state(&row[i], ask->wish);
}

static enum rotation_repair
repair_root(const struct rotation_row *row, bool has_file)
{
	if (row->on_server == has_file)
		return REPAIR_NOTHING;
	return has_file ? REPAIR_HERE : REPAIR_AWAY;
}

enum rotation_repair
rotation_repair(const struct rotation_row *row, bool has_file)
{
	bool keeps;

	if (row == NULL)
		return has_file ? REPAIR_REMOVE : REPAIR_NOTHING;
	if (row->use == KEY_ROOT)
		return repair_root(row, has_file);
	if (row->state == KEY_ACTIVE && !has_file)
		return REPAIR_REFUSE;
	keeps = row->state == KEY_ACTIVE || row->state == KEY_PENDING ||
	        (row->state == KEY_RETIRED && row->use == KEY_BOX && row->on_server);
	if (has_file && !keeps)
		return REPAIR_REMOVE;
	return !has_file && row->on_server ? REPAIR_AWAY : REPAIR_NOTHING;
}
