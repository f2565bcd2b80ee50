/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_IMPORT_PLAN_H
#define CLI_IMPORT_PLAN_H

/*
 * What becomes of each block of the files to be imported, in one store: added, already there,
 * skipped or refused, with the reason. Deciding writes and prints nothing.
 */

#include "cli/plan.h"
#include "import/import.h"

enum cli_import_outcome {
	CLI_IMPORT_ADD,
	CLI_IMPORT_THERE, /* the store has it */
	CLI_IMPORT_AGAIN, /* the same as an earlier block of this command */
	CLI_IMPORT_SKIPPED,
	CLI_IMPORT_REFUSED,
};
const char *cli_import_outcome_word(enum cli_import_outcome outcome); /* "added" */

struct cli_import_block {
	const struct import_part *part; /* borrowed */
	const struct import_file *file; /* borrowed: where it comes from */
	enum cli_import_outcome outcome;
	const char *why; /* for SKIPPED and REFUSED; static or borrowed from the part */
	const struct trust_cert *owner; /* KEY: its certificate; borrowed; NULL: none */
	bool owner_in_store;            /* ... which only the store has */
	bool identity;                  /* CERTIFICATE: its key is in these files or in the store */
};

struct cli_import_blocks {
	struct cli_import_block *list; /* owned */
	size_t count;
	char **reasons; /* owned: what `why` of some blocks borrows */
	size_t reason_count;
	size_t of[CLI_IMPORT_REFUSED + 1]; /* how many have each outcome */
};

struct cli_import_rules {
	const struct trust_store *store;   /* NULL: an empty one, yet to be created */
	const struct trust_store *builtin; /* issuers of revocation lists; may be NULL */
	const char *nss_libdir;            /* whose NSS will store the keys; NULL: the system's */
	bool keep_orphan_keys;
};

/*
 * Decide about every block of every file, in order.
 *
 * files   may contain NULL: a file that could not be decoded
 * Errors: those of the NSS worker, which is asked about unusual keys.
 */
bool cli_import_decide(const struct import_file *const *files, size_t file_count,
    const struct cli_import_rules *rules, struct cli_import_blocks *ret_blocks,
    struct trust_error *error) TRUST_MUST_CHECK;
void cli_import_blocks_done(struct cli_import_blocks *blocks);

/* --name is for one certificate to be added: the identity's, or the only one; NULL: there is none.
 * Errors: TRUST_USAGE. */
bool cli_import_find_named(const struct cli_import_blocks *blocks,
    const struct cli_import_block **ret_named, struct trust_error *error) TRUST_MUST_CHECK;
/* Errors: TRUST_USAGE, for what cannot be a nickname. */
bool cli_import_check_name(const char *name, struct trust_error *error) TRUST_MUST_CHECK;

/* A leftover record must not trust what is imported, but a distrust was somebody's decision, and
 * goes on: written anew, since a leftover's signature may not hold. Says so. */
void cli_import_keep_distrust(
    struct cli *cli, const struct cli_import_blocks *blocks, struct cli_plan_part *part);

#endif
