#include "server/model/offline.h"

static const char *const action_texts[] = { "activate", "refresh" };
static const char *const state_texts[] = { "live", "superseded", "deactivated", "revoked",
	"released", "ended" };
static const char *const cause_texts[] = { "given_back", "barred", "staff" };
static const char *const call_texts[] = { "activate_offline", "activate_bundle_offline",
	"deactivate_offline", "deactivate_bundle_offline" };

const struct names issued_action_names = { action_texts, (int)ARRAY_LEN(action_texts) };
const struct names issued_state_names = { state_texts, (int)ARRAY_LEN(state_texts) };
const struct names revocation_cause_names = { cause_texts, (int)ARRAY_LEN(cause_texts) };
const struct names upload_call_names = { call_texts, (int)ARRAY_LEN(call_texts) };

/* clang-format off */
static const struct field issued_fields[] = {
	OBJECT_FIELDS(issued),
	FIELD_OF_ENUM(5, issued, action, FIELD_RO, issued_action_names),
	FIELD(6, TEXT, issued, request, FIELD_RO, 0, OFFLINE_ID_TEXT),
	FIELD(7, BYTES, issued, digest, FIELD_RO | FIELD_HIDDEN, 0, OFFLINE_DIGEST),
	FIELD_NAMED(8, INT, issued, license_id, "license", FIELD_RO, 0, 0),
	FIELD(9, INTS, issued, licenses, FIELD_RO, 0, MAX_MEMBERS + 1),
	FIELD(10, INT, issued, product_id, FIELD_RO | FIELD_HIDDEN, 0, 0),
	FIELD(11, TEXT, issued, hardware_id, FIELD_RO, 0, MAX_HARDWARE_ID),
	FIELD(12, INT, issued, device, FIELD_RO, 0, 0),
	FIELD(13, BYTES, issued, device_key, FIELD_RO | FIELD_NULL, 0, 32),
	FIELD(14, INT, issued, sequence, FIELD_RO, 0, 0),
	FIELD(15, INSTANT, issued, issued_at, FIELD_RO, 0, 0),
	FIELD(16, TEXT, issued, issued_by, FIELD_RO, 0, MAX_NAME),
	FIELD(17, INSTANT, issued, lease_until, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD_OF_ENUM(18, issued, state, FIELD_RO, issued_state_names),
	FIELD(19, INSTANT, issued, revoked_at, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD(20, TEXT, issued, reason, FIELD_RO | FIELD_NULL, 0, 500),
	FIELD(21, BOOL, issued, cloned, FIELD_RO, 0, 0),
	FIELD(22, TEXT, issued, kid, FIELD_RO, 0, 16),
	FIELD(23, BYTES, issued, answer, FIELD_RO | FIELD_HIDDEN, 0, 0),
};

static const struct field proof_fields[] = {
	FIELD(1, TEXT, proof, id, FIELD_RO, 0, OFFLINE_ID_TEXT),
	FIELD(2, BYTES, proof, digest, FIELD_RO | FIELD_HIDDEN, 0, OFFLINE_DIGEST),
	FIELD(3, INT, proof, serial, FIELD_RO, 0, 0),
	FIELD(4, INSTANT, proof, taken_at, FIELD_RO, 0, 0),
	FIELD(5, BYTES, proof, receipt, FIELD_RO | FIELD_HIDDEN, 0, 0),
};

static const struct field revocation_fields[] = {
	FIELD(1, INT, revocation, serial, FIELD_RO, 0, 0),
	FIELD(2, INSTANT, revocation, at, FIELD_RO, 0, 0),
	FIELD(3, INSTANT, revocation, until, FIELD_RO | FIELD_NULL, 0, 0),
	FIELD_OF_ENUM(4, revocation, cause, FIELD_RO, revocation_cause_names),
};

static const struct field request_fields[] = {
	FIELD(1, BYTES, offline_request, handle, FIELD_RO, 32, 32),
	FIELD(2, BYTES, offline_request, digest, FIELD_RO, 32, 32),
	FIELD_OF_ENUM(3, offline_request, call, FIELD_RO, upload_call_names),
	FIELD(4, INT, offline_request, serial, FIELD_RO, 0, 0),
	FIELD(5, INTS, offline_request, activations, FIELD_RO, 0, MAX_MEMBERS + 1),
	FIELD(6, INSTANT, offline_request, created_at, FIELD_RO, 0, 0),
	FIELD(7, BYTES, offline_request, body, FIELD_RO | FIELD_HIDDEN, 0, 0),
};
/* clang-format on */

const struct field_table issued_table =
    FIELD_TABLE("offline_activation", issued, issued_fields);
const struct field_table proof_table = FIELD_TABLE("offline_proof", proof, proof_fields);
const struct field_table revocation_table =
    FIELD_TABLE("revocation", revocation, revocation_fields);
const struct field_table offline_request_table =
    FIELD_TABLE("offline_request", offline_request, request_fields);
