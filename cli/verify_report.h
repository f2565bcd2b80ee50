/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_VERIFY_REPORT_H
#define CLI_VERIFY_REPORT_H

/*
 * What `trustctl verify` says: one store's verdict for each usage asked, as a path from the leaf to
 * the root for people and with everything for programs.
 */

#include "cli/cli.h"
#include "core/findings.h"
#include "core/verdict.h"

/* What is asked of every store. */
struct cli_verify {
	struct trust_question question; /* its usage and host are set for each usage in turn */
	const char *host;               /* borrowed; of tls-server; NULL: names are not checked */
	const char *email;              /* likewise, of the usage email */
	enum trust_kind kind;           /* of the certificate, as it is where it was found */
	bool usages[TRUST_USAGES];
	bool any;           /* one of the usages is enough for a yes */
	const char *choice; /* static: why these usages */
	const char *from;   /* borrowed, displayable: "store 'user'", "the file 'chain.pem'" */
	const struct trust_machine *machine; /* borrowed */
	bool second_opinion;                 /* ask NSS too */
	bool fetched;                        /* who knows of revocations was asked already */
	bool undetermined;      /* set by cli_verify_store(): some search was ended unfinished */
	const char *ignored_by; /* of the store being asked, see struct trust_machine */
	bool by_builtin; /* set by cli_verify_store(): not all was decided by records of the stores
			    themselves */
};

/* Ask about this usage from here on, with the names that belong to it. */
void cli_verify_set_usage(struct cli_verify *verify, enum trust_usage usage);
/* The question: who, for what, at what time, with which helpers. */
void cli_verify_put_question(struct cli_doc *doc, const struct cli_verify *verify);
/*
 * The verdict as one store sees it; true when it is a yes.
 *
 * store    NULL: nothing but the built-in roots, which `place` says too
 * builtin  NULL: their library is not here
 */
bool cli_verify_store(struct cli_doc *doc, struct cli_verify *verify,
    const struct trust_place *place, const struct trust_store *store,
    const struct trust_store *builtin);
/* "good", or what is wrong with one element of a path, short; end: it is the last. Owned by the
 * caller. */
char *cli_verify_step_words(const struct trust_verdict_step *step, bool end) TRUST_MUST_CHECK;
/* An answer as programs read it. place, store: which its remedy's commands must name; NULL: the
 * built-in roots. Returns the remedy, for people: owned, displayable, NULL: none. */
char *cli_verify_put_answer(struct cli_doc *doc, const struct trust_place *place,
    const struct trust_store *store, enum trust_usage usage,
    const struct trust_verdict *verdict) TRUST_MUST_CHECK;
/* Has the store the private key of this certificate? store: NULL: none. */
bool cli_verify_is_own(const struct trust_store *store, const struct trust_cert *cert);
const char *cli_verify_answer_word(enum trust_answer answer);  /* "not-trusted", for programs */
const char *cli_verify_answer_words(enum trust_answer answer); /* "NOT trusted", for people */
/* Trusted, as far as that goes without knowing of any revocation. */
bool cli_verify_is_unchecked(const struct trust_verdict *verdict);
/* What is worth telling beside; also of a certificate alone. title: "" for none. */
void cli_put_findings(struct cli_doc *doc, const struct trust_place *place, const char *title,
    const struct trust_findings *findings);
/* Which list of built-in roots was meant, and how far it is the browsers'; people are told where it
 * has a say. */
void cli_verify_put_builtin(
    struct cli_doc *doc, const struct cli_verify *verify, const struct trust_store *builtin);

#endif
