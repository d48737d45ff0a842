#include "tests/offline/objects.h"

#define NOW OBJECTS_NOW
#define DAY OBJECTS_DAY
#define NONE FIELD_NONE
#define ID(first)                                                                        \
	{                                                                                \
		(first), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15               \
	}
#define TEXT(text)                                                                       \
	{                                                                                \
		"" text, sizeof(text) - 1                                                \
	}
#define PAIRS(list)                                                                      \
	{                                                                                \
		list, ARRAY_LEN(list)                                                    \
	}
#define SERIAL UINT64_C(20250704000001)

static struct claims_pair facts[] = {
	{ TEXT("hostname"), TEXT("lab-3") },
	{ TEXT("os_ver"), TEXT("Debian 12") },
	{ TEXT("app_ver"), TEXT("2.5.0") },
	{ TEXT("vm_info"), TEXT("") },
	{ TEXT("mac_address"), TEXT("02:00:5e:10:00:01") },
};
static struct claims_pair variables[] = {
	{ TEXT("project"), TEXT("Mur") },
	{ TEXT("a"), TEXT("\xc4\x8d") },
	{ TEXT("zone"), TEXT("7") },
	{ TEXT("a name of more than twenty-three bytes"), TEXT("x") },
};
static struct claims_pair custom[] = {
	{ TEXT("edition"), TEXT("plus") },
	{ TEXT("region"), TEXT("EU") },
};

static struct claims_request request_small = {
	.issued_at = NOW,
	.id = ID(1),
	.action = CLAIMS_ACTIVATE,
	.product = TEXT("edit"),
	.license_key = TEXT("AAAA-BBBB-CCCC-DDDD"),
	.hardware_id = TEXT("hw-1"),
	.license_id = NONE,
	.consumptions = NONE,
	.sequence = NONE,
};
static struct claims_request request_full = {
	.issued_at = NOW,
	.id = ID(2),
	.action = CLAIMS_ACTIVATE,
	.product = TEXT("suite"),
	.bundle = true,
	.username = TEXT("ana@example.com"),
	.password = TEXT("correct horse \xf0\x9f\x90\x8e"),
	.hardware_id = TEXT("c5b6a1f0-93d5-4c6a-8d3b-0a6c1c1c8b6e"),
	.is_vm = true,
	.facts = PAIRS(facts),
	.license_id = 1202,
	.variables = PAIRS(variables),
	.consumptions = NONE,
	.sequence = NONE,
};
static struct claims_request request_refresh = {
	.issued_at = NOW + DAY,
	.id = ID(3),
	.action = CLAIMS_REFRESH,
	.product = TEXT("edit"),
	.license_key = TEXT("AAAA-BBBB-CCCC-DDDD"),
	.hardware_id = TEXT("hw-1"),
	.license_id = 1203,
	.consumptions = 17,
	.sequence = 4,
};

static struct claims_feature features[] = {
	{ TEXT("export"), 1, NONE, NONE },
	{ TEXT("render"), 2, NONE, 1000 },
	{ TEXT("cloud"), 1, NOW + 365 * DAY, NONE },
};
static struct claims_license single[] = {
	{
	    .id = 1203,
	    .product = TEXT("edit"),
	    .type = 1,
	    .until = NONE,
	    .grace_hours = NONE,
	    .maintenance_until = NONE,
	    .max_consumptions = NONE,
	    .total_consumptions = NONE,
	    .activation_id = NONE,
	},
};
static struct claims_license full[] = {
	{
	    .id = 1204,
	    .product = TEXT("edit"),
	    .type = 4,
	    .until = NOW + 365 * DAY,
	    .grace_hours = 24,
	    .maintenance_until = NOW + 180 * DAY,
	    .features = features,
	    .n_features = ARRAY_LEN(features),
	    .max_consumptions = 500,
	    .total_consumptions = 17,
	    .trial = true,
	    .activation_id = 88,
	    .custom_fields = PAIRS(custom),
	},
};
#define MEMBER(n, code)                                                                  \
	{                                                                                \
		.id = 5000 + (n), .product = TEXT(code), .type = 3,                      \
		.until = NOW + 365 * DAY, .grace_hours = NONE,                           \
		.maintenance_until = NONE, .features = features,                         \
		.n_features = ARRAY_LEN(features), .max_consumptions = NONE,             \
		.total_consumptions = NONE, .activation_id = 9000 + (n)                  \
	}
static struct claims_license bundle[] = {
	MEMBER(0, "suite"),
	MEMBER(1, "edit"),
	MEMBER(2, "cut"),
	MEMBER(3, "mix"),
	MEMBER(4, "grade"),
	MEMBER(5, "titles"),
	MEMBER(6, "archive"),
	MEMBER(7, "review"),
};

static struct claims_activation activation_small = {
	.vendor = 1,
	.product = TEXT("edit"),
	.lease_until = NONE,
	.not_before = NOW,
	.issued_at = NOW,
	.serial = SERIAL,
	.has_device_key = true,
	.has_request = true,
	.request = ID(1),
	.licenses = single,
	.n_licenses = ARRAY_LEN(single),
	.sequence = 1,
};
static struct claims_activation activation_full = {
	.vendor = 1,
	.product = TEXT("edit"),
	.lease_until = NOW + 90 * DAY,
	.not_before = NOW - 300,
	.issued_at = NOW,
	.serial = SERIAL + 1,
	.has_device_key = true,
	.has_request = true,
	.request = ID(3),
	.licenses = full,
	.n_licenses = ARRAY_LEN(full),
	.sequence = 5,
};
static struct claims_activation activation_bundle = {
	.vendor = 1,
	.product = TEXT("suite"),
	.lease_until = NOW + 90 * DAY,
	.not_before = NOW,
	.issued_at = NOW,
	.serial = SERIAL + 2,
	.has_device_key = true,
	.has_request = true,
	.request = ID(2),
	.licenses = bundle,
	.n_licenses = ARRAY_LEN(bundle),
	.sequence = 1,
};
static struct claims_activation activation_online = {
	.vendor = 42,
	.product = TEXT("edit"),
	.lease_until = NONE,
	.not_before = NOW,
	.issued_at = NOW,
	.serial = UINT64_MAX,
	.licenses = single,
	.n_licenses = ARRAY_LEN(single),
	.sequence = 0,
};

static struct claims_deactivation deactivation_small = {
	.issued_at = NOW + DAY,
	.id = ID(4),
	.serial = SERIAL,
	.sequence = 1,
	.consumptions = NONE,
};
static struct claims_deactivation deactivation_full = {
	.issued_at = NOW + DAY,
	.id = ID(5),
	.serial = SERIAL + 1,
	.sequence = 5,
	.consumptions = 23,
	.variables = PAIRS(variables),
};
static struct claims_receipt receipt = {
	.vendor = 1,
	.issued_at = NOW + DAY,
	.id = ID(4),
	.serial = SERIAL,
};

static const uint64_t serials[] = { 0, SERIAL, SERIAL + 1, UINT64_MAX };
static const unsigned char devices[][CLAIMS_DIGEST] = { ID(0), ID(1), ID(0xff) };
static const unsigned char kids[][KEY_KID] = { { 1 }, { 1, 2 } };
static struct claims_revocations revocations_empty = {
	.vendor = 1,
	.issued_at = NOW,
	.next_update = NOW + 30 * DAY,
	.sequence = 0,
};
static struct claims_revocations revocations = {
	.vendor = 1,
	.issued_at = NOW,
	.next_update = NOW + 30 * DAY,
	.sequence = 12,
	.serials = serials,
	.n_serials = ARRAY_LEN(serials),
	.devices = devices,
	.n_devices = ARRAY_LEN(devices),
	.kids = kids,
	.n_kids = ARRAY_LEN(kids),
};

static struct claims_certificate certificate_issuing = {
	.not_before = NOW - DAY,
	.not_after = NOW + 730 * DAY,
	.use = KEY_ISSUING,
};
static struct claims_certificate certificate_box = {
	.not_before = NOW - DAY,
	.not_after = NONE,
	.use = KEY_BOX,
};
static struct claims_checkpoint checkpoint = {
	.vendor = 1,
	.issued_at = NOW,
	.seq = 4711,
	.hash = ID(7),
	.epoch = ID(8),
};

const struct objects_sample objects_samples[] = {
	{ "request", OBJECT_REQUEST, &request_small },
	{ "request-password", OBJECT_REQUEST, &request_full },
	{ "request-refresh", OBJECT_REQUEST, &request_refresh },
	{ "activation", OBJECT_ACTIVATION, &activation_small },
	{ "activation-full", OBJECT_ACTIVATION, &activation_full },
	{ "activation-bundle", OBJECT_ACTIVATION, &activation_bundle },
	{ "activation-online", OBJECT_ACTIVATION, &activation_online },
	{ "deactivation", OBJECT_DEACTIVATION, &deactivation_small },
	{ "deactivation-full", OBJECT_DEACTIVATION, &deactivation_full },
	{ "receipt", OBJECT_RECEIPT, &receipt },
	{ "revocations-empty", OBJECT_REVOCATIONS, &revocations_empty },
	{ "revocations", OBJECT_REVOCATIONS, &revocations },
	{ "certificate-issuing", OBJECT_KEY_CERTIFICATE, &certificate_issuing },
	{ "certificate-box", OBJECT_KEY_CERTIFICATE, &certificate_box },
	{ "checkpoint", OBJECT_CHECKPOINT, &checkpoint },
	{ NULL, OBJECT_MAX, NULL },
};

static void
bind_activation(struct claims_activation *c, const struct objects *o)
{
	claims_device_digest(SLICE("hw-1"), c->device);
	if (c->has_device_key)
		memcpy(c->device_key, o->device.public_key, KEY_PUBLIC);
}

void
objects_bind(const struct objects *o)
{
	struct claims_request *requests[] = { &request_small, &request_full,
		&request_refresh };

	for (size_t i = 0; i < ARRAY_LEN(requests); i++)
		memcpy(requests[i]->device_key, o->device.public_key, KEY_PUBLIC);
	bind_activation(&activation_small, o);
	bind_activation(&activation_full, o);
	bind_activation(&activation_bundle, o);
	bind_activation(&activation_online, o);
	claims_device_digest(SLICE("hw-1"), deactivation_small.device);
	claims_device_digest(SLICE("hw-1"), deactivation_full.device);
	claims_device_digest(SLICE("hw-1"), receipt.device);
	memcpy(certificate_issuing.public_key, o->issuing.public_key, KEY_PUBLIC);
	memcpy(certificate_box.public_key, o->box.public_key, KEY_PUBLIC);
}
