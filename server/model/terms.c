#include "server/model/terms.h"

#define FLOATING_TIMEOUT 120 /* minutes */

void
terms_default(struct terms *terms)
{
	*terms = (struct terms){
		.license_type = LT_PERPETUAL,
		.valid_duration = SLICE_NULL,
		.subscription_duration = SLICE_NULL,
		.grace_period = FIELD_NONE,
		.maintenance_duration = SLICE_NULL,
		.max_activations = 1,
		.allow_offline_activation = true,
		.clone_action = CLONE_WARN,
		.floating_timeout = FLOATING_TIMEOUT,
		.client_sets_overages = true,
		.consumption_period = -1,
		.max_license_users = 1,
	};
}
