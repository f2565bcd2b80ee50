/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

/*
 * What the writing commands share: finding the items a person means, and keeping alive what a
 * request for cli_change_run() borrows (the opened store, the actions) until the command ends.
 */

#include "cli/cli.h"
#include "core/change.h"

/* One store's part of a command. */
struct cli_plan_part {
	struct trust_store *store;    /* owned; NULL: of cli_plan_open_new() */
	struct trust_action *actions; /* owned; borrow from store and from the command */
	size_t count;
};

struct cli_plan {
	struct cli_plan_part **parts; /* owned */
	size_t count;
};
#define CLI_PLAN_AUTO __attribute__((cleanup(cli_plan_done))) struct cli_plan
void cli_plan_done(struct cli_plan *plan);

/* Open a place for a change and start its part. */
bool cli_plan_open(struct cli *cli, struct cli_plan *plan, const struct trust_place *place,
    struct cli_plan_part **ret_part, struct trust_error *error) TRUST_MUST_CHECK;
/* The same for what these texts mean: certificates without a private key may be all that is read of
 * the store. */
bool cli_plan_open_for(struct cli *cli, struct cli_plan *plan, const struct trust_place *place,
    const char *const *texts, size_t count, struct cli_plan_part **ret_part,
    struct trust_error *error) TRUST_MUST_CHECK;
/* The part of a store that is not there yet: nothing is in it, `store` is NULL. */
struct cli_plan_part *cli_plan_open_new(struct cli_plan *plan);
/* A new action, zeroed but for its kind; valid until the next one is added. */
struct trust_action *cli_plan_add(struct cli_plan_part *part, enum trust_action_kind kind);
/* Fill a request with the part's actions, under the running command's name. */
void cli_plan_request(
    struct cli *cli, const struct cli_plan_part *part, struct trust_change_request *ret_request);

/* Items meant by the words of a command line, each once, in their order. */
struct cli_picks {
	const struct trust_item **list; /* owned array; items borrowed from their store */
	size_t count;
};
#define CLI_PICKS_AUTO __attribute__((cleanup(cli_picks_done))) struct cli_picks
void cli_picks_done(struct cli_picks *picks);

/* Each is the store's, else (builtin may be NULL) one of the built-in roots. Errors as
 * trust_store_select(). */
bool cli_pick(struct cli *cli, const struct trust_store *store, const struct trust_store *builtin,
    const char *const *texts, size_t count, struct cli_picks *ret_picks,
    struct trust_error *error) TRUST_MUST_CHECK;

/* Where nothing was found for an operand that came from a file: the error says so, with the command
 * that imports it. place: NULL: no store has it. False, whatever was done. */
bool cli_explain_missing(const struct cli *cli, const char *text, const struct trust_place *place,
    struct trust_error *error);

/* ": undecided -> full trust", what an effect does to the trust of its item, or "". Owned by the
 * caller. */
char *cli_effect_trust_words(const struct trust_effect *effect) TRUST_MUST_CHECK;
/* "effect", and but for a password's what it is of and its trust: JSON only. */
void cli_put_effect_fields(struct cli_doc *doc, const struct trust_effect *effect);
/* The first 16 digits of an identifier: enough to name it, short enough to type. Owned by
 * caller. */
char *cli_short_id(const uint8_t id[TRUST_SHA256_BYTES]) TRUST_MUST_CHECK;
/* A path as a word of a command that can be pasted, "./" before what would be an option. Owned by
 * the caller; NULL where there is none: standard input. */
char *cli_file_word(const char *path) TRUST_MUST_CHECK;
/* A remedy or hint as it is meant for this store: commands in it that name none get its --store. A
 * command ends with its line, or before "; ", ", " or ")". Owned. */
char *cli_remedy_for(const struct trust_place *place, const char *remedy) TRUST_MUST_CHECK;
/* The store's name for people, displayable, owned by the caller. */
char *cli_place_words(const struct trust_place *place) TRUST_MUST_CHECK;

/* Are these the same directory, however they are spelt? */
bool cli_same_place(const struct trust_place *a, const struct trust_place *b);

/* The trust that counts for an item of the store: its own record, else the built-in list's. */
struct trust_states cli_effective_states(const struct trust_store *store,
    const struct trust_store *builtin, const struct trust_item *item);

#endif
