#include "tests/chaos/rig.h"

#define POST(name, body) "POST /api/v4/" name, "{\"hardware_id\":\"hw-1\"," body "}"
#define EDITOR "\"product\":\"editor\",\"license_key\":\"1_KEY\""
#define POOL "\"product\":\"editor\",\"license_key\":\"2_KEY\""
#define STUDIO "\"product\":\"studio\",\"license_key\":\"4_KEY\""
#define QUERY(product, key) "hardware_id=hw-1&product=" product "&license_key=" key
#define PORTAL                                                                           \
	"\"product\":\"portal\",\"username\":\"u@x.example\",\"password\":\"chosen "     \
	"one\""
#define SET_PASSWORD                                                                     \
	{                                                                                \
		"POST license-users/1/set_password/", "{\"password\":\"chosen one\"}"    \
	}

/* A sealed request that nobody can open, as a link from a QR code has it. */
#define SEALED                                                                           \
	"GDP6RTB3CNT2TWV5C5P6AS2864S36D1N6RVKGP1W000G40R40M30E209185GR38E1W8124"         \
	"GK2GAHC5RR34D1P70X3RFJ08924CJ2A9H750MJMASC5MQ2YC1H68SK8D9P6WW3JEHV"

static const struct chaos_case cases[] = {
	{ .route = "POST /api/v4/activate_license",
	    .call = { "POST /api/v4/activate_license",
		"{\"hardware_id\":\"hw-2\"," EDITOR ",\"os\":\"linux\",\"variables\":"
		"{\"a\":\"b\"}}" } },
	{ .route = "POST /api/v4/activate_license",
	    .call = { POST("activate_license", PORTAL) },
	    .before = { SET_PASSWORD },
	    .hashes = true },
	{ .route = "POST /api/v4/activate_license",
	    .call = { POST("activate_license", POOL) } },
	{ .route = "POST /api/v4/activate_bundle",
	    .call = { POST("activate_bundle", STUDIO) } },
	{ .route = "GET /api/v4/check_license",
	    .call = { "GET /api/v4/check_license?" QUERY("editor", "1_KEY"), NULL } },
	{ .route = "GET /api/v4/check_license",
	    .call = { "GET /api/v4/check_license?" QUERY("editor", "2_KEY"), NULL },
	    .before = { { POST("activate_license", POOL) } } },
	{ .route = "GET /api/v4/check_bundle",
	    .call = { "GET /api/v4/check_bundle?" QUERY("studio", "4_KEY"), NULL },
	    .before = { { POST("activate_bundle", STUDIO) } } },
	{ .route = "POST /api/v4/deactivate_license",
	    .call = { POST("deactivate_license", EDITOR ",\"consumptions\":2") } },
	{ .route = "POST /api/v4/deactivate_bundle",
	    .call = { POST("deactivate_bundle", STUDIO) },
	    .before = { { POST("activate_bundle", STUDIO) } } },
	{ .route = "POST /api/v4/activate_offline",
	    .call = { POST("activate_offline", EDITOR ",\"hostname\":\"a\"") } },
	{ .route = "POST /api/v4/activate_offline",
	    .call = { POST("activate_offline", EDITOR) },
	    .before = { { POST("activate_offline", EDITOR) } } },
	{ .route = "POST /api/v4/activate_bundle_offline",
	    .call = { POST("activate_bundle_offline", STUDIO) } },
	{ .route = "POST /api/v4/deactivate_offline",
	    .call = { POST("deactivate_offline",
		EDITOR ",\"consumptions\":2,\"product_features\":[{\"code\":"
		       "\"pages\",\"consumptions\":3}]") } },
	{ .route = "POST /api/v4/deactivate_bundle_offline",
	    .call = { POST("deactivate_bundle_offline", STUDIO) },
	    .before = { { POST("activate_bundle", STUDIO) } } },
	{ .route = "POST /api/v4/add_consumption",
	    .call = { POST("add_consumption", EDITOR ",\"consumptions\":2") } },
	{ .route = "GET /api/v4/product_details",
	    .call = { "GET /api/v4/product_details?product=editor", NULL } },
	{ .route = "POST /api/v4/change_password",
	    .call = { "POST /api/v4/change_password",
		"{\"username\":\"u@x.example\",\"password\":\"chosen one\","
		"\"new_password\":\"chosen two\"}" },
	    .before = { SET_PASSWORD },
	    .hashes = true },
	{ .route = "POST /offline/v1/activations",
	    .call = { "POST /offline/v1/activations", CHAOS_REQUEST } },
	{ .route = "POST /offline/v1/activations",
	    .call = { "POST /offline/v1/activations", CHAOS_REQUEST },
	    .before = { { "POST /offline/v1/activations", CHAOS_REQUEST } } },
	{ .route = "POST /offline/v1/deactivations",
	    .call = { "POST /offline/v1/deactivations", CHAOS_PROOF },
	    .before = { { "POST /offline/v1/activations", CHAOS_REQUEST } } },
	{ .route = "GET /offline/v1/revocations",
	    .call = { "GET /offline/v1/revocations", NULL },
	    .before = { { "POST /offline/v1/activations", CHAOS_REQUEST },
		{ "POST /offline/v1/deactivations", CHAOS_PROOF } } },
	{ .route = "GET /offline", .call = { "GET /offline", NULL } },
	{ .route = "POST /offline", .call = { "POST /offline", CHAOS_FORM } },
	{ .route = "POST /offline/answer",
	    .call = { "POST /offline/answer", CHAOS_ANSWER },
	    .before = { { "POST /offline/v1/activations", CHAOS_REQUEST } } },
	{ .route = "GET /offline/assets/{tag}/{name}",
	    .call = { "GET /offline/assets/0/portal.css", NULL } },
	{ .route = "GET /O/{request}", .call = { "GET /O/" SEALED, NULL } },
	{ .route = "GET /o/{request}", .call = { "GET /o/" SEALED, NULL } },
	{ .route = "GET /api/v4/.well-known",
	    .call = { "GET /api/v4/.well-known", NULL } },
	{ .route = "GET /.well-known/jwks.json",
	    .call = { "GET /.well-known/jwks.json", NULL } },
	{ .route = "GET /healthz", .call = { "GET /healthz", NULL } },
	{ .route = "GET /readyz", .call = { "GET /readyz", NULL } },
	{ .route = "GET /healthz", .call = { "GET /healthz", NULL }, .is_admin = true },
	{ .route = "GET /readyz", .call = { "GET /readyz", NULL }, .is_admin = true },
	{ .route = "GET /metrics",
	    .call = { "GET /metrics", NULL },
	    .is_admin = true,
	    .varies = true },
};

const struct chaos_cases chaos_client_cases = { cases, ARRAY_LEN(cases) };
