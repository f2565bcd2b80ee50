/* SPDX-License-Identifier: MPL-2.0 */
/* What `trustctl import --name` names, and what a name may be. */

#include <string.h>

#include "cli/import_plan.h"
#include "core/limits.h"
#include "core/text.h"

/* C0, DEL and C1 of valid UTF-8. */
static bool
has_controls(const char *name)
{
	for (const uint8_t *at = (const uint8_t *)name; *at; at++)
		if (*at < 0x20 || *at == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0))
			return true;
	return false;
}

bool
cli_import_check_name(const char *name, struct trust_error *error)
{
	if (*name == '\0')
		return trust_fail(error, TRUST_USAGE, NULL, "--name is empty");
	if (strlen(name) > TRUST_MAX_NICKNAME_BYTES)
		return trust_fail(error, TRUST_USAGE, NULL, "--name is longer than %d bytes",
		    TRUST_MAX_NICKNAME_BYTES);
	if (!trust_text_is_utf8(name, strlen(name)))
		return trust_fail(error, TRUST_USAGE, NULL, "--name is not UTF-8");
	return !has_controls(name) ||
	    trust_fail(error, TRUST_USAGE, NULL, "--name has a control character");
}

bool
cli_import_find_named(const struct cli_import_blocks *blocks,
    const struct cli_import_block **ret_named, struct trust_error *error)
{
	const struct cli_import_block *identity = NULL;
	const struct cli_import_block *any = NULL;
	size_t identities = 0;
	size_t count = 0;
	for (size_t i = 0; i < blocks->count; i++) {
		const struct cli_import_block *block = &blocks->list[i];
		if (block->part->kind != IMPORT_CERTIFICATE || block->outcome != CLI_IMPORT_ADD)
			continue;
		any = block;
		count++;
		if (block->identity) {
			identity = block;
			identities++;
		}
	}
	if (identities > 1 || (identities == 0 && count > 1))
		return trust_fail(error, TRUST_USAGE, NULL,
		    "--name names one certificate, and these files bring %zu",
		    identities > 1 ? identities : count);
	*ret_named = identities == 1 ? identity : any;
	return true;
}
