/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_VERIFY_INPUT_H
#define CLI_VERIFY_INPUT_H

/*
 * What `trustctl verify` asks with: the stores, the certificate in question from one of them or
 * from a file, and the certificates that only help.
 */

#include "cli/cli.h"

struct import_file;

/* All that a question borrows from. Zero, but for what the asker wishes. */
struct cli_verify_input {
	const char *fallback;        /* wish: the stores meant without --store; NULL: the user's */
	bool whole;                  /* wish: read stores whole, since more is looked for in them */
	struct trust_places *places; /* owned */
	struct trust_store **stores; /* owned; for each place; NULL: none there */
	struct trust_error *failed;  /* owned; for each place: why it could not be read */
	struct import_file **files;  /* owned */
	size_t file_count;
	const struct trust_cert **others; /* owned array, borrowed from files */
	size_t other_count;
	const struct trust_cert *cert; /* borrowed */
	enum trust_kind kind;          /* of cert, as it is where it was found */
	char *from;                    /* owned, displayable */
};
#define CLI_VERIFY_INPUT_AUTO                                                                      \
	__attribute__((cleanup(cli_verify_input_done))) struct cli_verify_input
void cli_verify_input_done(struct cli_verify_input *input);

/* The operand's file, if it names one, and those that only help: sets input->cert and input->from,
 * and the others. as_item: it names an item, whatever file has that name. */
bool cli_verify_read_files(struct cli *cli, struct cli_verify_input *input, const char *text,
    bool as_item, const struct cli_texts *helpers, struct trust_error *error) TRUST_MUST_CHECK;
/* Of the certificates of those files this one is meant, of a kind that leaves keys out of account.
 * from: taken. */
void cli_verify_choose(struct cli_verify_input *input, const struct trust_cert *cert, char *from);
/* Open what --store names, as far as the question goes. A store that cannot be read is an error
 * when it is the only one; no user store at all is none: who has none sees the built-in roots.
 * Where no file was named, the certificate is looked for there: sets input->cert and input->from;
 * text: NULL: no certificate is meant yet. */
bool cli_verify_open_stores(struct cli *cli, struct cli_verify_input *input, const char *text,
    struct trust_error *error) TRUST_MUST_CHECK;
/* Beside other stores the built-in list is a part of each answer, not one of its own. */
bool cli_verify_is_asked(const struct cli_verify_input *input, size_t place);

#endif
