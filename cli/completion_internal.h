/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_COMPLETION_INTERNAL_H
#define CLI_COMPLETION_INTERNAL_H

/* What the writers of completions share: which words can stand where, found in the records. */

#include "cli/command.h"
#include "cli/completion.h"

enum cli_offer {
	CLI_OFFER_NOTHING,
	CLI_OFFER_FILES,
	CLI_OFFER_STORES, /* a comma list of them */
	CLI_OFFER_ITEMS,
	CLI_OFFER_ITEMS_FILES,
	CLI_OFFER_CHANGES,   /* numbers of the history */
	CLI_OFFER_WORDS,     /* one of `words` */
	CLI_OFFER_WORD_LIST, /* a comma list of them */
};

struct cli_slot { /* an option's value or a command's operands */
	enum cli_offer offer;
	char *words; /* owned; separated by spaces */
};
#define CLI_AUTO_SLOT __attribute__((cleanup(cli_slot_done))) struct cli_slot

void cli_slot_done(struct cli_slot *slot);
/* command: NULL for an option that stands before the command. */
struct cli_slot cli_value_slot(const struct cli_command *command, const struct cli_option *option);
struct cli_slot cli_operand_slot(const struct cli_command *command);

/* Are its operands the words of a command? */
bool cli_takes_command(const struct cli_command *command);
size_t cli_first_size(const struct cli_command *command);
/* Is this the first command that begins with its word? */
bool cli_opens_word(size_t index);
/* Words separated by spaces, owned by the caller: those that can begin a command line (or only
 * those that need a second one), those that can follow a command's first, and the options with a
 * value that may stand before the command. */
char *cli_first_words(bool only_groups) TRUST_MUST_CHECK;
char *cli_second_words(const struct cli_command *first) TRUST_MUST_CHECK;
char *cli_early_options(void) TRUST_MUST_CHECK;

#endif
