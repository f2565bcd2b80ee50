/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_VERIFY_FETCH_H
#define CLI_VERIFY_FETCH_H

/*
 * `trustctl verify --revocation`: whom a path's certificates name for their revocation is asked, by
 * OCSP first, else by fetching lists, and what comes is evidence like that of --ocsp and --crl: who
 * signed it and how old it is decides the verdict, not this.
 */

#include "cli/verify_evidence.h"
#include "cli/verify_input.h"
#include "cli/verify_report.h"

struct cli_fetch {   /* one attempt */
	char *url;   /* owned, displayable */
	char *name;  /* owned, displayable: of the certificate */
	char *id;    /* owned: of the certificate */
	char *words; /* owned, displayable: what came, or why nothing */
	enum cli_evidence_kind kind;
	bool done;   /* something that can be read came; nothing is said of its signature */
	bool cached; /* from the cache, nobody was asked */
	uint32_t ms;
};
struct cli_fetches {
	struct cli_fetch *list; /* owned */
	size_t count;
	int64_t skew_seconds; /* of this machine's clock to the nearest of the servers' */
	bool has_skew;
	bool offline; /* another time than now was asked about: only the cache was used */
};
#define CLI_FETCHES_AUTO __attribute__((cleanup(cli_fetches_done))) struct cli_fetches
void cli_fetches_done(struct cli_fetches *fetches);

/* Of clocks that differ the nearest counts: ours is wrong when no server agrees with it. */
void cli_fetches_compare_clock(
    struct cli_fetches *fetches, struct trust_time ours, struct trust_time theirs);

/* Ask for each certificate of each path that these stores and usages lead to. The evidence grows,
 * and the question with it. */
void cli_verify_fetch(struct cli *cli, const struct cli_verify_input *input,
    struct cli_verify *verify, struct cli_evidence *evidence, struct cli_fetches *fetches);
/* The same against one court and the lists of its store; store NULL: none. */
void cli_verify_fetch_in(struct cli *cli, struct trust_court *court,
    const struct trust_store *store, struct cli_verify *verify, struct cli_evidence *evidence,
    struct cli_fetches *fetches);
/* What was asked, for people and for programs. fetches NULL: --revocation was not given. */
void cli_verify_put_fetches(struct cli_doc *doc, const struct cli_fetches *fetches);

#endif
