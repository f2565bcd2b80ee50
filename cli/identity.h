/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_IDENTITY_H
#define CLI_IDENTITY_H

/*
 * What `trustctl identity check` finds out: one check after the other, the programs that have the
 * certificate, what they remember, and what a server makes of it. Everything that the report
 * borrows from lives here.
 */

#include "cli/personal.h"
#include "cli/verify_evidence.h"
#include "cli/verify_fetch.h"
#include "cli/verify_input.h"
#include "cli/verify_report.h"
#include "core/probe.h"
#include "core/remembered.h"

struct import_part;

struct cli_identity_options {
	const char *server;
	bool revocation;
	bool item;
};

enum cli_check_result {
	CLI_CHECK_OK,
	CLI_CHECK_NOTE, /* does not stand in the way, and is worth knowing */
	CLI_CHECK_UNKNOWN,
	CLI_CHECK_BAD,
};
const char *cli_check_result_word(enum cli_check_result result); /* "ok" */

struct cli_check {
	const char *id; /* static: "private-key" */
	enum cli_check_result result;
	char *words;  /* owned, displayable */
	char *remedy; /* owned; NULL: there is none */
};

/* A store of a program's, and the certificate as seen from there. */
struct cli_identity_place {
	const struct trust_place *place; /* borrowed */
	const struct trust_store *store; /* borrowed; NULL: there is none, or `failed` */
	const char *failed;              /* borrowed: why it could not be read */
	bool has_cert;
	bool has_key;
	bool key_hidden;              /* ... which its program does not find */
	bool offers;                  /* its program offers it to servers that ask */
	bool mail;                    /* its program trusts it for e-mail */
	struct trust_court *court;    /* owned */
	struct trust_verdict *chain;  /* owned; of the usage it is for */
	struct trust_verdict *letter; /* owned; of e-mail; NULL: it is not for that */
	char *name;                   /* owned, displayable */
	char *import;                 /* owned: the commands that bring it there; NULL: none */
};

struct cli_identity {
	const struct cli_identity_options *options; /* borrowed */
	struct cli_verify_input input;
	bool lent; /* the input's stores are another's */
	struct cli_verify verify;
	struct cli_evidence evidence;
	struct cli_fetches fetches;
	const struct import_file *file; /* borrowed; NULL: an item */
	const struct import_part *key;  /* borrowed: of the file; NULL: it has none */
	const struct trust_place *home; /* borrowed: whose store has the key; NULL: none */
	const struct trust_store *home_store;
	struct cli_identity_place own; /* as the home, or the first store, sees it */
	struct cli_uses uses;
	bool valid;                        /* its dates */
	struct cli_identity_place *places; /* owned */
	size_t place_count;
	struct trust_remembered_list *remembered; /* owned */
	struct trust_probe_target *target;        /* owned; NULL: no server was named */
	struct trust_probe_facts *facts;          /* owned */
	bool matches;     /* the server asks for certificates of a CA above it */
	bool unreachable; /* nothing can be said of the server */
	const char *mute; /* static: why nobody can be asked of its revocation; NULL: somebody */
	struct trust_findings *clock; /* owned; what shows that it is wrong */
	struct cli_check checks[8];
	size_t check_count;
};
#define CLI_IDENTITY_AUTO __attribute__((cleanup(cli_identity_done))) struct cli_identity
void cli_identity_done(struct cli_identity *identity);

/* The certificate, its key and the stores. options must outlive it. */
bool cli_identity_open(struct cli *cli, const struct cli_identity_options *options,
    struct cli_identity *identity, struct trust_error *error) TRUST_MUST_CHECK;
/* All stores that may have identities, for several of them; the caller releases. */
bool cli_identity_open_stores(
    struct cli *cli, struct cli_verify_input *input, struct trust_error *error) TRUST_MUST_CHECK;
/* One of them, an item of `store`; options, input and its stores must outlive it. */
void cli_identity_open_item(struct cli *cli, const struct cli_identity_options *options,
    const struct cli_verify_input *input, const struct trust_store *store,
    const struct trust_item *item, struct cli_identity *identity);
/* Everything but the server. */
void cli_identity_check(struct cli *cli, struct cli_identity *identity);
/* Errors: those of trust_probe_run(). */
bool cli_identity_ask_server(
    struct cli *cli, struct cli_identity *identity, struct trust_error *error) TRUST_MUST_CHECK;
/* After the others: what they tell of this machine's clock, and what that makes of the dates. */
void cli_identity_check_clock(const struct cli *cli, struct cli_identity *identity);

/* ---- parts ---- */
/*
 * A store's view of it; the caller releases with cli_identity_place_done().
 *
 * with_file  the other certificates of its file are there too, as after an import
 */
void cli_identity_look(struct cli *cli, const struct cli_identity *identity,
    const struct trust_place *place, const struct trust_store *store, bool with_file,
    struct cli_identity_place *ret_place);
void cli_identity_place_done(struct cli_identity_place *place);
/* Does the path end in an anchor or a root, whoever trusts that? */
bool cli_identity_is_complete(const struct trust_verdict *chain);
/* Is there nothing to send along, though somebody else issued it? */
bool cli_identity_lacks_issuer(const struct trust_verdict *chain);
void cli_identity_find_places(struct cli *cli, struct cli_identity *identity);
/* words and remedy are owned by the check from now on. */
void cli_identity_add(struct cli_identity *identity, const char *id, enum cli_check_result result,
    char *words, char *remedy);
/* NULL: it was not made. */
struct cli_check *cli_identity_find(struct cli_identity *identity, const char *id);

/* ---- words ---- */
/* The one sentence; owned, displayable. */
char *cli_identity_sentence(struct cli_identity *identity) TRUST_MUST_CHECK;
bool cli_identity_is_usable(const struct cli_identity *identity);
void cli_identity_put(struct cli *cli, struct cli_doc *doc, struct cli_identity *identity);

#endif
