#include "cli/command.h"

#include "cli/noun.h"
#include "cli/option_field.h"

/* clang-format off */
#define FLAG(name, help) { name, 0, NULL, false, help }
#define OPTION(name, arg, help) { name, 0, arg, false, help }
#define MANY(name, arg, help) { name, 0, arg, true, help }
#define END { NULL, 0, NULL, false, NULL }
#define OPTIONS(name, ...) static const struct usage_option options_##name[] = { __VA_ARGS__, END }

#define LIST \
	FLAG("csv", "output as CSV"), \
	OPTION("columns", "A,B", "members to show"), \
	OPTION("sort", "[-]FIELD", "order by this field; - for descending"), \
	OPTION("limit", "N", "at most N rows"), \
	MANY("filter", "NAME=VALUE", "a filter of the API")
#define CHANGE \
	FLAG("dry-run", "show what would change, change nothing"), \
	OPTION("reason", "TEXT", "kept in the audit log, 3 to 500 characters")
#define CONFIRM { "yes", 'y', NULL, false, "answer the question with yes" }
#define SET MANY("set", "NAME=VALUE", "any field of the API; the value may be JSON")
#define FORCE_OUT FLAG("force", "write over an existing file")
#define TERMS \
	OPTION("type", "T", "perpetual, time-limited, subscription, consumption"), \
	OPTION("seats", "N|unlimited", "devices at a time"), \
	OPTION("duration", "D", "validity from the first activation: 30d, 12m, 1y"), \
	OPTION("trial", "DAYS", "a trial of so many days"), \
	OPTION("users", "N", "users at most; 0: no limit"), \
	OPTION("transfers", "N", "transfers at most; 0: no limit, -1: none"), \
	OPTION("floating", "N", "floating seats in force at a time"), \
	OPTION("float-timeout", "MIN", "minutes that a floating seat is held"), \
	OPTION("offline-lease-days", "N", "life of an offline activation; 0: no end"), \
	FLAG("no-offline", "no offline activation"), \
	FLAG("prevent-vm", "no virtual machines"), \
	OPTION("grace", "HOURS", "grace of a subscription after its end"), \
	OPTION("maintenance", "D", "updates from the first activation: 1y"), \
	OPTION("consumptions", "N", "consumptions at most"), \
	OPTION("consumption-period", "P", "counted anew: daily, weekly, monthly, annually")
#define LICENSE_TERMS TERMS, \
	OPTION("until", "DATE", "first instant at which it is not valid any more"), \
	OPTION("start", "DATE", "no activation before")
#define DEVICE \
	OPTION("license", "LICENSE", "with --hardware-id: stands for DEVICE"), \
	OPTION("hardware-id", "HW", "with --license: stands for DEVICE")

static const struct usage_option common_options[] = {
	OPTION("server", "URL", "server behind a URL (LICET_SERVER)"),
	OPTION("socket", "PATH", "server behind a socket (LICET_SOCKET)"),
	OPTION("context", "NAME", "server and token by name (LICET_CONTEXT)"),
	OPTION("token-file", "FILE", "management token (LICET_TOKEN_FILE)"),
	FLAG("json", "output as JSON, errors too"),
	OPTION("field", "PATH", "just this member, a.b"),
	OPTION("timeout", "DURATION", "longest wait for the server (default 30s)"),
	FLAG("no-color", "no color, whatever the terminal"),
	{ "quiet", 'q', NULL, false, "no message that says what was done" },
	{ "help", 'h', NULL, false, "help with an example" },
	END,
};

OPTIONS(list, LIST);
OPTIONS(change, CHANGE);
OPTIONS(confirm, CHANGE, CONFIRM);
OPTIONS(set, SET, CHANGE);

#define PRODUCT OPTION("name", "NAME", "name for people"), \
	FLAG("user-based", "users with passwords instead of keys"), \
	OPTION("key-format", "F", "20 to 64 of A-Z 0-9 - *, each * random")
OPTIONS(product, PRODUCT, OPTION("trial", "DAYS", "trials of so many days are allowed"), SET, CHANGE);
OPTIONS(bundle, PRODUCT, MANY("member", "PRODUCT", "a product of the bundle"), SET, CHANGE);
#define WITHIN OPTION("product", "PRODUCT", "the product that it belongs to")
OPTIONS(feature, OPTION("name", "NAME", "name for people"), FLAG("consumption", "it counts"),
	OPTION("max", "N", "consumptions at most"), SET, CHANGE);
OPTIONS(feature_list, WITHIN, LIST);
OPTIONS(feature_show, WITHIN);
OPTIONS(feature_edit, WITHIN, OPTION("name", "NAME", "name for people"),
	OPTION("max", "N", "consumptions at most"), SET, CHANGE);
OPTIONS(feature_archive, WITHIN, CHANGE);
OPTIONS(policy, OPTION("product", "PRODUCT", "the product that it is for"),
	OPTION("name", "NAME", "name for people"), TERMS,
	MANY("feature", "CODE[=MAX]", "a feature that licenses get"),
	MANY("member", "PRODUCT=POLICY", "policy for a member of the bundle"), SET, CHANGE);

OPTIONS(customer, OPTION("company", "NAME", "company"), OPTION("reference", "TEXT", "your own reference"),
	OPTION("first-name", "NAME", "first name"), OPTION("last-name", "NAME", "last name"),
	OPTION("account", "CODE", "customer account"), SET, CHANGE);
OPTIONS(customer_account, OPTION("name", "NAME", "name for people"), SET, CHANGE);
OPTIONS(user, OPTION("first-name", "NAME", "first name"), OPTION("last-name", "NAME", "last name"), SET, CHANGE);
OPTIONS(passwd, OPTION("password-file", "FILE", "its first line; else one is made and shown once"),
	FLAG("initial", "the user is to change it"), CHANGE);

OPTIONS(order_add, OPTION("file", "FILE", "JSON of create_order"), CHANGE);
OPTIONS(order_keys, OPTION("quantity", "N", "how many, 1 to 1000"));
OPTIONS(issue, OPTION("policy", "POLICY", "terms; default: the product's own"),
	OPTION("customer", "CUSTOMER", "e-mail or id"), OPTION("order", "STORE_ID", "order, made when new"),
	OPTION("quantity", "N", "how many, 1 to 1000"), MANY("user", "EMAIL", "a user of the license"),
	OPTION("key-file", "FILE", "keys of your own, one a line"),
	OPTION("key-out", "FILE", "write the keys there, one a line"), FORCE_OUT, LICENSE_TERMS, SET, CHANGE);
OPTIONS(license_edit, LICENSE_TERMS, SET, CHANGE);
OPTIONS(whole_set, FLAG("whole-set", "all licenses of the bundle set"), CHANGE);
OPTIONS(reset, FLAG("force", "also under a live offline lease"), CHANGE, CONFIRM);
OPTIONS(license_feature, FLAG("remove", "take the feature away"), CHANGE);
OPTIONS(assign, OPTION("seats", "N|unlimited", "the user's own limit"), CHANGE);
OPTIONS(transfer, OPTION("from", "DEVICE", "device that gives up its seat"),
	OPTION("hardware-id", "HW", "the same by its hardware id"),
	OPTION("to", "HW", "hardware id that gets it"), CHANGE);
OPTIONS(out, OPTION("out", "FILE", "write it there, mode 0600"), FORCE_OUT, CHANGE);

OPTIONS(key_add, FLAG("read-only", "the key changes nothing"), MANY("product", "PRODUCT", "only this product"),
	OPTION("out", "FILE", "API_KEY=… and SHARED_KEY=…, mode 0600"), FORCE_OUT, SET, CHANGE);
OPTIONS(key_edit, FLAG("read-only", "the key changes nothing"),
	MANY("product", "PRODUCT", "only this product"), SET, CHANGE);
OPTIONS(token_add, OPTION("account", "EMAIL", "account that it acts as"),
	MANY("permission", "P", "only this permission"), OPTION("expires", "DATE", "default: in 90 days"),
	OPTION("out", "FILE", "the token, mode 0600"), FORCE_OUT, SET, CHANGE);

OPTIONS(device_list, OPTION("license", "LICENSE", "of this license"),
	OPTION("hardware-id", "HW", "with this hardware id"), OPTION("customer", "CUSTOMER", "of this customer"), LIST);
OPTIONS(device_show, DEVICE);
OPTIONS(device_release, DEVICE, FLAG("force", "also under a live offline lease"), CHANGE);
OPTIONS(device_revoke, DEVICE, OPTION("blacklist", "SCOPE", "bar it, too: license, customer, vendor"), CHANGE);
OPTIONS(bar, OPTION("scope", "SCOPE", "vendor, customer, license"),
	OPTION("id", "ID", "customer or license of the scope"),
	FLAG("release", "release its online seats"), CHANGE);
OPTIONS(allow, OPTION("scope", "SCOPE", "vendor, customer, license"),
	OPTION("id", "ID", "customer or license of the scope"), CHANGE);

OPTIONS(audit_list, OPTION("object", "TYPE=ID", "about this object"), OPTION("actor", "A", "by this actor"),
	OPTION("since", "DATE", "from this instant on"), LIST);
OPTIONS(audit_export, OPTION("out", "FILE", "write it there, mode 0600"), FORCE_OUT);
OPTIONS(audit_verify, OPTION("from", "N", "first entry (default 1)"),
	OPTION("checkpoint", "FILE", "a checkpoint kept elsewhere: the history must still hold it"));
OPTIONS(explain, OPTION("license", "LICENSE", "the license"),
	OPTION("license-key-file", "FILE", "the license by its key, with --product"),
	OPTION("product", "PRODUCT", "product of the key"), OPTION("hardware-id", "HW", "the device"),
	OPTION("action", "A", "activate (default), activate_offline, check, deactivate, consume"),
	OPTION("at", "DATE", "as if it were then"));
OPTIONS(stats, OPTION("series", "METRIC", "activations, deactivations, refusals, checks, offline_issued"),
	OPTION("since", "DATE", "from this instant on"), OPTION("by", "STEP", "hour, day, month"),
	FLAG("csv", "output as CSV, with --series"));
OPTIONS(context_add, FLAG("force", "over one of the same name"));
#define MACHINE OPTION("dir", "DIR", "directory of the device key, mode 0700"), \
	OPTION("hardware-id", "HW", "hardware id of this machine")
OPTIONS(offline_keygen, OPTION("dir", "DIR", "directory to make, mode 0700"),
	OPTION("root", "PEM", "public key of the vendor's root"),
	OPTION("box", "CERT", "certificate of the server's box key: requests are sealed"));
OPTIONS(offline_request, MACHINE, OPTION("product", "CODE", "product or bundle"),
	FLAG("bundle", "it is a bundle"), OPTION("license-key-file", "FILE", "the license key, its first line"),
	OPTION("username", "U", "user, with --password-file"),
	OPTION("password-file", "FILE", "the user's password, its first line"),
	FLAG("refresh", "new terms for the seat held"), MANY("var", "N=V", "a variable of the device"),
	OPTION("out", "FILE", "write the request there; -: standard output"), FORCE_OUT);
OPTIONS(offline_verify, MACHINE, FLAG("install", "accept it, too"));
OPTIONS(offline_deactivate, MACHINE, OPTION("out", "FILE", "write the proof there; -: standard output"), FORCE_OUT);
#define FORM OPTION("form", "FORM", "armor (default), png, svg, typed (lines to type), cbor")
OPTIONS(offline_answer, FORM,
	OPTION("out", "FILE", "write what was signed there; of pictures several parts are numbered"), FORCE_OUT, CHANGE);
OPTIONS(offline_list, OPTION("license", "LICENSE", "of this license"),
	OPTION("state", "S", "live, superseded, deactivated, revoked, released, ended"), LIST);
OPTIONS(offline_file, FORM, OPTION("out", "FILE", "write it there"), FORCE_OUT);
OPTIONS(offline_qr, OPTION("out", "FILE", "FILE.png or FILE.svg; several parts: FILE-1.png and so on"),
	OPTION("bytes", "N", "most bytes of a part, 100 to 1200 (default 450)"),
	OPTION("level", "L", "error correction L, M (default), Q or H"),
	OPTION("portal", "URL", "one code that opens the portal with a sealed request"), FORCE_OUT);
OPTIONS(keys_rotate, OPTION("out", "FILE", "public key (PEM) of a key that waits for its certificate"), FORCE_OUT, CHANGE);
OPTIONS(keys_import, OPTION("root", "FILE", "public key of the root, for a server that knows none"), CHANGE);
OPTIONS(keys_export, OPTION("form", "F", "pem, cert, jwk, or c: an array to compile in"),
	OPTION("out", "FILE", "write it there"), FORCE_OUT);
#define PASSPHRASE OPTION("passphrase-file", "FILE", "passphrase of the root key, the first line; else asked")
OPTIONS(keys_generate, OPTION("out", "FILE", "the key file, mode 0600; never over another"), PASSPHRASE,
	FLAG("unsealed", "without a passphrase: whoever reads the file can certify keys"));
OPTIONS(keys_certify, OPTION("root", "FILE", "key file of the root"), PASSPHRASE,
	OPTION("use", "USE", "issuing or box"), OPTION("until", "DATE", "end of the certificate; default: none"),
	OPTION("out", "FILE", "write the certificate there; -: standard output"), FORCE_OUT);
OPTIONS(keys_verify, OPTION("root", "PEM", "public key of the root, or its key file"));
OPTIONS(vendor_edit, OPTION("name", "NAME", "name of the vendor"), SET, CHANGE);

#define COMMAND(name, args, min, max, flags, options, function, purpose, example, ...) \
	{ name, args, min, max, flags, purpose, example, options, cli_run, \
	    &(const struct verb){ .run = function, __VA_ARGS__ } },
static const struct usage_command commands[] = {
#include "cli/commands.def"
};
#undef COMMAND
/* clang-format on */

const struct usage_program licet_program = {
	.name = "licet",
	.purpose = "manage a license server",
	.command = commands,
	.n_commands = ARRAY_LEN(commands),
	.common = common_options,
};
