/* What the commands do, one function each, and the table of all (commands.def). */
#ifndef LICET_CLI_COMMAND_H
#define LICET_CLI_COMMAND_H

#include "cli/cli.h"

extern const struct usage_program licet_program;

typedef enum err
command_fn(struct cli *);

/* Those that a row of a table describes whole. */
command_fn command_list, command_show, command_add, command_edit, command_remove,
    command_act;

command_fn command_customer_merge, command_user_add, command_user_passwd;
command_fn command_order_add, command_order_keys;
command_fn command_license_issue, command_license_show, command_license_switch,
    command_license_reset, command_license_feature, command_license_assign,
    command_license_unassign, command_license_transfer, command_license_replace_key,
    command_license_reveal, command_license_history;
command_fn command_key_add, command_key_sign, command_token_add;
command_fn command_keys_show, command_keys_rotate, command_keys_act, command_keys_import,
    command_keys_export, command_keys_generate, command_keys_certify, command_keys_verify;
command_fn command_device_list, command_device_show, command_device_release,
    command_device_revoke, command_blacklist_add, command_blacklist_remove;
command_fn command_audit_list, command_audit_verify, command_audit_checkpoint,
    command_audit_export;
command_fn command_explain, command_stats, command_check, command_status,
    command_vendor_show, command_vendor_edit;
command_fn command_context_add, command_context_list, command_context_use,
    command_context_show, command_context_remove;
command_fn command_offline_keygen, command_offline_request, command_offline_show,
    command_offline_verify, command_offline_deactivate, command_offline_qr,
    command_offline_answer, command_offline_receipt, command_offline_list,
    command_offline_file, command_offline_revoke, command_offline_revocations;
command_fn command_completion, command_print, command_version;

/* --- shared by them ------------------------------------------------------------------
 */

struct call;
/* "released  device 7": the answer to a change: the object as --json or --field say. */
must_check enum err
command_done(struct cli *, const struct call *, const char *word);
/* A license for people, as cli.md 4 shows it. */
must_check enum err
license_print(struct cli *, const struct json *license);
/* "2 of 5", "2, unlimited" */
void
license_print_seats(struct buf *, const struct json *license);
/* The id of the device that the arguments or --license and --hardware-id name. */
must_check enum err
device_find(struct cli *, const char *device, const char *license, int64_t *id);

#endif
