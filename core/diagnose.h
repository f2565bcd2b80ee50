/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_DIAGNOSE_H
#define TRUST_DIAGNOSE_H

/*
 * From facts to causes: what a probe met (probe.h), what each store says of the certificate
 * (verdict.h), what was seen there last time, and what it all comes down to: a list of causes, the
 * one to settle first in front, each with a sentence, a remedy and whose job it is. Pure: nothing
 * is asked, read or kept here.
 *
 * The causes are rows of data/causes.def, whose order is the rank. A cause that follows from
 * another one is left out: with a wrong clock no certificate is called expired that the server's
 * time finds valid, and of a certificate that signed itself nobody misses the issuer.
 *
 * Everything in a diagnosis borrows from the question, which must outlive it.
 */

#include "core/base.h"
#include "core/time.h"
#include "core/trust.h"

struct trust_cert;
struct trust_probe_facts;
struct trust_probe_target;
struct trust_seen;
struct trust_store;
struct trust_verdict;

enum trust_gravity {
	TRUST_GRAVITY_DANGER,  /* do not enter data there */
	TRUST_GRAVITY_CANNOT,  /* no connection, or no TLS */
	TRUST_GRAVITY_PROBLEM, /* programs refuse the server, or will */
	TRUST_GRAVITY_NOTE,    /* worth knowing; the answer is a yes all the same */
};
const char *trust_gravity_word(enum trust_gravity gravity); /* "danger" */

enum trust_cause_kind {
#define X(constant, id, gravity, who, sentence, remedy, source) TRUST_CAUSE_##constant,
#include "data/causes.def"
#undef X
	TRUST_CAUSE_KINDS,
};
const char *trust_cause_id(enum trust_cause_kind kind);     /* "host-name"; static, like these */
const char *trust_cause_who(enum trust_cause_kind kind);    /* "the server's administrator" */
const char *trust_cause_source(enum trust_cause_kind kind); /* "RFC 9525"; NULL: none */

struct trust_cause {
	enum trust_cause_kind kind;
	enum trust_gravity gravity;
	char *sentence;                /* owned, displayable, like these */
	char *remedy;                  /* NULL: none */
	char *warning;                 /* what belongs to the remedy; NULL: nothing */
	char *stores;                  /* "user, firefox": which say so; NULL: it does not depend */
	const struct trust_cert *cert; /* borrowed: what it is about; NULL: no certificate */
};

/* ---- the chain as sent --------------------------------------------------------------------- */

enum trust_chain_role {
	TRUST_CHAIN_LEAF,
	TRUST_CHAIN_ISSUER, /* in the path from the leaf */
	TRUST_CHAIN_ROOT,   /* the path's end, which a server need not send */
	TRUST_CHAIN_TWICE,  /* sent before */
	TRUST_CHAIN_EXTRA,  /* issued nothing of this path */
	TRUST_CHAIN_BROKEN, /* does not decode */
};
const char *trust_chain_role_words(enum trust_chain_role role); /* static */

struct trust_chain {
	enum trust_chain_role *roles; /* owned; for each certificate sent */
	size_t count;
	size_t extras;                    /* of those, no part of the path */
	bool in_order;                    /* each is followed by its issuer, strangers left out */
	const struct trust_cert *end;     /* borrowed; where the path of what was sent ends */
	const struct trust_cert *missing; /* borrowed from a store: the issuer not sent; NULL */
	bool incomplete;   /* the end's issuer is not sent, and is no root known here */
	char *missing_url; /* owned, displayable; where its issuer is; NULL */
};

/* ---- the question -------------------------------------------------------------------------- */

struct trust_diagnosis_view {                /* one store's opinion */
	const char *name;                    /* borrowed, displayable: "user" */
	const char *store_words;             /* borrowed: " --store firefox", or "" */
	const struct trust_store *store;     /* borrowed; NULL: the built-in roots alone */
	const struct trust_verdict *verdict; /* borrowed */
	const char
	    *ignored_by; /* borrowed, displayable: who takes no trust from it; NULL: nobody */
};

struct trust_diagnosis_question { /* everything borrowed; texts displayable */
	const struct trust_probe_target *target;
	const struct trust_probe_facts *facts;
	const struct trust_cert *const *chain; /* as sent; NULL where one does not decode */
	size_t chain_count;
	const struct trust_diagnosis_view *views;
	size_t view_count;
	const struct trust_store *builtin; /* NULL: not here */
	const struct trust_seen *seen;     /* the last time; NULL: never */
	const struct trust_cert *seen_cert;
	struct trust_time now;
	struct trust_time made;     /* this program: an earlier time is a wrong one */
	const char *proxy;          /* "HTTPS_PROXY=http://..."; NULL: none is set for this host */
	const char *domain;         /* "example.com", when it was looked at; NULL: not */
	const char *domain_address; /* its address */
	const char *fitting;        /* identities the server would take: "Alice (3ad5cf70)"; NULL */
	const char *fitting_id;     /* ... the first of them */
	const char *client;         /* the personal certificate shown: its label; NULL: none */
	const char *client_command; /* where a CA named by the server issued it: what tells more */
	const char *store_option;   /* " --store DIR", as it was given; "" for none */
	const char *again;          /* this command line, to be repeated: "mail.example.com:993" */
};

struct trust_diagnosis {
	struct trust_cause *causes; /* owned; first the one to settle first; may be none */
	size_t count;
	struct trust_chain chain;
	bool danger;  /* one of them is */
	bool problem; /* one of them is more than a note */
	bool trusted; /* by some store */
	bool vendor;  /* ... with an anchor of the built-in list */
};

/* Never NULL. Owned by the caller. */
struct trust_diagnosis *trust_diagnose(
    const struct trust_diagnosis_question *question) TRUST_MUST_CHECK;
void trust_diagnosis_free(struct trust_diagnosis *diagnosis);
TRUST_DEFINE_AUTO(trust_diagnosis, trust_diagnosis_free)

#endif
