/* SPDX-License-Identifier: MPL-2.0 */
/* Every command, in the order help shows them. */

#include "cli/command.h"

extern const struct cli_command cmd_import;
extern const struct cli_command cmd_list;
extern const struct cli_command cmd_show;
extern const struct cli_command cmd_export;
extern const struct cli_command cmd_delete;
extern const struct cli_command cmd_trust_show;
extern const struct cli_command cmd_trust_enable;
extern const struct cli_command cmd_trust_disable;
extern const struct cli_command cmd_trust_distrust;
extern const struct cli_command cmd_trust_reset;
extern const struct cli_command cmd_prune;
extern const struct cli_command cmd_audit;
extern const struct cli_command cmd_verify;
extern const struct cli_command cmd_diagnose;
extern const struct cli_command cmd_identity_check;
extern const struct cli_command cmd_store_list;
extern const struct cli_command cmd_store_create;
extern const struct cli_command cmd_store_password;
extern const struct cli_command cmd_store_check;
extern const struct cli_command cmd_store_backup;
extern const struct cli_command cmd_store_restore;
extern const struct cli_command cmd_history_list;
extern const struct cli_command cmd_history_show;
extern const struct cli_command cmd_history_undo;
extern const struct cli_command cmd_completion;
extern const struct cli_command cmd_help;

const struct cli_command *const cli_commands[] = {
	&cmd_import,
	&cmd_list,
	&cmd_show,
	&cmd_export,
	&cmd_delete,
	&cmd_trust_show,
	&cmd_trust_enable,
	&cmd_trust_disable,
	&cmd_trust_distrust,
	&cmd_trust_reset,
	&cmd_prune,
	&cmd_audit,
	&cmd_verify,
	&cmd_diagnose,
	&cmd_identity_check,
	&cmd_store_list,
	&cmd_store_create,
	&cmd_store_password,
	&cmd_store_check,
	&cmd_store_backup,
	&cmd_store_restore,
	&cmd_history_list,
	&cmd_history_show,
	&cmd_history_undo,
	&cmd_completion,
	&cmd_help,
	NULL,
};
