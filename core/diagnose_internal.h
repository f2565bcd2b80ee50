/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_DIAGNOSE_INTERNAL_H
#define TRUST_DIAGNOSE_INTERNAL_H

/* What the parts of a diagnosis share; included by core/diagnose*.c alone. */

#include "core/diagnose.h"

struct trust_verdict_step;

/* What a cause's sentence is about. */
struct diagnose_scene {
	const struct trust_diagnosis_question *question;
	const struct trust_chain *chain;
	enum trust_cause_kind kind;
	const struct trust_cert *cert;           /* NULL: none */
	const struct trust_diagnosis_view *view; /* the first store that says so; NULL: none */
	const char *stores;                      /* their names; NULL */
	const char *extra;                       /* {interception}, {renewal}; NULL */
};

/* A value of the sentences: {key}. words: owned by the caller; NULL leaves the whole text out. */
struct diagnose_value {
	const char *key;
	char *(*words)(const struct diagnose_scene *scene);
};
/* diagnose_values.c: those about certificates, chains and stores; ends with a NULL key. */
extern const struct diagnose_value diagnose_cert_values[];
char *diagnose_date(struct trust_time time) TRUST_MUST_CHECK; /* "2026-11-24" */

/* The row's words with their values; *cause is filled, but for the kind. */
void diagnose_fill(const struct diagnose_scene *scene, struct trust_cause *cause);

/* Add a cause; stores of an equal one (same kind and certificate) are joined. */
void diagnose_add(struct trust_diagnosis *diagnosis, const struct diagnose_scene *scene);

/* Seconds that this machine's clock is ahead of the server's; 0: unknown or near enough. */
int64_t diagnose_skew(const struct trust_diagnosis_question *question);
/* The server's own certificate; NULL: none came. */
const struct trust_cert *diagnose_leaf(const struct trust_diagnosis_question *question);
/* CN, else O, else the whole name; displayable, owned by the caller. */
char *diagnose_name(struct trust_bytes name) TRUST_MUST_CHECK;

/* diagnose_connect.c: what the probe met, apart from certificates. */
void diagnose_connection(
    struct trust_diagnosis *diagnosis, const struct trust_diagnosis_question *question);
/* diagnose_chain.c: the chain as sent, and what is wrong with that. */
void diagnose_sort_chain(
    struct trust_chain *chain, const struct trust_diagnosis_question *question);
/* Does some store accept this certificate, as an anchor or by itself? */
bool diagnose_is_anchor_somewhere(
    const struct trust_diagnosis_question *question, const struct trust_cert *cert);
void diagnose_chain(
    struct trust_diagnosis *diagnosis, const struct trust_diagnosis_question *question);
/* diagnose_cert.c: the certificates and what the stores say of them; what was seen last. */
void diagnose_certificates(
    struct trust_diagnosis *diagnosis, const struct trust_diagnosis_question *question);
void diagnose_memory(
    struct trust_diagnosis *diagnosis, const struct trust_diagnosis_question *question);

#endif
