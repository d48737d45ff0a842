/*
 * What a line of a .cases file speaks about: the license, the device's row, the user and
 * the call, set column by column from plain defaults, and what the rules answered.
 */
#ifndef LICET_TESTS_POLICY_WORLD_H
#define LICET_TESTS_POLICY_WORLD_H

#include "base/arena.h"
#include "server/model/feature.h"
#include "server/model/offline.h"
#include "server/model/product.h"
#include "server/policy/activate.h"
#include "server/policy/bundle.h"
#include "server/policy/consume.h"

#define WORLD_DEVICES 3
#define WORLD_PARTS 8
#define WORLD_OUT 12
#define WORLD_TEXT 128

struct world {
	struct arena *arena;
	int64_t now;
	struct license license;
	bool has_row; /* activation is there */
	struct activation row;
	bool has_user;
	struct assignment assignment;
	struct license_feature feature;

	/* The call. */
	bool offline, refresh, blacklisted, is_vm, device_unfit, read_only, force;
	int64_t user_id;
	struct slice key;
	int64_t in_force;
	struct consume_request consume;

	/* Offline objects. */
	struct issued issued;
	bool same;
	int64_t made, max_age, told, so_far; /* max_age in days */

	/* Bundles. */
	struct bundle_part part[WORLD_PARTS];
	const char *part_name[WORLD_PARTS];
	size_t n_parts;
	enum err own_device;

	/* Permissions. */
	struct slice permissions, asks;

	/* Sequences: three devices, A to C. */
	struct activation device[WORLD_DEVICES];

	struct {
		const char *name;
		char text[WORLD_TEXT];
	} out[WORLD_OUT];
	size_t n_out;
};

void
world_init(struct world *, struct arena *);
/* Sets a fact from a cell. False: no fact has that name, or *bad: the cell is wrong. */
bool
world_set(struct world *, const char *column, struct slice cell, bool *bad);

void
world_say(struct world *, const char *name, const char *text);
void
world_say_int(struct world *, const char *name, int64_t value);
void
world_say_bool(struct world *, const char *name, bool value);
/* ISO, or `none` for no instant. */
void
world_say_instant(struct world *, const char *name, int64_t t, const char *none);
void
world_say_err(struct world *, const char *name, enum err); /* "ok" or the code */
/* NULL when nothing of that name was said. */
const char *
world_said(const struct world *, const char *name);

#endif
