/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_DIAGNOSE_INPUT_H
#define CLI_DIAGNOSE_INPUT_H

/*
 * What `trustctl diagnose` asks with and hears: the stores of this machine, the personal
 * certificate to show, the server's facts, each store's verdict, what was seen last time.
 * Everything that a diagnosis borrows from lives here.
 */

#include "cli/cli.h"
#include "core/diagnose.h"
#include "core/diagnose_seen.h"
#include "core/probe.h"
#include "core/verdict.h"

struct cli_diagnose_options {
	const char *starttls;
	const char *client;
	const char *connect;
	const char *ip_version;
	const char *usage;
	const char *report;
	bool force;
	bool no_memory;
	bool accept_change;
};

struct cli_diagnose_store {
	struct trust_place *place;     /* borrowed */
	struct trust_store *store;     /* owned; NULL: it could not be read */
	struct trust_error failed;     /* why */
	struct trust_court *court;     /* owned */
	struct trust_verdict *verdict; /* owned; NULL: not asked */
	char *name;                    /* owned, displayable */
	char *store_words;             /* owned */
	char *ignored_by;              /* owned, displayable: who takes no trust from it; NULL */
};

struct cli_diagnose {
	const struct cli_diagnose_options *options; /* borrowed */
	enum trust_usage usage;
	struct trust_places *places;       /* owned */
	struct cli_diagnose_store *stores; /* owned; for each place, the built-in roots last */
	size_t store_count;
	struct trust_probe_target *target; /* owned */
	struct trust_probe_facts *facts;   /* owned */
	struct trust_cert **chain;         /* owned; NULL where one does not decode */
	size_t chain_count;
	struct trust_ocsp **stapled; /* owned */
	size_t stapled_count;
	struct trust_diagnosis_view *views; /* owned */
	size_t view_count;
	const struct trust_item *client;        /* borrowed from client_store */
	const struct trust_store *client_store; /* borrowed */
	struct trust_seen *seen;                /* owned; NULL: never */
	struct trust_cert *seen_cert;           /* owned */
	char *proxy; /* owned, like these; see trust_diagnosis_question */
	char *domain;
	char *domain_address;
	char *fitting;
	char *fitting_id;
	char *client_label;
	char *client_command;
	char *again;
	char *store_option;
	struct trust_diagnosis_question question;
};
#define CLI_DIAGNOSE_AUTO __attribute__((cleanup(cli_diagnose_done))) struct cli_diagnose
void cli_diagnose_done(struct cli_diagnose *diagnose);

/* Parse the target, open the stores, find the identity. options must outlive it. */
bool cli_diagnose_open(struct cli *cli, const struct cli_diagnose_options *options,
    struct cli_diagnose *diagnose, struct trust_error *error) TRUST_MUST_CHECK;
/* Ask the server, then the stores; fills diagnose->question. */
bool cli_diagnose_ask(
    struct cli *cli, struct cli_diagnose *diagnose, struct trust_error *error) TRUST_MUST_CHECK;
/* Keep the certificate for the next time, unless it changed suspiciously or nobody wants it. */
void cli_diagnose_remember(
    struct cli *cli, const struct cli_diagnose *diagnose, const struct trust_diagnosis *diagnosis);

#endif
