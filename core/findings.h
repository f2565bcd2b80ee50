/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_FINDINGS_H
#define TRUST_FINDINGS_H

/*
 * What is worth telling beside a verdict: mistakes in certificates, what some program refuses
 * though the standard does not, what will break, and whose job it is. The kinds are the rows of
 * data/findings.def, which a person can review without reading C.
 *
 * A finding never changes a verdict.
 */

#include "core/base.h"
#include "core/severity.h"
#include "core/time.h"
#include "core/trust.h"

struct trust_cert;
struct trust_court;
struct trust_question;
struct trust_store;
struct trust_verdict;

enum trust_finding_id {
#define X(name, word, severity, whose, sentence, source, remedy) TRUST_FINDING_##name,
#include "data/findings.def"
#undef X
	TRUST_FINDINGS,
};

struct trust_finding {
	enum trust_finding_id id;
	const struct trust_cert *cert; /* borrowed; NULL: none of them */
	const char *word;              /* static, as the other texts without an owner */
	enum trust_severity severity;
	enum trust_whose whose;
	const char *source;
	char *sentence; /* owned, displayable */
	char *remedy;   /* owned, displayable */
};

struct trust_findings {
	struct trust_finding *list; /* owned; gravest first */
	size_t count;
};
void trust_findings_free(struct trust_findings *findings);
TRUST_DEFINE_AUTO(trust_findings, trust_findings_free)

/* What one certificate tells by itself. at: the time asked about. Never NULL. */
struct trust_findings *trust_findings_of_cert(
    const struct trust_cert *cert, struct trust_time at) TRUST_MUST_CHECK;

struct trust_machine {         /* what findings about the machine need */
	struct trust_time now; /* the clock, whatever time is asked about */
	bool has_now;
	struct trust_time made;     /* the program: an earlier time is a wrong one */
	int64_t skew_seconds;       /* the clock is ahead of that of servers asked; 0: not known */
	struct trust_time roots_of; /* the newest decision in the list of built-in roots */
	bool has_roots;
	const char *ignored_by; /* borrowed, displayable: who takes no trust from the store asked;
				   NULL: nobody */
};
/* roots  NULL: not here */
struct trust_machine trust_machine_now(const struct trust_store *roots);

/* What shows that the clock is wrong, whatever certificate it is about. Never NULL. */
struct trust_findings *trust_findings_of_clock(
    const struct trust_machine *machine) TRUST_MUST_CHECK;

/* What the path of a court's verdict and the certificates it was asked with tell. Never NULL. */
struct trust_findings *trust_findings_of_verdict(const struct trust_court *court,
    const struct trust_question *question, const struct trust_verdict *verdict,
    const struct trust_machine *machine) TRUST_MUST_CHECK;

#endif
