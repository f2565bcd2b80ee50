/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_VERIFY_INPUT_H
#define CLI_VERIFY_INPUT_H

/*
 * What `trustctl verify` asks with: the stores, the certificate in question from one of them or
 * from a file, and the certificates that only help.
 */

#include "cli/cli.h"

struct import_file;

/* All that a question borrows from. */
struct cli_verify_input {
	struct trust_places *places; /* owned */
	struct trust_store **stores; /* owned; for each place; NULL: none there */
	struct trust_error *failed;  /* owned; for each place: why it could not be read */
	struct import_file **files;  /* owned */
	size_t file_count;
	const struct trust_cert **others; /* owned array, borrowed from files */
	size_t other_count;
	const struct trust_cert *cert; /* borrowed */
	char *from;                    /* owned, displayable */
};
#define CLI_VERIFY_INPUT_AUTO                                                                      \
	__attribute__((cleanup(cli_verify_input_done))) struct cli_verify_input
void cli_verify_input_done(struct cli_verify_input *input);

/* Open what --store, else `fallback` (NULL: the user store), names. A store that cannot be read is
 * an error when it is the only one; no user store at all is none: who has none sees the built-in
 * roots. */
bool cli_verify_open_stores(struct cli *cli, struct cli_verify_input *input, const char *fallback,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Beside other stores the built-in list is a part of each answer, not one of its own. */
bool cli_verify_is_asked(const struct cli_verify_input *input, size_t place);
/* The operand; sets input->cert and input->from. as_item: whatever file has that name. */
bool cli_verify_pick(struct cli *cli, struct cli_verify_input *input, const char *text,
    bool as_item, struct trust_error *error) TRUST_MUST_CHECK;
/* The helpers: the rest of the operand's file, and these files. */
bool cli_verify_read_others(struct cli *cli, struct cli_verify_input *input,
    const struct cli_texts *paths, struct trust_error *error) TRUST_MUST_CHECK;

#endif
