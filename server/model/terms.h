/*
 * License terms: the fields marked P in license-api-v4.md 5.4. A policy holds them as a
 * template, a license as its own copy.
 */
#ifndef LICET_SERVER_MODEL_TERMS_H
#define LICET_SERVER_MODEL_TERMS_H

#include "server/model/types.h"

struct terms {
	int license_type;
	bool is_trial;
	int64_t trial_days;
	struct slice valid_duration, subscription_duration; /* null */
	bool allow_grace_period;
	int64_t grace_period; /* hours, null */
	bool enable_maintenance_period;
	struct slice maintenance_duration; /* null */
	int64_t max_activations;
	bool allow_unlimited_activations;
	int64_t max_transfers; /* 0 unlimited, -1 none */
	bool prevent_vm, allow_offline_activation, reject_reactivation;
	int64_t offline_lease_days;
	int clone_action;
	bool is_floating_cloud;
	int64_t floating_users, floating_timeout; /* minutes */
	bool is_floating, can_borrow;
	int64_t max_borrow_time; /* hours */
	int64_t max_consumptions;
	bool allow_unlimited_consumptions, allow_negative_consumptions;
	bool allow_overages;
	int64_t max_overages;
	bool client_sets_overages;
	bool reset_consumption;
	int consumption_period;    /* -1: null */
	int64_t max_license_users; /* 0 unlimited */
};

/* Defaults of license-api-v4.md 5.4. */
void
terms_default(struct terms *);

#define TERM_(tag, type, strct, member, flags, min, max)                                 \
	{                                                                                \
		(tag), FIELD_##type, (flags) | FIELD_POLICY,                             \
		    offsetof(struct strct, terms.member), #member, (min), (max), NULL,   \
		    NULL                                                                 \
	}
#define TERM_ENUM_(tag, strct, member, flags, names_)                                    \
	{                                                                                \
		(tag), FIELD_ENUM, (flags) | FIELD_POLICY,                               \
		    offsetof(struct strct, terms.member), #member, 0, 0, &(names_), NULL \
	}

/* Rows 20-59 of the tables of structs with a member `struct terms terms`. */
/* clang-format off */
#define TERMS_FIELDS(s) \
	TERM_ENUM_(20, s, license_type, FIELD_IMMUTABLE, license_type_names), \
	TERM_(21, BOOL, s, is_trial, 0, 0, 0), \
	TERM_(22, INT, s, trial_days, 0, 0, 3650), \
	TERM_(23, TEXT, s, valid_duration, FIELD_NULL | FIELD_IDENT, 2, 5), \
	TERM_(24, TEXT, s, subscription_duration, FIELD_NULL | FIELD_IDENT, 2, 5), \
	TERM_(25, BOOL, s, allow_grace_period, 0, 0, 0), \
	TERM_(26, INT, s, grace_period, FIELD_NULL, 0, 87600), \
	TERM_(27, BOOL, s, enable_maintenance_period, 0, 0, 0), \
	TERM_(28, TEXT, s, maintenance_duration, FIELD_NULL | FIELD_IDENT, 2, 5), \
	TERM_(29, INT, s, max_activations, 0, 0, MAX_ACTIVATIONS), \
	TERM_(30, BOOL, s, allow_unlimited_activations, 0, 0, 0), \
	TERM_(31, INT, s, max_transfers, 0, -1, MAX_ACTIVATIONS), \
	TERM_(32, BOOL, s, prevent_vm, 0, 0, 0), \
	TERM_(33, BOOL, s, allow_offline_activation, 0, 0, 0), \
	TERM_(34, BOOL, s, reject_reactivation, 0, 0, 0), \
	TERM_(35, INT, s, offline_lease_days, 0, 0, 3650), \
	TERM_ENUM_(36, s, clone_action, 0, clone_action_names), \
	TERM_(37, BOOL, s, is_floating_cloud, 0, 0, 0), \
	TERM_(38, INT, s, floating_users, 0, 0, MAX_ACTIVATIONS), \
	TERM_(39, INT, s, floating_timeout, 0, 1, 525600), \
	TERM_(40, BOOL, s, is_floating, 0, 0, 0), \
	TERM_(41, BOOL, s, can_borrow, 0, 0, 0), \
	TERM_(42, INT, s, max_borrow_time, 0, 0, 87600), \
	TERM_(43, INT, s, max_consumptions, 0, 0, INT64_C(9007199254740991)), \
	TERM_(44, BOOL, s, allow_unlimited_consumptions, 0, 0, 0), \
	TERM_(45, BOOL, s, allow_negative_consumptions, 0, 0, 0), \
	TERM_(46, BOOL, s, allow_overages, 0, 0, 0), \
	TERM_(47, INT, s, max_overages, 0, 0, INT64_C(9007199254740991)), \
	TERM_(48, BOOL, s, client_sets_overages, 0, 0, 0), \
	TERM_(49, BOOL, s, reset_consumption, 0, 0, 0), \
	TERM_ENUM_(50, s, consumption_period, FIELD_NULL, period_names), \
	TERM_(51, INT, s, max_license_users, 0, 0, MAX_ACTIVATIONS)
/* clang-format on */

#endif
